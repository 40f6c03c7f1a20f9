"""How C sees an array: where its first element lies, and how far it is to the next along each dimension.

NumPy's own views would do, but those of as many elements as one likes over few bytes (a reduction's result,
seen from each element that goes into it) lose sight of the array whose memory they look into.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import gcd

import numpy as np

from ...engine.versions import owner
from ..arena import address
from ..program import Array
from .c_types import DType


@dataclass(slots=True, eq=False)
class View:
    """An array as addresses; `strides` are in bytes, and 0 wherever a dimension has one element."""

    memory: Array
    address: int
    dtype: DType
    shape: tuple[int, ...]
    strides: tuple[int, ...]
    low: int = 0
    high: int = 0

    def __post_init__(self) -> None:
        pairs = list(zip(self.shape, self.strides, strict=True))
        self.strides = tuple(s if n != 1 else 0 for n, s in pairs)
        reach = [(n - 1) * s for n, s in zip(self.shape, self.strides, strict=True)]
        self.low = self.address + sum(r for r in reach if r < 0)
        self.high = self.address + sum(r for r in reach if r > 0) + self.dtype.itemsize
        if 0 in self.shape:
            self.low = self.high = self.address

    @property
    def size(self) -> int:
        """The number of elements."""
        return int(np.prod(self.shape, dtype=int))

    @property
    def place(self) -> tuple[int, tuple[int, ...], str]:
        """What tells it from other views of one shape."""
        return self.address, self.strides, self.dtype.str

    def meets(self, other: View) -> bool:
        """Whether the two may have a byte in common; elements of other columns surely have none."""
        apart = self.low >= other.high or other.low >= self.high
        return not (apart or self._between(other) or self._beside(other))

    def _between(self, other: View) -> bool:
        """Whether the elements of one lie in the gaps that all strides of both leave."""
        step = gcd(*self.strides, *other.strides)
        offset = (other.address - self.address) % step if step else 0
        return offset >= self.dtype.itemsize and offset + other.dtype.itemsize <= step

    def _beside(self, other: View) -> bool:
        """Whether both are blocks of columns of rows of one length, other columns each."""
        row = max(map(abs, self.strides), default=0)
        if not row or row != max(map(abs, other.strides), default=0):
            return False
        (low, high), (start, stop) = self._in_row(row), other._in_row(row)
        offset = (other.address - self.address) % row
        return offset + start >= high and offset + stop <= row + low

    def _in_row(self, row: int) -> tuple[int, int]:
        """The extent, from the address on, along all dimensions but those of this stride."""
        reach = [(n - 1) * s for n, s in zip(self.shape, self.strides, strict=True) if abs(s) != row]
        return sum(r for r in reach if r < 0), sum(r for r in reach if r > 0) + self.dtype.itemsize

    def seen(self, shape: tuple[int, ...], strides: Iterable[int]) -> View:
        """The same first element with other dimensions."""
        return View(self.memory, self.address, self.dtype, shape, tuple(strides))

    def broadcast(self, shape: tuple[int, ...]) -> View:
        """Seen in a larger shape, as NumPy broadcasts."""
        new = len(shape) - len(self.shape)
        strides = (0,) * new + self.strides
        return self.seen(shape, strides)

    def split(self, shape: tuple[int, ...]) -> View:
        """Seen in a finer shape, whose neighbouring dimensions join to its own."""
        strides, rest, fine = [0] * len(shape), list(zip(self.shape, self.strides, strict=True)), len(shape)
        while rest:
            size, stride = rest.pop()
            inside = 1
            while inside < size:
                fine -= 1
                strides[fine] = stride * inside
                inside *= shape[fine]
        return self.seen(shape, strides)


def view(array: Array) -> View:
    """An array of NumPy's as C sees it."""
    return View(owner(array), address(array), array.dtype, array.shape, array.strides)


__all__ = ["View", "view"]
