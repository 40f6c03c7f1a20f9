"""Steps in a loop: `Compiled.repeat` does what as many calls do, in one call of C where it can.

The first step is an ordinary call, which makes all the tests.  Nothing can change what they looked at while
the loop runs, so where the program is one run of C, the others follow without Python in between: the numbers
of their optimizers are computed beforehand, and batches are taken from a data set by C.  Everything else (a
program still with NumPy, an eager function, a miss) is a loop over ordinary calls.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import versions
from ..engine.tensor import Tensor
from ..engine.versions import owner
from ..errors import describe
from .c.c_repeat import Feed, repeated
from .program import Array, Miss
from .renewing import Renewal
from .replay import Replay
from .state import Snapshot

__all__ = ["repeat"]

MANY = 1024
"""Steps whose numbers are computed ahead at a time."""


def repeat(compiled: Any, n: int, args: Sequence[Any], index: Any = None) -> Tensor:
    """Call a compiled step `n` times; the losses, stacked and without history.

    Args:
        compiled: the step, a `Compiled` that returns one tensor.
        n: how many times.
        args: its arguments; with `index`, tensors of which each step gets some rows.
        index: for each step the rows that it gets, integers of shape ``(n, batch)``.
    """
    if n < 0 or not isinstance(n, int):
        raise ValueError(f"repeat expects a number of steps, 0 or more, but got {n!r}")
    rows = None if index is None else _checked(index, n, args)
    losses, done = [np.empty(0, np.float32)], 0
    with compiled.turn():
        while done < n:
            given = args if rows is None else [a[Tensor._of(rows[done])] for a in args]
            replay, loss = _called(compiled, given)
            new = [_array(loss)]
            if replay is not None and done + 1 < n and _is_loss(replay):
                new.append(_followed(replay, n, done + 1, args, rows))
            losses, done = [*(losses if done else []), *new], done + sum(map(len, new))
    stacked: Tensor = Tensor._of(np.concatenate(losses))
    return stacked


def _checked(index: Any, n: int, args: Sequence[Any]) -> Array:
    rows = np.ascontiguousarray(index.array if isinstance(index, Tensor) else index)
    if rows.ndim != 2 or len(rows) != n or rows.dtype.kind not in "iu":
        got = describe(rows)
        raise ValueError(f"repeat expects an index of integers of shape ({n}, batch), but got {got}")
    if not args or not all(isinstance(a, Tensor) for a in args):
        raise TypeError("repeat with an index expects arguments that are all tensors, of which it takes rows")
    size = min(len(a) for a in args)
    if rows.size and not 0 <= rows.min() <= rows.max() < size:
        raise IndexError(f"repeat: an index lies outside of a data set of {size} rows")
    return rows.astype(np.int64, copy=False)


def _called(compiled: Any, args: Sequence[Any]) -> tuple[Replay | None, Any]:
    """One call, and the replay that served it, if one did."""
    for replay in compiled.served(len(args)):
        try:
            return replay, replay.call(*args)
        except Miss:
            continue
    return None, compiled(*args)


def _array(loss: Any) -> Array:
    """A row with one loss."""
    if not isinstance(loss, Tensor):
        kind = type(loss).__name__
        raise TypeError(f"repeat expects a step that returns one tensor, its loss, but it returned {kind}")
    return np.array(loss.array)[None]


def _followed(replay: Replay, n: int, done: int, args: Sequence[Any], rows: Array | None) -> Array:
    """The losses of as many of the steps from `done` to `n` as C does without coming back."""
    loss, run = replay.outcome.results[0][1], _single(replay)
    feeds = [] if rows is None else _feeds(replay, args, rows[done:])
    if run is None or feeds is None:
        return np.empty((0, *loss.shape), loss.dtype)
    ahead = _Ahead(replay, n - done)
    try:
        return repeated(run, ahead.steps, loss, [*feeds, *ahead.feeds], ahead.finish)
    finally:
        versions.wrote_all([versions.write_of(memory) for memory in replay.written()], replay.label)


def _is_loss(replay: Replay) -> bool:
    """Whether the program makes one tensor, without a backward pass of its own, where C can take it from."""
    results = replay.outcome.results
    made = replay.half is None and len(results) == 1 and results[0][0] == "array"
    return made and bool(results[0][1].flags.c_contiguous)


def _single(replay: Replay) -> Any:
    """The run of C that is all of the program, or None."""
    parts, guards = replay.parts
    both = [*guards, *parts]
    return both[0] if replay.backend == "c" and len(both) == 1 and hasattr(both[0], "func") else None


def _feeds(replay: Replay, args: Sequence[Any], rows: Array) -> list[Feed] | None:
    """What puts each step's rows into the program's arguments; None where bytes can't just be copied."""
    feeds = []
    for to, given in zip(replay.program.arguments, args, strict=True):
        source = given.array
        if to is None or not (to.flags.c_contiguous and source.flags.c_contiguous):
            return None
        if any(owner(source) is memory for memory in replay.written()):
            return None
        feeds.append(Feed(to, source, rows))
    return feeds


class _Ahead:
    """The numbers of the steps to come, computed as each step would, and undone for those that don't come."""

    def __init__(self, replay: Replay, steps: int) -> None:
        scope = replay.run.__globals__
        self.renewals = [scope[f"renew{k}"] for k, tick in enumerate(replay.ticks) if not tick.stateless]
        self.before = Snapshot((), [r.tick.pack for r in self.renewals], ())
        cells = [number.cell for number in replay.program.numbers] if self.renewals else []
        self.steps = min(steps, MANY) if self.renewals else steps
        self.columns = [np.empty((self.steps, *cell.shape), cell.dtype) for cell in cells]
        self._compute(cells)
        self.feeds = [Feed(cell, column) for cell, column in zip(cells, self.columns, strict=True)]

    def _compute(self, cells: Sequence[Array]) -> None:
        for k in range(self.steps):
            counted: list[Renewal] = []
            try:
                for renewal in self.renewals:
                    renewal()
                    counted.append(renewal)
            except Miss:
                for renewal in counted:
                    renewal.undo()
                self.steps = k
                break
            for column, cell in zip(self.columns, cells, strict=True):
                column[k] = cell

    def finish(self, done: int) -> None:
        """Take back the counts of the steps that were not done."""
        if done < self.steps and self.renewals:
            self.before.restore()
            for _ in range(done):
                for renewal in self.renewals:
                    renewal()
