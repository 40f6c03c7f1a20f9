"""Who wrote into which memory, and when: the version counters, without a counter in a tensor.

PyTorch gives every storage a counter, and every saved tensor the count at which it was saved.
Here the graph's creation numbers are the clock.  A write in place stamps the array that owns the
memory with the next number; a node is stale if one of its saved arrays was stamped after the node
was made.  So recording pays nothing, and a backward pass pays one comparison of integers a node,
because all of a step's nodes are usually younger than the last write.
"""

from __future__ import annotations

import itertools
import weakref
from typing import Any

import numpy as np

next_number = itertools.count(1).__next__
"""The clock: creation numbers of nodes and stamps of writes."""

last_write = 0
"""The stamp of the most recent write anywhere."""


class Write:
    """The latest write into one owner's memory: how many there were, when, and by which op."""

    __slots__ = ("by", "count", "number", "owner")

    def __init__(self, owner: Any) -> None:
        self.owner, self.count, self.number, self.by = owner, 0, 0, ""


_writes: dict[int, Write] = {}


def owner(array: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The array whose memory `array` looks into; itself, if it owns its memory."""
    while isinstance(array.base, np.ndarray):
        array = array.base
    return array


def wrote(array: np.ndarray[Any, Any], by: str) -> None:
    """Record that the op named `by` wrote into `array`'s memory."""
    global last_write
    write = (array.base is None and _writes.get(id(array))) or write_of(array)
    write.count += 1
    write.by = by
    write.number = last_write = next_number()


def write_of(array: np.ndarray[Any, Any]) -> Write:
    """The record of writes into `array`'s memory, for `wrote_all`; it lives as long as the memory."""
    source = owner(array)
    return _writes.get(id(source)) or _begin(source)


def wrote_all(writes: list[Write], by: str) -> None:
    """What `wrote` does, for several memories at once: an optimizer's step writes into them all."""
    global last_write
    last_write = number = next_number()
    for write in writes:
        write.count += 1
        write.by = by
        write.number = number


def _begin(source: np.ndarray[Any, Any]) -> Write:
    key = id(source)
    write = _writes[key] = Write(weakref.ref(source, lambda _: _writes.pop(key, None)))
    return write


def written_since(array: Any, number: int) -> Write | None:
    """The write into `array`'s memory that is younger than `number`, if there is one."""
    if not isinstance(array, np.ndarray):
        return None
    write = _writes.get(id(owner(array)))
    return write if write is not None and write.number > number else None


def writes_since(number: int) -> list[Write]:
    """The writes that are younger than `number`, one for each memory."""
    return [write for write in list(_writes.values()) if write.number > number]


def version(array: Any) -> int:
    """How many times `array`'s memory was written in place."""
    write = _writes.get(id(owner(array))) if isinstance(array, np.ndarray) else None
    return 0 if write is None else write.count
