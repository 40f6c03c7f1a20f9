"""Functions of one operand, element by element, and the choice between two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.out_argument import offered
from ...engine.tensor import Tensor


@op(x=lambda g, out: g * out, elementwise=True, floating=True, method=True, reference=np.exp)
def exp(x: Any, /) -> Any:
    """E to the `x`.

    >>> mt.exp(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(x)


@op(x=lambda g, x: g / x, elementwise=True, floating=True, method=True, domain=(0.2, 4), reference=np.log)
def log(x: Any, /) -> Any:
    """The natural logarithm; -inf at 0, NaN below, with NumPy's warnings.

    >>> mt.log(mt.tensor([1.0, math.e]))
    tensor([0., 1.])
    """
    return np.log(x)


_ONE = {n: np.array(1.0, f"f{n}") for n in (4, 8)}
"""By bytes.  An array of no dimensions is added in half the time that a Python number takes."""

_HIGHEST = {n: np.array(high, f"f{n}") for n, high in ((4, 88.0), (8, 709.0))}
"""By bytes.  The exponential of these is finite, and their sigmoid rounds to 1."""


@op(x=lambda g, out: g * (out - out * out), elementwise=True, floating=True, method=True,
    reference=lambda x: 1 / (1 + np.exp(-x)))  # fmt: skip
def sigmoid(x: Any, /) -> Any:
    """``1 / (1 + exp(-x))``, without overflow; 0 far below zero.

    >>> mt.sigmoid(mt.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """
    if x.itemsize == 2:
        return sigmoid(x.astype(np.float32)).astype(x.dtype)
    y = np.exp(np.minimum(x, _HIGHEST[x.itemsize]))
    if y.__class__ is not np.ndarray:
        return y / (1 + y)
    return np.divide(y, y + _ONE[x.itemsize], out=y)


@op(x=lambda g, out: g * (out + 1), elementwise=True, floating=True, method=True, reference=np.expm1)
def expm1(x: Any, /) -> Any:
    """``exp(x) - 1``, exact near 0.

    >>> mt.expm1(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.7183])
    """
    return np.expm1(x)


@op(x=lambda g, out: g * (out * math.log(2)), elementwise=True, floating=True, method=True, reference=np.exp2)
def exp2(x: Any, /) -> Any:
    """2 to the `x`.

    >>> mt.exp2(mt.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """
    return np.exp2(x)


@op(x=lambda g, x: g / (1 + x), elementwise=True, floating=True, method=True, domain=(-0.5, 4),
    node="Log1PBackward0",
    reference=np.log1p)  # fmt: skip
def log1p(x: Any, /) -> Any:
    """``log(1 + x)``, exact near 0.

    >>> mt.log1p(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """
    return np.log1p(x)


@op(x=lambda g, x: g / (x * math.log(2)), elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=np.log2)  # fmt: skip
def log2(x: Any, /) -> Any:
    """The logarithm to base 2.

    >>> mt.log2(mt.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return np.log2(x)


@op(x=lambda g, x: g / (x * math.log(10)), elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=np.log10)  # fmt: skip
def log10(x: Any, /) -> Any:
    """The logarithm to base 10.

    >>> mt.log10(mt.tensor([1.0, 0.5]))
    tensor([ 0.0000, -0.3010])
    """
    return np.log10(x)


@op(x=lambda g, x, out: g * np.exp(x - out), y=lambda g, y, out: g * np.exp(y - out), elementwise=True,
    floating=True, method=True, reference=np.logaddexp)  # fmt: skip
def logaddexp(x: Any, y: Any, /) -> Any:
    """``log(exp(x) + exp(y))``, without overflow.

    >>> mt.logaddexp(mt.tensor([1000.0]), mt.tensor([1000.0]))
    tensor([1000.6932])
    """
    return np.logaddexp(x, y)


@offered
def logaddexp2(input: Tensor, other: Tensor) -> Any:
    """``log2(2 ** input + 2 ** other)``, without overflow.

    >>> mt.logaddexp2(mt.tensor([1.0]), mt.tensor([1.0]))
    tensor([2.])
    """
    return logaddexp(input * math.log(2), other * math.log(2)) / math.log(2)
