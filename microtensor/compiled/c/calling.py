"""Compiled programs as functions that Python calls: the C backend, at once or while NumPy replays.

A call of a run costs about .1 us: its one argument, the table of addresses, is prepared.  Short runs keep
Python's lock, long ones give it up, as the compiler's process does.
"""

from __future__ import annotations

import ctypes
import threading
from contextlib import ExitStack
from functools import partial
from typing import Any

from ..arena import address
from ..description import Step
from ..program import Instruction, Part, Program, Unavailable
from .c_cache import library
from .c_segments import Run
from .c_source import Translation, translated

LONG = 1 << 16
"""Elements written from which on a run gives up Python's lock."""


class Called(partial[int]):
    """A run's function with its argument, and what that points to; `short` if it keeps Python's lock."""

    guards: bool
    short: bool
    memory: Any


class _Drawing(Called):
    """One that draws random numbers, while no other thread may draw from the same generators."""

    locks: list[Any]

    def __call__(self) -> int:
        """Run it."""
        with ExitStack() as held:
            for lock in self.locks:
                held.enter_context(lock)
            return super().__call__()


def backend(program: Program) -> list[Part]:
    """The program as runs of C, and NumPy's instructions between them; `Unavailable` says why not."""
    return attached(translated(program))


def attached(translation: Translation) -> list[Part]:
    """The parts, each run a function of no arguments."""
    short, long = (library(translation.source, holds_gil=held) for held in (True, False))
    table = (ctypes.c_void_p * max(len(translation.memory), 1))(*map(address, translation.memory))
    argument = ctypes.c_void_p(ctypes.addressof(table))
    parts: list[Part] = []
    for k, part in enumerate(translation.parts):
        if isinstance(part, Instruction):
            parts.append(part)
        else:
            brief = _work(part) < LONG
            function = getattr(short if brief else long, f"run{k}")
            called = _drawing(part, function, argument) if part.draws else Called(function, argument)
            called.guards, called.memory = part.fails, (table, translation.memory)
            called.short = brief and not part.draws
            parts.append(called)
    return parts


def _drawing(run: Run, function: Any, argument: Any) -> _Drawing:
    made = _Drawing(function, argument)
    made.locks = list({id(d.stream): d.stream._bits.lock for d in run.draws}.values())
    return made


def _work(run: Run) -> int:
    return sum(i.out.size for i in run.instructions() if i.out is not None)


class Pending:
    """A program that a thread compiles, while its caller does something else.

    The thread belongs to nobody: a process that ends while the compiler runs does not wait for it.
    """

    def __init__(self, program: Program) -> None:
        self.parts: list[Part] | None = None
        self.error: Unavailable | None = None
        self._translation = translated(program)
        self._thread = threading.Thread(target=self._compile, name="microtensor.compile", daemon=True)
        self._thread.start()

    def _compile(self) -> None:
        try:
            self.parts = attached(self._translation)
        except Unavailable as error:
            self.error = error

    @property
    def source(self) -> str:
        """The C text."""
        return self._translation.source

    @property
    def steps(self) -> tuple[Step, ...]:
        """What the program consists of, as plain data."""
        return self._translation.steps

    def ready(self) -> list[Part] | None:
        """The parts, as soon as there are any; raises `Unavailable` if there will be none."""
        if self.error is not None:
            raise self.error
        return self.parts

    def wait(self) -> list[Part]:
        """The parts, when the compiler is done; raises `Unavailable` if it fails."""
        self._thread.join()
        parts = self.ready()
        assert parts is not None
        return parts


__all__ = ["Called", "Pending", "attached", "backend"]
