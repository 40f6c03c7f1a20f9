"""Functions of one operand, element by element, and the choice between two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.apply import expect_tensors
from ...engine.arrays.kernels import COMPLEX, WHOLE, without
from ...engine.arrays.limits import ONE, clip
from ...engine.op import op
from ...engine.out_argument import offered
from ...engine.promotion import resulting
from ...engine.tensor import Tensor


@op(x=lambda g, out: g * out, complex=True, elementwise=True, floating=True, method=True, reference=np.exp)
def exp(x: Any, /) -> Any:
    """E to the `x`.

    >>> mt.exp(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(x)


@op(x=lambda g, x: g / x, complex=True, elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=np.log)  # fmt: skip
def log(x: Any, /) -> Any:
    """The natural logarithm; -inf at 0, NaN below, with NumPy's warnings.

    >>> mt.log(mt.tensor([1.0, math.e]))
    tensor([0., 1.])
    """
    return np.log(x)


_HIGHEST = {code: np.array(high, code) for code, high in (("f", 88.0), ("d", 709.0))}
"""By NumPy's letters: the exponential of these is finite, and their sigmoid rounds to 1."""

_LOWEST = {code: np.array(-np.inf, code) for code in "fd"}


@op(x=lambda g, out: g * (out - out * out), complex=True, elementwise=True, floating=True, method=True,
    reference=lambda x: 1 / (1 + np.exp(-x)))  # fmt: skip
def sigmoid(x: Any, /) -> Any:
    """``1 / (1 + exp(-x))``, without overflow; 0 far below zero.

    >>> mt.sigmoid(mt.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """
    code = x.dtype.char
    if code not in _HIGHEST:
        return _complex_sigmoid(x) if x.dtype.kind == "c" else sigmoid(x.astype(np.float32)).astype(x.dtype)
    y = np.exp(clip(x, _LOWEST[code], _HIGHEST[code]))
    if y.__class__ is not np.ndarray:
        return y / (1 + y)
    return np.divide(y, y + ONE[code], out=y)


def _complex_sigmoid(x: Any) -> Any:
    """In the form that does not overflow on either side of the imaginary axis."""
    right = x.real >= 0
    small = np.exp(np.where(right, -x, x))
    return np.where(right, 1, small) / (1 + small)


@op(x=lambda g, out: g * (out + 1), complex=True, elementwise=True, floating=True, method=True,
    reference=np.expm1)  # fmt: skip
def expm1(x: Any, /) -> Any:
    """``exp(x) - 1``, exact near 0.

    >>> mt.expm1(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.7183])
    """
    return np.expm1(x)


@op(x=lambda g, out: g * (out * math.log(2)), complex=True, elementwise=True, floating=True, method=True,
    reference=np.exp2)  # fmt: skip
def exp2(x: Any, /) -> Any:
    """2 to the `x`.

    >>> mt.exp2(mt.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """
    return np.exp2(x)


@op(x=lambda g, x: g / (1 + x), complex=True, elementwise=True, floating=True, method=True, domain=(-0.5, 4),
    node="Log1PBackward0",
    reference=np.log1p)  # fmt: skip
def log1p(x: Any, /) -> Any:
    """``log(1 + x)``, exact near 0.

    >>> mt.log1p(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """
    return _complex_log1p(x) if x.dtype.kind == "c" else np.log1p(x)


def _complex_log1p(z: Any) -> Any:
    """``log(1 + z)`` with all digits of a small z, of which NumPy's loses those that a 1 does.

    The logarithm of a length of nearly 1 is that of its square, ``1 + x (2 + x) + y**2``, halved.
    """
    near = np.abs(z) < 0.5
    x, y = np.where(near, z.real, 0), np.where(near, z.imag, 0)
    out = np.empty(z.shape, z.dtype)
    out.real = np.where(near, np.log1p(x * (2 + x) + y * y) / 2, np.log(np.hypot(1 + z.real, z.imag)))
    out.imag = np.arctan2(z.imag, 1 + z.real)
    return out


@op(x=lambda g, x: g / (x * math.log(2)),
    complex=True, elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=np.log2)  # fmt: skip
def log2(x: Any, /) -> Any:
    """The logarithm to base 2.

    >>> mt.log2(mt.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return np.log2(x)


@op(x=lambda g, x: g / (x * math.log(10)),
    complex=True, elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=np.log10)  # fmt: skip
def log10(x: Any, /) -> Any:
    """The logarithm to base 10.

    >>> mt.log10(mt.tensor([1.0, 0.5]))
    tensor([ 0.0000, -0.3010])
    """
    return np.log10(x)


@op(tensors="x y", kernel=without("logaddexp_cpu", WHOLE),
    x=lambda g, x, out: g * np.exp(x - out), y=lambda g, y, out: g * np.exp(y - out),
    complex=True, elementwise=True,
    floating=True, method=True,
    reference=lambda x, y: np.log(np.exp(x) + np.exp(y)))  # fmt: skip
def logaddexp(x: Any, y: Any, /) -> Any:
    """``log(exp(x) + exp(y))``, without overflow.

    >>> mt.logaddexp(mt.tensor([1000.0]), mt.tensor([1000.0]))
    tensor([1000.6932])
    """
    if x.dtype.kind == "c":
        right = x.real >= y.real
        top, other = np.where(right, x, y), np.where(right, y, x)
        return top + _complex_log1p(np.exp(other - top))
    return np.logaddexp(x, y)


@offered
def logaddexp2(input: Tensor, other: Tensor) -> Any:
    """``log2(2 ** input + 2 ** other)``, without overflow.

    >>> mt.logaddexp2(mt.tensor([1.0]), mt.tensor([1.0]))
    tensor([2.])
    """
    expect_tensors("logaddexp2", input=input, other=other)
    without("logaddexp2_cpu", WHOLE | COMPLEX).check(resulting(input, other))
    return logaddexp(input * math.log(2), other * math.log(2)) / math.log(2)
