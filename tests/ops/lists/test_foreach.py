"""Functions of lists of tensors: each gives what the function of one tensor gives."""

from __future__ import annotations

from typing import Any

import microtensor as mt


def lists() -> tuple[list[mt.Tensor], list[mt.Tensor]]:
    """Two lists of tensors, equal in shapes."""
    return [mt.tensor([1.0, -2.0]), mt.tensor([[4.0]])], [mt.tensor([3.0, 2.0]), mt.tensor([[0.0]])]


def as_lists(found: Any) -> list[Any]:
    """The numbers of each tensor."""
    return [tensor.tolist() for tensor in found]


def test_lerp_with_one_weight_and_with_one_for_each() -> None:
    start, end = lists()
    halfway = mt._foreach_lerp(start, end, 0.5)
    assert isinstance(halfway, tuple)
    assert as_lists(halfway) == [[2.0, 0.0], [[2.0]]]
    mt._foreach_lerp_(start, end, [0.5, 0.25])
    assert as_lists(start) == [[2.0, 0.0], [[3.0]]]


def test_a_clone_has_its_own_memory() -> None:
    first, _ = lists()
    copies = mt._foreach_clone(first)
    mt._foreach_zero_(first)
    assert as_lists(copies) == [[1.0, -2.0], [[4.0]]]
    assert as_lists(first) == [[0.0, 0.0], [[0.0]]]


def test_products_of_matrices_pair_by_pair() -> None:
    left, right = [mt.tensor([[1.0, 2.0]]), mt.eye(2)], [mt.tensor([[3.0], [4.0]]), mt.ones(2, 1)]
    assert as_lists(mt._foreach_mm(left, right)) == [[[11.0]], [[1.0], [1.0]]]


def test_sums_of_powers() -> None:
    first, _ = lists()
    assert as_lists(mt._foreach_powsum(first, 3)) == [9.0, 64.0]
    assert mt._foreach_powsum(first, 1, dtype=mt.float64)[0].dtype == mt.float64
