"""Determinants, with gradients that are right at singular matrices too.

The gradient of a determinant is the matrix of cofactors, which exists where the inverse does not: M. B.
Giles, "An extended collection of matrix derivative results for forward and reverse mode algorithmic
differentiation" (2008), 2.2.4, for the formula by the inverse.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case, written
from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor, install
from ..elementwise.select import where, zeros_like
from ..matmul.matmul import batched
from ..reductions.prod import _products_of_others
from ..reductions.sum_mean import sum
from .matrix_checks import check_square, constant, of_nothing_in_half
from .solve_inverse import SQUARE, SQUARES, _inverse


@written("g * cofactor(x)")
def _of_det(g: Any, x: Any) -> Any:
    """A matrix of one element is its determinant; of none there is nothing to say."""
    if 0 in x.shape:
        return zeros_like(x)
    return g[..., None, None] * cofactor(x) if x.shape[-1] > 1 else g[..., None, None]


@op(x=_of_det, complex=True, name="det", node="LinalgDetBackward0",
    samples=[case(SQUARE), case(SQUARES), case((1, 1))],
    reference=lambda x: np.exp(np.linalg.slogdet(x)[1]) * np.linalg.slogdet(x)[0])  # fmt: skip
def _det(x: Any, /) -> Any:
    """The determinants of square matrices.

    >>> mt.det(mt.tensor([[2.0, 1.0], [1.0, 3.0]]))
    tensor(5.)
    """
    return np.linalg.det(x)


@op(x=lambda g, x: _second(g, _lifted(x)), complex=True, samples=[case(SQUARE), case(SQUARES)],
    reference=lambda x: np.linalg.det(x)[..., None, None] * np.linalg.inv(x).mT)  # fmt: skip
def cofactor(x: Any, /) -> Any:
    """The matrix of cofactors: the determinant's derivative by each element, for singular matrices too.

    By the inverse where there is one, and else by the singular value decomposition: in the bases of the
    singular vectors the cofactors of a diagonal are the products of the other elements.

    >>> from microtensor.ops.linalg.determinant import cofactor
    >>> cofactor(mt.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor([[ 4., -3.],
            [-2.,  1.]])
    """
    try:
        return np.linalg.det(x)[..., None, None] * np.linalg.inv(x).mT
    except np.linalg.LinAlgError:
        u, s, vh = np.linalg.svd(x)
    sign = np.linalg.det(u) * np.linalg.det(vh)
    return sign[..., None, None] * ((u * _products_of_others(s, -1)[..., None, :]) @ vh)


def _second(g: Any, x: Any) -> Any:
    """The pull-back of ``det(x) * inverse(x).T``."""
    inverse, cofactors = _inverse(x).mT, cofactor(x)
    along = sum(g * cofactors, (-2, -1))[..., None, None]
    return along * inverse - batched(batched(cofactors, g.mT), inverse)


def _lifted(x: Any) -> Any:
    """`x`, or in place of a singular matrix a neighbour whose smallest singular value is not 0.

    The second derivative is a polynomial in the elements: half the digits are right at a singular matrix.
    """
    raw = getattr(x, "_data", x)
    u, s, vh = np.linalg.svd(raw)
    top = np.maximum(s[..., :1], np.finfo(raw.dtype).tiny ** 0.25) if s.shape[-1] else s
    short = np.maximum(0, math.sqrt(np.finfo(raw.dtype).eps) * top - s)
    short *= s < 8 * np.finfo(raw.dtype).eps * top * s.shape[-1]
    return x + constant((u * short[..., None, :]) @ vh, x) if short.any() else x


@with_out(also={"input": "A"})
@of_nothing_in_half
def det(A: Tensor) -> Tensor:
    """The determinant of each square matrix, (..., n, n) to (...).

    The gradient, and to half the digits the second one, is right at singular matrices too.

    >>> x = mt.tensor([[1.0, 2.0], [2.0, 4.0]], requires_grad=True)
    >>> mt.linalg.det(x).backward()
    >>> x.grad
    tensor([[ 4., -2.],
            [-2.,  1.]])
    """
    check_square("linalg.det", A)
    return _det(A)


@return_type("linalg_slogdet")
class Slogdet(NamedTuple):
    """Sign and logarithm of a determinant's absolute value."""

    sign: Tensor
    logabsdet: Tensor


@op(x=lambda g, out: -batched(batched(out.mT, g), out.mT), complex=True,
    samples=[case(SQUARE), case(SQUARES)], reference=np.linalg.inv)  # fmt: skip
def inverse_or_infinite(x: Any, /) -> Any:
    """The inverses of square matrices; of a singular one infinities and NaNs, from dividing by a pivot of 0.

    >>> from microtensor.ops.linalg.determinant import inverse_or_infinite
    >>> inverse_or_infinite(mt.tensor([[1.0, 2.0], [2.0, 4.0]]))
    tensor([[-inf, inf],
            [inf, -inf]])
    """
    try:
        return np.linalg.inv(x)
    except np.linalg.LinAlgError:
        flat = x.reshape(-1, *x.shape[-2:])
    with np.errstate(all="ignore"):
        return np.array([_eliminated(a) for a in flat], x.dtype).reshape(x.shape)


def _eliminated(a: Any) -> Any:
    """The inverse of one matrix, by elimination with pivoting and two substitutions in its transpose."""
    u, n = a.copy(), len(a)
    rows, low = np.arange(n), np.eye(n, dtype=a.dtype)
    for k in range(n - 1):
        best = k + int(np.argmax(np.abs(u[k:, k])))
        for each in (u[:, k:], low[:, :k], rows):
            each[[k, best]] = each[[best, k]]
        low[k + 1 :, k] = u[k + 1 :, k] / u[k, k] if u[k, k] else 0
        u[k + 1 :, k:] -= low[k + 1 :, k, None] * u[k, None, k:]
    found = np.eye(n, dtype=a.dtype)
    for i in range(n):
        found[i] = (found[i] - u[:i, i] @ found[:i]) / u[i, i]
    for i in reversed(range(n)):
        found[i] -= low[i + 1 :, i] @ found[i + 1 :]
    return found[np.argsort(rows)].mT


@op(x=lambda g, x, out: _slope(g[0], g[1], out[1])[..., None, None] * inverse_or_infinite(x).mT,
    complex=True, name="slogdet", node="LinalgSlogdetBackward0",
    samples=[case(SQUARE), case(SQUARES)], reference=lambda x: np.log(np.abs(np.linalg.det(x))))  # fmt: skip
def _slogdet(x: Any, /) -> Any:
    """The logarithms of determinants' absolute values, and their signs.

    >>> mt.linalg.slogdet(mt.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    sign, value = np.linalg.slogdet(x)
    return value, sign


def _slope(g: Any, g_sign: Any, sign: Any) -> Any:
    """The cotangent of ``log(det)``: its real part is the logarithm, its imaginary part turns the sign."""
    return g if sign.dtype.kind != "c" else g + 1j * (g_sign * sign).imag


@with_out
def slogdet(A: Tensor) -> Slogdet:
    """``(sign, logabsdet)`` of each square matrix, without overflow.

    A singular matrix has sign 0 and logarithm -inf, and a gradient of infinities and NaNs, as in PyTorch.

    >>> mt.linalg.slogdet(mt.tensor([[0.0, 1.0], [1.0, 0.0]])).sign
    tensor(-1.)
    """
    check_square("linalg.slogdet", A)
    value, sign = _slogdet(A)
    return Slogdet(sign, value)


def logdet(input: Tensor) -> Tensor:
    """The logarithm of the determinant: -inf for 0, NaN for a negative one, complex for a complex one.

    >>> mt.logdet(mt.eye(2))
    tensor(0.)
    """
    sign, value = slogdet(input)
    if input.is_complex():
        return value + sign.log()
    return where(sign < 0, math.nan, value)


install(det=det, logdet=logdet)
