"""Which memory the tensors of a file share, so that it is written once.

PyTorch writes the whole storage that a tensor looks into, even for a view of one element; so do we, because
that is what makes views share memory again after loading.  ``x.clone()`` cuts a small part loose.
"""

from __future__ import annotations

import pickle
from typing import Any, NamedTuple

import numpy as np

from ..engine.versions import owner
from ..errors import dtype_name

__all__ = ["Part", "Pool"]

Array = np.ndarray[Any, Any]


class Part(NamedTuple):
    """Where the elements of a tensor are: in which storage, from where, in which steps (of elements)."""

    key: str
    nbytes: int
    offset: int
    strides: tuple[int, ...]


class Pool:
    """The storages that a file needs, by the address of their memory."""

    def __init__(self) -> None:
        self.arrays: list[Array] = []
        self._places: dict[tuple[int, int], tuple[int, np.dtype[Any]]] = {}

    def part(self, array: Array) -> Part:
        """Where `array` is in the file; its storage is noted if it is new."""
        array = array.astype(array.dtype.newbyteorder("="), copy=False)
        whole = owner(array)
        if not _sees(array, whole):
            array = whole = np.array(array, order="C")
        place = self._place(whole, array.dtype)
        offset = array.ctypes.data - whole.ctypes.data
        steps = tuple(step // array.itemsize for step in array.strides)
        return Part(str(place), whole.nbytes, offset // array.itemsize, steps)

    def _place(self, whole: Array, dtype: np.dtype[Any]) -> int:
        key = (whole.ctypes.data, whole.nbytes) if whole.nbytes else (-len(self.arrays) - 1, 0)
        place, seen = self._places.setdefault(key, (len(self.arrays), dtype))
        if place == len(self.arrays):
            self.arrays.append(whole)
        if seen != dtype:
            raise pickle.PicklingError(
                f"save: tensors of {dtype_name(seen)} and {dtype_name(dtype)} look into the same "
                "memory, which the file cannot say: clone one of them"
            )
        return place

    def raw(self, index: int) -> memoryview:
        """The bytes of a storage."""
        return self.arrays[index].ravel(order="K").view(np.uint8).data


def _sees(array: Array, whole: Array) -> bool:
    """Whether `array` can be described as steps forward through `whole`, which has no gaps."""
    dense = whole.nbytes == np.subtract(*np.lib.array_utils.byte_bounds(whole)[::-1])
    forward = all(step >= 0 and step % array.itemsize == 0 for step in (*array.strides, *whole.strides))
    start = array.ctypes.data - whole.ctypes.data
    return bool(dense and forward and array.nbytes and start >= 0 and start % array.itemsize == 0)
