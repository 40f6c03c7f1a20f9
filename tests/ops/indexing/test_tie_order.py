"""Equal elements: which comes first, where a gradient goes, and what stays stable."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.ops.indexing.tie_order import LIMIT

ZEROS = mt.zeros(17)


def test_equals_of_a_sort() -> None:
    """Stay in their order if asked, among 16 at most, and in large tensors; else they move."""
    assert ZEROS.sort(stable=True).indices.tolist() == list(range(17))
    assert ZEROS[:16].sort().indices.tolist() == list(range(16))
    assert mt.zeros(LIMIT + 1).argsort().tolist() == list(range(LIMIT + 1))
    assert ZEROS.argsort().tolist() == [8, 16, 15, 14, 13, 12, 11, 10, 9, 0, 7, 6, 5, 4, 3, 2, 1]
    assert ZEROS.argsort(stable=True).tolist() == list(range(17))


def test_equals_of_topk_and_kthvalue() -> None:
    """Also among few."""
    assert mt.zeros(4).topk(2).indices.tolist() == [2, 3]
    assert mt.tensor([1.0, 0.0, 1.0, 0.0]).kthvalue(1).indices.item() == 1


@pytest.mark.parametrize("dim", [0, 1])
def test_lines_without_equals_are_left_alone(dim: int) -> None:
    """In the same tensor, along any dimension."""
    x = mt.stack([mt.zeros(20), mt.arange(20.0).flip(0)], 1 - dim)
    indices = x.sort(dim).indices
    assert indices.select(1 - dim, 1).tolist() == list(range(19, -1, -1))
    assert indices.select(1 - dim, 0).tolist() != list(range(20))
    assert mt.equal(x.gather(dim, indices), x.sort(dim).values)


def test_the_gradient_goes_to_those_that_were_picked() -> None:
    x = mt.zeros(4, requires_grad=True)
    x.topk(2).values.sum().backward()
    assert x.grad.tolist() == [0.0, 0.0, 1.0, 1.0]


def test_zeros_of_both_signs_are_equal() -> None:
    """And come out as they are picked."""
    x = mt.tensor([0.0, -0.0] * 9)
    values, indices = x.sort()
    assert np.signbit(values.numpy()).tolist() == np.signbit(x.numpy()[indices.numpy()]).tolist()


def test_nothing_to_order() -> None:
    """No elements, one, none asked for."""
    assert mt.zeros(0).sort().indices.tolist() == []
    assert mt.zeros(0, 3).sort(0).values.shape == (0, 3)
    assert mt.zeros(3, 0).topk(0).indices.shape == (3, 0)
    assert mt.zeros(3).topk(0).indices.tolist() == []
    assert mt.tensor(2.0).sort().indices.item() == 0
    assert mt.tensor(2.0).kthvalue(1).indices.item() == 0


@pytest.mark.parametrize("function", [lambda x: x.sort().indices, lambda x: x.topk(3).indices])
def test_a_compiled_step_looks_at_its_own_numbers(function: Any) -> None:
    """Equals or not, at each replay."""
    step = mt.compile(function)
    apart = mt.arange(20.0)
    for x in (apart, apart, mt.zeros(20), apart.flip(0), mt.zeros(20)):
        assert step(x).tolist() == function(x).tolist()
