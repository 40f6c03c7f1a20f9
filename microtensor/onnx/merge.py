"""The traces of several runs as one list of calls, with sizes in place of the numbers that follow sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ..nn.modules.module import Module
from .errors import OnnxExporterError
from .sizes import Int, Runs
from .trace import Constant, Recorded, Slot, memory_of

__all__ = ["Call", "Filled", "Merger", "Opaque", "Range", "Triangle", "Value", "merged"]


@dataclass(eq=False)
class Value:
    """An operand or a result: a slot, or a constant with its `array`; sizes may be expressions."""

    shape: tuple[Int, ...]
    dtype: np.dtype[Any]
    slot: int | None = None
    array: Any = None
    name: str = ""

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)


@dataclass(frozen=True)
class Filled:
    """An array of one number, of a shape that follows the sizes."""

    number: Any
    shape: tuple[Int, ...]


@dataclass(frozen=True)
class Range:
    """``start + step * arange(count)``."""

    start: Any
    step: Any
    count: Int


@dataclass(frozen=True)
class Triangle:
    """A matrix that is `above` over a diagonal and `below` elsewhere."""

    above: Any
    below: Any
    diagonal: int
    shape: tuple[Int, ...]


@dataclass(frozen=True)
class Opaque:
    """A parameter that differs from run to run, and is no size."""

    values: tuple[Any, ...]


@dataclass
class Call:
    """One call of the program: operands by name, parameters, results, and where it stands."""

    name: str
    operands: dict[str, Any]
    params: dict[str, Any]
    results: tuple[Value, ...]
    line: str
    scope: str

    @property
    def where(self) -> str:
        """The user's line, and the module."""
        return self.line + (f" (in the module {self.scope!r})" if self.scope else "")


def merged(traces: Sequence[Sequence[Recorded]], runs: Runs) -> list[Call]:
    """The calls of all traces; `OnnxExporterError` where they do not do the same."""
    for calls in zip(*traces, strict=False):
        if any(c.name != calls[0].name or len(c.slots) != len(calls[0].slots) for c in calls):
            raise OnnxExporterError(_differ(calls))
    if len({len(calls) for calls in traces}) > 1:
        longest = max(traces, key=len)
        raise OnnxExporterError(_differ([longest[min(map(len, traces))]]))
    merger = Merger(runs)
    return [merger.call(calls) for calls in zip(*traces, strict=True)]


def _differ(calls: Sequence[Recorded]) -> str:
    return (
        f"export: with another size of a dynamic dimension the program does something else from "
        f"{calls[0].line} on ({' or '.join(sorted({c.name for c in calls}))}): a file has one way only; "
        "leave the dimension out of dynamic_shapes, or write the program without a branch or loop on its size"
    )


