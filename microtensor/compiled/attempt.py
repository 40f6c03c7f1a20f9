"""From a function and one kind of arguments to a replay: an eager call, two captured ones, and a rehearsal.

The first call fills caches and lets optimizers lay out their state.  The second and the third are captured,
real runs with their real effects.  If they are the same program, it is rehearsed: the state from before the
third run is put back, the program is run on it, and all that it leaves must be what the run left, to the last
bit.  Only then it is used.
"""

from __future__ import annotations

import gc
import sys
from typing import Any

import numpy as np

from .. import storage
from ..graph import reachable
from ..mode import recording
from ..storage import owner
from ..tensor import Tensor
from . import passes
from .agree import difference
from .arena import repointed, shared
from .arguments import Arguments
from .guards import Test
from .observation import DATA, GRAD, Observation
from .program import Array, Instruction, Number, Program
from .reading import Reading
from .replay import Outcome, Replay
from .state import Snapshot, same_bytes
from .traced import ND, Traced
from .trees import flatten, unflatten
from .watching import observed

__all__ = ["Attempt", "Run"]


class Run:
    """One captured call: what it did (`seen`), what it read, what it returned."""

    def __init__(self, function: Any, arguments: Arguments) -> None:
        self.arguments = arguments
        self.seen, self.reading = Observation(), Reading(function)
        args, kwargs = unflatten(arguments.shape, iter(arguments.leaves))
        counts = [sys.getrefcount(leaf) for leaf in arguments.leaves]
        with observed(self.seen), self.reading:
            self.result = function(*args, **kwargs)
        del args, kwargs
        self.tests = self.reading.tests()
        self.reading.frames.clear()
        self.leaves: list[Any] = []
        self.shape = flatten(self.result, self.leaves)
        self.kept = [k for k, leaf in enumerate(arguments.leaves) if sys.getrefcount(leaf) > counts[k]]

    def refusal(self) -> str | None:
        """Why this run can't be replayed, as far as it is seen from this run alone."""
        if self.seen.refusal is not None:
            where = f" ({self.seen.refused_at})" if self.seen.refused_at else ""
            return self.seen.refusal + where
        checks = (self._of_state, self._of_arguments, self._of_tensors, self._of_results)
        return self.reading.refusal or next((r for check in checks if (r := check())), None)

    def _of_state(self) -> str | None:
        for tick in self.seen.ticks:
            if tick.group["lr"] != tick.lr:
                return "the learning rate is changed in the step itself: call the scheduler outside of it"
        return None

    def _of_arguments(self) -> str | None:
        written = {id(owner(i.out)) for i in self.seen.instructions if i.out is not None}
        grads = {id(t) for t in self.graph_leaves()}
        for k, leaf in enumerate(self.arguments.leaves):
            if isinstance(leaf, Tensor):
                if id(owner(DATA.__get__(leaf))) in written:
                    return "an argument is written into"
                if GRAD.__get__(leaf) is not None:
                    return "a gradient is left in an argument: let it be a parameter, or return the gradient"
                if k in self.kept and id(leaf) not in grads and not any(leaf is x for x in self.leaves):
                    return "an argument is kept by the function"
        return None

    def _of_tensors(self) -> str | None:
        for key, (tensor, array) in self.seen.seen.items():
            if DATA.__get__(tensor) is not array:
                return "the memory of a tensor is replaced by another"
            if (tensor._rg, tensor._node, tensor._view) != self.seen.histories[key]:
                return "the history or requires_grad of a tensor that was there before is changed"
        if self.stray():
            gc.collect()
            if self.stray():
                return "a tensor that the call computes is kept elsewhere than in its result"
        return None

    def stray(self) -> bool:
        """Whether a tensor that the run made lives on, and is no result, no gradient and in no result's graph."""
        allowed = {id(x) for x in self.leaves} | {id(GRAD.__get__(t)) for t in self.seen.left_grads.values()}
        allowed |= {id(t) for t in self.graph_leaves()}
        for leaf in self.leaves:
            view = leaf._view if isinstance(leaf, Tensor) else None
            while view is not None:
                allowed |= {id(view[0]), id(view[2])}
                view = view[2]._view
        return any((t := r()) is not None and id(t) not in allowed for r in self.seen.made_tensors.values())

    def graph_leaves(self) -> list[Tensor]:
        """The leaves of the results' graphs."""
        nodes = reachable([x._node for x in self.leaves if isinstance(x, Tensor) and x._node is not None])
        return [edge for node in nodes for edge in node.edges if isinstance(edge, Tensor)]

    def _of_results(self) -> str | None:
        for leaf in self.leaves:
            if isinstance(leaf, Tensor) and self.seen.is_made(leaf):
                array = DATA.__get__(leaf)
                if not isinstance(array, ND) or not self.seen.makes(array):
                    return "a result shares its memory with a tensor that was there before, or was not seen computed"
            elif isinstance(leaf, (np.ndarray, np.generic, Traced)):
                return "a NumPy array is returned: return a tensor"
        return None

    def outcome(self) -> Outcome:
        """The results and the gradients, as a replay is to leave them."""
        grads = []
        for tensor in self.seen.left_grads.values():
            grad = GRAD.__get__(tensor)
            grads.append((tensor, None if grad is None else DATA.__get__(grad)))
        return Outcome(self.shape, [self._how(leaf) for leaf in self.leaves], grads)

    def _how(self, leaf: Any) -> tuple[Any, ...]:
        for k, given in enumerate(self.arguments.leaves):
            if leaf is given and isinstance(leaf, Tensor):
                return ("argument", k)
        if isinstance(leaf, Tensor) and self.seen.is_made(leaf):
            array = DATA.__get__(leaf)
            traced = self.seen._wrapped.get(id(array))
            return ("array", array, traced is not None and traced._scalar, leaf._rg)
        return ("object", leaf)

    def all_tests(self) -> list[Test]:
        """The tests of the code's reading, and of the tensors that the run met."""
        given = {id(leaf) for leaf in self.arguments.leaves}
        tests = list(self.tests)
        for key, (tensor, array) in self.seen.seen.items():
            if key in given:
                continue
            rg, _, _ = self.seen.histories[key]
            for slot, expected in (("_data", array), ("_rg", rg), ("_rare", None)):
                tests.append(Test("attr", tensor, slot, f"a tensor's {slot}", expected))
        for tensor, was_read, grad in self.seen.first_grads.values():
            if was_read and id(tensor) not in given:
                tests.append(Test("attr", tensor, "_grad", "a gradient at the start", grad))
        for tick in self.seen.ticks:
            tests += _of_optimizer(tick.optimizer)
        unique = {(t.how, id(t.holder), t.key): t for t in tests}
        return list(unique.values())

    def outside(self) -> list[Array]:
        """The owners of memory that the run did not make, and read or wrote."""
        found = dict(self.seen.outside)
        for i in self.seen.instructions:
            for x in [*i.reads(), *([] if i.out is None else [i.out])]:
                found.setdefault(id(owner(x)), owner(x))
        inside = {*self.seen.made, *self.seen.literals, *self.scratch()}
        return [x for key, x in found.items() if key not in inside]

    def scratch(self) -> dict[int, Array]:
        """By id, the owners of the vectors of packs that are filled before they are read."""
        packs = [tick.pack for tick in self.seen.ticks if tick.pack._whole]
        vectors = [owner(vector) for pack in packs for vector in pack._parts[0][:2]]
        return {id(vector): vector for vector in vectors}


