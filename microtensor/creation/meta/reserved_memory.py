"""Memory that is reserved and never used: what an array without numbers points into.

A system gives addresses without giving memory.  All arrays here begin at the same address, can only be read,
and read as zeros; they have true shapes, strides and views.
"""

from __future__ import annotations

import mmap
from collections.abc import Sequence
from typing import Any

import numpy as np

_LEAST = 1 << 30
_held: list[Any] = []


def reserved(shape: Sequence[int], dtype: Any, strides: Sequence[int] | None = None) -> np.ndarray[Any, Any]:
    """An array of this shape whose memory is not there; `strides` are in bytes, and C order's if left out.

    >>> from microtensor.creation.meta.reserved_memory import reserved
    >>> reserved((10**6, 10**6), np.float32).strides
    (4000000, 4)
    """
    dtype = np.dtype(dtype)
    steps = _c_strides(shape, dtype.itemsize) if strides is None else tuple(strides)
    last = sum((n - 1) * step for n, step in zip(shape, steps, strict=True)) if 0 not in shape else 0
    memory = _memory(last + dtype.itemsize)
    if memory is None:
        return np.broadcast_to(np.zeros((), dtype), tuple(shape))
    return np.ndarray(tuple(shape), dtype, memory, 0, steps)


def is_reserved(array: Any) -> bool:
    """Whether an array points into memory that is not there."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return any(array.base is memory for memory in _held)


def _c_strides(shape: Sequence[int], step: int) -> tuple[int, ...]:
    found = []
    for n in reversed(tuple(shape)):
        found.append(step)
        step *= max(n, 1)
    return tuple(reversed(found))


def _memory(size: int) -> Any:
    """So many bytes of addresses; None where the system gives none."""
    if not _held or len(_held[-1]) < size:
        flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | getattr(mmap, "MAP_NORESERVE", 0)
        try:
            _held.append(mmap.mmap(-1, max(_LEAST, 1 << size.bit_length()), flags, mmap.PROT_READ))
        except (OSError, OverflowError, ValueError):
            return None
    return _held[-1]
