"""A program as plain data: its steps in order, and the buffers between them.

What `viz` draws, and whoever else wants to look inside: nothing here points at an array.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ..engine.versions import owner
from .program import Array, Instruction, Program, arrays_in

__all__ = ["Buffer", "Buffers", "Step", "described", "instruction_step"]


@dataclass(frozen=True, slots=True)
class Buffer:
    """A piece of memory.

    Args:
        key: the same for the same memory, within one program.
        name: what the user calls it; empty if nobody does.
        role: ``argument``, ``outside`` (parameters, state, data), ``number``, ``result`` or ``made``.
        shape, dtype: of the memory as it was allocated.
        nbytes: its size.
    """

    key: int
    name: str
    role: str
    shape: tuple[int, ...]
    dtype: str
    nbytes: int


@dataclass(frozen=True, slots=True)
class Step:
    """A loop nest of C, or a call of NumPy.

    Args:
        run: the number of the C function that it is part of; None for NumPy.
        kind: ``loops``, ``product``, ``index``, ``draw``, ``guard``, or ``numpy``.
        operations: the names of the instructions that it stands for, in order.
        space: the shape that it loops over.
        lines: the user's lines that they come from, each once.
        reads, writes: the buffers; what only the step itself looks at has none.
    """

    run: int | None
    kind: str
    operations: tuple[str, ...]
    space: tuple[int, ...]
    lines: tuple[str, ...]
    reads: tuple[Buffer, ...]
    writes: tuple[Buffer, ...]


class Buffers:
    """The buffers of one program."""

    def __init__(self, program: Program) -> None:
        self.program, self.keeps = program, program.keeps()
        self.numbers = {id(owner(number.cell)) for number in program.numbers}
        self.arguments = {id(owner(a)) for a in program.arguments if a is not None}

    def of(self, memories: Iterable[Array]) -> tuple[Buffer, ...]:
        """Each memory once."""
        unique = {id(memory): memory for memory in memories}
        return tuple(self._buffer(key, memory) for key, memory in unique.items())

    def _buffer(self, key: int, memory: Array) -> Buffer:
        name = self.program.names.get(key, "")
        return Buffer(key, name, self._role(key), memory.shape, memory.dtype.name, memory.nbytes)

    def _role(self, key: int) -> str:
        if key in self.arguments:
            return "argument"
        if key in self.numbers:
            return "number"
        return "outside" if key not in self.program.made else "result" if key in self.keeps else "made"


def instruction_step(buffers: Buffers, i: Instruction) -> Step:
    """A call of NumPy."""
    read = [
        owner(x)
        for x in (*arrays_in(i.operands), *arrays_in(i.keywords))
        if not buffers.program.is_literal(x)
    ]
    written = [] if i.out is None else [owner(i.out)]
    space = () if i.out is None else i.out.shape
    lines = (i.line,) if i.line else ()
    return Step(None, "numpy", (i.name,), space, lines, buffers.of(read), buffers.of(written))


def described(program: Program) -> tuple[Step, ...]:
    """The steps of a program that NumPy replays: its instructions."""
    buffers = Buffers(program)
    return tuple(instruction_step(buffers, i) for i in program.instructions)
