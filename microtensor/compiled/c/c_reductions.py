"""Loops with reductions in them, which vector units can run in any order and which still add up well.

A sum over the innermost loops has a partial sum of at most `BLOCK` elements in several lanes; partial sums of
float32 are added up in double, those of float64 with the rounding errors carried along (W. Kahan, 1965).  So
the error does not grow with the length, and is about NumPy's own, which adds in pairs.  Fewer than eight
elements are added one after the other, as NumPy does.  A sum over outer loops adds row to row, as NumPy does;
short rows several at a time, since an addition waits for the one before.  A maximum is NaN if any element is.
"""

from __future__ import annotations

from dataclasses import dataclass

from .c_types import DType, name

DECLARED = """
#pragma omp declare reduction(most : float, double : omp_out = omp_in > omp_out ? omp_in : omp_out) \\
  initializer(omp_priv = -INFINITY)
#pragma omp declare reduction(least : float, double : omp_out = omp_in < omp_out ? omp_in : omp_out) \\
  initializer(omp_priv = INFINITY)
"""
"""The largest and the smallest of floating point numbers: OpenMP's own may start from a finite number."""

BLOCK = 512
"""Elements in one partial sum; at most about a sixteenth of them in one lane."""

FEW = 8
"""Elements from which on NumPy, too, adds in lanes."""


@dataclass(slots=True, eq=False)
class Accumulator:
    """A reduction: what it is called, and over which loops it runs.

    Args:
        local: the name of the partial result.
        combine: the ufunc's name.
        dtype: of the result.
        start: what it begins with.
        element: where the result lies.
        reduced: the loops that the result is the same for.
    """

    local: str
    combine: str
    dtype: DType
    start: str
    element: str
    reduced: tuple[int, ...]
    begins: int = 0
    """The outermost of the loops that all run inside the partial result; the number of loops if none does."""

    @property
    def floating(self) -> bool:
        """Whether NaN and rounding are of concern."""
        return self.dtype.kind == "f"

    @property
    def extreme(self) -> bool:
        """Whether it is a maximum or minimum of floating point numbers, which NaN decides."""
        return self.floating and self.combine in ("maximum", "minimum")


def combined(a: Accumulator, target: str, value: str) -> str:
    """A statement that takes `value` into `target`."""
    if a.combine == "add":
        return f"{target} += {value};"
    if a.combine.startswith("logical"):
        return f"{target} = {target} {'&' if a.combine == 'logical_and' else '|'} ({value});"
    return f"{target} = {value} {'>' if a.combine == 'maximum' else '<'} {target} ? {value} : {target};"


