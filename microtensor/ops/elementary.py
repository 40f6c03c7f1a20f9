"""More elementary functions of one and two operands, in the manner of `pointwise` and `arithmetic`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.op import op
from ..engine.tensor import Tensor
from .pointwise import blank, select


@op(x=lambda g, out: g * (out + 1), elementwise=True, floating=True, method=True,
    reference=lambda x: np.expm1(x))  # fmt: skip
def expm1(x: Any, /) -> Any:
    """``exp(x) - 1``, exact near 0.

    >>> mt.expm1(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.7183])
    """
    return np.expm1(x)


@op(x=lambda g, out: g * (out * math.log(2)), elementwise=True, floating=True, method=True,
    reference=lambda x: np.exp2(x))  # fmt: skip
def exp2(x: Any, /) -> Any:
    """2 to the `x`.

    >>> mt.exp2(mt.tensor([0.0, 3.0]))
    tensor([1., 8.])
    """
    return np.exp2(x)


@op(x=lambda g, x: g / (1 + x), elementwise=True, floating=True, method=True, domain=(-0.5, 4),
    node="Log1PBackward0",
    reference=lambda x: np.log1p(x))  # fmt: skip
def log1p(x: Any, /) -> Any:
    """``log(1 + x)``, exact near 0.

    >>> mt.log1p(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.6931])
    """
    return np.log1p(x)


@op(x=lambda g, x: g / (x * math.log(2)), elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=lambda x: np.log2(x))  # fmt: skip
def log2(x: Any, /) -> Any:
    """The logarithm to base 2.

    >>> mt.log2(mt.tensor([1.0, 8.0]))
    tensor([0., 3.])
    """
    return np.log2(x)


@op(x=lambda g, x: g / (x * math.log(10)), elementwise=True, floating=True, method=True, domain=(0.2, 4),
    reference=lambda x: np.log10(x))  # fmt: skip
def log10(x: Any, /) -> Any:
    """The logarithm to base 10.

    >>> mt.log10(mt.tensor([1.0, 0.5]))
    tensor([ 0.0000, -0.3010])
    """
    return np.log10(x)


@op(x=lambda g, out: g * (1 + out * out), elementwise=True, floating=True, method=True, domain=(-1.2, 1.2),
    reference=lambda x: np.tan(x))  # fmt: skip
def tan(x: Any, /) -> Any:
    """Tangent of radians.

    >>> mt.tan(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5574])
    """
    return np.tan(x)


@op(x=lambda g, x: g * np.cosh(x), elementwise=True, floating=True, method=True,
    reference=lambda x: np.sinh(x))  # fmt: skip
def sinh(x: Any, /) -> Any:
    """Hyperbolic sine.

    >>> mt.sinh(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """
    return np.sinh(x)


@op(x=lambda g, x: g * np.sinh(x), elementwise=True, floating=True, method=True,
    reference=lambda x: np.cosh(x))  # fmt: skip
def cosh(x: Any, /) -> Any:
    """Hyperbolic cosine.

    >>> mt.cosh(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """
    return np.cosh(x)


@op(x=lambda g, x: g * (1 - x * x) ** -0.5, elementwise=True, floating=True, method=True, domain=(-0.9, 0.9),
    reference=lambda x: np.arcsin(x))  # fmt: skip
def asin(x: Any, /) -> Any:
    """The angle, in radians, of this sine.

    >>> mt.asin(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """
    return np.arcsin(x)


@op(x=lambda g, x: -g * (1 - x * x) ** -0.5, elementwise=True, floating=True, method=True, domain=(-0.9, 0.9),
    reference=lambda x: np.arccos(x))  # fmt: skip
def acos(x: Any, /) -> Any:
    """The angle, in radians, of this cosine.

    >>> mt.acos(mt.tensor([1.0, 0.0]))
    tensor([0.0000, 1.5708])
    """
    return np.arccos(x)


@op(x=lambda g, x: g / (1 + x * x), elementwise=True, floating=True, method=True,
    reference=lambda x: np.arctan(x))  # fmt: skip
def atan(x: Any, /) -> Any:
    """The angle, in radians, of this tangent.

    >>> mt.atan(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """
    return np.arctan(x)


@op(x=lambda g, x: g * (1 + x * x) ** -0.5, elementwise=True, floating=True, method=True,
    reference=lambda x: np.arcsinh(x))  # fmt: skip
def asinh(x: Any, /) -> Any:
    """The inverse of `sinh`.

    >>> mt.asinh(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """
    return np.arcsinh(x)


@op(x=lambda g, x: g * (x * x - 1) ** -0.5, elementwise=True, floating=True, method=True, domain=(1.2, 4),
    reference=lambda x: np.arccosh(x))  # fmt: skip
def acosh(x: Any, /) -> Any:
    """The inverse of `cosh`.

    >>> mt.acosh(mt.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """
    return np.arccosh(x)


@op(x=lambda g, x: g / (1 - x * x), elementwise=True, floating=True, method=True, domain=(-0.9, 0.9),
    reference=lambda x: np.arctanh(x))  # fmt: skip
def atanh(x: Any, /) -> Any:
    """The inverse of `tanh`.

    >>> mt.atanh(mt.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """
    return np.arctanh(x)


@op(x=lambda g: g, elementwise=True, method=True, domain=(0.2, 0.8), reference=lambda x: x - np.trunc(x))
def frac(x: Any, /) -> Any:
    """What `trunc` takes away.

    >>> mt.frac(mt.tensor([1.75, -1.75]))
    tensor([ 0.7500, -0.7500])
    """
    return x - np.trunc(x)


@op(x=lambda g: g, y=lambda g, x, y: -g * np.trunc(x / y), elementwise=True, method=True,
    domain={"x": (1.2, 1.6), "y": (0.9, 1.1)}, reference=np.fmod)  # fmt: skip
def fmod(x: Any, y: Any, /) -> Any:
    """The remainder with the dividend's sign, as C's ``fmod``.

    >>> mt.fmod(mt.tensor([5.0, -5.0]), 3)
    tensor([ 2., -2.])
    """
    return np.fmod(x, y)


def _over_square(part: Any, x: Any, y: Any) -> Any:
    """``part / (x^2 + y^2)``, and 0 at the origin."""
    square = x * x + y * y
    origin = square == 0
    return select(origin, blank(square), part / select(origin, blank(square) + 1, square))


@op(x=lambda g, x, y: g * _over_square(y, x, y), y=lambda g, x, y: g * _over_square(-x, x, y),
    elementwise=True, floating=True, method=True, domain={"x": (-3, 3), "y": (0.5, 3)},
    reference=np.arctan2)  # fmt: skip
def atan2(x: Any, y: Any, /) -> Any:
    """The angle of the point (y, x): ``atan(x / y)`` in the right quadrant; the slope at 0, 0 is 0.

    >>> mt.atan2(mt.tensor([1.0]), mt.tensor([-1.0]))
    tensor([2.3562])
    """
    return np.arctan2(x, y)


@op(x=lambda g, x, out: g * np.exp(x - out), y=lambda g, y, out: g * np.exp(y - out), elementwise=True,
    floating=True, method=True, reference=np.logaddexp)  # fmt: skip
def logaddexp(x: Any, y: Any, /) -> Any:
    """``log(exp(x) + exp(y))``, without overflow.

    >>> mt.logaddexp(mt.tensor([1000.0]), mt.tensor([1000.0]))
    tensor([1000.6932])
    """
    return np.logaddexp(x, y)


@op(x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out), elementwise=True,
    floating=True, method=True, domain=(0.5, 3), reference=np.hypot)  # fmt: skip
def hypot(x: Any, y: Any, /) -> Any:
    """``sqrt(x * x + y * y)``, without overflow.

    >>> mt.hypot(mt.tensor([3.0]), mt.tensor([4.0]))
    tensor([5.])
    """
    return np.hypot(x, y)


@op(x=lambda g, x: select(np.isfinite(x), g, blank(g)), elementwise=True, name="nan_to_num",
    reference=np.nan_to_num)  # fmt: skip
def _nan_to_num(x: Any, /, nan: float = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    """Numbers in the place of NaN and the infinities, which get no gradient.

    >>> mt.nan_to_num(mt.tensor([1.0, float("nan")]))
    tensor([1., 0.])
    """
    return np.nan_to_num(x, nan=nan, posinf=posinf, neginf=neginf)


def nan_to_num(input: Tensor, nan: float | None = None, posinf: Any = None, neginf: Any = None) -> Any:
    """`nan` for NaN, and for the infinities the largest numbers of the dtype, unless others are named.

    >>> mt.nan_to_num(mt.tensor([float("inf"), float("nan")]), 0.5, posinf=9.0)
    tensor([9.0000, 0.5000])
    """
    return _nan_to_num(input, 0.0 if nan is None else nan, posinf, neginf)


def lerp(input: Tensor, end: Tensor, weight: Any) -> Any:
    """``input + weight * (end - input)``: from `input` at weight 0 to `end` at 1.

    >>> mt.lerp(mt.tensor([0.0]), mt.tensor([10.0]), 0.25)
    tensor([2.5000])
    """
    return input + weight * (end - input)


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Any:
    """``input + value * tensor1 * tensor2``.

    >>> mt.addcmul(mt.tensor([1.0]), mt.tensor([2.0]), mt.tensor([3.0]), value=10)
    tensor([61.])
    """
    return input + value * tensor1 * tensor2


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: Any = 1) -> Any:
    """``input + value * tensor1 / tensor2``; ``RuntimeError`` for integers, as in PyTorch.

    >>> mt.addcdiv(mt.tensor([1.0]), mt.tensor([3.0]), mt.tensor([2.0]))
    tensor([2.5000])
    """
    if not tensor1.is_floating_point() and not tensor2.is_floating_point():
        raise RuntimeError("addcdiv: integer division is not supported: convert with x.float()")
    return input + value * (tensor1 / tensor2)


for _function in (nan_to_num, lerp, addcmul, addcdiv):
    setattr(Tensor, _function.__name__, _function)
for _short in ("sin", "cos", "tan", "sinh", "cosh", "tanh"):
    setattr(Tensor, f"arc{_short}", getattr(Tensor, f"a{_short}"))
setattr(Tensor, "arctan2", atan2)  # noqa: B010 - methods are not declared
