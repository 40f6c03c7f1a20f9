"""The nine workloads of the benchmarks, exported with a dynamic batch, in every operator set."""

from __future__ import annotations

import inspect
import sys
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"
NAMES = sorted(file.stem for file in (BENCHMARKS / "workloads").glob("[a-z]*.py"))


def network_of(name: str, monkeypatch: pytest.MonkeyPatch) -> tuple[Any, Any]:
    """The network of a workload, out of its training step, and its inputs."""
    monkeypatch.syspath_prepend(str(BENCHMARKS))
    workload = import_module(f"workloads.{name}")
    weights, x, y = workload.data(np.random.RandomState(0))
    held = inspect.getclosurevars(workload.program(mt, weights, x, y)).nonlocals
    for module in [
        m for m in sys.modules if m.partition(".")[0] in ("workloads", "common", "by_hand", "gpt_by_hand")
    ]:
        del sys.modules[module]
    if "model" in held:
        return held["model"], mt.from_numpy(x)
    w1, w2 = held["w1"], held["w2"]
    return (lambda x: (x @ w1).relu() @ w2), mt.from_numpy(x)


def test_there_are_nine() -> None:
    assert len(NAMES) == 9


@pytest.mark.parametrize("opset", [18, 20, 23])
@pytest.mark.parametrize("name", NAMES)
def test_a_workload_is_the_same_elsewhere(name: str, opset: int, same: Any, monkeypatch: Any) -> None:
    model, x = network_of(name, monkeypatch)
    axis = 1 if name == "lstm" else 0
    fewer = x.narrow(axis, 0, 3)
    same(model, x, others=[(fewer,)], dynamic_shapes=({axis: "batch"},), opset_version=opset)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "xor_by_hand"])
def test_parameters_keep_their_names(name: str, monkeypatch: Any) -> None:
    pytest.importorskip("onnx", reason="needs the onnx package")
    model, x = network_of(name, monkeypatch)
    program = mt.onnx.export(model, (x,))
    held = {tensor.name: tensor for tensor in program.model_proto.graph.initializer}
    for key, parameter in model.named_parameters():
        assert list(held[key].dims) == list(parameter.shape)
        assert held[key].raw_data == parameter.detach().numpy().tobytes()
