"""From NumPy to C: a thread compiles while NumPy replays, and what it made is tried before it is used.

The trial runs one call with both, on the same state.  What C leaves may differ from what NumPy leaves by
units in the last place; anything more, and the program stays with NumPy and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .planning import Plan
from .program import Array, Part
from .replay import Replay
from .state import Snapshot

__all__ = ["Upgrade", "calm"]


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
        return None if any(parts is None for parts in found) else [parts for parts in found if parts is not None]

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
            states = zip((a for a, _ in after.arrays), (kept for _, kept in after.arrays), strict=True)
            pairs = [*states, *zip(replay.outcome.arrays(), wanted, strict=True)]
            far = [f"{x.dtype} {x.shape}" for x, y in pairs if not _near(x, y)]
        except Exception as error:  # whatever goes wrong in a trial, the state is put back and NumPy goes on
            far = [repr(error)]
        finally:
            after.restore()
        return result, f"C computed another value, {far[0]}" if far else None


def _fill(source: Replay, target: Replay) -> None:
    for x, y in zip(source.program.arguments, target.program.arguments, strict=True):
        if x is not None and y is not None:
            y[...] = x


def _near(x: Array, y: Array) -> bool:
    """Equal within what rounding in another order can do; integers exactly."""
    if x.dtype.kind != "f":
        return bool(np.array_equal(x, y))
    tolerance = float(np.sqrt(np.finfo(x.dtype).eps)) * 4
    with np.errstate(all="ignore"):
        finite = np.abs(y[np.isfinite(y)])
        scale = float(finite.max()) if finite.size else 0.0
        return bool(np.allclose(x, y, rtol=tolerance, atol=tolerance * scale, equal_nan=True))


def _calm_test() -> Any:
    """`calm`, at the price of a look at a context variable where NumPy has it."""
    errors = getattr(np._core.umath, "_extobj_contextvar", None)
    if errors is None:
        return calm
    usual = errors.get()

    def unchanged() -> bool:
        return errors.get() is usual or calm()

    return unchanged


