"""Cholesky and QR: matrices as products of triangles and rotations, with their derivatives.

Formulas: Cholesky, I. Murray, "Differentiation of the Cholesky decomposition" (2016), (9); QR, S. F.
Walter and L. Lehmann, "Algorithmic differentiation of linear algebra functions with application in
optimum experimental design" (2010), 3.3.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.arrays.complex_numbers import conjugated
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ...errors import LinAlgError
from ..elementwise.select import where
from ..joining.cat_split import _cat
from ..matmul.matmul import batched
from ..views.triangles import tril, triu
from .matrix_checks import adjoint, blame, check_matrix, check_square, eye_like, of_nothing_in_half
from .solve_inverse import SQUARE, SQUARES, _triangular

POSITIVE = SQUARE @ SQUARE.T
ONE_TRIANGLE = "the gradient is symmetric, as in PyTorch, and the function reads one triangle"
SYMMETRIC = dict.fromkeys(("gradient", "second", "third", "forward_mode"), ONE_TRIANGLE)


@op(x=lambda g, out, upper: _cholesky_back(g.conj(), out, upper).conj(), complex=True, name="cholesky",
    node="LinalgCholeskyExBackward0",
    samples=[case(POSITIVE), case(np.stack([POSITIVE, POSITIVE + 1])), case(POSITIVE, upper=True)],
    exempt=SYMMETRIC, reference=lambda x, upper=False: _by_eigenvalues(x, upper))  # fmt: skip
def _cholesky(x: Any, /, upper: bool = False) -> Any:
    """The lower triangles L with ``L @ L.mH`` the positive definite matrices; their adjoints if `upper`.

    >>> mt.linalg.cholesky(mt.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    try:
        found = np.linalg.cholesky(x, upper=upper)
    except np.linalg.LinAlgError as error:
        raise _refused(x) from error
    if np.isnan(found).any():
        raise _refused(x)
    return found


def _by_eigenvalues(x: Any, upper: bool) -> Any:
    """The triangle of a square root of `x`, with a positive diagonal."""
    w, v = np.linalg.eigh(x)
    r = np.linalg.qr(np.sqrt(w)[..., None] * adjoint(v))[1]
    r = np.sign(np.diagonal(r, 0, -2, -1)).conj()[..., None] * r
    return r if upper else adjoint(r)


def _cholesky_back(g: Any, out: Any, upper: bool) -> Any:
    if upper:
        g, out = adjoint(g), adjoint(out)
    inner = batched(adjoint(out), g)
    symmetric = (tril(inner) + adjoint(tril(inner, -1))) * 0.5
    return _from_right(_triangular(adjoint(out), symmetric, True, False), out)


def _from_right(x: Any, lower: Any) -> Any:
    """``x @ inverse(lower)``."""
    return _triangular(lower.mT, x.mT, True, False).mT


def _refused(x: Any) -> LinAlgError:
    minors = _first_bad_minor(x)
    order = int(minors.reshape(-1)[np.flatnonzero(minors)[0]])
    return blame(
        "linalg.cholesky", minors > 0,
        "The factorization could not be completed because the input is not positive-definite (the leading "
        f"minor of order {order} is not positive-definite).",
    )  # fmt: skip


def _first_bad_minor(x: Any) -> Any:
    """For each matrix the order of the first leading minor that is not positive definite, or 0."""
    flat = x.reshape((math.prod(x.shape[:-2]), *x.shape[-2:]))
    orders = [next((k for k in range(1, len(m) + 1) if not _is_positive(m[:k, :k])), 0) for m in flat]
    return np.array(orders, np.int32).reshape(x.shape[:-2])


def _is_positive(matrix: Any) -> bool:
    try:
        return not np.isnan(np.linalg.cholesky(matrix)).any()
    except np.linalg.LinAlgError:
        return False


@with_out(exact=True)
@of_nothing_in_half
def cholesky(A: Tensor, *, upper: bool = False) -> Tensor:
    """The lower triangle L with ``L @ L.mH = A``, or its adjoint if `upper`, (..., n, n).

    `A` is taken as symmetric (Hermitian): one triangle is read, and so is the gradient.  Raises `LinAlgError`
    for a matrix that is not positive definite.

    >>> mt.linalg.cholesky(mt.tensor([[4.0, 2.0], [2.0, 5.0]]))
    tensor([[2., 0.],
            [1., 2.]])
    """
    check_square("linalg.cholesky", A)
    return _cholesky(A, upper)


@return_type("linalg_cholesky_ex")
class CholeskyEx(NamedTuple):
    """A factor, and for each matrix 0 or the order of the first minor that is not positive definite."""

    L: Tensor
    info: Tensor


@with_out(exact=True)
@of_nothing_in_half
def cholesky_ex(A: Tensor, *, upper: bool = False, check_errors: bool = False) -> CholeskyEx:
    """`cholesky` that reports failure in `info` instead of raising; a factor that failed is NaN.

    >>> mt.linalg.cholesky_ex(mt.tensor([[1.0, 2.0], [2.0, 1.0]])).info
    tensor(2, dtype=torch.int32)
    """
    check_square("linalg.cholesky_ex", A)
    info = _first_bad_minor(A.detach().numpy().mT if upper else A.detach().numpy())
    if check_errors or not info.any():
        return CholeskyEx(cholesky(A, upper=upper), Tensor._of(info))
    bad = (info > 0)[..., None, None] & np.ones(tuple(A.shape), bool)
    eye = Tensor._of(np.broadcast_to(eye_like(A, A.shape[-1]), tuple(A.shape)))
    factor = cholesky(where(Tensor._of(bad), eye, A), upper=upper)
    return CholeskyEx(factor.masked_fill(Tensor._of(bad), np.nan), Tensor._of(info))


# ---------------------------------------------------------------------------- QR


@return_type("linalg_qr")
class QR(NamedTuple):
    """Orthonormal columns, and an upper triangle."""

    Q: Tensor
    R: Tensor


@op(x=lambda g, x, out, mode: _qr_back(conjugated(g), x, out, mode).conj(), complex=True, name="qr",
    node="LinalgQrBackward0",
    samples=[case((4, 3)), case((2, 4)), case(SQUARES), case((3, 3), mode="complete")],
    reference=lambda x, mode="reduced": np.linalg.qr(x, mode=mode)[0])  # fmt: skip
def _qr(x: Any, /, mode: str = "reduced") -> Any:
    """Q and R by Householder's reflections.

    >>> mt.linalg.qr(mt.tensor([[3.0, 1.0], [4.0, 2.0]])).R
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    return tuple(np.linalg.qr(x, mode=mode))


def _qr_back(g: Any, x: Any, out: Any, mode: str) -> Any:
    """For a wide matrix the first columns decide Q, and the rest of R is ``Q.T @ rest``."""
    (gq, gr), (q, r) = g, out
    m, n = x.shape[-2:]
    if mode == "complete" and m > n:
        raise RuntimeError(
            "The QR decomposition is not differentiable when mode='complete' and nrows > ncols. "
            "Use mode='reduced'."
        )
    if m >= n:
        return _tall_back(gq, gr, q, r)
    wide = gr[..., m:]
    first = _tall_back(gq + batched(x[..., m:], adjoint(wide)), gr[..., :m], q, r[..., :m])
    return _cat(first, batched(q, wide), dim=-1)


def _tall_back(gq: Any, gr: Any, q: Any, r: Any) -> Any:
    inner = batched(gr, adjoint(r)) - batched(adjoint(q), gq)
    half = (triu(inner) + triu(inner, 1)) * 0.5
    symmetric = half + adjoint(half)
    return _from_right(batched(q, symmetric) + gq, adjoint(r))


@with_out
def qr(A: Tensor, mode: str = "reduced") -> QR:
    """``A = Q @ R`` for (..., m, n): Q is (..., m, k) and R (..., k, n), where k is min(m, n).

    In mode "complete" k is m; in mode "r" Q is empty.  The derivative asks for independent first columns,
    and in mode "complete" for m <= n.

    >>> mt.linalg.qr(mt.tensor([[3.0, 1.0], [4.0, 2.0]])).R
    tensor([[-5.0000, -2.2000],
            [ 0.0000,  0.4000]])
    """
    check_matrix("linalg.qr", A)
    if mode not in ("reduced", "complete", "r"):
        raise RuntimeError(
            f"qr received unrecognized mode '{mode}' but expected one of 'reduced', 'r', or 'complete'"
        )
    q, r = _qr(A, "reduced" if mode == "r" else mode)
    return QR(Tensor._of(np.zeros(0, A.dtype)) if mode == "r" else q, r)
