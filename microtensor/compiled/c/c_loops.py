"""The loops of a nest as text: in which order, how many, and what is loaded where.

The order of the loops follows memory, and neighbouring loops that every array walks through in one stride
become one.  Where rows are short and are added up (the gradient of a bias, with a large batch), the loop
over the last two dimensions is one over tiles of several rows: vectors are full, and a sum has as many
partial sums as a tile has elements.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from math import prod
from typing import Any

from ..program import Array
from .c_reductions import Accumulator, Reductions
from .c_statements import Statement
from .c_types import name
from .c_views import View, view

SHORT, TILE = 64, 128
"""Elements of a row that is short, and the most of a tile of rows."""


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


def inner(statements: list[Statement]) -> int | None:
    """The dimension that memory is walked along fastest; None where it makes no difference."""
    order = _ordered(statements)
    return order[-1] if order else None


def _ordered(statements: list[Statement]) -> list[int]:
    """The dimensions of more than one element, outermost first: those of large strides before the others."""
    views = list(views_of(statements))
    space = statements[0].space
    weight = {d: sum(abs(x.strides[d]) for x in views) for d, n in enumerate(space) if n > 1}
    return sorted(weight, key=lambda d: -weight[d])


def views_of(statements: list[Statement]) -> Iterator[View]:
    """What the statements read and write, each seen in their space."""
    for s in statements:
        yield from (x for x in s.operands if isinstance(x, View))
        yield s.out


def _mapped(statements: list[Statement], change: Any) -> list[Statement]:
    """The statements with all their views changed."""
    return [
        replace(
            s, out=change(s.out), operands=tuple(x if isinstance(x, str) else change(x) for x in s.operands)
        )
        for s in statements
    ]


def collapsed(statements: list[Statement]) -> list[Statement]:
    """The statements over a space whose dimensions are the loops, outermost first."""
    space, views = statements[0].space, list(views_of(statements))
    loops: list[tuple[int, ...]] = []
    for d in _ordered(statements):
        last = loops[-1][-1] if loops else None
        if last is not None and all(x.strides[last] == x.strides[d] * space[d] for x in views):
            loops[-1] = (*loops[-1], d)
        else:
            loops.append((d,))
    sizes = tuple(prod(space[d] for d in loop) for loop in loops)
    return _mapped(statements, lambda x: x.seen(sizes, (x.strides[loop[-1]] for loop in loops)))


def written(statements: list[Statement], hidden: set[int], arguments: Arguments) -> list[str]:
    """The loops; `hidden` are the positions of statements whose results stay in registers."""
    flat = collapsed(statements)
    rows = _rows(flat)
    if rows == 0:
        return Writer(flat, hidden, arguments).lines
    size = flat[0].space[-2]
    whole = size - size % rows
    lines = Writer(_some(flat, 0, whole), hidden, arguments, rows=rows).lines
    if whole == size:
        return lines
    return [*_block(lines), *_block(Writer(_some(flat, whole, size), hidden, arguments, more=True).lines)]


def _some(statements: list[Statement], start: int, stop: int) -> list[Statement]:
    """The statements for some of the rows."""

    def part(x: View) -> View:
        shape = (*x.shape[:-2], stop - start, x.shape[-1])
        return View(x.memory, x.address + start * x.strides[-2], x.dtype, shape, x.strides)

    return _mapped(statements, part)


def _rows(statements: list[Statement]) -> int:
    """How many rows a tile has; 0 where there is no sum of short rows, or where tiles would not help."""
    space = statements[0].space
    if len(space) < 2 or space[-1] > SHORT or space[-2] * space[-1] < 4 * TILE:
        return 0
    sums = [s for s in statements if s.combine == "add" and s.out.strides[-2] == 0 and s.out.strides[-1]]
    stored = [s.out for s in statements if not s.combine]
    if not sums or any(s.combine and s not in sums for s in statements) or not all(map(_joined, stored)):
        return 0
    full = 16 // min(space[-1] & -space[-1], 16)  # so many rows fill whole vectors
    return full * max(1, TILE // 2 // (full * space[-1]))


def _joined(x: View) -> bool:
    """Whether the last two dimensions are walked through in one stride."""
    return x.strides[-2] == x.strides[-1] * x.shape[-1]


class Writer:
    """Writes the loops of statements whose dimensions are the loops.

    With `rows` the last two dimensions become tiles of so many rows; with `more`, reductions go on from what
    is there.
    """

    def __init__(
        self,
        statements: list[Statement],
        hidden: set[int],
        arguments: Arguments,
        rows: int = 0,
        more: bool = False,
    ) -> None:
        self.arguments, self.hidden, self.rows = arguments, hidden, rows
        self.sizes = list(statements[0].space)
        self.width = self.sizes[-1] if rows else 0
        if rows:
            self.sizes[-2:] = [self.sizes[-2] // rows, self.width * rows]
        self.loads: list[list[str]] = [[] for _ in range(len(self.sizes) + 1)]
        self.names: dict[tuple[Any, ...], str] = {}
        self.body: list[str] = []
        self.stores: dict[tuple[Any, ...], str] = {}
        self.reductions = Reductions(self.sizes, rows, self.width, more)
        for k, s in enumerate(statements):
            self.statement(k, s)
        inside = [*self.body, *self.stores.values()]
        self.lines = self.reductions.written(self.loads, inside)

    def strides(self, x: View) -> list[int]:
        """In elements, for each loop."""
        steps = [s // x.dtype.itemsize for s in x.strides]
        if self.rows:
            steps[-2] *= self.rows
        return steps

    def element(self, x: View) -> str:
        """The element at the loops' indices."""
        terms = [f"i{k} * {s}" if s != 1 else f"i{k}" for k, s in enumerate(self.strides(x)) if s]
        return f"{self.arguments.of(x)}[{' + '.join(terms) or '0'}]"

    def operand(self, x: View | str) -> str:
        """The name of the local that holds it, loaded as far outside as its index allows."""
        if isinstance(x, str):
            return x
        if x.place not in self.names:
            local = self.names[x.place] = f"a{len(self.names)}"
            if self.rows and not _joined(x):
                self.spread(local, x)
            else:
                depth = max((k + 1 for k, s in enumerate(self.strides(x)) if s), default=0)
                self.loads[depth].append(f"const {name(x.dtype)} {local} = {self.element(x)};")
        return self.names[x.place]

    def spread(self, local: str, x: View) -> None:
        """Lay out what a tile reads of an array that is not walked through in one stride."""
        last, kind = len(self.sizes) - 1, name(x.dtype)
        row, column = (s // x.dtype.itemsize for s in x.strides[-2:])
        outer = [f"i{k} * {s}" for k, s in enumerate(self.strides(x)[:-1]) if s]
        place = " + ".join([*outer, f"u * {row}", f"j * {column}"])
        loops = f"for (int u = 0; u < {self.rows}; u++) for (int j = 0; j < {self.width}; j++)"
        laid = f"{loops} {local}t[u * {self.width} + j] = {self.arguments.of(x)}[{place}];"
        self.loads[last] += [f"{kind} {local}t[{self.sizes[last]}];", laid]
        self.loads[last + 1].append(f"const {kind} {local} = {local}t[i{last}];")

    def statement(self, k: int, s: Statement) -> None:
        """One line of the innermost loop, or of several that take a value into a reduction."""
        value, hidden = s.value([self.operand(x) for x in s.operands]), k in self.hidden
        reduced = tuple(d for d, t in enumerate(s.out.strides) if t == 0)
        if s.combine and reduced:
            accumulator = Accumulator(f"s{k}", s.combine, s.out.dtype, s.start, self.target(s.out), reduced)
            self.body += self.reductions.taken(accumulator, value)
            return
        kind = "int" if hidden and s.out.dtype.kind == "b" else name(s.out.dtype)
        self.body.append(f"const {kind} v{k} = {value};")
        self.names[s.out.place] = f"v{k}"
        if hidden:
            self.stores.pop(s.out.place, None)
        else:
            self.stores[s.out.place] = f"{self.element(s.out)} = v{k};"

    def target(self, x: View) -> str:
        """Where a reduction's result lies; in a tile, by the index in a row."""
        if not self.rows:
            return self.element(x)
        outer = [f"i{k} * {s}" for k, s in enumerate(self.strides(x)[:-1]) if s]
        return f"{self.arguments.of(x)}[{' + '.join([*outer, f'j * {x.strides[-1] // x.dtype.itemsize}'])}]"


def _block(lines: list[str]) -> list[str]:
    return ["{", *lines, "}"]


__all__ = ["Arguments", "collapsed", "inner", "views_of", "written"]
