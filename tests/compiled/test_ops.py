"""Every op, compiled with its gradient, on new values at each call: equal to the bit, or refused."""

from __future__ import annotations

import re
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.testing.samples import cases_of, draw_all

OPS = sorted(name for name, op in mt.registry.items() if op.ours)


def tensors(op: Any, arrays: Any, seed: int) -> list[Any]:
    """New operands for a case; those that have a derivative require one."""
    drawn = draw_all(op, arrays, np.random.default_rng(seed), np.float32)
    found = [mt.tensor(np.array(x)) if isinstance(x, (np.ndarray, float)) else x for x in drawn]
    for name, x in zip(op.arrays * len(found), found, strict=False):
        if isinstance(x, mt.Tensor) and name in op.partials and x.is_floating_point():
            x.requires_grad_()
    return found


def all_of(function: Any, operands: list[Any]) -> list[Any]:
    """Results and gradients, as what they are to the last bit."""
    out = function(*operands)
    results = [x for x in (out if isinstance(out, (tuple, list)) else [out]) if isinstance(x, mt.Tensor)]
    found = [x.detach() for x in results]
    traced = [x for x in results if x.requires_grad]
    if traced:
        targets = [x for x in operands if isinstance(x, mt.Tensor) and x.requires_grad]
        real = [x.abs() if x.is_complex() else x for x in traced]
        found += mt.autograd.grad(sum(x.sum() for x in real), targets, allow_unused=True)
    return [None if x is None else (x.array.dtype, x.array.shape, x.array.tobytes()) for x in found]


@pytest.mark.parametrize("name", OPS)
def test_an_op_on_new_values_is_equal_or_refused(name: str) -> None:
    op = mt.registry[name]
    cases = cases_of(op)
    arrays, params = cases[len(name) % len(cases)]  # one for each op, and not always the first

    def function(*xs: Any) -> Any:
        return op.call(*xs, **params)

    compiled = mt.compile(function, backend="numpy")
    for seed in range(4):
        want = all_of(function, tensors(op, arrays, seed))
        assert all_of(compiled, tensors(op, arrays, seed)) == want
    assert compiled.replays or re.search("eager, because .+", compiled.explain())


def test_most_ops_are_replayed() -> None:
    """So that the law above can't be kept by refusing everything."""
    replayed = 0
    for name in OPS[::6]:
        op = mt.registry[name]
        arrays, params = cases_of(op)[0]
        compiled = mt.compile(lambda *xs, op=op, params=params: op.call(*xs, **params), backend="numpy")
        for seed in range(4):
            compiled(*tensors(op, arrays, seed))
        replayed += bool(compiled.replays)
    assert replayed > 0.75 * len(OPS[::6])