class Merger:
    """Makes one of what the runs have in one place."""

    def __init__(self, runs: Runs) -> None:
        self.runs = runs
        self.values: dict[int, Value] = {}

    def call(self, calls: Sequence[Recorded]) -> Call:
        """The same call of all runs."""
        first = calls[0]
        operands = {key: self.item([c.operands[key] for c in calls], first) for key in first.operands}
        params = {key: self.item([c.params[key] for c in calls], first) for key in first.params}
        for slot, arrays in zip(first.slots, zip(*[c.values for c in calls], strict=True), strict=True):
            known = arrays[0] if first.name == "parameter" else None
            self.values[slot] = Value(self.shape([a.shape for a in arrays]), arrays[0].dtype, slot, known)
        results = tuple(self.values[slot] for slot in first.slots)
        return Call(first.name, operands, params, results, first.line, first.scope)

    def shape(self, shapes: Sequence[Any]) -> tuple[Int, ...]:
        """A shape in all runs."""
        return tuple(self.runs.size(sizes) for sizes in zip(*shapes, strict=True))

    def item(self, items: Sequence[Any], call: Recorded) -> Any:
        """An operand, or a parameter or a part of one."""
        first = items[0]
        if isinstance(first, Slot):
            return self.values[first.number]
        if isinstance(first, Constant):
            return self._constant(items, call)
        if isinstance(first, np.ndarray):
            return self._array(items, call)
        if isinstance(first, dict):
            return {key: self.item([x[key] for x in items], call) for key in first}
        if isinstance(first, slice):
            return slice(*[self.item([getattr(x, end) for x in items], call) for end in _ENDS])
        if isinstance(first, (tuple, list)):
            return self._sequence(items, call)
        return self._leaf(items)

    def _sequence(self, items: Sequence[Any], call: Recorded) -> Any:
        if len({len(x) for x in items}) > 1:
            return Opaque(tuple(items))
        parts = [self.item(x, call) for x in zip(*items, strict=True)]
        return list(parts) if isinstance(items[0], list) else tuple(parts)

    def _leaf(self, items: Sequence[Any]) -> Any:
        first = items[0]
        if all(x is first for x in items) or isinstance(first, Module):  # each run has a twin of it
            return first
        if all(isinstance(x, (int, np.integer)) and not isinstance(x, bool) for x in items):
            return self.runs.size(items)
        same = all(type(x) is type(first) and (x == first or (x != x and first != first)) for x in items)
        return first if same else Opaque(tuple(items))

    def _constant(self, items: Sequence[Constant], call: Recorded) -> Value:
        arrays = [c.tensor.array for c in items]
        if len({memory_of(a) for a in arrays}) == 1 and memory_of(arrays[0]) is not None:
            return Value(arrays[0].shape, arrays[0].dtype, None, arrays[0], items[0].name)
        found = self._array(arrays, call)
        return Value(self.shape([a.shape for a in arrays]), arrays[0].dtype, None, found, items[0].name)

    def _array(self, arrays: Sequence[Any], call: Recorded) -> Any:
        """An array that is the same in all runs, or one that follows the sizes in a way that we know."""
        first = arrays[0]
        if all(a.shape == first.shape and np.array_equal(a, first, equal_nan=first.dtype.kind == "f")
               for a in arrays):  # fmt: skip
            return first
        for kind in (self._filled, self._range, self._triangle):
            found = kind(arrays)
            if found is not None:
                return found
        raise OnnxExporterError(
            f"export: at {call.line}, {call.name} uses a tensor that is no function of the inputs, whose "
            "numbers change with a dynamic size in a way that cannot be written down (numbers all alike, "
            "arange, tril and triu of them can): compute it from the inputs, or leave the dimension out of "
            "dynamic_shapes"
        )

    def _filled(self, arrays: Sequence[Any]) -> Any:
        number = arrays[0].reshape(-1)[0] if arrays[0].size else None
        if number is None or len({a.ndim for a in arrays}) > 1 or any((a != number).any() for a in arrays):
            return None
        return Filled(number, self.shape([a.shape for a in arrays]))

    def _range(self, arrays: Sequence[Any]) -> Any:
        if any(a.ndim != 1 or a.size < 2 for a in arrays):
            return None
        start, step = arrays[0][0], arrays[0][1] - arrays[0][0]
        if any((a != start + step * np.arange(a.size)).any() for a in arrays):
            return None
        return Range(start, step, self.runs.size([a.size for a in arrays]))

    def _triangle(self, arrays: Sequence[Any]) -> Any:
        if any(a.ndim != 2 or min(a.shape) < 2 for a in arrays):
            return None
        above, below = arrays[0][0, -1], arrays[0][-1, 0]
        for diagonal in (1, 0, 2):
            if all(np.array_equal(a, _triangle(a, above, below, diagonal)) for a in arrays):
                return Triangle(above, below, diagonal, self.shape([a.shape for a in arrays]))
        return None


_ENDS = ("start", "stop", "step")


def _triangle(like: Any, above: Any, below: Any, diagonal: int) -> Any:
    over = np.arange(like.shape[1]) - np.arange(like.shape[0])[:, None] >= diagonal
    return np.where(over, above, below).astype(like.dtype)
