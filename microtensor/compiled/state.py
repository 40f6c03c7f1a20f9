"""All that a program may change, kept and put back: for the rehearsal of a replay, and after a miss.

Arrays, the step counts and one-number state of optimizers, and the streams of random numbers.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ..errors import describe
from .program import Array

__all__ = ["Snapshot", "same_bytes"]


class Snapshot:
    """The contents of some arrays, packs and streams at one moment."""

    def __init__(self, arrays: Iterable[Array], packs: Iterable[Any], streams: Iterable[Any]) -> None:
        self.arrays = [(array, array.copy("K")) for array in arrays]
        self.packs = [(pack, pack.steps, {n: v.copy() for n, v in pack.scalars.items()}) for pack in packs]
        self.streams = [(stream, stream.get_state()) for stream in streams]

    def again(self) -> Snapshot:
        """The same things as they are now."""
        return Snapshot(
            [array for array, _ in self.arrays],
            [pack for pack, *_ in self.packs],
            [s for s, _ in self.streams],
        )

    def restore(self) -> None:
        """Put everything back."""
        for array, kept in self.arrays:
            if array.flags.writeable:
                array[...] = kept
        for pack, steps, scalars in self.packs:
            pack.steps = steps
            for name, kept in scalars.items():
                pack.scalars[name][...] = kept
        for stream, kept in self.streams:
            stream.set_state(kept)

    def changed(self) -> str | None:
        """What is not any more as it was kept, in words; None if all is, to the last bit."""
        for array, kept in self.arrays:
            if not same_bytes(array, kept):
                return f"an array {describe(array)}"
        for pack, steps, scalars in self.packs:
            if pack.steps != steps or any(not same_bytes(pack.scalars[n], v) for n, v in scalars.items()):
                return "an optimizer's count of steps"
        if any(stream.get_state() != kept for stream, kept in self.streams):
            return "the stream of random numbers"
        return None


def same_bytes(x: Array, y: Array) -> bool:
    """Whether two arrays are the same to the last bit."""
    return x.shape == y.shape and np.ascontiguousarray(x).tobytes() == np.ascontiguousarray(y).tobytes()
