"""From NumPy to C: a thread compiles while NumPy replays, and what it made is tried before it is used.

The trial runs one call with both, on the same state.  What C leaves may differ from what NumPy leaves by
units in the last place, as the program itself enlarges them; with anything more, the program stays with
NumPy and says so.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from typing import Any

import numpy as np

from .planning import Plan
from .program import Array, Miss, Part
from .replay import Replay
from .state import Snapshot

__all__ = ["Upgrade", "calm"]


TRIALS = 4
"""Runs that tell how much a program enlarges a unit in the last place."""


def calm() -> bool:
    """Whether NumPy neither raises nor calls anybody for a floating-point error: C does not."""
    return not {"raise", "call", "print", "log"} & set(np.geterr().values())


class Upgrade:
    """The C program of a plan on its way."""

    def __init__(self, plan: Plan) -> None:
        from .calling import Pending

        self.plan = plan
        self.pending = [Pending(plan.replay.program)]
        self.pending += [] if plan.half is None else [Pending(plan.half.program)]

    def ready(self, wait: bool = False) -> list[list[Part]] | None:
        """The parts of the programs once all are compiled; raises `Unavailable` if they won't be."""
        found = [p.wait() if wait else p.ready() for p in self.pending]
        there = [parts for parts in found if parts is not None]
        return there if len(there) == len(found) else None

    def build(self, parts: Sequence[Sequence[Part]]) -> Replay:
        """The replay that calls them."""
        replay, half = self.plan.replay, self.plan.half
        replay.extra = {"calm()": ("calm", _calm_test())}
        replay.backend = "c"
        replay.build((), parts[0])
        if half is not None:
            half.build(parts[1])
        return replay

    def source(self) -> str:
        """The C text, of both halves if there are two."""
        return "\n".join(pending.source for pending in self.pending)

    def tried(self, replay: Replay, numpy: Replay, leaves: Sequence[Any]) -> tuple[Any, str | None]:
        """A call with NumPy and then with C: NumPy's result, and why C can't take over."""
        before = Snapshot(numpy.written(), [t.pack for t in numpy.ticks], numpy.streams)
        result = numpy.call(*leaves)
        after = before.again()
        wanted = [array.copy() for array in numpy.outcome.arrays()]
        try:
            before.restore()
            _fill(numpy, replay)
            replay.rehearse()
            left = [a.copy() for a in (*(a for a, _ in after.arrays), *replay.outcome.arrays())]
            right = [*(kept for _, kept in after.arrays), *wanted]
            far = _far(left, right, [0.0] * len(left))
            if far:
                far = _far(left, right, _noise(numpy, before, right))
        except Exception as error:  # whatever goes wrong in a trial, the state is put back and NumPy goes on
            far = [repr(error)]
        finally:
            after.restore()
        return result, f"C computed another value, {far[0]}" if far else None


def _fill(source: Replay, target: Replay) -> None:
    for x, y in zip(source.program.arguments, target.program.arguments, strict=True):
        if x is not None and y is not None:
            y[...] = x


def _far(left: Sequence[Array], right: Sequence[Array], noise: Sequence[float]) -> list[str]:
    """The arrays that differ by more than rounding in another order can do."""
    pairs = zip(left, right, noise, strict=True)
    return [f"{x.dtype} {x.shape}" for x, y, spread in pairs if not _near(x, y, spread)]


def _noise(numpy: Replay, before: Snapshot, exact: Sequence[Array]) -> list[float]:
    """By how much each array changes where what the program starts from changes by a unit in the last place.

    Some numbers are nothing but rounding: the gradient of a bias before a batch norm is zero, and Adam makes
    a step of whatever is there instead.  No two orders of addition agree on such a number.
    """
    random, spread = np.random.RandomState(0), [0.0] * len(exact)
    given = [(x, x.copy()) for x in numpy.program.arguments if x is not None]
    for _ in range(TRIALS):
        before.restore()
        for x, kept in given:
            x[...] = kept
        for x in [*(a for a, _ in before.arrays), *(x for x, _ in given)]:
            if x.dtype.kind == "f":
                x *= 1 + np.finfo(x.dtype).eps * random.choice([-1.0, 1.0], x.shape).astype(x.dtype)
        with contextlib.suppress(Miss):
            numpy.rehearse()
            found = [*(a for a, _ in before.arrays), *numpy.outcome.arrays()]
            spread = [max(s, _distance(x, y)) for s, x, y in zip(spread, found, exact, strict=True)]
    for x, kept in given:
        x[...] = kept
    return spread


def _distance(x: Array, y: Array) -> float:
    if x.dtype.kind != "f" or not x.size:
        return 0.0
    with np.errstate(all="ignore"):
        return float(np.nanmax(np.abs(x - y), initial=0.0))


def _near(x: Array, y: Array, spread: float) -> bool:
    """Equal within what rounding in another order can do; integers exactly."""
    if x.dtype.kind != "f":
        return bool(np.array_equal(x, y))
    tolerance = float(np.sqrt(np.finfo(x.dtype).eps)) * 4
    with np.errstate(all="ignore"):
        finite = np.abs(y[np.isfinite(y)])
        scale = float(finite.max()) if finite.size else 0.0
        allowed = tolerance * scale + 4 * spread
        return bool(np.allclose(x, y, rtol=tolerance, atol=allowed, equal_nan=True))


def _calm_test() -> Any:
    """`calm`, at the price of a look at a context variable where NumPy has it."""
    errors = getattr(np._core.umath, "_extobj_contextvar", None)
    if errors is None:
        return calm
    usual = errors.get()

    def unchanged() -> bool:
        return errors.get() is usual or calm()

    return unchanged


