"""Reading and writing at places that other arrays name: embeddings, labels, and what flows back to them.

NumPy refuses an index that lies outside, so C looks at all of them first and reports a miss, upon which the
step runs eagerly and raises.  That is only right while nothing outside of the program has been written; so an
index is either looked at early, or was looked at before and not written since, or the instruction is NumPy's.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import takewhile
from typing import Any

import numpy as np

from ...ops.indexing.getitem import add_at
from ..program import Array, Instruction, Program
from .c_loops import Arguments
from .c_types import cast, castable, literal, suits

Limit = tuple[Array, int]
"""An array of indices, and the length that they must stay below."""


@dataclass(slots=True, eq=False)
class Indexed:
    """A loop over indices: ``out[...] = table[index]``, or ``table[index] = source``, or ``+=``.

    Args:
        instruction: what it stands for.
        table: the array that is indexed.
        index: for each of its first dimensions an array, all of one shape.
        other: what is read or written element by element; a text for a number.
        sign: ``=`` or ``+=`` for writing into the table, empty for reading from it.
        checked: the indices that must be looked at.
    """

    instruction: Instruction
    table: Array
    index: tuple[Array, ...]
    other: Array | str
    sign: str
    checked: tuple[Limit, ...] = ()

    @property
    def fails(self) -> bool:
        """Whether it may report a miss."""
        return bool(self.checked)

    def text(self, arguments: Arguments) -> list[str]:
        """The body of the function."""
        checks = [line for limit in self.checked for line in _check(arguments, *limit)]
        return [*checks, *self._loops(arguments)]

    def _loops(self, arguments: Arguments) -> list[str]:
        outer, rows = self.index[0].shape, self.table.shape[len(self.index) :]
        names = [f"i{d}" for d in range(len(outer) + len(rows))]
        heads = [
            f"for (long {n} = 0; {n} < {size}; {n}++)" for n, size in zip(names, (*outer, *rows), strict=True)
        ]
        found = [self._found(arguments, d, names[: len(outer)]) for d in range(len(self.index))]
        inside, simd = names[len(outer) :], ["#pragma omp simd"] if rows and rows[-1] > 1 else []
        offset = [f"j{d} * {self.table.strides[d] // self.table.itemsize}" for d in range(len(self.index))]
        row = [
            _term(n, s, self.table)
            for n, s in zip(inside, self.table.strides[len(self.index) :], strict=True)
        ]
        cell = f"{arguments.of(self.table)}[{' + '.join([*offset, *row])}]"
        body = self._moved(cell, arguments, names)
        inner = heads[len(outer) :]
        lines = [*inner[:-1], *(simd if inner else []), *inner[-1:], body]
        return [*heads[: len(outer)], "{", *found, *lines, "}"]

    def _found(self, arguments: Arguments, d: int, names: list[str]) -> str:
        x, n = self.index[d], self.table.shape[d]
        value = _element(arguments, x, names)
        if x.dtype.kind in "ub":
            return f"const long j{d} = {value};"
        return f"const long k{d} = {value}, j{d} = k{d} < 0 ? k{d} + {n} : k{d};"

    def _moved(self, cell: str, arguments: Arguments, names: list[str]) -> str:
        if isinstance(self.other, str):
            return f"{cell} {self.sign} {self.other};"
        other = _element(arguments, self.other, names)
        if not self.sign:
            return f"{other} = {cast(cell, self.table.dtype, self.other.dtype)};"
        return f"{cell} {self.sign} {cast(other, self.other.dtype, self.table.dtype)};"


def _term(index: str, stride: int, array: Array) -> str:
    return f"{index} * {stride // array.itemsize}"


def _element(arguments: Arguments, array: Array, names: list[str]) -> str:
    terms = [
        _term(n, s, array) for n, s, size in zip(names, array.strides, array.shape, strict=True) if size > 1
    ]
    return f"{arguments.of(array)}[{' + '.join(terms) or '0'}]"


def _check(arguments: Arguments, x: Array, limit: int) -> list[str]:
    """Lines that return 1 if an index is out of bounds."""
    names = [f"i{d}" for d in range(x.ndim)]
    heads = [f"for (long {n} = 0; {n} < {size}; {n}++)" for n, size in zip(names, x.shape, strict=True)]
    value = f"(long){_element(arguments, x, names)}"
    test = f"bad |= {value} >= {limit} || {value} < {-limit if x.dtype.kind == 'i' else 0};"
    return ["{", "int bad = 0;", *heads, test, "if (bad) return 1;", "}"]


class Indices:
    """Recognizes indexing, and knows what was looked at already."""

    def __init__(self, program: Program) -> None:
        self.program = program
        self.early = _before_effects(program)
        self.seen: list[Limit] = []

    def indexed(self, position: int, i: Instruction) -> Indexed | None:
        """The instruction as a loop over indices; None if it is not one that C does."""
        made = self._made(i)
        if made is None or not suits(
            [made.table, *made.index, *([] if isinstance(made.other, str) else [made.other])]
        ):
            return None
        limits = list(zip(made.index, made.table.shape, strict=False))
        made.checked = tuple(limit for limit in limits if not self._known(*limit))
        if made.checked and position >= self.early:
            return None
        return made

    def take(self, made: Indexed) -> None:
        """Remember that these indices were looked at."""
        self.seen += made.checked

    def forget(self, i: Instruction) -> None:
        """An instruction may have written into an index."""
        if i.out is not None:
            out = i.out
            self.seen = [(x, n) for x, n in self.seen if not np.may_share_memory(x, out)]

    def _known(self, x: Array, limit: int) -> bool:
        return any(_subset(x, y) and n <= limit for y, n in self.seen)

    def _made(self, i: Instruction) -> Indexed | None:
        if i.kind == "gather" and i.out is not None:
            return self._reading(i, i.operands[0], i.operands[1], i.out)
        if i.kind == "scatter" and i.out is not None:
            return self._writing(i, i.out, i.operands[0], i.operands[1], "=")
        if i.kind == "at" and i.function is np.add and len(i.operands) == 2 and i.out is not None:
            return self._writing(i, i.out, i.operands[0], i.operands[1], "+=")
        if i.kind == "call" and i.function is add_at and not i.keywords and len(i.operands) == 3:
            return self._writing(i, *i.operands, "+=")
        return None

    def _reading(self, i: Instruction, table: Any, key: Any, out: Array) -> Indexed | None:
        index = _index(key, table)
        if index is None or out.shape != index[0].shape + table.shape[len(index) :]:
            return None
        apart = not any(np.may_share_memory(out, x) for x in (table, *index))
        return Indexed(i, table, index, out, "") if apart and out.dtype == table.dtype else None

    def _writing(self, i: Instruction, table: Array, key: Any, values: Any, sign: str) -> Indexed | None:
        index = _index(key, table)
        if index is None or any(np.may_share_memory(table, x) for x in index):
            return None
        if not isinstance(values, np.ndarray) or self.program.is_literal(values):
            return self._filling(i, table, index, values, sign)
        shape = index[0].shape + table.shape[len(index) :]
        if np.may_share_memory(table, values) or not castable(values.dtype, table.dtype):
            return None
        return Indexed(i, table, index, np.broadcast_to(values, shape), sign)

    def _filling(
        self, i: Instruction, table: Array, index: tuple[Array, ...], value: Any, sign: str
    ) -> Indexed | None:
        number = value.item() if isinstance(value, np.ndarray) else value
        if not isinstance(number, (int, float)) or (not isinstance(number, int) and table.dtype.kind != "f"):
            return None
        return Indexed(i, table, index, literal(number, table.dtype), sign)


def _before_effects(program: Program) -> int:
    """The position of the first instruction that writes outside memory or has an effect."""
    calm = takewhile(lambda i: not i.effect and (i.out is None or program.makes(i.out)), program.instructions)
    return sum(1 for _ in calm)


def _index(key: Any, table: Any) -> tuple[Array, ...] | None:
    """The arrays that index the first dimensions, of one shape; None for any other kind of key."""
    keys = key if isinstance(key, tuple) else (key,)
    while keys and isinstance(keys[-1], slice) and keys[-1] == slice(None):
        keys = keys[:-1]
    if not keys or not isinstance(table, np.ndarray) or len(keys) > table.ndim:
        return None
    if not all(isinstance(k, np.ndarray) and k.dtype.kind in "iu" for k in keys):
        return None
    return tuple(np.broadcast_arrays(*keys))


def _subset(x: Array, y: Array) -> bool:
    """Whether `y` surely holds all the numbers that `x` does."""
    same = x.__array_interface__["data"][0] == y.__array_interface__["data"][0] and x.dtype == y.dtype
    return same and (
        (x.shape == y.shape and x.strides == y.strides) or (x.size == y.size and _solid(x) and _solid(y))
    )


def _solid(x: Array) -> bool:
    return bool(x.flags.c_contiguous)


__all__ = ["Indexed", "Indices"]
