"""`numpy_module`: a model as a Python file and an .npz."""

from __future__ import annotations

import inspect
import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ..onnx.capture import capture
from ..onnx.dynamic import Dynamic
from . import helpers
from .writer import Writer

__all__ = ["numpy_module"]

OPSET = 23


def numpy_module(
    model: Any, example: Any, file: str | os.PathLike[str], *, kwargs: Mapping[str, Any] | None = None,
    input_names: Sequence[str] | None = None, output_names: Sequence[str] | None = None,
    dynamic_shapes: Any = None,
) -> Path:  # fmt: skip
    """Write the forward pass of `model` as a Python file that needs NumPy alone, and an .npz beside it.

    `example` is an argument, or a tuple of them; `file` ends in ``.py``.  The file defines ``forward``, which
    takes arrays and gives arrays, under the names that the model's ``forward`` has.  Sizes are the example's,
    but for those that `dynamic_shapes` names, as in `onnx.export`.  The model is written as it stands: call
    ``model.eval()`` first.  Returns the path of the file.

    Raises what `onnx.export` raises for programs that cannot be traced, ``ValueError`` for another suffix.

    >>> import tempfile, runpy
    >>> path = tempfile.mkdtemp() + "/double.py"
    >>> path = mt.export.numpy_module(lambda x: x * 2 + 1, mt.ones(3), path)
    >>> runpy.run_path(path)["forward"](np.array([1.0, 2.0, 3.0]))
    array([3., 5., 7.])
    """
    path = Path(file)
    if path.suffix != ".py":
        raise ValueError(f"numpy_module writes a Python file: name it with the suffix .py, not {path.name!r}")
    args = example if isinstance(example, tuple) else (example,)
    dynamic = Dynamic(model, args, kwargs or {}, input_names, None, dynamic_shapes)
    graph = capture(model, args, kwargs or {}, dynamic, OPSET, output_names)
    writer = Writer(graph)
    writer.write()
    path.write_text(_source(graph, writer), encoding="utf-8")
    if writer.arrays:
        np.savez(path.with_suffix(".npz"), **writer.arrays)
    return path


def _source(graph: Any, writer: Writer) -> str:
    """The whole file."""
    parts = [*[inspect.getsource(getattr(helpers, name)) for name in writer.used], _forward(graph, writer)]
    head = _head(graph, "".join(parts), writer.arrays)
    text = "\n\n".join(part.rstrip() + "\n" for part in [head, *parts])
    return re.sub(r"(?<=\w): (Any|float|int|str)\b|  # fmt: skip| -> Any", "", text)


def _head(graph: Any, rest: str, arrays: Any) -> str:
    lines = [f'"""The forward pass of {graph.name}, with NumPy alone.', ""]
    arguments = ", ".join(_described(info) for info in graph.inputs)
    lines += [
        f"Takes {arguments};",
        f"gives {', '.join(_described(info) for info in graph.outputs)}.",
        '"""',
        "",
    ]
    lines += ["import math"] if "math." in rest else []
    lines += ["from pathlib import Path", "", "import numpy as np"] if arrays else ["", "import numpy as np"]
    lines += ["", 'weights = dict(np.load(Path(__file__).with_suffix(".npz")))'] if arrays else []
    return "\n".join(lines)


def _described(info: Any) -> str:
    from ..onnx.graph import shown

    sizes = ", ".join(str(shown(n)) for n in info.shape)
    return f"{info.name} ({info.dtype}: {sizes})"


def _forward(graph: Any, writer: Writer) -> str:
    body = [f"    {line}" if line else "" for line in writer.lines]
    return "\n".join(['@np.errstate(all="ignore")', f"def forward({', '.join(writer.inputs)}):", *body])
