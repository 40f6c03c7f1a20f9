"""LU with partial pivoting, which NumPy solves systems by and does not show, and its derivative.

Formula: F. de Hoog, R. Anderssen and M. Lukas, "Differentiation of matrix functionals using triangular
factorization", Mathematics of Computation 80 (2011).  A matrix that is not square is the part of a square
one whose other columns, or rows, are those of the identity.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ..indexing.getitem import place
from ..matmul.matmul import batched
from ..views.triangles import tril, triu
from .matrix_checks import (
    blame,
    check_matrix,
    check_square,
    constant,
    eye_like,
    of_nothing_in_half,
    pivot_size,
)
from .solve_inverse import SQUARE, SQUARES, _triangular


@op(x=lambda g, out, x_shape: _lu_back(g[0], out[0], out[1], x_shape),
    complex=True, name="lu_factor", node="LinalgLuFactorExBackward0",
    samples=[case(SQUARE[::-1].copy()), case(SQUARES), case((4, 2)), case((2, 3))],
    reference=lambda x: _one_by_one(x))  # fmt: skip
def _lu_factor(x: Any, /) -> Any:
    """L (below its diagonal of ones) and U in one matrix, and the row that each step exchanged, from 1.

    >>> mt.linalg.lu_factor(mt.tensor([[1.0, 2.0], [2.0, 3.0]])).LU
    tensor([[2.0000, 3.0000],
            [0.5000, 0.5000]])
    """
    m, n = x.shape[-2:]
    out = x.reshape((math.prod(x.shape[:-2]), m, n)).copy()
    steps, batch = min(m, n), np.arange(len(out))
    pivots = np.zeros((len(out), steps), np.int32)
    with np.errstate(all="ignore"):
        for k in range(steps):
            row = k + pivot_size(out[:, k:, k]).argmax(1)
            pivots[:, k] = row + 1
            out[batch, row], out[:, k] = out[:, k].copy(), out[batch, row]
            pivot = out[:, k, k, None]
            out[:, k + 1 :, k] /= np.where(pivot == 0, 1, pivot)
            out[:, k + 1 :, k + 1 :] -= out[:, k + 1 :, k, None] * out[:, k, None, k + 1 :]
    return out.reshape(x.shape), pivots.reshape((*x.shape[:-2], steps))


def _one_by_one(x: Any) -> Any:
    """The same by Gauss's elimination of one matrix after another."""
    out = x.copy()
    for a in out.reshape((-1, *x.shape[-2:])):
        for k in range(min(a.shape)):
            best = k + int(pivot_size(a[k:, k]).argmax())
            a[[k, best]] = a[[best, k]]
            for i in range(k + 1, len(a)):
                a[i, k] /= a[k, k]
                a[i, k + 1 :] -= a[i, k] * a[k, k + 1 :]
    return out


def _permutation(pivots: Any, m: int, like: Any) -> Any:
    """The matrix P with ``P @ L @ U`` the original, from the exchanges of rows, on the carrier of `like`."""
    pivots = getattr(pivots, "_data", pivots)
    flat = pivots.reshape((math.prod(pivots.shape[:-1]), pivots.shape[-1]))
    order = np.tile(np.arange(m), (len(flat), 1))
    batch = np.arange(len(flat))
    for k in range(flat.shape[1]):
        row = flat[:, k] - 1
        order[batch, row], order[:, k] = order[:, k].copy(), order[batch, row]
    matrix = order[:, None, :] == np.arange(m)[:, None]
    return constant(matrix.reshape((*pivots.shape[:-1], m, m)).astype(like.dtype), like)


def _lu_back(g: Any, packed: Any, pivots: Any, shape: tuple[int, ...]) -> Any:
    m, n = shape[-2:]
    lower, upper = triangles(packed, max(m, n))
    g = squared(g, max(m, n))
    inner = tril(batched(lower.mT, g), -1) + triu(batched(g, upper.mT))
    left = _triangular(lower.mT, inner, True, True)
    both = _triangular(upper, left.mT, True, False).mT
    return batched(_permutation(pivots, m, g), both[..., :m, :n])


def squared(x: Any, size: int) -> Any:
    """The matrix with rows or columns of zeros after it, so that it is square."""
    m, n = x.shape[-2:]
    if m == n:
        return x
    return place(x, (*x.shape[:-2], size, size), (..., slice(m), slice(n)))


