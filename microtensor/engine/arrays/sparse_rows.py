"""A gradient of which only some rows are other than zero: their numbers, and what stands in them.

It travels through a backward pass in the place of an array, and adds up by joining: equal numbers may occur
several times, and are added when somebody asks (`coalesced`).  Added to an array it becomes one.
"""

from __future__ import annotations

from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class SparseRows:
    """`values` (n, ...) that stand in the rows `rows` (n) of zeros of a shape.

    >>> from microtensor.engine.arrays.sparse_rows import SparseRows
    >>> part = SparseRows(np.array([2, 0, 2]), np.ones((3, 1)), (3, 1))
    >>> part.dense().ravel().tolist(), part.coalesced().rows.tolist()
    ([1.0, 0.0, 2.0], [0, 2])
    """

    __slots__ = ("rows", "shape", "unique", "values")

    def __init__(self, rows: Array, values: Array, shape: tuple[int, ...], unique: bool = False) -> None:
        self.rows, self.values, self.shape, self.unique = rows, values, shape, unique

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def base(self) -> SparseRows:
        """Not None: nobody adds to it in place."""
        return self

    def __add__(self, other: Any) -> Any:
        if isinstance(other, SparseRows):
            rows, values = (self.rows, other.rows), (self.values, other.values)
            return SparseRows(np.concatenate(rows), np.concatenate(values), self.shape)
        return self.dense() + other

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """An array that meets this computes with the dense one, in place too."""
        dense = [x.dense() if isinstance(x, SparseRows) else x for x in inputs]
        return getattr(ufunc, method)(*dense, **options)

    def dense(self) -> Array:
        """The array with all its zeros."""
        out = np.zeros(self.shape, self.dtype)
        part = self.coalesced()
        out[part.rows] = part.values
        return out

    def coalesced(self) -> SparseRows:
        """The same with each number once, in rising order."""
        if self.unique or not self.rows.size:
            return SparseRows(self.rows, self.values, self.shape, True)
        order = np.argsort(self.rows, kind="stable")
        rows = self.rows[order]
        starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
        return SparseRows(rows[starts], np.add.reduceat(self.values[order], starts), self.shape, True)


__all__ = ["SparseRows"]
