"""The gamma function's logarithm and all its derivatives, each the derivative of the one before."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import HALF, without
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.casting import floating
from ..inplace.methods import _inplace
from ..reductions.sum_mean import sum
from ..views.squeeze import unsqueeze
from .gamma_arrays import digamma_array, log_gamma, zeta_array

_LOG_GAMMA = np.vectorize(math.lgamma, otypes=[float])


@op(x=lambda g, x: g * digamma(x), elementwise=True, floating=True, domain=(0.2, 5), reference=_LOG_GAMMA)
def lgamma(x: Any, /) -> Any:
    """The logarithm of the absolute value of the gamma function; infinite at 0, -1, -2 and so on.

    By series of our own (see `ops.gamma_arrays`), to a few units of the last digit for x > 0.

    >>> mt.lgamma(mt.tensor([1.0, 3.0, 0.5]))
    tensor([0.0000, 0.6931, 0.5724])
    """
    return log_gamma(x)


@op(x=lambda g, x: g * _polygamma(x, 1), elementwise=True, floating=True, domain=(0.2, 5),
    reference=lambda x: _by_limit(x))  # fmt: skip
def digamma(x: Any, /) -> Any:
    """The derivative of `lgamma`; infinite at 0, NaN at -1, -2 and so on, as in PyTorch.

    >>> mt.digamma(mt.tensor([1.0, 0.5]))
    tensor([-0.5772, -1.9635])
    """
    return digamma_array(x)


def _by_limit(x: Any) -> Any:
    """``log(n) - sum of 1 / (x + k)`` from 0 to n, with the first corrections."""
    total = (1 / (np.asarray(x)[..., None] + np.arange(1000))).sum(-1)
    far = x + 1000
    return np.log(far) - 1 / (2 * far) - 1 / (12 * far**2) + 1 / (120 * far**4) - total


@op(x=lambda g, x, n: g * _polygamma(x, n + 1), name="polygamma", floating=True, domain=(0.3, 5),
    samples=[case((), n=1), case((2, 3), n=1), case((3,), n=2), case((0,), n=3)],
    reference=lambda x, n: _one_by_one(x, n))  # fmt: skip
def _polygamma(x: Any, /, n: int) -> Any:
    """The derivative of order n + 1 of `lgamma`, n > 0, by Hurwitz's zeta function.

    >>> mt.polygamma(1, mt.tensor([1.0]))
    tensor([1.6449])
    """
    wide = np.asarray(x, np.float64)
    mirrored = (wide < -10) & (wide != np.floor(wide))
    right = np.where(mirrored, 1 - wide, wide)
    out = (-1) ** (n + 1) * math.factorial(n) * zeta_array(np.full_like(wide, n + 1.0), right)
    if mirrored.any():
        out = np.where(mirrored, (-1) ** n * out - _cotangent_slope(np.where(mirrored, wide, 0.5), n), out)
    out = np.where(np.isneginf(wide), np.nan, out)  # it has poles all the way
    with np.errstate(over="ignore"):
        return out.astype(x.dtype, copy=False)


def _cotangent_slope(x: Any, n: int) -> Any:
    """The n-th derivative of ``pi cot(pi x)``, a polynomial in the cotangent: c' = -(1 + c**2).

    The reflection of `polygamma`, NIST Digital Library of Mathematical Functions, 5.15.6.
    """
    c, powers = np.tan(math.pi * (0.5 - (x - np.floor(x)))), np.polynomial.Polynomial([0.0, 1.0])
    for _ in range(n):
        powers = powers.deriv() * np.polynomial.Polynomial([-1.0, 0.0, -1.0])
    return math.pi ** (n + 1) * powers(c)


def _one_by_one(x: Any, n: int) -> Any:
    """The sum itself, and an integral in the place of its rest."""
    terms, s, far = (np.asarray(x)[..., None] + np.arange(2000)) ** (-n - 1.0), n + 1.0, x + 2000
    rest = far ** (1 - s) / (s - 1) + far**-s / 2 + s * far ** (-s - 1) / 12
    return (-1) ** (n + 1) * math.factorial(n) * (terms.sum(-1) + rest)


@with_out
def polygamma(n: int, input: Tensor) -> Tensor:
    """The derivative of order `n` of `digamma`.

    Raises ``RuntimeError`` for a negative `n`.

    >>> mt.polygamma(1, mt.tensor([1.0, 2.0]))
    tensor([1.6449, 0.6449])
    """
    if not isinstance(n, int):
        raise TypeError(f"polygamma(): argument 'n' (position 1) must be int, not {type(n).__name__}")
    if n < 0:
        raise RuntimeError(f"polygamma(n, x) does not support negative n, got {n}")
    return _polygamma(input, n) if n else digamma(input)


def _polygamma_method(self: Tensor, n: int) -> Tensor:
    """The derivative of order `n` of `digamma`."""
    return polygamma(n, self)


@op(kernel=without("zeta_cpu", HALF),
    y=lambda g, x, y: -g * x * zeta(x + 1, y), name="zeta", elementwise=True, floating=True,
    node="SpecialZetaBackward0", domain={"x": (2.1, 4.0), "y": (0.5, 3.0)},
    exempt={"complete": "there is no closed form of the derivative by the exponent"},
    reference=lambda x, y: _by_sums(x, y))  # fmt: skip
def zeta(x: Any, y: Any, /) -> Any:
    """Hurwitz's zeta function, ``sum over k of (y + k) ** -x``; the derivative by `x` is not here.

    >>> mt.special.zeta(mt.tensor([2.0]), mt.tensor([1.0]))
    tensor([1.6449])
    """
    return zeta_array(x, y)


def _by_sums(s: Any, q: Any) -> Any:
    s, q = np.asarray(s), np.asarray(q)
    terms, far = (q[..., None] + np.arange(3000)) ** -s[..., None], q + 3000
    return terms.sum(-1) + far ** (1 - s) / (s - 1) + far**-s / 2 + s * far ** (-s - 1) / 12


@with_out
def mvlgamma(input: Tensor, p: int) -> Tensor:
    """The logarithm of the gamma function of `p` variables, of Wishart's distribution.

    >>> mt.mvlgamma(mt.tensor([3.0]), 2)
    tensor([1.5502])
    """
    if p < 1:
        raise RuntimeError(f"mvlgamma: p has to be greater than or equal to 1, got {p}")
    x = floating(input)
    steps = Tensor._of(np.arange(0, p).astype(x.dtype) * -0.5)
    return sum(lgamma(unsqueeze(x, -1) + steps), -1) + p * (p - 1) / 4 * math.log(math.pi)


install(
    lgamma=lgamma, digamma=digamma, polygamma=_polygamma_method, mvlgamma=mvlgamma,
    lgamma_=_inplace("lgamma_", lgamma), digamma_=_inplace("digamma_", digamma),
    polygamma_=_inplace("polygamma_", _polygamma_method), mvlgamma_=_inplace("mvlgamma_", mvlgamma),
)  # fmt: skip
