"""`export`, as users call it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from ..func.pytree import flatten
from .capture import capture
from .dynamic import Dynamic
from .errors import OnnxExporterError
from .model_proto import library
from .program import ONNXProgram

__all__ = ["DEFAULT_OPSET", "export"]

OPSETS = range(18, 24)
DEFAULT_OPSET = 20


def export(
    model: Any, args: Any = (), f: str | os.PathLike[str] | Any = None, *, kwargs: Mapping[str, Any] | None
    = None,
    input_names: Sequence[str] | None = None, output_names: Sequence[str] | None = None,
    opset_version: int | None = None, dynamic_axes: Mapping[str, Any] | None = None,
    dynamic_shapes: Any = None,
    external_data: bool | None = None, verify: bool = False, **ignored: Any,
) -> ONNXProgram:  # fmt: skip
    """Write ``model(*args, **kwargs)`` as an ONNX model, to the file `f` if it is given.

    The model is run on the example as it stands: call ``model.eval()`` first, as for PyTorch's exporter.
    `dynamic_shapes` has a ``{dimension: name}`` for each argument, by its name or in order; `dynamic_axes`
    the same by input name.  Dimensions of one name have one size.  Parameters and buffers keep their names.
    `opset_version` is 18 to 23 (20).  `verify` compares with onnx's reference evaluator on the example.

    Raises `OnnxExporterError`, a ``RuntimeError``, for an operation that ONNX cannot say and for a program
    that looks at its inputs' values, naming the line; ``ValueError`` for names and sizes that do not fit;
    ``ImportError`` without the onnx package.

    >>> model = mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.ReLU())
    >>> program = mt.onnx.export(model, (mt.ones(4, 2),), dynamic_shapes=({0: "batch"},))  # doctest: +SKIP
    >>> print(program)  # doctest: +SKIP
    ONNXProgram(Sequential, opset 20)
      0/Gemm_output = Gemm(input, 0.weight, 0.bias)
      relu = Relu(0/Gemm_output)
    """
    library()
    unknown = [name for name in ignored if name not in _WITHOUT_EFFECT]
    if unknown:
        raise TypeError(f"export() got an unexpected keyword argument {unknown[0]!r}")
    opset = DEFAULT_OPSET if opset_version is None else opset_version
    if opset not in OPSETS:
        raise ValueError(f"export: opset_version is 18 to 23 here, and {opset} was asked for")
    args, kwargs = args if isinstance(args, tuple) else (args,), kwargs or {}
    dynamic = Dynamic(model, args, kwargs, input_names, dynamic_axes, dynamic_shapes)
    program = ONNXProgram(capture(model, args, kwargs, dynamic, opset, output_names))
    program.check()
    if verify:
        _verify(program, model, args, kwargs)
    if f is not None:
        program.save(f, external_data=external_data)
    return program


_WITHOUT_EFFECT = frozenset(
    [
        "artifacts_dir", "autograd_inlining", "custom_opsets", "custom_translation_table",
        "do_constant_folding",
        "dump_exported_program", "dynamo", "export_modules_as_functions", "export_params",
        "keep_initializers_as_inputs", "operator_export_type", "optimize", "profile", "report", "training",
        "verbose",
    ]
)  # fmt: skip
"""Arguments of PyTorch's `export` that say nothing here."""


def _verify(program: ONNXProgram, model: Any, args: tuple[Any, ...], kwargs: Mapping[str, Any]) -> None:
    """`OnnxExporterError` unless the reference evaluator computes what the model does."""
    with no_grad():
        expected = [x for x in flatten(model(*args, **kwargs))[0] if isinstance(x, Tensor)]
    given = [x for x in flatten((args, dict(kwargs)))[0] if isinstance(x, Tensor)]
    for info, x, y in zip(program.graph.outputs, expected, program(*given), strict=True):
        if x.shape != y.shape or not np.allclose(x.array, y.array, 1e-4, 1e-5, equal_nan=True):
            raise OnnxExporterError(f"export: the output {info.name} differs from the model's own")
