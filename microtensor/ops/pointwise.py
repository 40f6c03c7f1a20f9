"""Functions of one operand, element by element, and the choice between two."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.op import op
from ..engine.op_definition import case
from ..engine.promotion import result_type
from ..engine.tensor import Tensor, install
from .erf import erf_array


@op(x=lambda g: -g, elementwise=True, method=True, reference=np.negative)
def neg(x: Any, /) -> Any:
    """``-x``.

    >>> mt.neg(mt.tensor([1.0, -2.0]))
    tensor([-1.,  2.])
    """
    try:
        return -x
    except TypeError as error:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to "
            "invert a mask, use the `~` or `logical_not()` operator instead."
        ) from error


@op(x=lambda g, x: g * sign(x), elementwise=True, method=True, reference=np.abs)
def abs(x: Any, /) -> Any:
    """The absolute value; the derivative at 0 is 0.

    >>> mt.abs(mt.tensor([-1.0, 2.0]))
    tensor([1., 2.])
    """
    return np.abs(x)


@op(x=lambda g: blank(g), elementwise=True, method=True, reference=np.sign, domain=(0.1, 3))
def sign(x: Any, /) -> Any:
    """-1, 0 or 1, and NaN for NaN; the derivative is 0.

    >>> mt.sign(mt.tensor([-2.0, 0.0, 3.0]))
    tensor([-1.,  0.,  1.])
    """
    return np.sign(x) if x.dtype.kind != "b" else x.copy()


@op(x=lambda g, out: g * out, elementwise=True, floating=True, method=True, reference=np.exp)
def exp(x: Any, /) -> Any:
    """E to the `x`.

    >>> mt.exp(mt.tensor([0.0, 1.0]))
    tensor([1.0000, 2.7183])
    """
    return np.exp(x)


@op(x=lambda g, x: g / x, elementwise=True, floating=True, method=True,
    domain=(0.2, 4), reference=np.log)  # fmt: skip
def log(x: Any, /) -> Any:
    """The natural logarithm; -inf at 0, NaN below, with NumPy's warnings.

    >>> mt.log(mt.tensor([1.0, math.e]))
    tensor([0., 1.])
    """
    return np.log(x)


@op(x=lambda g, out: g / (2 * out), elementwise=True, floating=True, method=True,
    domain=(0.2, 4), reference=np.sqrt)  # fmt: skip
def sqrt(x: Any, /) -> Any:
    """The square root; its derivative at 0 is infinite.

    >>> mt.sqrt(mt.tensor([4.0, 9.0]))
    tensor([2., 3.])
    """
    return np.sqrt(x)


@op(x=lambda g, out: g * (-0.5 * out**3), elementwise=True, floating=True, method=True,
    domain=(0.2, 4), reference=lambda x: 1 / np.sqrt(x))  # fmt: skip
def rsqrt(x: Any, /) -> Any:
    """One over the square root.

    >>> mt.rsqrt(mt.tensor([4.0]))
    tensor([0.5000])
    """
    return 1 / np.sqrt(x)


@op(x=lambda g, x: 2 * g * x, elementwise=True, method=True, node="PowBackward0",
    reference=np.square)  # fmt: skip
def square(x: Any, /) -> Any:
    """``x * x``.

    >>> mt.square(mt.tensor([3.0]))
    tensor([9.])
    """
    return x * x


@op(x=lambda g, out: -g * out * out, elementwise=True, floating=True, method=True,
    domain=(0.3, 3), reference=lambda x: 1 / x)  # fmt: skip
def reciprocal(x: Any, /) -> Any:
    """``1 / x``.

    >>> mt.reciprocal(mt.tensor([4.0]))
    tensor([0.2500])
    """
    return 1 / x


@op(x=lambda g, x: g * np.cos(x), elementwise=True, floating=True, method=True, reference=np.sin)
def sin(x: Any, /) -> Any:
    """Sine of radians.

    >>> mt.sin(mt.tensor([0.0, math.pi / 2]))
    tensor([0., 1.])
    """
    return np.sin(x)


@op(x=lambda g, x: -g * np.sin(x), elementwise=True, floating=True, method=True, reference=np.cos)
def cos(x: Any, /) -> Any:
    """Cosine of radians.

    >>> mt.cos(mt.tensor([0.0]))
    tensor([1.])
    """
    return np.cos(x)


@op(x=lambda g, out: g * (1 - out * out), elementwise=True, floating=True, method=True,
    reference=np.tanh)  # fmt: skip
def tanh(x: Any, /) -> Any:
    """Hyperbolic tangent.

    >>> mt.tanh(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7616])
    """
    return np.tanh(x)


_LOWEST = {n: np.array(low, f"f{n}") for n, low in ((4, -88.0), (8, -709.0))}
"""By bytes.  Below these exp(-x) overflows, and the sigmoid is less than the smallest normal number."""

_ONE = {n: np.array(1.0, f"f{n}") for n in (4, 8)}
"""By bytes.  An array of no dimensions is added in half the time that a Python number takes."""


@op(x=lambda g, out: g * (out - out * out), elementwise=True, floating=True, method=True,
    reference=lambda x: 1 / (1 + np.exp(-x)))  # fmt: skip
def sigmoid(x: Any, /) -> Any:
    """``1 / (1 + exp(-x))``, without overflow.

    >>> mt.sigmoid(mt.tensor([0.0, 2.0]))
    tensor([0.5000, 0.8808])
    """
    if x.itemsize == 2:
        return sigmoid(x.astype(np.float32)).astype(x.dtype)
    y = np.negative(np.maximum(x, _LOWEST[x.itemsize]))
    if y.__class__ is not np.ndarray:
        return 1 / (1 + np.exp(y))
    y = np.exp(y, out=y)
    y += _ONE[x.itemsize]
    return np.reciprocal(y, out=y)


@op(x=lambda g, x: g * (2 / math.sqrt(math.pi) * np.exp(-x * x)), elementwise=True,
    floating=True, method=True, reference=np.vectorize(math.erf, otypes=[float]))  # fmt: skip
def erf(x: Any, /) -> Any:
    """The error function, by W. J. Cody's rational approximations (see `ops.erf`).

    >>> mt.erf(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.8427])
    """
    return erf_array(x)


@op(x=lambda g: blank(g), elementwise=True, method="floor", domain=(0.2, 0.8), reference=np.floor)
def floor(x: Any, /) -> Any:
    """Round down; the derivative is 0.

    >>> mt.floor(mt.tensor([1.7, -1.2]))
    tensor([ 1., -2.])
    """
    return np.floor(x)


@op(x=lambda g: blank(g), elementwise=True, method="ceil", domain=(0.2, 0.8), reference=np.ceil)
def ceil(x: Any, /) -> Any:
    """Round up; the derivative is 0.

    >>> mt.ceil(mt.tensor([1.2, -1.7]))
    tensor([ 2., -1.])
    """
    return np.ceil(x)


@op(x=lambda g: blank(g), elementwise=True, method=True, domain=(0.6, 1.4), reference=np.round)
def round(x: Any, /, *, decimals: int = 0) -> Any:
    """Round to the nearest, ties to even; the derivative is 0.

    >>> mt.round(mt.tensor([0.5, 1.5, 2.4]))
    tensor([0., 2., 2.])
    """
    return np.round(x, decimals) if x.dtype.kind != "b" else x.copy()


def _inside(x: Any, min: Any, max: Any) -> Any:
    """Where `x` lies between the bounds, which count as inside."""
    if min is None:
        return x <= max
    return x >= min if max is None else (x >= min) & (x <= max)


@op(x=lambda g, x, min, max: g * _inside(x, min, max), name="clamp", node="ClampBackward1",
    samples=[case((3, 4), min=-1.0, max=1.0), case((5,), min=0.0), case((5,), max=0.0)],
    reference=lambda x, min=None, max=None: np.clip(x, min, max))  # fmt: skip
def _clamp(x: Any, /, min: Any = None, max: Any = None) -> Any:
    """Limit to numbers; the gradient passes where x lies between the bounds, bounds included.

    >>> mt.clamp(mt.tensor([-2.0, 0.5, 2.0]), -1, 1)
    tensor([-1.0000,  0.5000,  1.0000])
    """
    low = x if min is None else np.maximum(x, min)
    return low if max is None else np.minimum(low, max)


def clamp(input: Tensor, min: Any = None, max: Any = None) -> Any:
    """`input` limited to at least `min` and at most `max`, numbers or tensors.

    Raises ``RuntimeError`` if both bounds are missing.

    >>> mt.clamp(mt.tensor([-2.0, 0.5, 2.0]), max=1)
    tensor([-2.0000,  0.5000,  1.0000])
    """
    if min is None and max is None:
        raise RuntimeError("torch.clamp: At least one of 'min' or 'max' must not be None")
    if not isinstance(min, Tensor) and not isinstance(max, Tensor):
        return _clamp(_wide(input, min, max), min, max)
    low = input if min is None else clamp_min(input, min)
    return low if max is None else clamp_max(low, max)


@op(x=lambda g, x, min: g * (x >= min), min=lambda g, x, min: g * (x < min), elementwise=True,
    method=True, node="ClampBackward0", reference=np.maximum)  # fmt: skip
def clamp_min(x: Any, min: Any, /) -> Any:
    """`x`, at least `min`; at a tie the gradient is that of `x`.

    >>> mt.clamp_min(mt.tensor([-1.0, 2.0]), 0)
    tensor([0., 2.])
    """
    return np.maximum(x, min)


@op(x=lambda g, x, max: g * (x <= max), max=lambda g, x, max: g * (x > max), elementwise=True,
    method=True, node="ClampBackward0", reference=np.minimum)  # fmt: skip
def clamp_max(x: Any, max: Any, /) -> Any:
    """`x`, at most `max`; at a tie the gradient is that of `x`.

    >>> mt.clamp_max(mt.tensor([-1.0, 2.0]), 0)
    tensor([-1.,  0.])
    """
    return np.minimum(x, max)


def _wide(x: Tensor, *bounds: Any) -> Tensor:

    return x.to(result_type(x, *[b for b in bounds if b is not None]))  # type: ignore[no-any-return]


@op(
    x=lambda g, condition: select(condition, g, blank(g)),
    y=lambda g, condition: select(condition, blank(g), g),
    promote=False, name="where", node="WhereBackward0",
    samples=[case(np.array([[True], [False]]), (2, 3), (2, 3)), case(np.array(True), (), ())],
    reference=np.where,
)  # fmt: skip
def _where(condition: Any, x: Any, y: Any, /) -> Any:
    """`x` where the condition holds, else `y`, all of one shape.

    >>> mt.where(mt.tensor([True, False]), mt.tensor([1.0, 1.0]), mt.tensor([2.0, 2.0]))
    tensor([1., 2.])
    """
    return np.where(condition, x, y)


def select(condition: Any, x: Any, y: Any) -> Any:
    """``where`` on either carrier, for formulas whose operands have one shape and dtype."""
    if isinstance(x, Tensor) or isinstance(y, Tensor):
        from .joining import where

        return where(condition if isinstance(condition, Tensor) else Tensor._of(condition), x, y)
    return np.where(condition, x, y)


def blank(g: Any) -> Any:
    """Zeros like `g`, on its carrier; not ``g * 0``, which is NaN where `g` is infinite."""
    if isinstance(g, Tensor):
        return Tensor._of(np.zeros(tuple(g.shape), g.dtype))
    return np.zeros(g.shape, g.dtype)


install(clamp=clamp, clip=clamp, absolute=abs, negative=neg)
