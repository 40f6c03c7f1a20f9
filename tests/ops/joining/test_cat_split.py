"""Joining: an empty vector joins with anything, and counts for the dtype and the gradient all the same."""

from __future__ import annotations

import pytest

import microtensor as mt


def test_an_empty_vector_gets_a_gradient_and_has_a_dtype() -> None:
    empty, x = mt.zeros(0, requires_grad=True), mt.ones(2, 3, requires_grad=True)
    mt.cat([empty, x, empty], dim=1).sum().backward()
    assert (empty.grad.shape, x.grad.tolist()) == ((0,), [[1, 1, 1]] * 2)
    assert mt.cat([mt.zeros(0, dtype=mt.complex64), mt.ones(1, 1)], dim=1).dtype == mt.complex64
    assert mt.cat([mt.zeros(0), mt.zeros(0)]).shape == (0,)


def test_sizes_that_differ_are_told_beside_an_empty_vector() -> None:
    with pytest.raises(RuntimeError, match="Expected size 1 but got size 3 for tensor number 2"):
        mt.cat([mt.zeros(0), mt.ones(1, 2), mt.ones(3, 2)], dim=1)


def test_nothing_of_a_tensor_is_repeated() -> None:
    x = mt.ones(2, requires_grad=True)
    out = x.repeat(0, 3)
    out.sum().backward()
    assert (out.shape, x.grad.tolist()) == ((0, 6), [0, 0])
