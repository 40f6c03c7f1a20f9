"""Symmetric matrices as ``L D L'`` with blocks of one or two rows in D, and systems solved by that.

Bunch and Kaufman, "Some stable methods for calculating inertia and solving symmetric linear systems" (1977),
as LAPACK's ``sytf2`` keeps it, and ``hetf2`` that of a hermitian matrix, whose ``L'`` is conjugated: L lies
below D without its ones, and the exchanges of rows, counted from 1, are not applied to the columns before.
A negative number stands, twice, for a block of two rows.

`turn` is what makes a column of such a matrix of its row: `np.conjugate`, or nothing.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from ..autograd.function import Function
from ..engine.out_argument import with_out
from ..engine.printing import return_type
from ..engine.tensor import Tensor
from ..errors import describe
from ..ops.linalg.matrix_checks import blame, check_square, of_nothing_in_half, pivot_size

__all__ = ["ldl_factor", "ldl_factor_ex", "ldl_solve"]

Turn = Callable[[Any], Any]


def _turn(x: Any, hermitian: bool) -> Turn:
    return np.conjugate if hermitian and x.dtype.kind == "c" else np.asarray


_GROWTH = (1 + math.sqrt(17)) / 8
"""How much smaller than the largest element of a column its diagonal may be, so that L grows least."""


@return_type("linalg_ldl_factor")
class LDLFactor(NamedTuple):
    """L and D in one matrix, and the rows exchanged."""

    LD: Tensor
    pivots: Tensor


@return_type("linalg_ldl_factor_ex")
class LDLFactorEx(NamedTuple):
    """The same, and for each matrix 0 or the number of a block of D that is 0."""

    LD: Tensor
    pivots: Tensor
    info: Tensor


def _choice(a: Any, k: int) -> tuple[int, int]:
    """The row to bring to the top of what is left, and how many rows the next block has."""
    size = pivot_size(a)
    own, column = size[k, k], size[k + 1 :, k]
    largest = column.max(initial=0)
    if own >= _GROWTH * largest:
        return k, 1
    row = k + 1 + int(column.argmax())
    other = max(size[row, k:row].max(), size[row + 1 :, row].max(initial=0))
    if own * other >= _GROWTH * largest * largest:
        return k, 1
    return (row, 1) if size[row, row] >= _GROWTH * other else (row, 2)


def _exchange(a: Any, i: int, j: int, turn: Turn) -> None:
    """Exchange rows and columns i < j of what is left of a symmetric matrix; its lower triangle is read."""
    a[j + 1 :, [i, j]] = a[j + 1 :, [j, i]]
    a[i + 1 : j, i], a[j, i + 1 : j] = turn(a[j, i + 1 : j]).copy(), turn(a[i + 1 : j, i]).copy()
    a[j, i] = turn(a[j, i])
    a[i, i], a[j, j] = a[j, j], a[i, i]


def _factor(a: Any, turn: Turn) -> tuple[Any, int]:
    """Overwrite the lower triangle of a matrix by its factors; the pivots, and the first block that is 0."""
    n, k, info = len(a), 0, 0
    pivots = np.zeros(n, np.int32)
    while k < n:
        if not np.any(a[k:, k]):
            info, row, size = info or k + 1, k, 1
        else:
            row, size = _choice(a, k)
            _bring(a, k, row, size, turn)
            _eliminate(a, k, size, turn)
        pivots[k : k + size] = row + 1 if size == 1 else -row - 1
        k += size
    return pivots, info


def _bring(a: Any, k: int, row: int, size: int, turn: Turn) -> None:
    last = k + size - 1
    if row != last:
        _exchange(a, last, row, turn)
        if size == 2:
            a[last, k], a[row, k] = a[row, k], a[last, k]


def _eliminate(a: Any, k: int, size: int, turn: Turn) -> None:
    """Take a block, times what is below it, off the rest."""
    below, rest = slice(k + size, None), a[k + size :, k : k + size].copy()
    block = _block(a, k, size, turn)
    lower = np.linalg.solve(block.T, rest.T).T if size == 2 else rest / block
    a[below, below] -= np.tril(lower @ turn(rest).T)
    a[below, k : k + size] = lower


def _block(a: Any, k: int, size: int, turn: Turn) -> Any:
    """A block of D, whole."""
    block = np.tril(a[k : k + size, k : k + size])
    return block + turn(np.tril(block, -1)).T


@with_out
@of_nothing_in_half
def ldl_factor_ex(A: Tensor, *, hermitian: bool = False, check_errors: bool = False) -> LDLFactorEx:
    """`ldl_factor` that reports a block of D that is 0 in `info` instead of raising.

    >>> mt.linalg.ldl_factor_ex(mt.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    check_square("linalg.ldl_factor_ex", A)
    packed, pivots, info = _Ldl.apply(A, hermitian)
    if check_errors and info.any():
        reason = f"D[{int(info.max())}] is zero, and a system solved with it would be divided by zero."
        raise blame("torch.linalg.ldl_factor_ex", info.array > 0, reason)
    return LDLFactorEx(packed, pivots, info)


class _Ldl(Function):
    """The factors of a batch of matrices, one after the other; PyTorch has no derivative either."""

    @staticmethod
    def forward(ctx: Any, A: Tensor, hermitian: bool) -> Any:
        """L and D, pivots, and where D is 0."""
        x = A.detach().array
        flat, turn = np.tril(x).reshape(math.prod(x.shape[:-2]), *x.shape[-2:]), _turn(x, hermitian)
        if turn is np.conjugate:
            flat.imag *= 1 - np.eye(x.shape[-1], dtype=flat.real.dtype)  # a diagonal counts as real
        found = [_factor(a, turn) for a in flat]
        pivots = np.array([p for p, _ in found], np.int32).reshape(x.shape[:-1])
        info = np.array([i for _, i in found], np.int32).reshape(x.shape[:-2])
        return Tensor._of(flat.reshape(x.shape)), Tensor._of(pivots), Tensor._of(info)

    @staticmethod
    def backward(ctx: Any, *cotangents: Any) -> Any:
        """Not here."""
        raise NotImplementedError(
            "the derivative for 'linalg.ldl_factor' is not implemented: use linalg.solve"
        )


@with_out
@of_nothing_in_half
def ldl_factor(A: Tensor, *, hermitian: bool = False) -> LDLFactor:
    """``A = L @ D @ L.T`` for symmetric (..., n, n), which need not be positive, as `ldl_solve` takes it.

    The lower triangle is read.  With `hermitian`, complex matrices are ``L @ D @ L.mH``, and the imaginary
    parts of their diagonals are not read.  Written in Python for correctness: n steps for each matrix.  There
    is no derivative, as in PyTorch.  Raises `LinAlgError` if D is singular.

    >>> mt.linalg.ldl_factor(mt.tensor([[0.0, 1.0], [1.0, 0.0]])).pivots
    tensor([-2, -2], dtype=torch.int32)
    """
    packed, pivots, _ = ldl_factor_ex(A, hermitian=hermitian, check_errors=True)
    return LDLFactor(packed, pivots)


# ----------------------------------------------------------------------------- systems


def _blocks(pivots: Any) -> Iterator[tuple[int, int, int, int]]:
    """For each block its first row, its size, and the two rows to exchange."""
    k = 0
    while k < len(pivots):
        size = 1 if pivots[k] > 0 else 2
        yield k, size, k + size - 1, abs(int(pivots[k])) - 1
        k += size


def _solve(a: Any, pivots: Any, b: Any, turn: Turn) -> None:
    """Overwrite the right-hand sides of one system by its solutions."""
    blocks = list(_blocks(pivots))
    for k, size, i, j in blocks:
        b[[i, j]] = b[[j, i]]
        b[k + size :] -= a[k + size :, k : k + size] @ b[k : k + size]
        b[k : k + size] = np.linalg.solve(_block(a, k, size, turn), b[k : k + size])
    for k, size, i, j in reversed(blocks):
        b[k : k + size] -= turn(a[k + size :, k : k + size]).T @ b[k + size :]
        b[[i, j]] = b[[j, i]]


class _LdlSolve(Function):
    """The solution, and as its derivative in the right-hand side the solution for the cotangent."""

    @staticmethod
    def forward(ctx: Any, LD: Tensor, pivots: Tensor, B: Tensor, hermitian: bool) -> Any:
        """Solve one system after the other."""
        ctx.factors, ctx.hermitian = (LD, pivots), hermitian
        a, p, out = LD.detach().array, pivots.array, B.detach().array.copy()
        lead = out.shape[:-2]
        a, p = np.broadcast_to(a, (*lead, *a.shape[-2:])), np.broadcast_to(p, (*lead, p.shape[-1]))
        for at in np.ndindex(lead):
            _solve(a[at], p[at], out[at], _turn(a, hermitian))
        return Tensor._of(out)

    @staticmethod
    def backward(ctx: Any, g: Any) -> Any:
        """The matrix is symmetric: the same system, with that of a hermitian one as it is."""
        if ctx.needs_input_grad[0]:
            raise NotImplementedError(
                "the derivative of 'linalg.ldl_solve' by LD is not implemented: detach it"
            )
        if ctx.hermitian:
            return None, None, _LdlSolve.apply(*ctx.factors, g, True), None
        return None, None, _LdlSolve.apply(*ctx.factors, g.conj(), False).conj(), None


@with_out
def ldl_solve(LD: Tensor, pivots: Tensor, B: Tensor, *, hermitian: bool = False) -> Tensor:
    """``A @ X = B`` for the A whose `ldl_factor` is given, (..., n, n), (..., n) and (..., n, k).

    Differentiable in `B`, which it is not in PyTorch.  Raises ``RuntimeError`` for shapes and dtypes that do
    not fit.

    >>> factors = mt.linalg.ldl_factor(mt.tensor([[0.0, 2.0], [2.0, 0.0]]))
    >>> mt.linalg.ldl_solve(*factors, mt.tensor([[1.0], [4.0]]))
    tensor([[2.0000],
            [0.5000]])
    """
    check_square("torch.linalg.ldl_solve", LD)
    if B.ndim < 2:
        raise IndexError(f"torch.linalg.ldl_solve: B must have at least 2 dimensions, got {describe(B)}")
    if B.shape[-2] != LD.shape[-1] or tuple(pivots.shape) != tuple(LD.shape[:-1]):
        raise RuntimeError(
            f"Incompatible matrix sizes for torch.linalg.ldl_solve: LD {describe(LD)}, pivots "
            f"{describe(pivots)} and B {describe(B)}"
        )
    if pivots.dtype.kind not in "iu":
        raise RuntimeError(f"torch.linalg.ldl_solve: Expected pivots to be integers. Got {pivots.dtype}")
    if B.dtype != LD.dtype:
        raise RuntimeError(
            f"Expected b and A to have the same dtype, but found b of type {B.dtype} and A of type "
            f"{LD.dtype} instead."
        )
    return _LdlSolve.apply(LD, pivots, _stretched(B, LD), hermitian)


def _stretched(B: Tensor, LD: Tensor) -> Any:
    """The right-hand sides for the whole batch of matrices."""
    lead = np.broadcast_shapes(tuple(B.shape[:-2]), tuple(LD.shape[:-2]))
    return B if lead == tuple(B.shape[:-2]) else B.expand(*lead, *B.shape[-2:])
