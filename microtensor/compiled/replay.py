"""One generated function that does what a captured call did: tests, numbers, instructions, results.

Its text is the program's source, as `Compiled.source` shows it.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import versions as storage
from ..engine.grad_mode import recording
from ..engine.tensor import Tensor
from ..engine.versions import owner
from .arena import is_whole
from .arguments import Arguments
from .capture.assumptions import tests_of_modes
from .capture.optimizers import Tick
from .description import Step
from .guards import Test, expression
from .held import Held, checker_of
from .numpy_source import Writer, made_function, shown
from .program import Array, Instruction, Part, Program
from .renewing import or_undone, renewal
from .results import Outcome, Stop, of_history, twin
from .running import names_of
from .state import Snapshot
from .trees import text_of

__all__ = ["Replay"]


class Replay:
    """A program, called with the leaves of a call's arguments; raises `Miss` if it does not fit."""

    def __init__(
        self, program: Program, arguments: Arguments, outcome: Outcome, tests: list[Test], ticks: list[Tick],
        streams: list[Any], label: str, half: Any = None, function: Any = None,
    ) -> None:  # fmt: skip
        self.program, self.arguments, self.outcome = program, arguments, outcome
        self.tests, self.ticks, self.streams = tests, ticks, streams
        self.label, self.half, self.function = label, half, function
        self.backend, self.notes = "numpy", list[str]()
        self.end, self.source, self.c_source = 0, "", ""
        self.steps: tuple[Step, ...] = ()
        self.extra: tuple[str, dict[str, Any]] = ("", {})
        self.entry: Any = None
        self.dropped: list[Tensor] = []

    def renewed(self) -> bool:
        """Whether only objects were exchanged for equal ones; then those are expected from now on.

        An optimizer whose state was only looked at is trusted again, as its own step would.
        """
        looked = [tick for tick in self.ticks if not tick.optimizer._trusted]
        if looked and all(tick.holds() for tick in self.ticks):
            for tick in looked:
                tick.optimizer._trusted = True
        stale = [test for test in self.tests if not test.is_fresh()]
        if not (stale or looked) or not all(test.holds() for test in self.tests):
            return False
        for test in stale:
            test.refresh()
        if stale:
            self.build(*self.parts)
        return True

    def is_past(self) -> bool:
        """Whether memory or an optimizer's state has been replaced, so that no call will fit any more."""
        return any(test.is_lasting and not test.holds() for test in self.tests)

    def words(self) -> str:
        """The program in a few words."""
        count = len(self.program.instructions)
        half = (
            "" if self.half is None else f", and {len(self.half.program.instructions)} of the backward pass"
        )
        return "; ".join([f"{count} instruction{'s' * (count != 1)}{half}", *self.notes])

    def written(self) -> list[Array]:
        """Outside memory that the program writes."""
        outside = {id(owner(i.out)): owner(i.out) for i in self.program.instructions if i.out is not None}
        return [memory for key, memory in outside.items() if key not in self.program.made]

    def build(self, parts: Sequence[Part], guards: Sequence[Part] = ()) -> None:
        """Write and compile the function; `guards` are the parts that end with the last guard on data."""
        self.parts, self.mode = (parts, guards), recording()
        writer = Writer(self.program)
        names = writer.names
        checks = self._checks(names)
        body = self._body(writer, parts, guards)
        head = [f"def {_name(self.label)}({', '.join(f'x{k}' for k in range(len(self.arguments.leaves)))}):"]
        test = ["    try:", f"        fits = {checks}"]
        test += ["    except (LookupError, AttributeError, ValueError):", "        fits = False"]
        test += ["    if not fits:", "        raise Miss", *self._of_gradients(names)]
        copies = ["    rescue()"] if self.half is not None else []
        names["rescue"] = None if self.half is None else self.half.rescue
        for k, array in enumerate(self.program.arguments):
            if array is not None and self.reads(array):
                copies.append(f"    {writer.array(array)}[...] = d{k}")
        ends = [f"    {line}" for line in self._ends(writer)]
        lines = self._stopping(names, [*copies, *(f"    {line}" for line in body), *ends])
        self.source = self._shown(writer, parts, guards)
        self._body_text = "\n".join(
            ["def rehearsal():", *(f"    {line}" for line in body), "    return None"]
        )
        text = "\n".join([*head, *test, *lines])
        self.run = made_function(text, names, _name(self.label))
        others = {name: value for name, value in names.items() if name not in self.held.things}
        self.rehearse = made_function(self._body_text, others, "rehearsal")
        names.clear()
        self.call, self.entry = self.run, None

    def reads(self, array: Array) -> bool:
        """Whether the program reads this array's memory."""
        programs = [self.program, *([] if self.half is None else [self.half.program])]
        return any(owner(x) is owner(array) for p in programs for i in p.instructions for x in i.reads())

    # ------------------------------------------------------------------ pieces

    def _stopping(self, names: dict[str, Any], lines: list[str]) -> list[str]:
        """The lines, and what is done where an exception ends them."""
        writes = [storage.write_of(memory) for memory in self.written()]
        counted = [f"renew{k}" for k, tick in enumerate(self.ticks) if not tick.stateless]
        if not writes and not self.dropped:
            return lines
        names["stopped"] = Stop(self.dropped, writes, self.label)
        undone = f", ({', '.join(counted)},) if counted else ()" if counted else ""
        begin, handler = ["    counted = False"] * bool(counted), ["    except BaseException as error:"]
        handler += [f"        stopped(error{undone})", "        raise"]
        return [*begin, "    try:", *(f"    {line}" for line in lines), *handler]

    def _checks(self, names: dict[str, Any]) -> str:
        """Python that is true of a call that fits; sets `state` to 2 where a gradient is kept."""
        self.held = Held([(k, array) for k, (_, array) in enumerate(self.outcome.grads) if array is not None])
        words, tests = [f"recording() is {self.mode}"], [*self.tests, *tests_of_modes()]
        names |= {"recording": recording}
        checker = checker_of(tests, self.held)
        if checker is not None:
            names["check"], tests = checker, checker.rest
            words.append("(state := check())")
            self.held.note = checker.note
        words += [self.extra[0]] if self.extra[0] else []
        names |= self.extra[1]
        words += self.arguments.tests(names, self.written())
        return " and ".join([*words, expression(tests, names)])

    def _of_gradients(self, names: dict[str, Any]) -> list[str]:
        """A test that nobody keeps a gradient whose memory is about to be written again."""
        if not self.held.owned:
            return []
        names |= {"kept": self.held.kept, "release": weakref.WeakMethod(self._release)}
        return [f"    if {'state == 2' if 'check' in names else 'kept()'}:", "        release()()"]

    def _release(self) -> None:
        """Let go of the gradients that somebody keeps."""
        held, scope = self.held, self.run.__globals__
        held.check_arrays()
        if "check" in scope:
            scope["check"] = None  # its references are not to be counted
        held.release(scope)
        if "check" in scope:
            checker = checker_of([*self.tests, *tests_of_modes()], held)
            assert checker is not None
            scope["check"], held.note = checker, checker.note
            if self.entry is not None:
                self.entry.checks(checker)
                self.entry.grads(self.gradients())

    def gradients(self) -> list[tuple[Tensor, Any]]:
        """The tensors whose gradient is set, and the gradient that each gets."""
        scope = self.run.__globals__
        return [(t, None if a is None else scope[f"g{k}"]) for k, (t, a) in enumerate(self.outcome.grads)]

    def _body(self, writer: Writer, parts: Sequence[Part], guards: Sequence[Part]) -> list[str]:
        first, numbers = writer.lines(guards), self._numbers(writer)
        draws = any(isinstance(i, Instruction) and i.effect for i in guards)
        early = numbers if draws or any(self._uses_numbers(i) for i in guards) else []
        then = self._then(writer, parts, [] if early else numbers)
        if not self._must_undo(guards, draws, bool(early)):
            return [*early, *first, *then]
        writer.names |= {"Snapshot": Snapshot, "packs": [t.pack for t in self.ticks], "streams": self.streams}
        undone = [
            "before = Snapshot((), packs, streams)",
            "try:",
            *(f"    {line}" for line in [*early, *first]),
        ]
        return [*undone, "except Miss:", "    before.restore()", "    raise", *then]

    def _then(self, writer: Writer, parts: Sequence[Part], numbers: list[str]) -> list[str]:
        """The parts, with the numbers as late as a miss is still allowed, and a mark where they are used."""
        lasts = next((k for k, part in enumerate(parts) if self._lasts(part)), len(parts))
        uses = next((k for k, part in enumerate(parts) if self._uses_numbers(part)), len(parts))
        begin, use = min(lasts, uses), uses
        mark = any(not tick.stateless for tick in self.ticks)
        lines = [*writer.lines(parts[:begin]), *numbers, *["counted = True"] * mark]
        return [
            *lines,
            *writer.lines(parts[begin:use]),
            *["counted = False"] * mark,
            *writer.lines(parts[use:]),
        ]

    def _lasts(self, part: Part) -> bool:
        """Whether what a part does is still there after the call."""
        if not isinstance(part, Instruction):
            return True
        return part.effect or (part.out is not None and not self.program.makes(part.out))

    def _must_undo(self, guards: Sequence[Part], draws: bool, early: bool) -> bool:
        """Whether a miss among these parts finds step counts or streams advanced."""
        counts = early and any(not tick.stateless for tick in self.ticks)
        return any(_may_miss(part) for part in guards) and (draws or counts)

    def _uses_numbers(self, part: Part) -> bool:
        cells = {id(number.cell) for number in self.program.numbers}
        return not isinstance(part, Instruction) or any(id(x) in cells for x in part.operands)

    def _numbers(self, writer: Writer) -> list[str]:
        """Lines that compute the optimizers' numbers anew."""
        lines, counted = list[str](), list[str]()
        for k, tick in enumerate(self.ticks):
            mine = [n for n in self.program.numbers if f"n{k}_" in n.expression or f"lr{k}" in n.expression]
            renew = renewal(k, tick, mine)
            if tick.stateless:
                writer.names |= {f"group{k}": tick.group, f"renew{k}": renew, f"last{k}": renew.last}
                lines += or_undone(f"if group{k}['lr'] is not last{k}[0]: renew{k}()", counted)
            else:
                writer.names[f"renew{k}"] = renew
                lines += or_undone(f"renew{k}()", counted)
                counted.append(f"renew{k}")
        return lines

    def _ends(self, writer: Writer) -> list[str]:
        """What makes the outside know: version counters, gradients, results."""
        names, lines = writer.names, list[str]()
        writes = [storage.write_of(memory) for memory in self.written()]
        if writes:
            names |= {"wrote_all": storage.wrote_all, "writes": writes, "by": self.label}
            lines.append("wrote_all(writes, by)")
        for k, (tensor, array) in enumerate(self.outcome.grads):
            names[f"p{k}"] = tensor
            if array is None:
                lines.append(f"p{k}._grad = None")
            else:
                lines.append(f"p{k}._grad = g{k}")
        if self.held.owned:
            names |= {"unsure": self.held.unsure, "settle": self.held.settle, **self.held.things}
            lines += ["if unsure[0]:", "    settle()"]
        texts = [self._result(writer, k, how) for k, how in enumerate(self.outcome.results)]
        names |= {"of": Tensor._of, "of_history": of_history}
        if self.half is None:
            return [*lines, f"return {text_of(self.outcome.shape, iter(texts), names)}"]
        given = "".join(f"x{k}, " for k in range(len(self.arguments.leaves)))
        names["attached"] = self.half.attached
        lines.append(f"results = attached([{', '.join(texts)}], ({given}))")
        places = [f"results[{k}]" for k in range(len(texts))]
        return [*lines, f"return {text_of(self.outcome.shape, iter(places), names)}"]

    def _result(self, writer: Writer, k: int, how: tuple[Any, ...]) -> str:
        if how[0] == "argument":
            return f"x{how[1]}"
        if how[0] == "grad":
            return f"g{how[1]}"
        if how[0] == "object":
            writer.names[f"object{k}"] = how[1]
            return f"object{k}"
        _, array, scalar, grad = how
        name = writer.array(array)
        copy = f"{name}[()]" if scalar else f"{name}.copy()"
        if not scalar and not is_whole(array):
            writer.names["twin"] = twin
            copy = f"twin({name})"
        return f"of_history({copy})" if grad and self.half is None else f"of({copy})"

    def _shown(self, writer: Writer, parts: Sequence[Part], guards: Sequence[Part]) -> str:
        """The program as it is to be read."""
        called = names_of(self.function, len(self.arguments.leaves))
        arrays = [x for x in self.program.arguments if x is not None and self.reads(x)]
        grads = [array for _, array in self.outcome.grads]
        results = [grads[how[1]] if how[0] == "grad" else how[1] for how in self.outcome.results]
        lines = shown(writer, f"{_name(self.label)}({', '.join(called)})", arrays, [*guards, *parts])
        words = [writer.array(x) if isinstance(x, np.ndarray) else repr(x) for x in results]
        return "\n".join([*lines, f"    return {text_of(self.outcome.shape, iter(words), {})}"])


def _may_miss(part: Part) -> bool:
    return part.kind == "guard" if isinstance(part, Instruction) else part.guards


def _name(label: str) -> str:
    return label if label.isidentifier() else "replay"
