"""Products of small matrices, where a call of BLAS would cost more than the arithmetic.

Sizes and strides are constants of the text, so that the compiler unrolls what is short.  Terms are added in
order along the summed dimension, in several partial sums where that dimension is long; with a fused
multiply-add where the processor has one, as BLAS does.  Larger products stay NumPy's.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .c_nests import Arguments
from .c_types import name, suits
from .program import Array, Instruction

SMALL = 1 << 14
"""Multiplications up to which loops are at least as fast as a call of BLAS."""

NARROW = 4
"""A matrix of so few columns or rows is a loop whatever its length: BLAS is made for square ones."""

LANES = 8
"""Partial sums of a long product of narrow matrices."""


@dataclass(slots=True, eq=False)
class Product:
    """``out = a @ b`` of two-dimensional arrays of one floating type."""

    instruction: Instruction
    a: Array
    b: Array
    out: Array

    fails = False

    def text(self, arguments: Arguments) -> list[str]:
        """The body of the function."""
        m, k = self.a.shape
        n = self.b.shape[1]
        if 0 in (m, n):
            return []
        if k == 0:
            return _over("i", m, _over("j", n, [f"{self._c(arguments)} = 0;"]))
        if m * n <= 64 and k >= 64:
            return self._long(arguments)
        if n <= 16:
            return self._rows(arguments)
        return self._accumulated(arguments)

    def _at(self, arguments: Arguments, x: Array, row: str, column: str) -> str:
        s, t = (stride // x.itemsize for stride in x.strides)
        return f"{arguments.of(x)}[({row}) * {s} + ({column}) * {t}]"

    def _c(self, arguments: Arguments, row: str = "i", column: str = "j") -> str:
        return self._at(arguments, self.out, row, column)

    def _fma(self) -> str:
        return "FMA_f" if self.out.itemsize == 4 else "FMA_d"

    def _long(self, arguments: Arguments) -> list[str]:
        """Few sums over many terms: all of them in registers, in lanes along the terms."""
        m, k = self.a.shape
        n, kind = self.b.shape[1], name(self.out.dtype)
        lanes = max(1, min(LANES, 64 // (m * n)))
        whole = k - k % lanes
        a, b = self._at(arguments, self.a, "i", "k + u"), self._at(arguments, self.b, "k + u", "j")
        term = f"s[u][i][j] = {self._fma()}({a}, {b}, s[u][i][j]);"
        inner = [f"for (int i = 0; i < {m}; i++) for (int j = 0; j < {n}; j++) {term}"]
        return [
            f"{kind} s[{lanes}][{m}][{n}] = {{{{{{0}}}}}};",
            f"for (long k = 0; k < {whole}; k += {lanes})",
            f"for (int u = 0; u < {lanes}; u++)", *inner,
            f"for (long k = {whole}; k < {k}; k++) {{ const int u = 0;", *inner, "}",
            f"for (int u = 1; u < {lanes}; u++)",
            f"for (int i = 0; i < {m}; i++) for (int j = 0; j < {n}; j++) s[0][i][j] += s[u][i][j];",
            *_over("i", m, _over("j", n, [f"{self._c(arguments)} = s[0][i][j];"])),
        ]  # fmt: skip

    def _rows(self, arguments: Arguments) -> list[str]:
        """A few columns: each row's sums in registers."""
        m, k = self.a.shape
        n, kind = self.b.shape[1], name(self.out.dtype)
        a, b = self._at(arguments, self.a, "i", "k"), self._at(arguments, self.b, "k", "j")
        term = f"s[j] = {self._fma()}({a}, {b}, s[j]);"
        body = [
            f"{kind} s[{n}] = {{0}};",
            f"for (int k = 0; k < {k}; k++) for (int j = 0; j < {n}; j++) {term}",
            f"for (int j = 0; j < {n}; j++) {self._c(arguments)} = s[j];",
        ]
        return ["#pragma GCC ivdep", f"for (long i = 0; i < {m}; i++)", "{", *body, "}"]

    def _accumulated(self, arguments: Arguments) -> list[str]:
        """Row by row of the result, each a sum of rows of `b`, which is laid out first if need be."""
        m, k = self.a.shape
        n, kind = self.b.shape[1], name(self.out.dtype)
        laid, row = self._laid(arguments)
        body = [
            f"{kind} s[{n}] = {{0}};",
            f"for (int k = 0; k < {k}; k++) {{ const {kind} q = {self._at(arguments, self.a, 'i', 'k')};",
            "#pragma omp simd",
            f"for (int j = 0; j < {n}; j++) s[j] = {self._fma()}(q, {row}, s[j]); }}",
            f"for (int j = 0; j < {n}; j++) {self._c(arguments)} = s[j];",
        ]
        return [*laid, f"for (long i = 0; i < {m}; i++)", "{", *body, "}"]

    def _laid(self, arguments: Arguments) -> tuple[list[str], str]:
        (k, n), kind = self.b.shape, name(self.out.dtype)
        item = self._at(arguments, self.b, "k", "j")
        if self.b.strides[1] == self.b.itemsize or k == 1 or k * n > SMALL:
            return [], item
        copy = f"for (int k = 0; k < {k}; k++) for (int j = 0; j < {n}; j++) b[k][j] = {item};"
        return [f"{kind} b[{k}][{n}];", copy], "b[k][j]"


def _over(index: str, size: int, body: list[str]) -> list[str]:
    return [f"for (long {index} = 0; {index} < {size}; {index}++)", *body]


def product(i: Instruction) -> Product | None:
    """The instruction as loops, if it is a product of two small matrices."""
    if i.kind != "dot" or i.out is None or len(i.operands) != 2:
        return None
    a, b = i.operands
    arrays = (a, b, i.out)
    if not all(isinstance(x, np.ndarray) and x.dtype == i.out.dtype for x in arrays) or not suits(arrays):
        return None
    if i.out.dtype.kind != "f" or a.ndim not in (1, 2) or b.ndim not in (1, 2) or a.ndim + b.ndim == 2:
        return None
    if any(np.may_share_memory(x, i.out) for x in (a, b)):
        return None
    out = i.out
    if a.ndim == 1:
        a, out = a[None], out[None]
    if b.ndim == 1:
        b, out = b[:, None], out[..., None]
    return Product(i, a, b, out) if _small(a.shape[0], a.shape[1], b.shape[1]) else None


def _small(m: int, k: int, n: int) -> bool:
    narrow = min(n, k) <= NARROW or (m <= NARROW and n <= NARROW)
    return m * k * n <= SMALL or (narrow and m * k * n <= 64 * SMALL)


__all__ = ["NARROW", "SMALL", "Product", "product"]
