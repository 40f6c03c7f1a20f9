"""Gathering and scattering: numbers as vectors of one, and what is refused."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor.ops.indexing.gather_scatter import scatter_add_into


def test_a_number_is_a_vector_of_one() -> None:
    x = mt.tensor([1.0, 2.0, 3.0], requires_grad=True)
    picked = mt.gather(x, 0, mt.tensor(1))
    assert (picked.item(), picked.ndim) == (2.0, 0)
    picked.backward()
    assert x.grad.tolist() == [0.0, 1.0, 0.0]
    assert mt.zeros(3).scatter_add(0, mt.tensor(1), mt.tensor(2.0)).tolist() == [0.0, 2.0, 0.0]
    assert scatter_add_into(mt.tensor([2.0, 3.0]), mt.tensor([0, 0]), (), 0).item() == 5.0


def test_a_source_that_does_not_fit_is_refused() -> None:
    zeros, index = mt.zeros(2), mt.tensor([0])
    with pytest.raises(RuntimeError, match=r"self\.dtype to be equal to src\.dtype, torch\.float32 and"):
        zeros.scatter_add(0, index, mt.tensor([1]))
    for scatter in (zeros.scatter, zeros.scatter_add):
        with pytest.raises(RuntimeError, match="same number of dimensions as src tensor"):
            scatter(0, index, mt.ones(1, 1))
        with pytest.raises(RuntimeError, match=r"index \[2\] to be no larger than src \[1\]"):
            scatter(0, mt.tensor([0, 1]), mt.ones(1))
    assert zeros.tolist() == [0.0, 0.0]
