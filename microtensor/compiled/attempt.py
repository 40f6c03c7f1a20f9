"""From a function and one kind of arguments to a replay: an eager call, two captured ones, and a rehearsal.

The first call fills caches and lets optimizers lay out their state.  The second and the third are captured,
real runs with their real effects.  If they are the same program, it is rehearsed: the state from before the
third run is put back, the program is run on it, and all that it leaves must be what the run left, to the last
bit.  Only then it is used.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from typing import Any

from ..engine.grad_mode import dual_levels, recording
from ..engine.tensor import Tensor
from ..engine.versions import Write, next_number, owner, writes_since, written_since
from ..func.pullback import open_records
from .agree import difference
from .arguments import Arguments
from .capture.assumptions import outside_of, tests_of
from .planning import Plan
from .program import Array, Unavailable
from .replay import Replay
from .running import Run
from .state import Snapshot, same_bytes
from .trees import flatten, unflatten
from .upgrading import Upgrade, calm

__all__ = ["Attempt"]

WRITTEN = "an argument is written into, or shares its memory with what is"


class Attempt:
    """What is known of one kind of call, on its way to a replay or to a refusal."""

    def __init__(
        self,
        function: Callable[..., Any],
        arguments: Arguments,
        label: str,
        lock: Any,
        backend: str = "numpy",
    ) -> None:
        self.function, self.arguments, self.label, self.lock = function, arguments, label, lock
        self.mode, self.calm, self.backend = recording(), calm(), backend
        self.upgrade: Upgrade | None = None
        self.first: Run | None = None
        self.replay: Replay | None = None
        self.refusal = arguments.refusal
        self.warm = False
        self.written: list[Write] = []

    def fits(self, shape: Any, leaves: list[Any]) -> bool:
        """Whether this is about calls of this kind."""
        return self.mode is recording() and self.arguments.fits(shape, leaves) and self.calm == calm()

    def call(self, leaves: list[Any]) -> Any:
        """The next of the calls that lead to a replay; returns what the function returns."""
        elsewhere = dual_levels or open_records or sys.getprofile() is not None  # it sees what we would see
        if self.warm and any(self._writes(leaf) for leaf in leaves):
            self.refusal = self.refusal or WRITTEN
        if self.refusal is not None or elsewhere:
            self.warm = True
            return self._eagerly(leaves)
        if not self.warm:
            return self._warmed(leaves)
        if self.first is not None and not all(t.holds() for t in tests_of(self.first)):
            self.first = None  # somebody changed something in between: look again
        return self._first(leaves) if self.first is None else self._second(leaves)

    def _eagerly(self, leaves: list[Any]) -> Any:
        args, kwargs = unflatten(self.arguments.shape, iter(leaves))
        return self.function(*args, **kwargs)

    def _warmed(self, leaves: list[Any]) -> Any:
        """The first call, and what it has written into: an argument must not be part of that.

        (The arguments of a captured call are copies, into which nothing would be written.)
        """
        self.warm, begun = True, next_number()
        result = self._eagerly(leaves)
        self.written = writes_since(begun)
        if any(map(self._writes, leaves)):
            self.refusal = WRITTEN
        elif _share(result, leaves):
            self.refusal = "a result shares its memory with an argument"
        return result

    def _writes(self, leaf: Any) -> bool:
        """Whether the first call wrote into the memory of a tensor."""
        if not self.written or not isinstance(leaf, Tensor):
            return False
        write = written_since(leaf.array, 0)
        return any(write is known for known in self.written)

    def _first(self, leaves: list[Any]) -> Any:
        run = Run(self.function, Arguments(self.arguments.shape, leaves), given=leaves)
        self.refusal = run.refusal()
        result = run.handed(leaves)
        run.forget()
        self.first = run if self.refusal is None else None
        return result

    def _second(self, leaves: list[Any]) -> Any:
        first, self.first = self.first, None
        assert first is not None
        seen = first.seen
        packs = {id(t.pack): t.pack for t in seen.ticks}.values()
        before = Snapshot(outside_of(first), packs, seen.streams.values())
        run = Run(self.function, Arguments(self.arguments.shape, leaves), first.seeds, leaves)
        self.refusal = run.refusal() or _disagreement(first, run)
        del first, seen, packs
        if self.refusal is None:
            plan = Plan(run, self.label, self.lock)
            self.refusal = plan.refusal or self._rehearsed(plan, run, before)
            self.replay = plan.replay if self.refusal is None else None
            self._begin_upgrade(run)
        result = run.handed(leaves)
        run.forget()
        return result

    def replayed(self, leaves: Sequence[Any]) -> Any:
        """A call of the replay, or the trial of its C program if that has just been compiled."""
        assert self.replay is not None
        if self.upgrade is not None:
            try:
                parts = self.upgrade.ready(wait=self.backend == "c")
            except Unavailable as reason:
                self._stay(str(reason))
            else:
                if parts is not None:
                    return self._try(self.upgrade, parts, leaves)
        return self.replay.call(*leaves)

    def _begin_upgrade(self, run: Run) -> None:
        if self.replay is None or self.backend == "numpy" or not self.calm:
            return
        try:
            self.upgrade = Upgrade(Plan(run, self.label, self.lock, arena=False))
        except Unavailable as reason:
            self._stay(str(reason))

    def _try(self, upgrade: Upgrade, parts: Any, leaves: Sequence[Any]) -> Any:
        assert self.replay is not None
        replay = upgrade.build(parts)
        result, reason = upgrade.tried(replay, self.replay, leaves)
        if reason is None:
            replay.source, replay.c_source = self.replay.source, upgrade.source()
            replay.steps = upgrade.pending[0].steps
            self.replay, self.upgrade = replay, None
        else:
            self._stay(reason)
        return result

    def _stay(self, reason: str) -> None:
        """NumPy goes on replaying; `explain` says why."""
        assert self.replay is not None
        self.upgrade = None
        self.replay.notes.append(f"NumPy, because {reason}")

    def _rehearsed(self, plan: Plan, run: Run, before: Snapshot) -> str | None:
        """Why the program does not do what the run did, or None."""
        after = before.again()
        wanted = [array.copy("K") for array in run.ends()]
        try:
            before.restore()
            plan.rehearse()
            differs = after.changed()
            found: list[Array] = plan.ends()
        finally:
            after.restore()
        if differs is None and not all(map(same_bytes, found, wanted)):
            differs = "a result"
        return None if differs is None else f"a rehearsal of the replay left another value: {differs}"


def _share(result: Any, leaves: list[Any]) -> bool:
    """Whether a tensor of the result looks into the memory of an argument that is another one."""
    found: list[Any] = []
    flatten(result, found)
    given = {id(owner(x.array)) for x in leaves if isinstance(x, Tensor)}
    others = [x for x in found if isinstance(x, Tensor) and not any(x is leaf for leaf in leaves)]
    return any(id(owner(x.array)) in given for x in others)


def _disagreement(first: Run, run: Run) -> str | None:
    changed = [t.label for t in first.tests if not t.holds()]
    if changed:
        return f"the call itself changes what it depends on: {changed[0]}"
    pairs = zip(first.arguments.arrays(), run.arguments.arrays(), strict=True)
    given = [(x, y) for x, y in pairs if x is not None and y is not None]
    reason = difference(first.seen, run.seen, given)
    if reason is None and (first.shape, first.form()) != (run.shape, run.form()):
        reason = "the result is of another form in the next run"
    if reason is None and first.grads_at_start() != run.grads_at_start():
        reason = "the gradients at the start are not the same in two runs"
    return reason
