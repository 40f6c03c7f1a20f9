"""A captured computation: instructions on arrays, and what a replay has to know about the memory they touch.

This is the intermediate representation that stands between the capture (`capture`, `agree`, `passes`)
and the backends (`numpy_source`, the C backend).  It is deliberately concrete: an operand is *the very
ndarray* that the captured call used, so shape, dtype, strides, offset and aliasing are exact and need
no description of their own.  Two operands overlap if their bytes do; nothing else is to be tracked.

Memory is spoken of by its owner (`microtensor.storage.owner`): the array at the end of `.base`.
A program knows of each owner one of these roles:

``made``      by the program itself: what it holds before the program starts does not matter;
``outside``   parameters, state, caches: read and written as the instructions say, and nobody may
              replace it by a copy.  Whether it is written is to be asked of `Program.written`;
``literal``   a 0-d array that stands for a Python number: it never changes (`Program.literals`).
              A 0-d array that is no literal is ordinary memory, and changes between replays;
``number``    a 0-d array that is set anew before each replay (`Program.numbers`);
``argument``  outside memory that a call's arguments are copied into before each replay.

Instructions run in order, each complete before the next begins.  None is skipped: a branch was taken
or not at capture, and a ``guard`` instruction says on which value.  All guards lie before the first
write to outside memory and before the first ``call`` with an effect, so a `Miss` leaves nothing changed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np

from ..engine.versions import owner

__all__ = [
    "KINDS",
    "MISSED",
    "Array",
    "Backend",
    "Instruction",
    "Miss",
    "Number",
    "Part",
    "Program",
    "Segment",
    "Unavailable",
    "arrays_in",
]

Array = np.ndarray[Any, Any]

KINDS = {
    "ufunc": "function(*operands, out=out, **keywords)",
    "reduce": "function.reduce(operands[0], axis, dtype, out, keepdims): axis, dtype, keepdims in keywords",
    "dot": "np.dot(*operands, out=out)",
    "copy": "np.copyto(out, operands[0], casting='unsafe', **keywords); keywords: where, or nothing",
    "gather": "out[...] = operands[0][operands[1]]",
    "scatter": "out[operands[0]] = operands[1]",
    "at": "function.at(out, *operands)",
    "function": "out[...] = function(*operands, **keywords)",
    "into": "function(*operands, out=out, **keywords)",
    "call": "function(*operands, **keywords), which writes into `out` (one of its operands, or None)",
    "guard": "raise Miss unless same(operands[0][()], operands[1]): NaN is the same as NaN, -0.0 as 0.0",
}
"""What each kind of instruction does.

