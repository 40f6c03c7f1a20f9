"""Many steps inside one call: where all of a step is one run of C, a loop in C calls it.

Before each step its numbers (an optimizer's, computed in Python beforehand) and its arguments (rows of a data
set) are put in place, and after it its loss is taken down; so no Python runs in between, and a step of a
small network takes its arithmetic alone.  The loop comes back to Python every few hundredths of a second, so
that it can be interrupted, and gives up Python's lock meanwhile.
"""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np

from ..arena import address
from ..program import Array
from .c_cache import library

SOURCE = """
#include <stdint.h>
#include <string.h>
typedef struct { char *to; const char *from; long rows, bytes; const int64_t *index; } feed;
void repeat(int (*run)(void *), void *table, long *at, long last,
            const char *loss, char *losses, long bytes, long count, const feed *feeds) {
  for (long k = *at; k < last; *at = ++k) {
    for (const feed *f = feeds; f < feeds + count; f++) {
      if (!f->index) memcpy(f->to, f->from + k * f->rows * f->bytes, f->rows * f->bytes);
      else for (long r = 0; r < f->rows; r++)
        memcpy(f->to + r * f->bytes, f->from + f->index[k * f->rows + r] * f->bytes, f->bytes);
    }
    if (run(table)) return;
    memcpy(losses + k * bytes, loss, bytes);
  }
}
"""
"""``repeat`` runs the steps from `at` to `last`, and leaves in `at` how far it came: to one that missed."""

PAUSE = 0.03
"""Seconds after which the loop comes back to Python."""


class _FeedStruct(ctypes.Structure):
    _fields_ = (
        ("to", ctypes.c_void_p), ("from", ctypes.c_void_p), ("rows", ctypes.c_long), ("bytes", ctypes.c_long),
        ("index", ctypes.c_void_p),
    )  # fmt: skip


@dataclass(slots=True, eq=False)
class Feed:
    """What is put into an array before each step.

    Args:
        to: the array, contiguous.
        source: without `index`, its contents for each step, one after the other; with it, a data set, whose
            rows have the shape of those of `to`.
        index: for each step the rows that it takes, int64 of shape (steps, rows), within the data set.
    """

    to: Array
    source: Array
    index: Array | None = None

    def struct(self, steps: int) -> _FeedStruct:
        """The same for C; the arrays must be what the loop takes them for."""
        arrays = [self.to, self.source, *([] if self.index is None else [self.index])]
        if not all(a.flags.c_contiguous for a in arrays) or self.source.dtype != self.to.dtype:
            raise ValueError("a feed needs contiguous arrays of one dtype")
        if self.index is None:
            return self._stacked(steps)
        rows = self.index.shape[1] if self.index.ndim == 2 else -1
        fits = self.index.dtype == np.int64 and len(self.index) >= steps and self.to.shape[:1] == (rows,)
        if not fits or self.source.shape[1:] != self.to.shape[1:]:
            raise ValueError(
                f"indices of shape {self.index.shape} do not choose {steps} times {self.to.shape}"
            )
        chosen = self.index[:steps]
        if chosen.size and not 0 <= chosen.min() <= chosen.max() < len(self.source):
            raise IndexError(f"an index lies outside of a data set of {len(self.source)} rows")
        size = self.to.nbytes // rows if rows else 0
        return _FeedStruct(address(self.to), address(self.source), rows, size, address(self.index))

    def _stacked(self, steps: int) -> _FeedStruct:
        if len(self.source) < steps or self.source.shape[1:] != self.to.shape:
            raise ValueError(f"{self.source.shape} does not hold {steps} times {self.to.shape}")
        return _FeedStruct(address(self.to), address(self.source), 1, self.to.nbytes, None)


def repeated(
    run: partial[int],
    steps: int,
    loss: Array,
    feeds: Sequence[Feed] = (),
    done: Callable[[int], None] | None = None,
) -> Array:
    """Run a step's function `steps` times; the losses of the steps that were done, stacked.

    Fewer come back if a step misses: it was not done.  `done` is called with their number also when the loop
    is interrupted, before the interruption goes on.
    """
    if not loss.flags.c_contiguous:
        raise ValueError("a loss must be contiguous")
    losses = np.empty((steps, *loss.shape), loss.dtype)
    structs = (_FeedStruct * max(len(feeds), 1))(*(feed.struct(steps) for feed in feeds))
    loop = _Loop(run, loss, losses, structs, len(feeds))
    try:
        with ExitStack() as held:
            for lock in getattr(run, "locks", ()):
                held.enter_context(lock)
            loop.run(steps)
    finally:
        if done is not None:
            done(loop.at.value)
    return losses[: loop.at.value]


class _Loop:
    """The loop with its prepared arguments, and how far it has come.

    C writes that down itself: an interruption may come before Python has taken a result.
    """

    def __init__(self, run: partial[int], loss: Array, losses: Array, structs: Any, count: int) -> None:
        code = library(SOURCE, holds_gil=False)
        function: Any = run.func
        self.at, self.repeat = ctypes.c_long(0), code.repeat
        self.head = (ctypes.cast(function, ctypes.c_void_p), *run.args, ctypes.byref(self.at))
        self.tail = (ctypes.c_void_p(address(loss)), ctypes.c_void_p(address(losses)),
                     ctypes.c_long(loss.nbytes), ctypes.c_long(count), ctypes.byref(structs))  # fmt: skip

    def run(self, steps: int) -> None:
        """All steps, in pieces that take about `PAUSE`."""
        piece = 16
        while self.at.value < steps:
            begun, last = perf_counter(), min(steps, self.at.value + piece)
            self.repeat(*self.head, ctypes.c_long(last), *self.tail)
            if self.at.value < last:
                return
            piece = max(1, int(piece * min(8.0, PAUSE / max(perf_counter() - begun, 1e-9))))


__all__ = ["Feed", "repeated"]
