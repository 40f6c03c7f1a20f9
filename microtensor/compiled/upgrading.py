"""From NumPy to C: a thread compiles while NumPy replays, and what it made is tried before it is used.

The trial runs one call with both, on the same state.  What C leaves may differ from what NumPy leaves by
units in the last place, and by what they grow to: an optimizer that divides a gradient of nothing but
rounding by its own size moves by a whole step.  How far they grow is seen by running NumPy again from values
that differ in the last place.  Anything more, and the program stays with NumPy and says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..errors import describe
from .planning import Plan
from .program import Array, Miss, Part
from .replay import Replay
from .state import Snapshot

__all__ = ["Upgrade", "calm"]


def calm() -> bool:
    """Whether NumPy neither raises nor calls anybody for a floating-point error: C does not."""
    return not {"raise", "call", "print", "log"} & set(np.geterr().values())


class Upgrade:
    """The C program of a plan on its way."""

    def __init__(self, plan: Plan) -> None:
        from .c.calling import Pending

        self.plan = plan
        self.pending = [Pending(plan.replay.program)]
        self.pending += [] if plan.half is None else [Pending(plan.half.program)]

    def ready(self, wait: bool = False) -> list[list[Part]] | None:
        """The parts of the programs once all are compiled; raises `Unavailable` if they won't be."""
        found = [p.wait() if wait else p.ready() for p in self.pending]
        return (
            None if any(parts is None for parts in found) else [parts for parts in found if parts is not None]
        )

    def build(self, parts: Sequence[Sequence[Part]]) -> Replay:
        """The replay that calls them."""
        replay, half = self.plan.replay, self.plan.half
        replay.extra = _calm_test()
        replay.backend = "c"
        replay.outcome.repoint(replay.program.results)  # where C has placed them
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
        wanted = _ends(after, numpy)
        try:
            _fill(numpy, replay)
            spread = self._spread(before, after, numpy, wanted)
            before.restore()
            replay.rehearse()
            found = _ends(before.again(), replay)
            far = [describe(x) for x, y, s in zip(found, wanted, spread, strict=True) if not _near(x, y, s)]
        except Exception as error:  # whatever goes wrong in a trial, the state is put back and NumPy goes on
            far = [repr(error)]
        finally:
            after.restore()
        return result, f"C computed another value, {far[0]}" if far else None

    def _spread(self, before: Snapshot, after: Snapshot, numpy: Replay, wanted: list[Array]) -> list[float]:
        """How far apart NumPy's own values lie when all that it starts from changes in the last place."""
        random = np.random.default_rng(0)
        before.restore()
        for array in [*(a for a, _ in before.arrays), *numpy.program.arguments]:
            if array is not None and array.dtype.kind == "f":
                array += array * (np.finfo(array.dtype).eps * random.integers(-1, 2, array.shape)).astype(
                    array.dtype
                )
        try:
            with np.errstate(all="ignore"):
                numpy.rehearse()
        except Miss:
            return [0.0] * len(wanted)
        return [_distance(x, y) for x, y in zip(_ends(before.again(), numpy), wanted, strict=True)]


def _ends(state: Snapshot, replay: Replay) -> list[Array]:
    """Copies of all that a run has left."""
    return [*(kept for _, kept in state.arrays), *(array.copy() for array in replay.outcome.arrays())]


def _distance(x: Array, y: Array) -> float:
    if x.dtype.kind != "f" or not x.size:
        return 0.0
    with np.errstate(all="ignore"):
        apart = np.abs(x - y)
        return float(np.max(apart[np.isfinite(apart)], initial=0.0))


def _fill(source: Replay, target: Replay) -> None:
    for x, y in zip(source.program.arguments, target.program.arguments, strict=True):
        if x is not None and y is not None:
            y[...] = x


def _near(x: Array, y: Array, spread: float) -> bool:
    """Equal within what rounding in another order can do, the spread at least; integers exactly."""
    if x.dtype.kind != "f":
        return bool(np.array_equal(x, y))
    tolerance = float(np.sqrt(np.finfo(x.dtype).eps)) * 4
    with np.errstate(all="ignore"):
        finite = np.abs(y[np.isfinite(y)])
        scale = float(finite.max()) if finite.size else 0.0
        return bool(np.allclose(x, y, rtol=tolerance, atol=tolerance * scale + 32 * spread, equal_nan=True))


def _calm_test() -> tuple[str, dict[str, Any]]:
    """`calm` as Python and what it mentions; first a look at a context variable, where NumPy has it."""
    errors = getattr(getattr(np, "_core", np).umath, "_extobj_contextvar", None)
    if errors is None:
        return "calm()", {"calm": calm}
    return "(errors() is usual or calm())", {"errors": errors.get, "usual": errors.get(), "calm": calm}
