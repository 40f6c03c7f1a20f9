"""An array of which only some entries are other than zero: where they stand, and what stands there.

It travels through a backward pass in the place of an array, and adds up by joining: a place may occur
several times, and its values are added when somebody asks (`coalesced`).  Added to an array it becomes one.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

Array = np.ndarray[Any, Any]


class SparseArray:
    """`values` (n, ...) that stand at the places `indices` (k, n) of zeros of a shape.

    >>> from microtensor.engine.arrays.sparse_array import SparseArray
    >>> part = SparseArray(np.array([[2, 0, 2]]), np.ones((3, 1)), (3, 1))
    >>> part.dense().ravel().tolist(), part.coalesced().indices.tolist()
    ([1.0, 0.0, 2.0], [[0, 2]])
    """

    __slots__ = ("indices", "shape", "unique", "values")

    def __init__(self, indices: Array, values: Array, shape: tuple[int, ...], unique: bool = False) -> None:
        self.indices, self.values, self.shape, self.unique = indices, values, shape, unique

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        return self.values.dtype

    @property
    def itemsize(self) -> int:
        """Bytes of one element."""
        return self.values.itemsize

    @property
    def ndim(self) -> int:
        """The number of dimensions of the dense array."""
        return len(self.shape)

    @property
    def size(self) -> int:
        """The number of elements of the dense array."""
        return math.prod(self.shape)

    @property
    def base(self) -> SparseArray:
        """Not None: nobody adds to it in place."""
        return self

    def __add__(self, other: Any) -> Any:
        if isinstance(other, SparseArray):
            indices = np.concatenate([self.indices, other.indices], 1)
            return SparseArray(indices, np.concatenate([self.values, other.values]), self.shape)
        return self.dense() + other

    def reshape(self, *shape: Any) -> Array:
        """The dense array in another shape."""
        return self.dense().reshape(*shape)

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Array:
        return np.asarray(self.dense(), dtype)

    def __array_ufunc__(self, ufunc: Any, method: str, *inputs: Any, **options: Any) -> Any:
        """An array that meets this computes with the dense one, in place too."""
        dense = [x.dense() if isinstance(x, SparseArray) else x for x in inputs]
        return getattr(ufunc, method)(*dense, **options)

    def dense(self) -> Array:
        """The array with all its zeros."""
        out = np.zeros(self.shape, self.dtype)
        part = self.coalesced()
        out[tuple(part.indices)] = part.values
        return out

    def coalesced(self) -> SparseArray:
        """The same with each place once, in rising order."""
        if self.unique or not self.indices.shape[1]:
            return SparseArray(self.indices, self.values, self.shape, True)
        order, starts = runs(places(self.indices, self.shape))
        values = np.add.reduceat(self.values[order], starts)
        return SparseArray(self.indices[:, order[starts]], values, self.shape, True)


def places(indices: Array, shape: tuple[int, ...]) -> Array:
    """The number of each place (k, n) among all places of the first k dimensions, in C order.

    >>> from microtensor.engine.arrays.sparse_array import places
    >>> places(np.array([[0, 1], [2, 0]]), (2, 3)).tolist()
    [2, 3]
    """
    found = np.zeros(indices.shape[1], np.int64)
    for row, length in zip(indices, shape, strict=False):  # of the dimensions that have indices
        found = found * length + row
    return found


def runs(keys: Array) -> tuple[Array, Array]:
    """The order that sorts `keys`, equal ones as they come, and where each new one begins in it."""
    order = np.argsort(keys, kind="stable")
    ordered = keys[order]
    return order, np.flatnonzero(np.concatenate([[True], ordered[1:] != ordered[:-1]]))


__all__ = ["SparseArray", "places", "runs"]
