"""Functions of a matrix: its powers, its exponential, and its pseudo-inverse."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.half import widened
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ...errors import describe
from ..elementwise.select import in_place_of
from ..joining.cat_split import _cat
from ..matmul.matmul import batched, matmul
from ..views.triangles import tril
from .eigen_svd import _failed
from .matrix_checks import adjoint, check_matrix, check_square
from .solve_inverse import SQUARE, SQUARES, inv


@with_out(exact=True, also={"input": "A"})
def matrix_power(A: Tensor, n: int) -> Tensor:
    """``A @ A @ ... @ A``, `n` times; of the inverse for a negative `n`, the identity for 0.

    >>> mt.linalg.matrix_power(mt.tensor([[1.0, 1.0], [0.0, 1.0]]), 5)
    tensor([[1., 5.],
            [0., 1.]])
    """
    if A.ndim < 2 or A.shape[-1] != A.shape[-2]:
        raise RuntimeError(
            f"linalg.matrix_power: A must be batches of square matrices, but they are {describe(A)}"
        )
    if n == 0:
        return in_place_of(A, np.broadcast_to(np.eye(A.shape[-1], dtype=A.dtype), tuple(A.shape)))
    return _power(A, n) if n > 0 else _power(inv(A), -n)


def _power(x: Any, n: int) -> Any:
    """By repeated squaring."""
    if n == 1:
        return x.clone()
    result = None
    while n:
        if n & 1:
            result = x if result is None else matmul(result, x)
        n >>= 1
        x = matmul(x, x) if n else x
    return result


# ------------------------------------------------------------------------ exponential

_PADE = tuple(
    math.factorial(26 - k)
    * math.factorial(13)
    / (math.factorial(26) * math.factorial(k) * math.factorial(13 - k))
    for k in range(14)
)
_REACH = 5.37
"""The 1-norm up to which the approximant of order 13 is exact to float64, Higham (2005), table 2.3."""


@op(x=lambda g, x: _exp_back(g, x), complex=True, name="matrix_exp", node="LinalgMatrixExpBackward0",
    samples=[case(SQUARE), case(SQUARES), case(9 * SQUARE[:2, :2]), case((0, 0))],
    reference=lambda x: _taylor(x))  # fmt: skip
def _matrix_exp(x: Any, /) -> Any:
    """The exponential of square matrices, by scaling and squaring.

    N. J. Higham, "The scaling and squaring method for the matrix exponential revisited" (2005), with the
    diagonal Pade approximant of order 13; in float64, since each squaring doubles an error.

    >>> mt.linalg.matrix_exp(mt.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    wide = np.asarray(x, np.result_type(x, np.float64))
    size = np.abs(wide).sum(-2).max(-1, initial=0)
    halvings = np.ceil(np.log2(np.maximum(np.nan_to_num(size, posinf=0), _REACH) / _REACH)).astype(int)
    out = _approximant(wide / np.exp2(halvings)[..., None, None])
    for k in range(int(halvings.max(initial=0))):
        out = np.where((halvings > k)[..., None, None], out @ out, out)
    return out.astype(x.dtype, copy=False)


def _approximant(x: Any) -> Any:
    """The ratio of p(x) and p(-x), whose even and odd terms are computed once."""
    square = x @ x
    even = odd = np.zeros_like(x)
    eye = np.eye(x.shape[-1], dtype=x.dtype)
    for k in range(12, -1, -2):
        even, odd = square @ even + _PADE[k] * eye, square @ odd + _PADE[k + 1] * eye
    odd = x @ odd
    return np.linalg.solve(even - odd, even + odd)


def _taylor(x: Any) -> Any:
    scaled, term = x / 2.0**7, np.zeros_like(x) + np.eye(x.shape[-1])
    out = term
    for k in range(1, 25):
        term = term @ scaled / k
        out = out + term
    return np.linalg.matrix_power(out, 2**7)


def _exp_back(g: Any, x: Any) -> Any:
    """A corner of the exponential of ``[[x.T, g], [0, x.T]]``.

    R. Mathias, "A chain rule for matrix functions and applications" (1996), theorem 2.1.
    """
    n, zero = x.shape[-1], x * 0
    top, bottom = _cat(x.mT, g, dim=-1), _cat(zero, x.mT, dim=-1)
    return _matrix_exp(_cat(top, bottom, dim=-2))[..., :n, n:]


@numpy_names(also={"input": "A"})
@widened
def matrix_exp(A: Tensor) -> Tensor:
    """The exponential of each square matrix: ``I + A + A @ A / 2 + ...``.

    >>> mt.linalg.matrix_exp(mt.tensor([[0.0, 1.0], [0.0, 0.0]]))
    tensor([[1., 1.],
            [0., 1.]])
    """
    check_square("linalg.matrix_exp", A)
    return _matrix_exp(A)


# --------------------------------------------------------------------- pseudo-inverse


@op(x=lambda g, x, out: _pinv_back(g.conj(), x, out).conj(), complex=True, name="pinv",
    node="LinalgPinvBackward0",
    samples=[case(SQUARE), case((4, 2)), case((2, 2, 3))],
    reference=lambda x, atol=0.0, rtol=None, hermitian=False: np.linalg.pinv(x))  # fmt: skip
def _pinv(x: Any, /, atol: Any = 0.0, rtol: Any = None, hermitian: bool = False) -> Any:
    """The Moore-Penrose inverse, by singular values; those up to ``max(atol, rtol * largest)`` count as 0.

    >>> mt.linalg.pinv(mt.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    try:
        u, s, vh = np.linalg.svd(_mirrored(x) if hermitian else x, False)
    except np.linalg.LinAlgError as error:
        raise _failed("linalg.pinv") from error
    keep = s > cutoff(s, x.shape, atol, rtol)[..., None]
    inverted = np.where(keep, 1 / np.where(keep, s, 1), 0).astype(s.dtype)
    return (adjoint(vh) * inverted[..., None, :]) @ adjoint(u)


def cutoff(s: Any, shape: tuple[int, ...], atol: Any, rtol: Any) -> Any:
    """The size up to which a singular value counts as 0; by default the rounding of the largest."""
    given = atol is not None and np.any(np.asarray(atol) > 0)
    if rtol is None:
        rtol = 0.0 if given else max(shape[-2:]) * np.finfo(s.dtype).eps
    top = s.max(-1, initial=0)
    return np.maximum(0.0 if atol is None else atol, rtol * top)


def _pinv_back(g: Any, x: Any, p: Any) -> Any:
    """G. Golub and V. Pereyra, "The differentiation of pseudo-inverses ..." (1973), (4.12), transposed.

    It holds while the rank stays the same.
    """
    back = -batched(batched(adjoint(p), g), adjoint(p))
    left = batched(batched(adjoint(g), p), adjoint(p))
    right = batched(adjoint(p), batched(p, adjoint(g)))
    return back + left - batched(x, batched(p, left)) + right - batched(batched(right, p), x)


def _plain(value: Any) -> Any:
    return value.detach().numpy() if isinstance(value, Tensor) else value


def _mirrored(x: Any) -> Any:
    """The symmetric (Hermitian) matrices with these lower triangles, all that is read; on either carrier."""
    half = (tril(x) + tril(x, -1)) * 0.5
    return half + adjoint(half)


@with_out
def pinv(
    A: Tensor, *, atol: Any = None, rtol: Any = None, hermitian: bool = False, rcond: Any = None
) -> Tensor:
    """The Moore-Penrose inverse: (..., m, n) to (..., n, m).

    Singular values up to ``max(atol, rtol * largest)`` count as 0; `rtol` is max(m, n) times the machine
    epsilon unless `atol` is given.  The derivative is that at constant rank.  Of a `hermitian` matrix the
    lower triangle is read.

    >>> mt.linalg.pinv(mt.tensor([[2.0], [0.0]]))
    tensor([[0.5000, 0.0000]])
    """
    check_square("linalg.pinv", A) if hermitian else check_matrix("linalg.pinv", A)
    rtol = rcond if rtol is None else rtol
    return _pinv(A, _plain(atol), _plain(rtol), hermitian)


def pinverse(input: Tensor, rcond: float = 1e-15) -> Tensor:
    """`linalg.pinv` under its older name, with another tolerance."""
    return pinv(input, rtol=rcond)


@with_out
def matrix_rank(
    A: Tensor, tol: Any = None, *, atol: Any = None, rtol: Any = None, hermitian: bool = False
) -> Tensor:
    """How many singular values exceed ``max(atol, rtol * largest)``: int64, no gradient.

    >>> mt.linalg.matrix_rank(mt.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor(1)
    """
    check_square("linalg.matrix_rank", A) if hermitian else check_matrix("linalg.matrix_rank", A)
    A = _mirrored(A) if hermitian else A
    s = np.linalg.svd(A.detach().numpy(), compute_uv=False)
    if tol is not None:
        atol, rtol = tol, 0.0
    limit = cutoff(s, tuple(A.shape), _plain(atol), _plain(rtol))
    return Tensor._of(np.asarray((s > limit[..., None]).sum(-1), np.int64))


install(matrix_power=matrix_power, matrix_exp=matrix_exp, pinverse=pinverse)
