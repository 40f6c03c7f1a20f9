"""Rows that add up: with each other as rows, with an array as an array."""

from __future__ import annotations

import numpy as np

from microtensor.engine.arrays.sparse_rows import SparseRows


def test_rows_add_to_rows_and_to_arrays() -> None:
    part = SparseRows(np.array([2, 0, 2]), np.array([[1.0], [5.0], [3.0]]), (3, 1))
    both = part + SparseRows(np.array([1]), np.array([[7.0]]), (3, 1))
    assert isinstance(both, SparseRows)
    assert both.dense().ravel().tolist() == [5.0, 7.0, 4.0]
    assert (part + np.ones((3, 1))).ravel().tolist() == [6.0, 1.0, 5.0]
    assert (np.ones((3, 1)) + part).ravel().tolist() == [6.0, 1.0, 5.0]


def test_no_rows_are_zeros_and_are_in_order() -> None:
    none = SparseRows(np.array([], np.int64), np.ones((0, 2)), (2, 2))
    assert none.coalesced().unique
    assert none.dense().tolist() == [[0.0, 0.0], [0.0, 0.0]]
