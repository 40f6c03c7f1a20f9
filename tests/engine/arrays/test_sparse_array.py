"""Entries that add up: with each other as entries, with an array as an array."""

from __future__ import annotations

import numpy as np

from microtensor.engine.arrays.sparse_array import SparseArray, places


def test_rows_add_to_rows_and_to_arrays() -> None:
    part = SparseArray(np.array([[2, 0, 2]]), np.array([[1.0], [5.0], [3.0]]), (3, 1))
    both = part + SparseArray(np.array([[1]]), np.array([[7.0]]), (3, 1))
    assert isinstance(both, SparseArray)
    assert both.dense().ravel().tolist() == [5.0, 7.0, 4.0]
    assert (part + np.ones((3, 1))).ravel().tolist() == [6.0, 1.0, 5.0]
    assert (np.ones((3, 1)) + part).ravel().tolist() == [6.0, 1.0, 5.0]


def test_no_rows_are_zeros_and_are_in_order() -> None:
    none = SparseArray(np.zeros((1, 0), np.int64), np.ones((0, 2)), (2, 2))
    assert none.coalesced().unique
    assert none.dense().tolist() == [[0.0, 0.0], [0.0, 0.0]]


def test_places_of_several_dimensions() -> None:
    part = SparseArray(np.array([[1, 0, 1], [2, 0, 2]]), np.array([1.0, 2.0, 4.0], np.float32), (2, 3))
    assert places(part.indices, part.shape).tolist() == [5, 0, 5]
    assert part.dense().tolist() == [[2.0, 0.0, 0.0], [0.0, 0.0, 5.0]]
    assert (part.ndim, part.size, part.itemsize, part.dtype) == (2, 6, 4, np.float32)
    assert part.coalesced().indices.tolist() == [[0, 1], [0, 2]]


def test_an_array_that_meets_it_sees_the_dense_one() -> None:
    part = SparseArray(np.array([[2]]), np.array([3.0]), (3,))
    assert (2 * np.ones(3) * part).tolist() == [0.0, 0.0, 6.0]
    assert part.reshape(3, 1).tolist() == [[0.0], [0.0], [3.0]]
    assert np.asarray(part, np.int64).tolist() == [0, 0, 3]
    assert part.base is part