def triangles(packed: Any, size: int) -> tuple[Any, Any]:
    """L and U as square matrices: what is beyond the packed ones is the identity's."""
    steps, ones = min(packed.shape[-2:]), eye_like(packed, size)
    beyond = np.where(np.arange(size) < steps, 0, ones)
    wide = squared(packed, size)
    return tril(wide, -1) + constant(ones, wide), triu(wide) + constant(beyond, wide)


@return_type("linalg_lu_factor")
class LUFactor(NamedTuple):
    """Both triangles in one matrix, and the row that each step exchanged."""

    LU: Tensor
    pivots: Tensor


@return_type("linalg_lu_factor_ex")
class LUFactorEx(NamedTuple):
    """The same, and for each matrix 0 or the number of a pivot that is 0."""

    LU: Tensor
    pivots: Tensor
    info: Tensor


@return_type("linalg_lu")
class LU(NamedTuple):
    """A permutation, a lower triangle with ones on the diagonal, and an upper triangle."""

    P: Tensor
    L: Tensor
    U: Tensor


@with_out
def lu_factor_ex(A: Tensor, *, pivot: bool = True, check_errors: bool = False) -> LUFactorEx:
    """`lu_factor` that reports a pivot that is 0 in `info` instead of raising.

    >>> mt.linalg.lu_factor_ex(mt.zeros(2, 2)).info
    tensor(1, dtype=torch.int32)
    """
    check_matrix("linalg.lu_factor", A)
    if not pivot:
        raise RuntimeError("linalg.lu_factor: LU without pivoting is not implemented on the CPU")
    packed, pivots = _lu_factor(A)
    zero = np.diagonal(packed.detach().array, 0, -2, -1) == 0
    info = np.where(zero.any(-1), zero.argmax(-1) + 1 if zero.shape[-1] else 0, 0).astype(np.int32)
    if check_errors and info.any():
        k = int(info.max())
        reason = f"U[{k},{k}] is zero and using it on lu_solve would result in a division by zero."
        raise blame("torch.linalg.lu_factor", info > 0, reason + " Use lu_factor_ex to have it anyway.")
    return LUFactorEx(packed, pivots, Tensor._of(info))


@with_out
@of_nothing_in_half
def lu_factor(A: Tensor, *, pivot: bool = True) -> LUFactor:
    """L and U of (..., m, n) in one matrix, with partial pivoting, as `lu_solve` takes them.

    Raises `LinAlgError` if a pivot is 0.

    >>> mt.linalg.lu_factor(mt.tensor([[1.0, 2.0], [2.0, 3.0]])).pivots
    tensor([2, 2], dtype=torch.int32)
    """
    packed, pivots, _ = lu_factor_ex(A, pivot=pivot, check_errors=True)
    return LUFactor(packed, pivots)


@with_out
def lu(A: Tensor, *, pivot: bool = True) -> LU:
    """``A = P @ L @ U`` for (..., m, n): (..., m, m), (..., m, k) and (..., k, n), where k is min(m, n).

    >>> mt.linalg.lu(mt.tensor([[1.0, 2.0], [2.0, 3.0]])).U
    tensor([[2.0000, 3.0000],
            [0.0000, 0.5000]])
    """
    packed, pivots, _ = lu_factor_ex(A, pivot=pivot)
    m, n = A.shape[-2:]
    lower, upper = triangles(packed, max(m, n))
    k = min(m, n)
    lower, upper = lower[..., :m, :k].contiguous(), upper[..., :k, :n].contiguous()
    return LU(_permutation(pivots, m, packed), lower, upper)


@with_out
def lu_solve(LU: Tensor, pivots: Tensor, B: Tensor, *, left: bool = True, adjoint: bool = False) -> Tensor:
    """``A @ X = B`` for the A whose `lu_factor` is given.

    ``X @ A = B`` if not `left`; with ``A.mH`` in the place of A if `adjoint`.

    >>> mt.linalg.lu_solve(*mt.linalg.lu_factor(mt.tensor([[0.0, 2.0], [4.0, 0.0]])), mt.ones(2, 1))
    tensor([[0.2500],
            [0.5000]])
    """
    check_square("linalg.lu_solve", LU)
    check_matrix("linalg.lu_solve", LU, B)
    if not left:
        return lu_solve(LU, pivots, B.mH, adjoint=not adjoint).mH
    p = _permutation(pivots, LU.shape[-1], LU)
    if adjoint:
        inner = _triangular(LU.mH, B, False, False)
        return batched(p, _triangular(LU.mH, inner, True, True))
    inner = _triangular(LU, batched(p.mT, B), False, True)
    return _triangular(LU, inner, True, False)
