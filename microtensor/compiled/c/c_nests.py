"""Statements that share one loop nest: a chain of elementwise operations reads and writes memory once.

Values that only later statements of the nest ask for stay in registers.  A nest becomes a C function of
pointers, so that equal ones (layers, time steps, slices of a state) are compiled once.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import accumulate, pairwise
from operator import mul

import numpy as np

from .c_loops import Arguments, inner, views_of, written
from .c_statements import Statement
from .c_views import View

MOST = 48
"""Statements in one nest: enough for an optimizer's rule, few enough for registers."""


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
        return [] if 0 in self.space else written(self.statements, self.hidden, arguments)


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

    >>> from microtensor.compiled.c.c_nests import common
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


__all__ = ["MOST", "Nest", "common"]
