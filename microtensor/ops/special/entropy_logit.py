"""Functions of probabilities, with their limits at 0, and the two that smooth and undo a sigmoid."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.apply import expect_tensors
from ...engine.half import widened
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.select import select, zeros_like
from ..inplace.methods import _inplace


@op(x=lambda g, x: -g * (np.log(x) + 1), elementwise=True, floating=True, node="SpecialEntrBackward0",
    domain=(0.2, 3), reference=lambda x: -x * np.log(x))  # fmt: skip
def entr(x: Any, /) -> Any:
    """``-x * log(x)``: 0 at 0, -inf below; its slope at 0 is infinite.

    >>> mt.special.entr(mt.tensor([0.0, 0.5]))
    tensor([0.0000, 0.3466])
    """
    with np.errstate(all="ignore"):
        out = -x * np.log(x)
    return np.where(x == 0, 0 * x, np.where(x < 0, x.dtype.type(-math.inf), out))


@op(x=lambda g, x, y: g * _unless_zero(np.log, x, y, 0), y=lambda g, x, y: g * x / y, name="xlogy",
    elementwise=True, floating=True, domain=(0.2, 3), reference=lambda x, y: x * np.log(y))  # fmt: skip
def _xlogy(x: Any, y: Any, /) -> Any:
    """``x * log(y)``, and 0 where `x` is 0.

    >>> mt.xlogy(mt.tensor([0.0, 2.0]), mt.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    return _product(np.log, x, y)


@op(x=lambda g, x, y: g * _unless_zero(np.log1p, x, y, -1), y=lambda g, x, y: g * x / (y + 1),
    name="xlog1py", elementwise=True, floating=True, node="SpecialXlog1PyBackward0", domain=(0.2, 3),
    reference=lambda x, y: x * np.log1p(y))  # fmt: skip
def _xlog1py(x: Any, y: Any, /) -> Any:
    """``x * log1p(y)``, and 0 where `x` is 0.

    >>> mt.special.xlog1py(mt.tensor([0.0, 2.0]), mt.tensor([-1.0, 0.0]))
    tensor([0., 0.])
    """
    return _product(np.log1p, x, y)


def _product(log: Any, x: Any, y: Any) -> Any:
    """``x * log(y)``; 0 where `x` is 0 and `y` is a number."""
    with np.errstate(all="ignore"):
        return np.where((x == 0) & ~np.isnan(y), (x * y).dtype.type(0), x * log(y))


def _unless_zero(log: Any, x: Any, y: Any, pole: float) -> Any:
    """``log(y)``, but 0 where `x` is 0 and the logarithm is not finite: a constant 0 has slope 0."""
    nothing = (x == 0) & (y <= pole)
    return select(nothing, zeros_like(y), log(select(nothing, zeros_like(y) + 1, y)))


def _tensors(input: Any, other: Any) -> tuple[Any, Any]:
    """A number beside a tensor, as a tensor of its dtype."""
    if not isinstance(other, Tensor):
        expect_tensors("xlogy", input=input)
    dtype: dtypes.DType = next(x.dtype for x in (input, other) if isinstance(x, Tensor))
    dtype = dtype if dtype.kind == "f" else dtypes.default_dtype()
    pair = [x if isinstance(x, Tensor) else Tensor._of(np.asarray(x, dtype)) for x in (input, other)]
    return pair[0], pair[1]


@with_out(also={"self": "input"})
def xlogy(input: Any, other: Any) -> Tensor:
    """``input * log(other)``, and 0 where `input` is 0 (NaN where `other` is); one of them may be a number.

    >>> mt.xlogy(mt.tensor([0.0, 2.0]), mt.tensor([0.0, 1.0]))
    tensor([0., 0.])
    """
    return _xlogy(*_tensors(input, other))


@with_out
def xlog1py(input: Any, other: Any) -> Tensor:
    """``input * log1p(other)``, and 0 where `input` is 0; one of them may be a number.

    >>> mt.special.xlog1py(mt.tensor([0.0, 2.0]), mt.tensor([-1.0, 0.0]))
    tensor([0., 0.])
    """
    return _xlog1py(*_tensors(input, other))


# -------------------------------------------------------------------------- logit, sinc


@op(x=lambda g, x, eps: _logit_slope(g, x, eps), name="logit", floating=True, domain=(0.1, 0.9),
    samples=[case(()), case((2, 3)), case((4,), eps=0.2), case((0,))],
    reference=lambda x, eps=None: _odds(x if eps is None else np.clip(x, eps, 1 - eps)))  # fmt: skip
@widened
def logit(x: Any, /, eps: float | None = None) -> Any:
    """``log(x / (1 - x))``, the inverse of the sigmoid; `x` is limited to [eps, 1 - eps] first, if given.

    NaN outside of [0, 1] without `eps`, with it there is no gradient outside.

    >>> mt.logit(mt.tensor([0.5, 0.75]))
    tensor([0.0000, 1.0986])
    """
    z = x if eps is None else np.minimum(np.maximum(x, eps), 1 - eps)
    with np.errstate(all="ignore"):
        return np.log(z) - np.log1p(-z)


def _odds(x: Any) -> Any:
    return np.log(x / (1 - x))


def _logit_slope(g: Any, x: Any, eps: float | None) -> Any:
    low, fill = (0.0, math.nan) if eps is None else (eps, 0.0)
    outside = (x < low) | (x > 1 - low)
    slope = 1 / select(outside, zeros_like(x) + 1, x * (1 - x))
    return g * select(outside, zeros_like(x) + fill, slope)


@op(x=lambda g, x: math.pi * g * sinc_slope(x, 1), complex=True, elementwise=True, floating=True,
    reference=lambda x: np.sinc(x))  # fmt: skip
def sinc(x: Any, /) -> Any:
    """``sin(pi x) / (pi x)``, and 1 at 0.

    >>> mt.sinc(mt.tensor([0.0, 0.5, 1.0]))
    tensor([ 1.0000e+00,  6.3662e-01, -2.7828e-08])
    """
    z = np.pi * x
    return np.where(z == 0, 1 + 0 * z, np.sin(z) / np.where(z == 0, 1, z)).astype(x.dtype, copy=False)


@op(x=lambda g, x, n: math.pi * g * sinc_slope(x, n + 1), complex=True, floating=True,
    samples=[case((2, 3), n=1), case((3,), n=2), case((), n=1), case(np.array([0.0, 1e-9]), n=3)],
    reference=lambda x, n: _by_integral(x, n))  # fmt: skip
def sinc_slope(x: Any, /, n: int) -> Any:
    """The derivative of order `n` of ``sin(z) / z`` at ``z = pi * x``, exact near 0 as well.

    Each from the one before by the product rule; by the Taylor series where that would cancel.

    >>> from microtensor.ops.special.entropy_logit import sinc_slope
    >>> sinc_slope(mt.tensor([0.0]), 2)
    tensor([-0.3333])
    """
    z = np.pi * np.asarray(x, np.result_type(x, np.float64))
    small = np.abs(z) < 1 + 0.7 * n
    far, near = np.where(small, 1.0, z), np.where(small, z, 0.0)
    out = np.sin(far) / far
    for k in range(1, n + 1):
        out = (np.sin(far + k * np.pi / 2) - k * out) / far
    return np.where(small, _near_zero(near, n), out).astype(x.dtype, copy=False)


def _near_zero(z: Any, n: int) -> Any:
    first = (n + 1) // 2
    terms = [(-1) ** k / ((2 * k + 1) * math.factorial(2 * k - n)) for k in range(first, first + 14 + n)]
    out = np.zeros_like(z)
    for c in reversed(terms):
        out = out * z * z + c
    return out * z ** (2 * first - n)


def _by_integral(x: Any, n: int) -> Any:
    """The integral of ``t**n cos(z t + n pi / 2)`` from 0 to 1, by Gauss's rule."""
    nodes, weights = np.polynomial.legendre.leggauss(60)
    t = (nodes + 1) / 2
    return (t**n * np.cos(np.pi * np.asarray(x)[..., None] * t + n * np.pi / 2) @ weights) / 2


install(
    xlogy=xlogy, logit=logit, sinc=sinc,
    xlogy_=_inplace("xlogy_", xlogy), logit_=_inplace("logit_", logit), sinc_=_inplace("sinc_", sinc),
)  # fmt: skip
