"""The memory of a program: one block for all that it makes, shared by liveness.

Two arrays whose lives do not overlap may lie in the same place, and an elementwise result in that of an
operand that dies there.  `placed` decides where, `repointed` exchanges the memory of a program's arrays.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.versions import owner
from .program import Array, Instruction, Program

__all__ = ["ALIGNMENT", "address", "block", "is_whole", "lives", "placed", "repointed", "shared"]

ALIGNMENT = 64
"""Bytes of a cache line: every array begins at a multiple."""

LARGE = 1 << 16
"""Bytes from which on a result's place is used by others before it is written."""

MANY = 4096
"""Lives from which on only one order is tried."""

Life = tuple[int, int, int]
"""The positions of the first and the last instruction that touch an array, and its bytes."""


def address(array: Array) -> int:
    """Where the first element lies."""
    return int(array.__array_interface__["data"][0])


def _rounded(nbytes: int) -> int:
    return -(-max(nbytes, 1) // ALIGNMENT) * ALIGNMENT


def placed(lives: Sequence[Life]) -> tuple[list[int], int]:
    """An offset for each life, and the bytes of the whole; lives that meet in an instruction do not share.

    The better of two orders: as they are born, each into the smallest hole; or the largest first, each as low
    as it can lie.

    >>> from microtensor.compiled.arena import placed
    >>> placed([(0, 1, 64), (1, 2, 64), (2, 3, 64)])
    ([0, 64, 0], 128)
    """
    found = _as_born(lives)
    if len(lives) <= MANY and found[1] > _least(lives):
        found = min(found, _largest_first(lives), key=lambda both: both[1])
    return found


def _least(lives: Sequence[Life]) -> int:
    """The bytes that are needed at once, which no order can do without."""
    grown = np.zeros(2 + max((last for _, last, _ in lives), default=0), np.int64)
    for first, last, nbytes in lives:
        grown[first] += _rounded(nbytes)
        grown[last + 1] -= _rounded(nbytes)
    return int(np.cumsum(grown).max())


def _as_born(lives: Sequence[Life]) -> tuple[list[int], int]:
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


def _largest_first(lives: Sequence[Life]) -> tuple[list[int], int]:
    order = sorted(range(len(lives)), key=lambda k: (-lives[k][2], lives[k][0]))
    first, last, size = np.array([(f, e, _rounded(n)) for f, e, n in (lives[k] for k in order)], np.int64).T
    begin, end = np.zeros(len(lives), np.int64), np.zeros(len(lives), np.int64)
    for k in range(len(lives)):
        beside = np.flatnonzero((first[:k] <= last[k]) & (last[:k] >= first[k]))
        beside = beside[np.argsort(begin[beside], kind="stable")]
        floors = np.maximum.accumulate(np.concatenate([[0], end[beside]]))
        room = np.append(begin[beside], floors[-1] + size[k]) - floors
        begin[k] = floors[np.argmax(room >= size[k])]
        end[k] = begin[k] + size[k]
    offsets = [0] * len(lives)
    for k, index in enumerate(order):
        offsets[index] = int(begin[k])
    return offsets, int(end.max(initial=0))


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
    """By owner's id: first and last position, and owner, of memory that may share its place with other."""
    end, keeps = len(program.instructions), program.keeps()
    found: dict[int, tuple[int, int, Array]] = {}
    for position, instruction in enumerate(program.instructions):
        for array in [*instruction.reads(), *([] if instruction.out is None else [instruction.out])]:
            memory, key = owner(array), id(owner(array))
            if is_shareable(program, memory, keeps):
                first = found.get(key, (position,))[0]
                found[key] = (first, end if key in keeps else position, memory)
    return found


def is_shareable(program: Program, memory: Array, keeps: set[int]) -> bool:
    """Whether a place may hold something else before this memory is first written.

    A small result has a place of its own, so that it keeps its name.
    """
    key = id(memory)
    free = memory.nbytes >= LARGE and key in program.movable
    return key in program.made and (free or key not in keeps)


def shared(program: Program) -> int:
    """Let made memory share one block by liveness; return the bytes of the block."""
    found = lives(program)
    heads = _heads(program, found)
    chains: dict[int, Life] = {}
    for key, (first, last, memory) in found.items():
        begun, ended, _ = chains.get(heads[key], (first, last, 0))
        chains[heads[key]] = (min(begun, first), max(ended, last), memory.nbytes)
    offsets, total = placed(list(chains.values()))
    places = dict(zip(chains, offsets, strict=True))
    arena = block(total)
    table = {
        key: (arena[places[heads[key]] :][: memory.nbytes], memory) for key, (_, _, memory) in found.items()
    }
    repointed(program, table)
    program.made[id(owner(arena))] = owner(arena)
    return total


def _heads(program: Program, found: dict[int, tuple[int, int, Array]]) -> dict[int, int]:
    """For each memory the first of those in whose place it is computed: an operand dies where it is born."""
    heads = {key: key for key in found}
    for position, i in enumerate(program.instructions):
        key = None if i.out is None else id(owner(i.out))
        if key in found and found[key][0] == position and _is_elementwise(i):
            heirs = [x for x in i.operands if _may_give(x, i, position, found)]
            if heirs:
                heads[key] = heads[id(owner(heirs[0]))]
    return heads


def _is_elementwise(i: Instruction) -> bool:
    plain = i.kind == "ufunc" and i.function.signature is None and not i.keywords
    return plain and i.out is not None and is_whole(i.out)


def _may_give(x: Any, i: Instruction, position: int, found: dict[int, tuple[int, int, Array]]) -> bool:
    """Whether the result can take the place of an operand: it is alike, and nobody reads it afterwards."""
    if not isinstance(x, np.ndarray) or not is_whole(x) or i.out is None:
        return False
    place = id(owner(x))
    others = [y for y in i.operands if isinstance(y, np.ndarray) and y is not x and owner(y) is owner(x)]
    alike = (x.shape, x.dtype, owner(x).nbytes) == (i.out.shape, i.out.dtype, owner(i.out).nbytes)
    return alike and not others and place in found and found[place][1] == position


def is_whole(array: Array) -> bool:
    """Whether an array is all of its memory, in order."""
    return array.flags.c_contiguous and array.nbytes == owner(array).nbytes


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
