"""Norms of what is empty, and the gradient of a count, which there is none of."""

from __future__ import annotations

import math

import pytest

import microtensor as mt


@pytest.mark.parametrize("ord", [1, 2, math.inf, "nuc", "fro"])
@pytest.mark.parametrize("shape", [(0, 0), (0, 3), (3, 0)])
def test_a_matrix_without_elements_has_the_norm_0(ord: float | str, shape: tuple[int, int]) -> None:
    assert mt.linalg.matrix_norm(mt.zeros(2, *shape), ord).tolist() == [0, 0]


def test_the_smallest_of_nothing_is_not_there() -> None:
    with pytest.raises(IndexError, match="to have non-zero size"):
        mt.linalg.matrix_norm(mt.zeros(0, 0), -1)


def test_a_count_passes_no_gradient_on() -> None:
    x = mt.tensor([3.0, 0.0], requires_grad=True)
    found = mt.linalg.vector_norm(x, 0)
    assert found.item() == 1
    assert found.requires_grad
    found.backward()
    assert x.grad is None


def test_determinants_of_few_elements() -> None:
    for shape, expected in (((1, 1), [[1]]), ((2, 0, 0), [[], []])):
        x = mt.full(shape, 3.0, requires_grad=True)
        mt.linalg.det(x).sum().backward()
        assert x.grad.tolist() == expected
