"""Statements that share one loop nest: a chain of elementwise operations reads and writes memory once.

Values that only later statements of the nest ask for stay in registers.  The order of the loops follows
memory, and neighbouring loops that every array walks through in one stride become one.  A nest becomes a C
function of pointers, so that equal ones (layers, time steps, slices of a state) are compiled once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, pairwise
from operator import mul
from typing import Any

import numpy as np

from .c_reductions import Accumulator, Reductions
from .c_statements import Statement
from .c_types import name
from .c_views import View, view
from .program import Array

MOST = 48
"""Statements in one nest: enough for an optimizer's rule, few enough for registers."""


class Arguments:
    """The pointers of a function: one for each first element that it walks from."""

    def __init__(self) -> None:
        self.pointers: list[View] = []
        self._names: dict[tuple[int, str], str] = {}

    def of(self, array: Array | View) -> str:
        """The name of the pointer to the first element of `array`."""
        seen = array if isinstance(array, View) else view(array)
        key = seen.address, seen.dtype.str
        if key not in self._names:
            self._names[key] = f"p{len(self.pointers)}"
            self.pointers.append(seen)
        return self._names[key]

    @property
    def kinds(self) -> tuple[str, ...]:
        """The C types that the pointers point to."""
        return tuple(name(x.dtype) for x in self.pointers)


class Nest:
    """Statements over one space, in order."""

    def __init__(self, first: Statement) -> None:
        self.statements = [refined(first, tuple(n for n in first.space if n != 1))]
        self.hidden: set[int] = set()
        """Positions of statements whose results nobody but this nest looks at."""

    @property
    def space(self) -> tuple[int, ...]:
        """The shape over which the loops run."""
        return self.statements[0].space

    def take(self, others: list[Statement]) -> bool:
        """Let others run inside these loops, after those that are there; False if that would be wrong."""
        space = common(self.space, others[0].space)
        if space is None or len(self.statements) + len(others) > MOST:
            return False
        mine, its = ([refined(t, space) for t in some] for some in (self.statements, others))
        if not all(_harmless(t, s) for t in mine for s in its) or not _same_direction(mine, its):
            return False
        if not _shared(mine, its):
            return False
        self.statements = [*mine, *its]
        return True

    def text(self, arguments: Arguments) -> list[str]:
        """The body of the function."""
        if 0 in self.space:
            return []
        return _Writer(self, arguments).lines


def _shared(mine: list[Statement], its: list[Statement]) -> bool:
    """Whether loops together save a pass over memory: some array is looked at by both."""
    places = {x.place for x in views_of(mine)}
    return any(x.place in places and (any(x.strides) or x.size == 1) for x in views_of(its))


def _same_direction(mine: list[Statement], its: list[Statement]) -> bool:
    """Whether memory is walked along one dimension fastest by each of them alone and by both."""
    alone, before, both = inner(its), inner(mine), inner([*mine, *its])
    return its[0].out.size < 4096 or (alone in (None, both) and before in (None, both))


