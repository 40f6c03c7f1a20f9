"""Bessel's modified functions of the first kind, whose derivatives are the neighbours' means.

NIST Digital Library of Mathematical Functions: the power series 10.25.2, all of whose terms are positive,
and the asymptotic series 10.40.1 beyond; the derivatives 10.29.1, which do not divide by x.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import HALF, without
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.sign_abs import sign
from ..inplace.methods import _inplace


def scaled_bessel(x: Any, n: int) -> Any:
    """``exp(-|x|) I_n(x)`` in float64."""
    size = np.abs(np.asarray(x, np.float64))
    limit = 30.0 + n * n
    small, large = np.minimum(size, limit), np.maximum(size, limit)
    with np.errstate(all="ignore"):
        out = np.where(size < limit, _power_series(small, n) * np.exp(-small), _asymptotic(large, n))
    return np.where(np.isnan(size), size, np.where(x < 0, (-1) ** n * out, out))


def _power_series(x: Any, n: int) -> Any:
    square, term = x * x / 4, (x / 2) ** n / math.factorial(n)
    out, k = term, 1
    while np.any(term > 1e-17 * out):
        term = term * square / (k * (k + n))
        out, k = out + term, k + 1
    return out


def _asymptotic(x: Any, n: int) -> Any:
    term = out = np.ones_like(x)
    for k in range(1, 30):
        term = -term * (4 * n * n - (2 * k - 1) ** 2) / (8 * k * x)
        out = out + term
    return out / np.sqrt(2 * np.pi * x)


def _by_integral(x: Any, n: int, scaled: bool = False) -> Any:
    """The mean of ``exp(x cos t) cos(n t)`` over a circle."""
    t = (np.arange(200) + 0.5) * (np.pi / 200)
    x = np.asarray(x)[..., None]
    return (np.exp(x * np.cos(t) - scaled * np.abs(x)) * np.cos(n * t)).mean(-1)


@op(x=lambda g, x, n: g * 0.5 * (bessel_i(x, abs(n - 1)) + bessel_i(x, n + 1)), floating=True,
    samples=[case((2, 3), n=1), case((3,), n=2), case(np.array([0.0, -1.0]), n=0)],
    reference=lambda x, n: _by_integral(x, n))  # fmt: skip
def bessel_i(x: Any, /, n: int) -> Any:
    """``I_n(x)`` for a whole number n >= 0.

    >>> from microtensor.ops.special.bessel import bessel_i
    >>> bessel_i(mt.tensor([1.0]), 2)
    tensor([0.1357])
    """
    with np.errstate(over="ignore"):
        return (scaled_bessel(x, n) * np.exp(np.abs(np.asarray(x, np.float64)))).astype(x.dtype, copy=False)


@op(x=lambda g, x, out, n: g * (0.5 * (bessel_ie(x, abs(n - 1)) + bessel_ie(x, n + 1)) - sign(x) * out),
    floating=True, samples=[case((2, 3), n=1), case((3,), n=2), case((3,), n=0)],
    reference=lambda x, n: _by_integral(x, n, True))  # fmt: skip
def bessel_ie(x: Any, /, n: int) -> Any:
    """``exp(-|x|) I_n(x)`` for a whole number n >= 0.

    >>> from microtensor.ops.special.bessel import bessel_ie
    >>> bessel_ie(mt.tensor([1.0]), 2)
    tensor([0.0499])
    """
    return scaled_bessel(x, n).astype(x.dtype, copy=False)


@op(x=lambda g, x: g * i1(x), elementwise=True, floating=True, reference=lambda x: _by_integral(x, 0))
def i0(x: Any, /) -> Any:
    """Bessel's modified function of order 0.

    >>> mt.i0(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 1.2661])
    """
    return bessel_i(x, 0)


@op(x=lambda g, x: g * 0.5 * (i0(x) + bessel_i(x, 2)), elementwise=True, floating=True,
    node="SpecialI1Backward0", reference=lambda x: _by_integral(x, 1))  # fmt: skip
def i1(x: Any, /) -> Any:
    """Bessel's modified function of order 1.

    >>> mt.special.i1(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.5652])
    """
    return bessel_i(x, 1)


@with_out
def modified_bessel_i0(input: Tensor) -> Tensor:
    """`i0`, for which PyTorch has another kernel here: none for float16.

    >>> mt.special.modified_bessel_i0(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 1.2661])
    """
    without("modified_bessel_i0_cpu", HALF)(input)
    return i0(input)


@with_out
def modified_bessel_i1(input: Tensor) -> Tensor:
    """`i1`, as `modified_bessel_i0`.

    >>> mt.special.modified_bessel_i1(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.5652])
    """
    without("modified_bessel_i1_cpu", HALF)(input)
    return i1(input)


@op(x=lambda g, x, out: g * (i1e(x) - sign(x) * out), elementwise=True, floating=True,
    node="SpecialI0EBackward0", reference=lambda x: _by_integral(x, 0, True))  # fmt: skip
def i0e(x: Any, /) -> Any:
    """``exp(-|x|) * i0(x)``, which does not overflow.

    >>> mt.special.i0e(mt.tensor([0.0, 1000.0]))
    tensor([1.0000, 0.0126])
    """
    return bessel_ie(x, 0)


@op(x=lambda g, x, out: g * (0.5 * (i0e(x) + bessel_ie(x, 2)) - sign(x) * out), elementwise=True,
    floating=True, node="SpecialI1EBackward0", reference=lambda x: _by_integral(x, 1, True))  # fmt: skip
def i1e(x: Any, /) -> Any:
    """``exp(-|x|) * i1(x)``, which does not overflow.

    >>> mt.special.i1e(mt.tensor([0.0, 1000.0]))
    tensor([0.0000, 0.0126])
    """
    return bessel_ie(x, 1)


install(i0=i0, i0_=_inplace("i0_", i0))
