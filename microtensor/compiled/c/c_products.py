"""Matrix products: loops for small and narrow ones, `c_gemm` for the others, BLAS for the largest.

Sizes and strides are constants of the text, so that the compiler unrolls what is short.  Terms are added in
order along the summed dimension, in several partial sums where that dimension is long, with a fused
multiply-add where the processor has one, as BLAS does.  A product of stacks is a loop over products.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from math import prod

import numpy as np

from ..program import Instruction
from .c_loops import Arguments
from .c_statements import Statement
from .c_types import name, suits
from .c_views import View, view

SMALL = 2048
"""Multiplications up to which simple loops need no tiles."""

NARROW = 4
"""A matrix of so few columns or rows is a loop whatever its length: tiles are made for square ones."""

LANES = 8
"""Partial sums of a long product of narrow matrices."""

TILE = 32
"""Columns of a tile, to which narrower results are filled up."""


def largest() -> int:
    """Multiplications from which a product is left to BLAS: with several threads it overtakes one of C's."""
    told = os.environ.get("OPENBLAS_NUM_THREADS") or os.environ.get("OMP_NUM_THREADS") or ""
    threads = int(told) if told.isdigit() else os.cpu_count() or 1
    return 1 << (28 if threads <= 2 else 22)


@dataclass(slots=True, eq=False)
class Product:
    """``out = a @ b`` of arrays of one floating type, two dimensions or more, with the same leading ones."""

    instruction: Instruction
    a: View
    b: View
    out: View

    fails = False

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows, terms and columns."""
        return self.out.shape[-2], self.a.shape[-1], self.out.shape[-1]

    def text(self, arguments: Arguments) -> list[str]:
        """The body of the function."""
        if 0 in self.out.shape:
            return []
        lead = self.out.shape[:-2]
        heads = [f"for (long l{d} = 0; l{d} < {n}; l{d}++)" for d, n in enumerate(lead)]
        return [*heads, "{", *self._one(arguments), "}"]

    def _one(self, arguments: Arguments) -> list[str]:
        m, k, n = self.sizes
        if k == 0:
            return _over("i", m, _over("j", n, [f"{self._c(arguments)} = 0;"]))
        if m * n <= 64 and k >= 64:
            return self._long(arguments)
        if self._tiled():
            return self._blocked(arguments)
        return self._rows(arguments) if n <= 16 else self._accumulated(arguments)

    def _tiled(self) -> bool:
        m, k, n = self.sizes
        return min(k, n) > NARROW and max(m, n) > NARROW and m * k * n > SMALL

    def _start(self, arguments: Arguments, x: View) -> str:
        """The address of the first element of this product's matrix."""
        lead = [f" + l{d} * {s // x.dtype.itemsize}" for d, s in enumerate(x.strides[:-2]) if s]
        return arguments.of(x) + "".join(lead)

    def _at(self, arguments: Arguments, x: View, row: str, column: str) -> str:
        s, t = _steps(x)
        return f"({self._start(arguments, x)})[({row}) * {s} + ({column}) * {t}]"

    def _c(self, arguments: Arguments, row: str = "i", column: str = "j") -> str:
        return self._at(arguments, self.out, row, column)

    def _kind(self) -> str:
        return "f" if self.out.dtype.itemsize == 4 else "d"

    def _blocked(self, arguments: Arguments) -> list[str]:
        """By tiles; of the transposed matrices where that fills them better."""
        m, k, n = self.sizes
        a, b, c = ((self._start(arguments, x), *_steps(x)) for x in (self.a, self.b, self.out))
        if _cost(n, m, c[1]) < _cost(m, n, c[2]):
            a, b, c, m, n = (b[0], b[2], b[1]), (a[0], a[2], a[1]), (c[0], c[2], c[1]), n, m
        told = ", ".join(str(x) for x in (*a, *b, *c, m, n, k))
        return [f"gemm_{self._kind()}({told});"]

    def _long(self, arguments: Arguments) -> list[str]:
        """Few sums over many terms: all of them in registers, in lanes along the terms."""
        (m, k, n), kind = self.sizes, name(self.out.dtype)
        lanes = max(1, min(LANES, 64 // (m * n)))
        whole = k - k % lanes
        a, b = self._at(arguments, self.a, "i", "k + u"), self._at(arguments, self.b, "k + u", "j")
        rows, columns = f"for (int i = 0; i < {m}; i++)", f"for (int j = 0; j < {n}; j++)"
        along = _steps(self.a)[0] == 1 and (m > n or _steps(self.b)[1] != 1)
        s, shape, loops = ("s[u][j][i]", f"[{n}][{m}]", f"{columns} {rows}") if along else (
            "s[u][i][j]", f"[{m}][{n}]", f"{rows} {columns}")  # fmt: skip
        term = f"{loops} {s} = FMA_{self._kind()}({a}, {b}, {s});"
        return [
            f"{kind} s[{lanes}]{shape} = {{{{{{0}}}}}};",
            f"for (long k = 0; k < {whole}; k += {lanes})",
            f"for (int u = 0; u < {lanes}; u++)", term,
            f"for (long k = {whole}; k < {k}; k++) {{ const int u = 0;", term, "}",
            f"for (int u = 1; u < {lanes}; u++)",
            f"{loops} {s.replace('u', '0')} += {s};",
            f"{loops} {self._c(arguments)} = {s.replace('u', '0')};",
        ]  # fmt: skip

    def _rows(self, arguments: Arguments) -> list[str]:
        """A few columns: each row's sums in registers."""
        (m, k, n), kind = self.sizes, name(self.out.dtype)
        a, b = self._at(arguments, self.a, "i", "k"), self._at(arguments, self.b, "k", "j")
        body = [
            f"{kind} s[{n}] = {{0}};",
            f"for (int k = 0; k < {k}; k++) for (int j = 0; j < {n}; j++)",
            f"s[j] = FMA_{self._kind()}({a}, {b}, s[j]);",
            f"for (int j = 0; j < {n}; j++) {self._c(arguments)} = s[j];",
        ]
        return ["#pragma GCC ivdep", f"for (long i = 0; i < {m}; i++)", "{", *body, "}"]

    def _accumulated(self, arguments: Arguments) -> list[str]:
        """Row by row of the result, each a sum of rows of `b`."""
        (m, k, n), kind = self.sizes, name(self.out.dtype)
        body = [
            f"{kind} s[{n}] = {{0}};",
            f"for (int k = 0; k < {k}; k++) {{ const {kind} q = {self._at(arguments, self.a, 'i', 'k')};",
            "#pragma omp simd",
            f"for (int j = 0; j < {n}; j++)",
            f"s[j] = FMA_{self._kind()}(q, {self._at(arguments, self.b, 'k', 'j')}, s[j]); }}",
            f"for (int j = 0; j < {n}; j++) {self._c(arguments)} = s[j];",
        ]
        return [f"for (long i = 0; i < {m}; i++)", "{", *body, "}"]


def _steps(x: View) -> tuple[int, int]:
    """The strides of a matrix, in elements."""
    return x.strides[-2] // x.dtype.itemsize, x.strides[-1] // x.dtype.itemsize


def _cost(rows: int, columns: int, step: int) -> int:
    """What a result costs by tiles: its columns are filled up, and written one by one unless they touch."""
    filled = -(-columns // TILE) * TILE
    return rows * filled + (rows * columns if step != 1 else 0)


def _over(index: str, size: int, body: list[str]) -> list[str]:
    return [f"for (long {index} = 0; {index} < {size}; {index}++)", *body]


def product(i: Instruction) -> Product | None:
    """The instruction as loops, if it is a product of matrices, or of stacks of them, that C does."""
    if i.out is None or len(i.operands) != 2 or not _is_product(i):
        return None
    arrays = (*i.operands, i.out)
    if not all(isinstance(x, np.ndarray) and x.dtype == i.out.dtype for x in arrays) or not suits(arrays):
        return None
    a, b = i.operands
    if i.out.dtype.kind != "f" or any(np.may_share_memory(x, i.out) for x in (a, b)):
        return None
    return _stacked(i) if i.kind == "ufunc" else _flat(i)


def _is_product(i: Instruction) -> bool:
    return i.kind == "dot" or (i.kind == "ufunc" and i.function is np.matmul and not i.keywords)


def _flat(i: Instruction) -> Product | None:
    a, b = i.operands
    assert i.out is not None
    if a.ndim not in (1, 2) or b.ndim not in (1, 2) or a.ndim + b.ndim == 2:
        return None
    rows = i.out[None] if a.ndim == 1 else i.out
    made = Product(
        i,
        view(a[None] if a.ndim == 1 else a),
        view(b[:, None] if b.ndim == 1 else b),
        view(rows[..., None] if b.ndim == 1 else rows),
    )
    return made if _affordable(made) else None


def _stacked(i: Instruction) -> Product | None:
    a, b = i.operands
    assert i.out is not None
    if a.ndim < 2 or b.ndim < 2:
        return None
    lead = i.out.shape[:-2]
    made = Product(
        i, view(a).broadcast((*lead, *a.shape[-2:])), view(b).broadcast((*lead, *b.shape[-2:])), view(i.out)
    )
    return made if _affordable(made) else None


def _affordable(p: Product) -> bool:
    return prod(p.out.shape) * p.sizes[1] <= largest()


def columns(i: Instruction) -> list[Statement]:
    """A product of few sums over many terms as reductions of columns, which share loops with what they read.

    So the gradient of a narrow layer's weight is added up while that of its result is computed.
    """
    made = product(i)
    if made is None or i.kind != "dot" or any(x.ndim != 2 for x in i.operands):
        return []
    (m, k, n), out = made.sizes, made.out
    if m * n > 64 or k < 64 or not m * n:
        return []
    a, b = made.a.seen((k, m), made.a.strides[::-1]), made.b
    if (a.strides[-1] != a.dtype.itemsize, -m) > (b.strides[-1] != b.dtype.itemsize, -n):
        a, b, out = b, a, out
    else:
        out = out.seen((n, m), out.strides[::-1])
    return [_column(i, a, b, out, j) for j in range(b.shape[1])]


def _column(i: Instruction, a: View, b: View, out: View, j: int) -> Statement:
    """One row of the result: the rows of `a`, each times one element of `b`, added up."""
    x = View(b.memory, b.address + j * b.strides[1], b.dtype, a.shape, (b.strides[0], 0))
    to = View(out.memory, out.address + j * out.strides[0], out.dtype, a.shape, (0, out.strides[1]))
    return Statement(i, to, (a, x), "{0} * {1}", (a.dtype, a.dtype), a.dtype, "add", "0")


__all__ = ["NARROW", "SMALL", "Product", "columns", "largest", "product"]