def common(x: tuple[int, ...], y: tuple[int, ...]) -> tuple[int, ...] | None:
    """The coarsest shape from which both come by joining neighbouring dimensions; None if there is none.

    >>> from microtensor.compiled.c_nests import common
    >>> common((16, 64, 64), (1024, 1, 64)), common((6,), (2, 3)), common((2, 3), (3, 2))
    ((16, 64, 64), (2, 3), None)
    """
    ends = sorted(_ends(x) | _ends(y))
    if np.prod(x, dtype=int) != np.prod(y, dtype=int) or 0 in ends:
        return None
    if any(b % a for a, b in pairwise(ends)):
        return None
    return tuple(b // a for a, b in pairwise(ends))[::-1]


def _ends(shape: tuple[int, ...]) -> set[int]:
    return set(accumulate(reversed(shape), mul, initial=1))


def refined(s: Statement, space: tuple[int, ...]) -> Statement:
    """The statement over a space whose neighbouring dimensions join to its own."""
    if s.space == space:
        return s
    operands = tuple(x if isinstance(x, str) else x.split(space) for x in s.operands)
    return replace(s, out=s.out.split(space), operands=operands)


def _harmless(t: Statement, s: Statement) -> bool:
    """Whether at each index `s` finds what it would find had `t` run over all indices before."""
    pairs = [(x, t.out, t.combine) for x in s.operands if isinstance(x, View)]
    pairs += [(x, s.out, s.combine) for x in t.operands if isinstance(x, View)]
    pairs += [(s.out, t.out, s.combine or t.combine)]
    return not any(x.meets(y) and (combine or x.place != y.place) for x, y, combine in pairs)


def inner(statements: list[Statement]) -> int | None:
    """The dimension that memory is walked along fastest; None where it makes no difference."""
    order = ordered(statements)
    return order[-1] if order else None


def ordered(statements: list[Statement]) -> list[int]:
    """The dimensions of more than one element, outermost first: those of large strides before the others."""
    arrays = list(views_of(statements))
    space = statements[0].space
    weight = {d: sum(abs(a.strides[d]) for a in arrays) for d, n in enumerate(space) if n > 1}
    return sorted(weight, key=lambda d: -weight[d])


def views_of(statements: list[Statement]) -> Iterator[View]:
    """What the statements read and write, each seen in their space."""
    for s in statements:
        yield from (x for x in s.operands if isinstance(x, View))
        yield s.out


def collapsed(statements: list[Statement]) -> list[tuple[int, ...]]:
    """The loops, outermost first: each the dimensions that it walks through in one stride."""
    space, arrays = statements[0].space, list(views_of(statements))
    loops: list[tuple[int, ...]] = []
    for d in ordered(statements):
        last = loops[-1][-1] if loops else None
        if last is not None and all(a.strides[last] == a.strides[d] * space[d] for a in arrays):
            loops[-1] = (*loops[-1], d)
        else:
            loops.append((d,))
    return loops


class _Writer:
    """Writes a nest's loops."""

    def __init__(self, nest: Nest, arguments: Arguments) -> None:
        self.nest, self.arguments = nest, arguments
        self.loops = collapsed(nest.statements)
        self.sizes = [int(np.prod([nest.space[d] for d in loop])) for loop in self.loops]
        self.loads: list[list[str]] = [[] for _ in range(len(self.loops) + 1)]
        self.names: dict[tuple[Any, ...], str] = {}
        self.body: list[str] = []
        self.stores: dict[tuple[Any, ...], str] = {}
        self.reductions = Reductions(self.sizes)
        for k, s in enumerate(nest.statements):
            self.statement(k, s)
        self.lines = self.written()

    def strides(self, x: View) -> list[int]:
        return [x.strides[loop[-1]] // x.dtype.itemsize for loop in self.loops]

    def element(self, array: View) -> str:
        terms = [f"i{k} * {s}" if s != 1 else f"i{k}" for k, s in enumerate(self.strides(array)) if s]
        return f"{self.arguments.of(array)}[{' + '.join(terms) or '0'}]"

    def operand(self, x: View | str) -> str:
        """The name of the local that holds it, loaded as far outside as its index allows."""
        if isinstance(x, str):
            return x
        if x.place not in self.names:
            local = self.names[x.place] = f"a{len(self.names)}"
            depth = max((k + 1 for k, s in enumerate(self.strides(x)) if s), default=0)
            self.loads[depth].append(f"const {name(x.dtype)} {local} = {self.element(x)};")
        return self.names[x.place]

    def statement(self, k: int, s: Statement) -> None:
        value, kind = s.value([self.operand(x) for x in s.operands]), name(s.out.dtype)
        reduced = tuple(d for d, t in enumerate(self.strides(s.out)) if t == 0)
        if s.combine and reduced:
            accumulator = Accumulator(f"s{k}", s.combine, s.out.dtype, s.start, self.element(s.out), reduced)
            self.body += self.reductions.taken(accumulator, value)
            return
        self.body.append(f"const {kind} v{k} = {value};")
        self.names[s.out.place] = f"v{k}"
        if k in self.nest.hidden:
            self.stores.pop(s.out.place, None)
        else:
            self.stores[s.out.place] = f"{self.element(s.out)} = v{k};"

    def written(self) -> list[str]:
        inside = [*self.body, *self.stores.values()]
        return self.reductions.written(self.loads, inside)


__all__ = ["MOST", "Arguments", "Nest", "common", "views_of"]
