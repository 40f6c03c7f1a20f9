"""From a captured run to what replays it: the passes, memory of its own, and the generated functions.

Nothing that a replay writes may be memory that the run has handed out: results, arguments and all that is in
between get new places.  A run with a backward pass becomes two programs that share some of them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.versions import owner
from . import passes
from .arena import repointed, shared
from .capture.assumptions import names_in, scratch_of, tests_of
from .halves import Half
from .program import Array, Instruction, Number, Program
from .replay import Replay
from .results import Outcome
from .running import Run

__all__ = ["Plan"]

Places = dict[int, tuple[Array, Array]]


class Plan:
    """The replay of a run, or the reason why there can be none."""

    def __init__(self, run: Run, label: str, lock: Any, arena: bool = True) -> None:
        self.run, self.lock = run, lock
        self.refusal: str | None = None
        self.half: Half | None = None
        forward, backward = self._programs()
        outcome = Outcome(run.shape, run.results(), run.grads())
        forward.results = outcome.arrays()
        held = self._between(forward, backward)
        forward.results += held
        self._improved(forward, backward, held)
        end = passes.guarded(forward)
        places, names = self._places(forward, backward), names_in(run)
        for program in (forward, backward):
            mine = [owner(new) for key, (new, _) in places.items() if key in program.made]
            repointed(program, places)
            program.made.update({id(memory): memory for memory in mine})
            called = {id(owner(new)): names[key] for key, (new, _) in places.items() if key in names}
            program.names = {**names, **called}
        count = len(forward.results) - len(held)
        outcome.repoint(forward.results[:count])
        self._let_move(forward, outcome)
        for program in (forward, backward) if arena else ():
            shared(program)
        outcome.repoint(forward.results[:count])
        self.outcome = outcome
        if run.differentiable:
            between = [
                *forward.results[len(forward.results) - len(held) :],
                *self._read_arguments(forward, backward),
            ]
            self.half = Half(run, backward, between, lock)
        self.replay = Replay(forward, run.arguments, outcome, tests_of(run), run.seen.ticks,
                             list(run.seen.streams.values()), label, self.half, run.function)  # fmt: skip
        self.replay.end = end
        self.replay.dropped = [t for t, a in outcome.grads if a is not None and run.drops(t)]
        if arena:
            self.replay.build(forward.instructions[end:], forward.instructions[:end])

    def rehearse(self) -> None:
        """Run the programs once, on the state as it is."""
        self.replay.rehearse()
        if self.half is not None:
            self.half.rehearse()

    def ends(self) -> list[Array]:
        """What `Run.ends` gives, as the rehearsal has left it."""
        backward = [] if self.half is None else [g for g in self.half.cotangents if g is not None]
        return [*self.outcome.arrays(), *backward]

    # --------------------------------------------------------------- programs

    def _programs(self) -> tuple[Program, Program]:
        """The run's instructions up to the end of the call, and those of its backward pass."""
        run, seen = self.run, self.run.seen
        self._made = {**seen.made, **scratch_of(run)}
        fresh = [
            Instruction(i.kind, i.function, i.operands, i.out, i.keywords, i.line, i.note, i.effect, i.errors)
            for i in seen.instructions
        ]
        first, then = fresh[: run.cut], fresh[run.cut :]
        moved = _cones(then, {id(owner(seed)) for seed in run.seeds})
        if moved is None:
            self.refusal = "the backward pass asks for a value that depends on the cotangent"
            moved = set()
        first += [i for i in then if i in moved]
        then = [i for i in then if i not in moved]
        numbers = [Number(number.text, cell) for number, cell in seen.cells]
        arguments = run.arguments.arrays()
        born = {id(owner(i.out)) for i in first if i.out is not None}
        forward = Program(
            first, {k: m for k, m in self._made.items() if k in born}, dict(seen.literals), numbers, arguments
        )
        backward = Program(then, {k: m for k, m in self._made.items() if k not in born}, dict(seen.literals))
        backward.results = [g for g in run.cotangents if g is not None]
        written = [i.out for i in then if i.out is not None and not backward.makes(i.out)]
        if written and self.refusal is None:
            self.refusal = "the backward pass writes into what is not its own"
        return forward, backward

    def _between(self, forward: Program, backward: Program) -> list[Array]:
        """The owners of memory that the forward program makes and the backward program reads, or returns."""
        found = {id(owner(x)): owner(x) for i in backward.instructions for x in i.reads()}
        found |= {id(owner(x)): owner(x) for x in backward.results}
        return [memory for key, memory in found.items() if key in forward.made]

    def _improved(self, forward: Program, backward: Program, held: list[Array]) -> None:
        constants = self.run.seen.constants
        passes.improved(forward, constants, move_results=not held)
        passes.improved(backward, constants)

    def _read_arguments(self, forward: Program, backward: Program) -> list[Array]:
        """The argument arrays that the backward program reads."""
        read = {id(owner(x)) for i in backward.instructions for x in i.reads()}
        return [owner(x) for x in forward.arguments if x is not None and id(owner(x)) in read]

    # ----------------------------------------------------------------- memory

    def _let_move(self, forward: Program, outcome: Outcome) -> None:
        """Say which results may lie in the arena: neither what two programs share, nor wanted gradients."""
        wanted = {id(owner(a)) for t, a in outcome.grads if a is not None and not self.run.drops(t)}
        if not self.run.differentiable:
            forward.movable = {id(owner(array)) for array in forward.results} - wanted

    def _places(self, forward: Program, backward: Program) -> Places:
        """New memory for results and arguments."""
        found = {id(owner(x)): owner(x) for x in [*forward.results, *backward.results]}
        found = {key: memory for key, memory in found.items() if key in self._made}
        found |= {id(owner(x)): owner(x) for x in forward.arguments if x is not None}
        return {key: (_like(memory), memory) for key, memory in found.items()}


def _like(memory: Array) -> Array:
    """Bytes for the same contents, which are copied: a constant among the results is never computed again."""
    raw = np.zeros(memory.nbytes, np.uint8)
    np.ndarray(memory.shape, memory.dtype, raw, 0, memory.strides)[...] = memory
    return raw


def _cones(instructions: list[Instruction], seeds: set[int]) -> set[Instruction] | None:
    """What guards in a backward pass depend on there; None if that is a cotangent or a drawn number."""
    needed: set[int] = set()
    cone: set[Instruction] = set()
    for i in reversed(instructions):
        mine = i.out is not None and id(owner(i.out)) in needed
        if i.kind == "guard" or mine:
            cone.add(i)
            needed |= {id(owner(x)) for x in i.reads()}
            if i.effect or needed & seeds:
                return None
    return cone
