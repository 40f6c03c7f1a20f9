"""Random graphs against PyTorch where it is installed, and against differences everywhere."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings

import microtensor as mt
from microtensor.testing import numerical_gradient


def _load() -> Any:
    spec = importlib.util.spec_from_file_location(
        "random_graphs", Path(__file__).with_name("random_graphs.py")
    )
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["random_graphs"] = module
    spec.loader.exec_module(module)
    return module


graphs = _load()
POINTS = [np.random.default_rng(k).uniform(-1.5, 1.5, (3, 4)) for k in range(2)]


def results(torch: Any, program: Any) -> list[Any]:
    """Everything that two libraries must agree on, for a pass that keeps the graph and one that does not."""
    leaves = [torch.tensor(p, dtype=torch.float64, requires_grad=True) for p in POINTS]
    loss, retained, seen = graphs.run(torch, program, leaves)
    if not loss.requires_grad:
        return []
    loss.backward(retain_graph=True)
    once = [None if x.grad is None else x.grad.clone() for x in leaves]
    loss.backward()
    return [loss, *once, *[x.grad for x in leaves], *[t.grad for t in retained], *seen]


@given(program=graphs.programs())
def test_pytorch_agrees(program: Any) -> None:
    torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")
    ours, theirs = results(mt, program), results(torch, program)
    assert len(ours) == len(theirs)
    for a, b in zip(ours, theirs, strict=True):
        assert (a is None) == (b is None)
        assert a is None or np.allclose(a.detach().numpy(), b.detach().numpy(), rtol=1e-9, atol=1e-11)


@settings(max_examples=10)
@given(program=graphs.programs(longest=8))
def test_differences_agree(program: Any) -> None:
    """Without hooks that change the gradient, it is the gradient."""
    program = [
        step for step in program if step[0] not in {"hook", "retain", "relu", "abs", "maximum", "max_dim"}
    ]
    if not program:
        return
    leaves = [mt.tensor(p, requires_grad=True) for p in POINTS]
    graphs.run(mt, program, leaves)[0].backward()
    for k, leaf in enumerate(leaves):

        def loss(value: Any, k: int = k) -> float:
            moved = [mt.from_numpy(value if i == k else p) for i, p in enumerate(POINTS)]
            return float(graphs.run(mt, program, moved)[0])

        expected = numerical_gradient(loss, POINTS[k], step=1e-4)
        found = np.zeros((3, 4)) if leaf.grad is None else leaf.grad.array
        assert np.allclose(found, expected, rtol=1e-6, atol=1e-7)
