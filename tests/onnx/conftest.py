"""Three judges of an exported program: NumPy, onnx's reference evaluator, and onnxruntime."""

from __future__ import annotations

import runpy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.func.pytree import flatten

Run = Callable[..., list[Any]]


def arrays_of(tree: Any) -> list[Any]:
    return [x.detach().numpy() for x in flatten(tree)[0] if isinstance(x, mt.Tensor)]


def by_numpy(folder: Path, model: Any, args: tuple[Any, ...], **how: Any) -> Run:
    how.pop("opset_version", None)
    path = mt.export.numpy_module(model, args, folder / "program.py", **how)
    forward = runpy.run_path(str(path))["forward"]

    def run(*arrays: Any) -> list[Any]:
        found = forward(*arrays)
        return list(found) if isinstance(found, tuple) else [found]

    return run


def by_reference(folder: Path, model: Any, args: tuple[Any, ...], **how: Any) -> Run:
    program = mt.onnx.export(model, args, **how)
    return lambda *arrays: [x.numpy() for x in program(*arrays)]


def by_onnxruntime(folder: Path, model: Any, args: tuple[Any, ...], **how: Any) -> Run:
    import onnxruntime

    onnxruntime.set_default_logger_severity(4)
    path = folder / "program.onnx"
    program = mt.onnx.export(model, args, path, **how)
    session = onnxruntime.InferenceSession(path)
    names = [info.name for info in program.graph.inputs]
    return lambda *arrays: session.run(
        None, dict(zip(names, [np.asarray(a, order="C") for a in arrays], strict=True))
    )


NEEDED: dict[str, dict[str, str | None]] = {
    "numpy": {},
    "reference": {"onnx": "1.23"},  # older ones know less: no bidirectional LSTM, no empty arrays
    "onnxruntime": {"onnx": None, "onnxruntime": None},
}
JUDGES = {"numpy": by_numpy, "reference": by_reference, "onnxruntime": by_onnxruntime}


@pytest.fixture(params=list(JUDGES))
def judge(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[..., Run]:
    """What exports a program and gives a function that runs it on arrays."""
    for module, version in NEEDED[request.param].items():
        pytest.importorskip(module, version, reason=f"needs {module} {version or 'of any version'}")

    def export(model: Any, args: tuple[Any, ...], **how: Any) -> Run:
        return JUDGES[request.param](tmp_path, model, args, **how)

    export.name = request.param  # type: ignore[attr-defined]
    return export


@pytest.fixture
def same(judge: Any) -> Callable[..., Run]:
    """Checks that an exported program gives what the model gives, on the example and on other arguments."""

    def check(model: Any, *args: Any, others: Any = (), tolerance: float = 1e-5, **how: Any) -> Run:
        run: Run = judge(model, args, **how)
        for given in [args, *others]:
            expected, found = arrays_of(model(*given)), run(*arrays_of(given))
            assert len(expected) == len(found)
            for x, y in zip(expected, found, strict=True):
                y = np.asarray(y)
                assert (x.shape, x.dtype) == (y.shape, y.dtype)
                np.testing.assert_allclose(y, x, tolerance, tolerance)
        return run

    return check
