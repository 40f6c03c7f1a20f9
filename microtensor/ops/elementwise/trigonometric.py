"""More elementary functions of one and two operands, in the manner of `pointwise` and `arithmetic`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import COMPLEX, WHOLE, unsupported, without
from ...engine.op import op
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from .select import select, zeros_like


@op(x=lambda g, out: g * (1 + out * out),
    complex=True, elementwise=True, floating=True, method=True, domain=(-1.2, 1.2),
    reference=np.tan)  # fmt: skip
def tan(x: Any, /) -> Any:
    """Tangent of radians.

    >>> mt.tan(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5574])
    """
    return np.tan(x)


@op(x=lambda g, x: g * np.cosh(x), complex=True, elementwise=True, floating=True, method=True,
    reference=np.sinh)  # fmt: skip
def sinh(x: Any, /) -> Any:
    """Hyperbolic sine.

    >>> mt.sinh(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.1752])
    """
    return np.sinh(x)


@op(x=lambda g, x: g * np.sinh(x), complex=True, elementwise=True, floating=True, method=True,
    reference=np.cosh)  # fmt: skip
def cosh(x: Any, /) -> Any:
    """Hyperbolic cosine.

    >>> mt.cosh(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 1.5431])
    """
    return np.cosh(x)


@op(x=lambda g, x: g / np.sqrt(1 - x * x),
    complex=True, elementwise=True, floating=True, method=True, domain=(-0.9, 0.9),
    reference=np.arcsin)  # fmt: skip
def asin(x: Any, /) -> Any:
    """The angle, in radians, of this sine.

    >>> mt.asin(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 1.5708])
    """
    return np.arcsin(x)


@op(x=lambda g, x: -g / np.sqrt(1 - x * x),
    complex=True, elementwise=True, floating=True, method=True, domain=(-0.9, 0.9),
    reference=np.arccos)  # fmt: skip
def acos(x: Any, /) -> Any:
    """The angle, in radians, of this cosine.

    >>> mt.acos(mt.tensor([1.0, 0.0]))
    tensor([0.0000, 1.5708])
    """
    return np.arccos(x)


@op(x=lambda g, x: g / (1 + x * x), complex=True, elementwise=True, floating=True, method=True,
    reference=np.arctan)  # fmt: skip
def atan(x: Any, /) -> Any:
    """The angle, in radians, of this tangent.

    >>> mt.atan(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7854])
    """
    return np.arctan(x)


@op(x=lambda g, x: g * (1 + x * x) ** -0.5, complex=True, elementwise=True, floating=True, method=True,
    reference=np.arcsinh)  # fmt: skip
def asinh(x: Any, /) -> Any:
    """The inverse of `sinh`.

    >>> mt.asinh(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8814])
    """
    return np.arcsinh(x)


@op(x=lambda g, x: g * ((x - 1) ** -0.5 * (x + 1) ** -0.5),
    complex=True, elementwise=True, floating=True, method=True, domain=(1.2, 4),
    reference=np.arccosh)  # fmt: skip
def acosh(x: Any, /) -> Any:
    """The inverse of `cosh`.

    >>> mt.acosh(mt.tensor([1.0, 2.0]))
    tensor([0.0000, 1.3170])
    """
    return np.arccosh(x)


@op(x=lambda g, x: g / (1 - x * x),
    complex=True, elementwise=True, floating=True, method=True, domain=(-0.9, 0.9),
    reference=np.arctanh)  # fmt: skip
def atanh(x: Any, /) -> Any:
    """The inverse of `tanh`.

    >>> mt.atanh(mt.tensor([0.0, 0.5]))
    tensor([0.0000, 0.5493])
    """
    return np.arctanh(x)


def _over_square(part: Any, x: Any, y: Any) -> Any:
    """``part / (x^2 + y^2)``, and 0 at the origin."""
    square = x * x + y * y
    origin = square == 0
    return select(origin, zeros_like(square), part / select(origin, zeros_like(square) + 1, square))


@op(tensors="x y", x=lambda g, x, y: g * _over_square(y, x, y), y=lambda g, x, y: g * _over_square(-x, x, y),
    elementwise=True, floating=True, method=True, domain={"x": (-3, 3), "y": (0.5, 3)},
    reference=np.arctan2)  # fmt: skip
def atan2(x: Any, y: Any, /) -> Any:
    """The angle of the point (y, x): ``atan(x / y)`` in the right quadrant; the slope at 0, 0 is 0.

    >>> mt.atan2(mt.tensor([1.0]), mt.tensor([-1.0]))
    tensor([2.3562])
    """
    return np.arctan2(x, y)


@op(tensors="x y", kernel=without("hypot_cpu", WHOLE),
    x=lambda g, x, out: g * (x / out), y=lambda g, y, out: g * (y / out), elementwise=True,
    floating=True, method=True, domain=(0.5, 3), reference=np.hypot)  # fmt: skip
def hypot(x: Any, y: Any, /) -> Any:
    """``sqrt(x * x + y * y)``, without overflow.

    >>> mt.hypot(mt.tensor([3.0]), mt.tensor([4.0]))
    tensor([5.])
    """
    return np.hypot(x, y)


for _short in ("sin", "cos", "tan", "sinh", "cosh", "tanh"):
    setattr(Tensor, f"arc{_short}", getattr(Tensor, f"a{_short}"))
setattr(Tensor, "arctan2", atan2)  # noqa: B010 - methods are not declared


@offered
def deg2rad(input: Tensor) -> Any:
    """Degrees as radians.

    >>> mt.deg2rad(mt.tensor([180.0]))
    tensor([3.1416])
    """
    unsupported("deg2rad is not supported for complex tensors: {}", COMPLEX)(input)
    return input * (math.pi / 180)


@offered
def rad2deg(input: Tensor) -> Any:
    """Radians as degrees.

    >>> mt.rad2deg(mt.tensor([math.pi]))
    tensor([180.])
    """
    unsupported("rad2deg is not supported for complex tensors: {}", COMPLEX)(input)
    return input * (180 / math.pi)


@op(
    x=lambda g, x: g * np.cos(x), complex=True, elementwise=True, floating=True, method=True, reference=np.sin
)
def sin(x: Any, /) -> Any:
    """Sine of radians.

    >>> mt.sin(mt.tensor([0.0, math.pi / 2]))
    tensor([0., 1.])
    """
    return np.sin(x)


@op(x=lambda g, x: -g * np.sin(x), complex=True, elementwise=True, floating=True, method=True,
    reference=np.cos)  # fmt: skip
def cos(x: Any, /) -> Any:
    """Cosine of radians.

    >>> mt.cos(mt.tensor([0.0]))
    tensor([1.])
    """
    return np.cos(x)


@op(x=lambda g, out: g * (1 - out * out), complex=True, elementwise=True, floating=True, method=True,
    reference=np.tanh)  # fmt: skip
def tanh(x: Any, /) -> Any:
    """Hyperbolic tangent.

    >>> mt.tanh(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    return np.tanh(x)