class Reductions:
    """The loops of a nest, and the accumulators that run over some of them."""

    def __init__(self, sizes: list[int], rows: int = 0, width: int = 0, more: bool = False) -> None:
        self.sizes, self.rows, self.width, self.more = sizes, rows, width, more
        self.all: list[Accumulator] = []

    def taken(self, a: Accumulator, value: str) -> list[str]:
        """The lines of the innermost loop that take a value in."""
        count = len(self.sizes)
        a.begins = count
        while a.begins - 1 in a.reduced:
            a.begins -= 1
        self.all.append(a)
        if self.rows:
            return [f"{a.local}[i{count - 1}] += {value};"]
        if a.begins == count:
            return self._in_memory(a, value)
        lines = [f"const {name(a.dtype)} {a.local}v = {value};", combined(a, a.local, f"{a.local}v")]
        return [*lines, f"{a.local}n |= {a.local}v != {a.local}v;"] if a.extreme else lines

    def _in_memory(self, a: Accumulator, value: str) -> list[str]:
        """For a result in each step of the innermost loop: the element itself is the partial result."""
        if not a.extreme:
            return [combined(a, a.element, value)]
        x, sign = f"{a.local}v", ">" if a.combine == "maximum" else "<"
        kept = f"{a.element} = {x} {sign} {a.element} || {x} != {x} ? {x} : {a.element};"
        return [f"const {name(a.dtype)} {x} = {value};", kept]

    def written(self, loads: list[list[str]], inside: list[str]) -> list[str]:
        """The whole nest."""
        starts = [line for a in self.all if self._outer(a) and not self.more for line in self._started(a)]
        return [*starts, *loads[0], *self._loop(0, loads, inside)]

    def _outer(self, a: Accumulator) -> bool:
        """Whether some loop outside of the partial result runs over the reduction, too."""
        return any(d < a.begins for d in a.reduced)

    def _started(self, a: Accumulator) -> list[str]:
        kept = [d for d in range(len(self.sizes) - bool(self.rows)) if d not in a.reduced]
        heads = [f"for (long i{d} = 0; i{d} < {self.sizes[d]}; i{d}++)" for d in kept]
        tile = [f"for (long j = 0; j < {self.width}; j++)"] if self.rows else []
        return [*heads, *tile, f"{a.element} = {a.start};"]

    def _loop(self, d: int, loads: list[list[str]], inside: list[str]) -> list[str]:
        """The loop `d` with all that is inside of it, and around it the partial results that begin here."""
        if d == len(self.sizes):
            return inside
        begun = [a for a in self.all if a.begins == d]
        last = d == len(self.sizes) - 1
        running = [a for a in self.all if a.begins <= d] if last else []
        heads = [line for a in begun for line in self._totals(a)]
        within = [*loads[d + 1], *self._loop(d + 1, loads, inside)]
        loop = self._innermost(d, running, within) if last else _counted(f"i{d}", self.sizes[d], within)
        if self.rows and d == len(self.sizes) - 2:
            return self._tiled(loop)
        return [*heads, *loop, *(line for a in begun for line in self._ended(a))]

    def _tiled(self, loop: list[str]) -> list[str]:
        """The loop over tiles, and around it the sums of their elements."""
        size = self.rows * self.width
        heads = [f"{name(a.dtype)} {a.local}[{size}] = {{0}};" for a in self.all]
        rows = f"for (long j = 0; j < {self.width}; j++) for (long u = 0; u < {self.rows}; u++)"
        ends = [f"{rows} {a.element} += {a.local}[u * {self.width} + j];" for a in self.all]
        return _block([*heads, *loop, *ends])

    def _single(self, a: Accumulator) -> bool:
        """Whether the partial result is the whole: one loop, not too long."""
        return a.begins == len(self.sizes) - 1 and self.sizes[-1] <= 2 * BLOCK

    def _totals(self, a: Accumulator) -> list[str]:
        if self._single(a):
            return self._partials(a)
        if a.combine != "add" or not a.floating:
            return [
                f"{name(a.dtype)} {a.local}t = {a.start};",
                *([f"int {a.local}m = 0;"] if a.extreme else []),
            ]
        return [f"double {a.local}t = {a.start}, {a.local}c = 0;"]

    def _partials(self, a: Accumulator) -> list[str]:
        begun = f"{name(a.dtype)} {a.local} = {a.start};"
        return [begun, f"int {a.local}n = 0;"] if a.extreme else [begun]

    def _innermost(self, d: int, running: list[Accumulator], within: list[str]) -> list[str]:
        split = [a for a in running if not self._single(a)]
        begun = [line for a in split for line in self._partials(a)]
        ended = [line for a in split for line in self._added(a)]
        pragma = self._pragma(d, running)
        if not running or self.sizes[d] <= 2 * BLOCK:
            whole = [*begun, *pragma, *_counted(f"i{d}", self.sizes[d], within), *ended]
            return _block(whole) if split else whole
        ends = f"const long e{d} = b{d} + {BLOCK} < {self.sizes[d]} ? b{d} + {BLOCK} : {self.sizes[d]};"
        part = [f"for (long i{d} = b{d}; i{d} < e{d}; i{d}++)", *_block(within)]
        outer = f"for (long b{d} = 0; b{d} < {self.sizes[d]}; b{d} += {BLOCK})"
        return [outer, *_block([ends, *begun, *pragma, *part, *ended])]

    def _pragma(self, d: int, running: list[Accumulator]) -> list[str]:
        if running and self.sizes[d] < FEW:
            return []
        clauses = "".join(f" {clause}" for a in running for clause in _clauses(a))
        return [f"#pragma omp simd{clauses}"]

    def _added(self, a: Accumulator) -> list[str]:
        """A partial result goes into the total."""
        if a.combine != "add" or not a.floating:
            total = combined(a, f"{a.local}t", a.local)
            return [total, f"{a.local}m |= {a.local}n;"] if a.extreme else [total]
        x = a.local
        return [
            f"const double {x}y = {x} - {x}c, {x}z = {x}t + {x}y;",
            f"{x}c = {x}z - {x}t - {x}y; {x}c = {x}c - {x}c == 0 ? {x}c : 0; {x}t = {x}z;",
        ]

    def _ended(self, a: Accumulator) -> list[str]:
        total, none = (a.local, f"{a.local}n") if self._single(a) else (f"{a.local}t", f"{a.local}m")
        value = f"{none} ? NAN : {total}" if a.extreme else total
        if not self._outer(a) and not self.more:
            return [f"{a.element} = {value};"]
        if not a.extreme:
            return [combined(a, a.element, value)]
        x, sign = f"{a.local}x", ">" if a.combine == "maximum" else "<"
        kept = f"{a.element} = {x} {sign} {a.element} || {x} != {x} ? {x} : {a.element};"
        return [f"const {name(a.dtype)} {x} = {value};", kept]


def _clauses(a: Accumulator) -> list[str]:
    sign = {"add": "+", "maximum": "max", "minimum": "min", "logical_or": "|", "logical_and": "&"}[a.combine]
    if a.extreme:
        sign = "most" if a.combine == "maximum" else "least"
    return [f"reduction({sign}:{a.local})", *([f"reduction(|:{a.local}n)"] if a.extreme else [])]


def _counted(index: str, size: int, within: list[str]) -> list[str]:
    return [f"for (long {index} = 0; {index} < {size}; {index}++)", *_block(within)]


def _block(lines: list[str]) -> list[str]:
    return ["{", *(f"  {line}" if not line.startswith("#") else line for line in lines), "}"]


__all__ = ["BLOCK", "DECLARED", "Accumulator", "Reductions"]
