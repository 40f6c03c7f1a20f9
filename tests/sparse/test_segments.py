"""Runs of rows: what each is reduced to, and where gradients go."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt

D = mt.tensor([1.0, 2.0, 5.0, 3.0], dtype=mt.float64)


@pytest.mark.parametrize(
    ("reduce", "expected", "with_two"),
    [
        ("sum", [3.0, 0.0, 8.0], [5.0, 2.0, 10.0]),
        ("mean", [1.5, None, 4.0], [2.5, 2.0, 5.0]),
        ("amax", [2.0, -mt.inf, 5.0], [2.0, 2.0, 5.0]),
        ("min", [1.0, mt.inf, 3.0], [1.0, 2.0, 2.0]),
        ("prod", [2.0, 1.0, 15.0], [4.0, 2.0, 30.0]),
    ],
)
def test_runs(reduce: str, expected: list[Any], with_two: list[float]) -> None:
    found = mt.segment_reduce(D, reduce, lengths=mt.tensor([2, 0, 2])).tolist()
    assert [None if x != x else x for x in found] == expected
    assert mt.segment_reduce(D, reduce, offsets=mt.tensor([0, 2, 2, 4]), initial=2.0).tolist() == with_two
    leaf = D.clone().requires_grad_()
    assert mt.autograd.gradcheck(lambda x: mt.segment_reduce(x, reduce, offsets=mt.tensor([0, 2, 4])), leaf)


def test_refusals() -> None:
    with pytest.raises(RuntimeError, match="they sum to 3, and the size is 4"):
        mt.segment_reduce(D, "sum", lengths=mt.tensor([2, 1]))
    assert mt.segment_reduce(D, "sum", lengths=mt.tensor([2, 1]), unsafe=True).tolist() == [3.0, 5.0]
    with pytest.raises(RuntimeError, match="Either lengths or offsets must be defined"):
        mt.segment_reduce(D, "sum")
    with pytest.raises(RuntimeError, match="got median"):
        mt.segment_reduce(D, "median", lengths=mt.tensor([4]))
    with pytest.raises(NotImplementedError, match="one vector here, and axis is 0"):
        mt.segment_reduce(D, "sum", lengths=mt.tensor([[4]]))
