"""Whether two captured runs of a function are the same program: only then it is replayed.

A capture can lose a trace: an array that was computed out of its sight looks like a constant.  But such
an array is made anew in each run, and so it is another object in the second capture than in the first.
Therefore all that neither run has made must be the very same memory in both, and all numbers the same.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.versions import owner
from ..errors import describe
from .arena import address
from .capture.observation import Observation
from .capture.traced import ND
from .program import Array, Instruction

__all__ = ["difference", "same_value"]


def difference(
    first: Observation, second: Observation, given: Sequence[tuple[Array, Array]] = ()
) -> str | None:
    """The first thing in which two captures differ, in words; None if they agree.

    `given` are the arrays of the arguments, which each run has of its own.
    """
    return _Pairing(first, second, given).difference()


def same_value(x: Any, y: Any) -> bool:
    """Whether two Python values are the same to the last bit; NaN is."""
    if type(x) is not type(y):
        return False
    if isinstance(x, np.generic):
        return bool(x.dtype == y.dtype and x.tobytes() == y.tobytes())
    if isinstance(x, (float, complex)):
        return repr(x) == repr(y)
    return bool(x == y)


class _Pairing:
    """Which memory of one run is which of the other."""

    def __init__(self, first: Observation, second: Observation, given: Sequence[tuple[Array, Array]]) -> None:
        self.first, self.second = first, second
        self.pairs = {id(owner(x)): id(owner(y)) for x, y in given}
        self.back = {id(owner(y)): id(owner(x)) for x, y in given}
        self.given = {*self.pairs, *self.back}
        self.cells = [{id(cell): n.text for n, cell in run.cells} for run in (first, second)]

    def difference(self) -> str | None:
        a, b = self.first, self.second
        for i, j in zip(a.instructions, b.instructions, strict=False):
            reason = self.instructions(i, j)
            if reason:
                return f"{reason} ({j.line})" if j.line else reason
        if len(a.instructions) != len(b.instructions):
            return f"one run made {len(a.instructions)} calls of NumPy, the next one {len(b.instructions)}"
        return self.optimizers()

    def optimizers(self) -> str | None:
        a, b = self.first, self.second
        if [t.pack for t in a.ticks] != [t.pack for t in b.ticks]:
            return "the optimizer's steps are not the same in two runs"
        if [t.present() for t in a.ticks] != [t.present() for t in b.ticks]:
            return "the optimizer's step has another form in the next run"
        if [n.text for n, _ in a.cells] != [n.text for n, _ in b.cells]:
            return "the optimizer's numbers are used in other expressions in the next run"
        return None

    def instructions(self, i: Instruction, j: Instruction) -> str | None:
        if i.kind != j.kind or i.function != j.function:
            return f"one run called {i.name}, the next one {j.name}"
        for x, y in ((i.operands, j.operands), (i.keywords, j.keywords), (i.out, j.out)):
            reason = self.values(x, y)
            if reason:
                return f"{i.name}: {reason}"
        return None

    def values(self, x: Any, y: Any) -> str | None:
        if isinstance(x, ND):
            return self.arrays(x, y) if isinstance(y, ND) else "an array, and then something else"
        if isinstance(x, (tuple, list)):
            if type(x) is not type(y) or len(x) != len(y):
                return "other arguments"
            return next((r for p, q in zip(x, y, strict=True) if (r := self.values(p, q))), None)
        if isinstance(x, dict):
            if not isinstance(y, dict) or list(x) != list(y):
                return "other arguments"
            return self.values(list(x.values()), list(y.values()))
        if isinstance(x, slice) and isinstance(y, slice):
            return self.values((x.start, x.stop, x.step), (y.start, y.stop, y.step))
        return None if same_value(x, y) else f"{_short(x)} in one run, and {_short(y)} in the next"

    def arrays(self, x: Array, y: Array) -> str | None:
        if (x.shape, x.dtype, x.strides) != (y.shape, y.dtype, y.strides):
            return f"an array {describe(x)} in one run, and {describe(y)} in the next"
        text = self.cells[0].get(id(x))
        if text is not None or id(y) in self.cells[1]:
            return None if text == self.cells[1].get(id(y)) else "another number of the optimizer"
        if id(x) in self.first.literals and id(y) in self.second.literals:
            return None if same_value(x[()], y[()]) else f"{x[()]} in one run, and {y[()]} in the next"
        return self.memory(x, y)

    def memory(self, x: Array, y: Array) -> str | None:
        a, b = owner(x), owner(y)
        if (
            id(a) in self.given
            or id(b) in self.given
            or id(a) in self.first.made
            or id(b) in self.second.made
        ):
            both = id(a) in self.given or (id(a) in self.first.made and id(b) in self.second.made)
            paired = self.pairs.setdefault(id(a), id(b)) == id(b) and self.back.setdefault(
                id(b), id(a)
            ) == id(a)
            if not both or not paired:
                return "other memory in the next run"
            return (
                None if address(x) - address(a) == address(y) - address(b) else "another part of the memory"
            )
        if a is not b:
            return (
                f"an array {describe(x)} that the capture did not see computed is another one in the next run"
            )
        return None if address(x) == address(y) else "another part of the memory"


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) < 60 else f"{text[:57]}..."