def _of_optimizer(optimizer: Any) -> list[Test]:
    tests = [Test("item", vars(optimizer), key, f"the optimizer's {key}") for key in ("param_groups", "_plans")]
    tests.append(Test("item", vars(optimizer), "_trusted", "the optimizer's state", True))
    tests.append(Test("items", optimizer._plans, None, "the optimizer's packs"))
    tests += [Test("items", plan._packs, None, "the optimizer's packs") for plan in optimizer._plans if plan]
    return tests


class Attempt:
    """What is known of one kind of call, on its way to a replay or to a refusal."""

    def __init__(self, function: Any, arguments: Arguments, label: str) -> None:
        self.function, self.arguments, self.label = function, arguments, label
        self.mode = recording()
        self.first: Run | None = None
        self.replay: Replay | None = None
        self.refusal = arguments.refusal
        self.warm = False

    def fits(self, shape: Any, leaves: list[Any]) -> bool:
        """Whether this is about calls of this kind."""
        return self.mode == recording() and self.arguments.fits(shape, leaves)

    def call(self, leaves: list[Any]) -> Any:
        """The next of the calls that lead to a replay; returns what the function returns."""
        if self.refusal is not None or not self.warm:
            self.warm = True
            args, kwargs = unflatten(self.arguments.shape, iter(leaves))
            return self.function(*args, **kwargs)
        self.arguments.fill(leaves)
        if self.first is not None and not all(t.holds() for t in self.first.all_tests()):
            self.first = None  # somebody changed something in between: look again
        return self._first(leaves) if self.first is None else self._second(leaves)

    def _handed(self, run: Run, leaves: list[Any]) -> Any:
        """The result, with the caller's own arguments in the place of those that stood for them."""
        given = {id(twin): leaf for twin, leaf in zip(self.arguments.leaves, leaves, strict=True)}
        found = [given.get(id(x), x) if isinstance(x, Tensor) else x for x in run.leaves]
        return unflatten(run.shape, iter(found))

    def _first(self, leaves: list[Any]) -> Any:
        run = Run(self.function, self.arguments)
        self.refusal = run.refusal()
        result = self._handed(run, leaves)
        run.result, run.leaves = None, []
        self.first = run
        return result

    def _second(self, leaves: list[Any]) -> Any:
        first, self.first = self.first, None
        assert first is not None
        before = Snapshot(first.outside(), {id(t.pack): t.pack for t in first.seen.ticks}.values(),
                          first.seen.streams.values())  # fmt: skip
        run = Run(self.function, self.arguments)
        self.refusal = run.refusal() or self._disagreement(first, run)
        result = self._handed(run, leaves)
        if self.refusal is None:
            self._make(run, before)
        return result

    def _disagreement(self, first: Run, run: Run) -> str | None:
        changed = [t.label for t in first.tests if not t.holds()]
        if changed:
            return f"the call itself changes what it depends on: {changed[0]}"
        reason = difference(first.seen, run.seen)
        if reason is None and first.shape != run.shape:
            reason = "the result has another shape in the next run"
        grads = [[(id(t), r, id(g) if r else None) for t, r, g in x.seen.first_grads.values()] for x in (first, run)]
        if reason is None and grads[0] != grads[1]:
            reason = "the gradients at the start are not the same in two runs"
        return reason

    def _make(self, run: Run, before: Snapshot) -> None:
        seen, outcome = run.seen, run.outcome()
        after = before.again()
        wanted = [array.copy("K") for array in outcome.arrays()]
        program = program_of(run, outcome)
        passes.improved(program, seen.constants)
        end = passes.guarded(program)
        _own_memory(program)
        outcome.repoint(program.results)
        replay = Replay(program, self.arguments, outcome, run.all_tests(), seen.ticks,
                        list(seen.streams.values()), self.label, end)  # fmt: skip
        replay.build(program.instructions[end:], program.instructions[:end])
        self.refusal = self._rehearsed(replay, before, after, wanted)
        if self.refusal is None:
            self.replay = replay

    def _rehearsed(self, replay: Replay, before: Snapshot, after: Snapshot, wanted: list[Array]) -> str | None:
        try:
            before.restore()
            replay.rehearse()
            differs = after.changed()
            found = replay.outcome.arrays()
        finally:
            after.restore()
        if differs is None and not all(map(same_bytes, found, wanted)):
            differs = "a result"
        return None if differs is None else f"a rehearsal of the replay left another value: {differs}"


def program_of(run: Run, outcome: Outcome) -> Program:
    """A run's instructions as a program."""
    seen = run.seen
    made = {**seen.made, **run.scratch()}
    arrays = [leaf.array if isinstance(leaf, Tensor) else None for leaf in run.arguments.leaves]
    numbers = [Number(number.text, cell) for number, cell in seen.cells]
    fresh = [Instruction(i.kind, i.function, i.operands, i.out, i.keywords, i.line, i.note, i.effect, i.errors)
             for i in seen.instructions]  # fmt: skip
    return Program(fresh, made, dict(seen.literals), numbers, arrays, outcome.arrays(), {})


def _own_memory(program: Program) -> None:
    """Give results memory of their own, and let everything else share one block."""
    table: dict[int, Any] = {}
    for array in program.results:
        memory = owner(array)
        table[id(memory)] = (np.zeros(max(memory.nbytes, 1), np.uint8)[: memory.nbytes], memory)
    repointed(program, table)
    program.made.update({id(owner(new)): owner(new) for new, _ in table.values()})
    shared(program)