`out` is always an ndarray of the result's exact shape and dtype (0-d for a scalar), but for ``guard``
and a ``call`` without a result.  The out of a ``dot`` may be strided.  Operands are ndarrays, Python
numbers (weak, as NumPy promotes them), and, in ``gather``, ``scatter``, ``at``, ``function``, ``into`` and
``call``, tuples, lists, slices, strings, dtypes and None that may hold arrays (`arrays_in` finds them).
"""


MISSED = object()
"""What a whole call in C returns instead of raising `Miss`."""


class Miss(Exception):
    """What a replay found does not fit its capture: raised before anything was changed."""


@dataclass(slots=True, eq=False)
class Instruction:
    """One call of NumPy, or of a function of this package that is opaque.

    Args:
        kind: one of `KINDS`.
        function: the ufunc or function; None where the kind says it all.
        operands: what it reads, in order (and for ``call`` what it writes, too).
        out: what it writes.
        keywords: further arguments by name; may hold arrays (``where``).
        line: the user's line that led here, ``file.py:12: text``; empty if there is none.
        note: what it is for, in a word or two (``backward``, ``SGD.step``); empty for a forward pass.
        effect: whether it changes what no array shows: a generator's state, a counter.
        errors: how NumPy is to treat floating-point errors in it, where that is not the caller's own way.
    """

    kind: str
    function: Any
    operands: tuple[Any, ...]
    out: Array | None
    keywords: dict[str, Any] = field(default_factory=dict)
    line: str = ""
    note: str = ""
    effect: bool = False
    errors: dict[str, str] | None = None

    @property
    def name(self) -> str:
        """The function's name; the kind's if it has no function."""
        return getattr(self.function, "__name__", "") or self.kind

    def reads(self) -> list[Array]:
        """The arrays whose contents decide what it does; with `out` where it is updated, not replaced."""
        found = [*arrays_in(self.operands), *arrays_in(self.keywords)]
        return [self.out, *found] if self.out is not None and self.updates else found

    @property
    def updates(self) -> bool:
        """Whether `out` keeps some of its old contents, or is computed from them."""
        return self.kind in ("scatter", "at", "call") or "where" in self.keywords

    def __repr__(self) -> str:
        shape = "" if self.out is None else f" -> {self.out.dtype}{list(self.out.shape)}"
        return f"<{self.kind} {self.name}{shape}>"


@dataclass(slots=True, eq=False)
class Number:
    """A Python float that is computed anew before each replay, and the 0-d array that receives it.

    `expression` is Python, over names that the prologue has set (``n0_lr * 0.5``).  The cell has the dtype
    in which the instructions use it, which is where the double is rounded.
    """

    expression: str
    cell: Array


@dataclass(eq=False)
class Program:
    """Instructions, with the roles of the memory that they touch.

    Args:
        instructions: in the order in which they ran.
        made: by the owner's id, the owners of memory that the program makes.
        literals: by id, the 0-d arrays that stand for Python numbers.
        numbers: the numbers that are computed anew.
        arguments: for each array argument the array it is copied into (None: an argument without array).
        results: arrays whose contents must be right when the program ends, beside all outside memory;
            made memory that none of them looks into is free after its last use.
        movable: the ids of those owners among the results that may lie in the arena, since nobody wants their
            old contents, also where the program misses.
        names: by the owner's id, what the user calls it: ``x``, ``model.0.weight``, ``model.0.weight.grad``.
    """

    instructions: list[Instruction]
    made: dict[int, Array] = field(default_factory=dict)
    literals: dict[int, Array] = field(default_factory=dict)
    numbers: list[Number] = field(default_factory=list)
    arguments: list[Array | None] = field(default_factory=list)
    results: list[Array] = field(default_factory=list)
    movable: set[int] = field(default_factory=set)
    names: dict[int, str] = field(default_factory=dict)

    def makes(self, array: Array) -> bool:
        """Whether the program itself makes this memory."""
        return id(owner(array)) in self.made

    def keeps(self) -> set[int]:
        """The ids of the owners of made memory that must survive the program's end."""
        return {id(owner(array)) for array in self.results}

    def written(self) -> set[int]:
        """The ids of all owners that some instruction writes into."""
        return {id(owner(i.out)) for i in self.instructions if i.out is not None}

    def is_literal(self, array: Array) -> bool:
        """Whether the array stands for a Python number, and so may be written into source as its value."""
        return id(array) in self.literals

    def number_of(self, array: Array) -> int | None:
        """The position in `numbers` whose cell this array is."""
        return next((k for k, number in enumerate(self.numbers) if number.cell is array), None)


def arrays_in(value: Any) -> Iterator[Array]:
    """All arrays in an operand, however deep in tuples, lists and dictionaries."""
    if isinstance(value, np.ndarray):
        yield value
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield from arrays_in(item)
    elif isinstance(value, dict):
        for item in value.values():
            yield from arrays_in(item)
    elif isinstance(value, slice):
        yield from arrays_in((value.start, value.stop, value.step))


class Segment(Protocol):
    """Neighbouring instructions that a backend has made into one function.

    Calling it runs them all on the memory of their arrays, and returns 0; or 1 if a guard among them missed,
    which it does before it writes to outside memory.  `guards` says whether there is one.
    """

    guards: bool

    def __call__(self) -> int:
        """Run the instructions."""
        ...


Part = Segment | Instruction
"""What a program consists of for `numpy_source`: an instruction stands for its NumPy line."""


class Backend(Protocol):
    """Turns a program into parts, none of them skipped; the simplest returns `program.instructions`.

    It gets the program after the passes and before the arena, may fuse and drop as it likes, and places
    what memory is left with `arena.placed` and `arena.repointed`.
    """

    def __call__(self, program: Program) -> list[Part]:
        """The parts, in the order in which they are to run; raises `Unavailable` with the reason."""
        ...


class Unavailable(Exception):
    """A backend cannot be used here, and why: NumPy replays instead."""
