"""The memory of a program: one block for all that it makes, shared by liveness.

Two arrays whose lives do not overlap may lie in the same place.  `placed` decides where (the smallest hole
that fits, in the order in which arrays are born), `repointed` exchanges the memory of a program's arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.versions import owner
from .program import Array, Instruction, Program

__all__ = ["ALIGNMENT", "address", "block", "lives", "placed", "repointed", "shared"]

ALIGNMENT = 64
"""Bytes of a cache line: every array begins at a multiple."""

Life = tuple[int, int, int]
"""The positions of the first and the last instruction that touch an array, and its bytes."""


def address(array: Array) -> int:
    """Where the first element lies."""
    return int(array.__array_interface__["data"][0])


def _rounded(nbytes: int) -> int:
    return -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT


def placed(lives: Sequence[Life]) -> tuple[list[int], int]:
    """An offset for each life, and the bytes of the whole; lives that meet in an instruction do not share.

    >>> from microtensor.compiled.arena import placed
    >>> placed([(0, 1, 64), (1, 2, 64), (2, 3, 64)])
    ([0, 64, 0], 128)
    """
    offsets, top = [0] * len(lives), 0
    free: list[tuple[int, int]] = []  # (offset, bytes), in order
    active: list[tuple[int, int, int]] = []  # (last, offset, bytes)
    for index in sorted(range(len(lives)), key=lambda k: lives[k][0]):
        first, last, nbytes = lives[index]
        free = _merged([*free, *((o, n) for end, o, n in active if end < first)])
        active = [a for a in active if a[0] >= first]
        size = _rounded(nbytes)
        fits = min(((n, o) for o, n in free if n >= size), default=None)
        if fits is None:
            offset, top = top, top + size
        else:
            offset = fits[1]
            free.remove((offset, fits[0]))
            free += [(offset + size, fits[0] - size)] if fits[0] > size else []
        offsets[index] = offset
        active.append((last, offset, size))
    return offsets, top


def _merged(holes: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for offset, size in sorted(holes):
        if merged and sum(merged[-1]) == offset:
            merged[-1] = (merged[-1][0], merged[-1][1] + size)
        else:
            merged.append((offset, size))
    return merged


def block(nbytes: int) -> Array:
    """Aligned bytes."""
    raw = np.zeros(nbytes + ALIGNMENT, np.uint8)
    start = -address(raw) % ALIGNMENT
    return raw[start : start + nbytes]


def lives(program: Program) -> dict[int, tuple[int, int, Array]]:
    """By owner's id: first and last position, and owner, of made memory that does not outlive the program."""
    keeps = program.keeps()
    found: dict[int, tuple[int, int, Array]] = {}
    for position, instruction in enumerate(program.instructions):
        for array in [*instruction.reads(), *([] if instruction.out is None else [instruction.out])]:
            memory = owner(array)
            if id(memory) in program.made and id(memory) not in keeps:
                first = found.get(id(memory), (position,))[0]
                found[id(memory)] = (first, position, memory)
    return found


def shared(program: Program) -> int:
    """Let made memory share one block by liveness; return the bytes of the block."""
    found = lives(program)
    offsets, total = placed([(first, last, memory.nbytes) for first, last, memory in found.values()])
    arena = block(total)
    table = {
        key: (arena[offset : offset + memory.nbytes], memory)
        for offset, (key, (_, _, memory)) in zip(offsets, found.items(), strict=True)
    }
    repointed(program, table)
    program.made[id(owner(arena))] = owner(arena)
    return total


def repointed(program: Program, table: dict[int, tuple[Array, Array]]) -> None:
    """Exchange memory: by owner's id, ``(new memory, old owner)``, the new contiguous and as large.

    Every array of the program that looks into an old owner looks into the same place of the new memory.
    """
    _Repointing(table).program(program)
    for key in table:
        program.made.pop(key, None)


class _Repointing:
    def __init__(self, table: dict[int, tuple[Array, Array]]) -> None:
        self.table = table
        self.done: dict[int, tuple[Array, Array]] = {}

    def program(self, program: Program) -> None:
        for instruction in program.instructions:
            self.instruction(instruction)
        for number in program.numbers:
            number.cell = self.array(number.cell)
        program.results = [self.array(a) for a in program.results]
        program.arguments = [None if a is None else self.array(a) for a in program.arguments]

    def instruction(self, instruction: Instruction) -> None:
        instruction.operands = self.value(instruction.operands)
        instruction.keywords = self.value(instruction.keywords)
        if instruction.out is not None:
            instruction.out = self.array(instruction.out)

    def value(self, value: Any) -> Any:
        if isinstance(value, np.ndarray):
            return self.array(value)
        if type(value) in (tuple, list):
            return type(value)(map(self.value, value))
        return {k: self.value(v) for k, v in value.items()} if type(value) is dict else value

    def array(self, array: Array) -> Array:
        entry = self.table.get(id(owner(array)))
        if entry is None:
            return array
        if id(array) not in self.done:
            memory, old = entry
            offset = address(array) - address(old)
            raw = memory.reshape(-1).view(np.uint8)
            self.done[id(array)] = (np.ndarray(array.shape, array.dtype, raw, offset, array.strides), array)
        return self.done[id(array)][0]
