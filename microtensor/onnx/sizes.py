"""Sizes that depend on the inputs' sizes, found by comparing runs.

A trace has numbers where a file with a dynamic batch needs ``N``, ``4 * N`` or ``N + 1``.  So the program is
traced several times, with inputs of other sizes: a number that is the same in all runs is a constant, and
one that follows the sizes is written as what it follows.  The last run, in which all sizes are others at
once, is not fitted but tested with.  This also finds a program that branches on a size: its runs differ.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

__all__ = ["Expression", "Int", "Runs", "Varying", "first", "whole"]


@dataclass(frozen=True)
class Expression:
    """A sum of products of dynamic sizes: ``{("batch",): 2, (): 1}`` is ``2 * batch + 1``."""

    terms: tuple[tuple[tuple[str, ...], Fraction], ...]
    values: tuple[int, ...]

    def __str__(self) -> str:
        return " + ".join(_term(names, factor) for names, factor in self.terms)


@dataclass(frozen=True)
class Varying:
    """A number that differs from run to run in no way that could be written down."""

    values: tuple[int, ...]


Int = int | Expression | Varying


def _term(names: tuple[str, ...], factor: Fraction) -> str:
    words = ([] if factor == 1 and names else [str(factor)]) + list(names)
    return "*".join(words)


class Runs:
    """The dynamic sizes of every run: of the first, of one for each of them, and of the last."""

    def __init__(self, sizes: Sequence[Mapping[str, int]]) -> None:
        self.sizes = sizes
        self.names = list(sizes[0]) if sizes else []

    def size(self, values: Sequence[int]) -> Int:
        """What a number is that had these values in the runs."""
        if len(set(values)) == 1:
            return int(values[0])
        for terms in (self._sum(values), self._product(values)):
            if terms and all(self._value(terms, k) == v for k, v in enumerate(values)):
                return Expression(tuple(terms.items()), tuple(map(int, values)))
        return Varying(tuple(map(int, values)))

    def _sum(self, values: Sequence[int]) -> dict[tuple[str, ...], Fraction]:
        """A linear function of the sizes."""
        first = self.sizes[0]
        terms: dict[tuple[str, ...], Fraction] = {}
        for k, name in enumerate(self.names, 1):
            slope = Fraction(values[k] - values[0], self.sizes[k][name] - first[name])
            terms[(name,)] = slope
        constant = values[0] - sum(terms[(name,)] * first[name] for name in self.names)
        return {names: f for names, f in {**terms, (): Fraction(constant)}.items() if f}

    def _product(self, values: Sequence[int]) -> dict[tuple[str, ...], Fraction]:
        """A product of powers of the sizes, times a factor."""
        first, names = self.sizes[0], []
        for k, name in enumerate(self.names, 1):
            if values[0] <= 0 or values[k] <= 0:
                return {}
            power = math.log(values[k] / values[0]) / math.log(self.sizes[k][name] / first[name])
            names += [name] * round(power)
        return {tuple(names): Fraction(values[0], math.prod(first[name] for name in names))}

    def _value(self, terms: Mapping[tuple[str, ...], Fraction], run: int) -> Fraction:
        sizes = self.sizes[run]
        parts = [factor * math.prod(sizes[name] for name in names) for names, factor in terms.items()]
        return sum(parts, Fraction(0))


def first(size: Int) -> int:
    """What a size was in the first run."""
    return size if isinstance(size, int) else size.values[0]


def whole(size: Int) -> bool:
    """Whether a size is a plain number."""
    return isinstance(size, int)
