"""Quotients and remainders: true, floored, truncated, with the divisor's sign and with the dividend's."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import BOOL, without
from ...engine.op import op
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from .select import zeros_like


@op(
    x=lambda g, y: g / y,
    y=lambda g, x, y: -g * ((x / y) / y),
    elementwise=True, floating=True, domain={"x": (-3, 3), "y": (0.5, 3)},
    name="div", node="DivBackward0", complex=True, reference=np.true_divide,
)  # fmt: skip
def _div(x: Any, y: Any, /) -> Any:
    """True division; integers give the default dtype.

    >>> mt.div(mt.tensor([1, 2]), 2)
    tensor([0.5000, 1.0000])
    """
    return x / y


@with_out
def div(input: Any, other: Any, *, rounding_mode: str | None = None) -> Tensor:
    """``input / other``, rounded down (``"floor"``) or towards zero (``"trunc"``) if asked.

    Integers divide to the default dtype, or stay integers when rounded.  Division by zero gives
    infinity or NaN, with NumPy's warning.

    >>> mt.div(mt.tensor([7.0, -7.0]), 2, rounding_mode="trunc")
    tensor([ 3., -3.])
    """
    if rounding_mode is None:
        return _div(input, other)
    if rounding_mode == "floor":
        return floor_divide(input, other)
    if rounding_mode != "trunc":
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found {rounding_mode!r}"
        )
    return _div_trunc(input, other)


@op(kernel=without("div_trunc_cpu", BOOL),
    x=lambda g: zeros_like(g),
    y=lambda g: zeros_like(g),
    elementwise=True, node="DivBackward2", domain={"x": (1.2, 1.6), "y": (0.9, 1.1)},
    reference=lambda x, y: np.trunc(x / y),
)  # fmt: skip
def _div_trunc(x: Any, y: Any, /) -> Any:
    """Division rounded towards zero, exact for integers; the derivative is 0.

    >>> mt.div(mt.tensor([7, -7]), 2, rounding_mode="trunc")
    tensor([ 3, -3])
    """
    quotient = x // _divisor(x, y)
    if quotient.dtype.kind == "f":
        return np.trunc(x / y)
    return quotient + ((quotient * y != x) & ((x < 0) != (y < 0)))


@op(kernel=without("trunc_vml_cpu", BOOL),
    x=lambda g: zeros_like(g), method=True, complex="trunc is not supported for complex inputs",
    elementwise=True, reference=np.trunc,
    domain=(0.2, 0.8), node="TruncBackward0")  # fmt: skip
def trunc(x: Any, /) -> Any:
    """Round towards zero; the derivative is 0.

    >>> mt.trunc(mt.tensor([1.7, -1.7]))
    tensor([ 1., -1.])
    """
    return np.trunc(x)


@op(kernel=without("div_floor_cpu", BOOL),
    x=lambda g: zeros_like(g),
    y=lambda g: zeros_like(g),
    elementwise=True, method=True, reference=np.floor_divide,
    domain={"x": (-1.6, -1.2), "y": (0.9, 1.1)},
)  # fmt: skip
def floor_divide(x: Any, y: Any, /) -> Any:
    """Division rounded down; the derivative is 0, where PyTorch has none and raises.

    >>> mt.floor_divide(mt.tensor([7, -7]), 2)
    tensor([ 3, -4])
    """
    return of_numbers("floor_divide", x // _divisor(x, y), x, y)


def _divisor(x: Any, y: Any) -> Any:
    """`y`; ``RuntimeError`` where integers would be divided by zero."""
    kinds = {np.asarray(x).dtype.kind, np.asarray(y).dtype.kind}
    if "f" not in kinds and kinds != {"b"} and not np.all(y):
        raise RuntimeError("ZeroDivisionError: integers cannot be divided by 0; convert with x.float()")
    return y


def of_numbers(name: str, result: Any, x: Any, y: Any) -> Any:
    """`result`, unless NumPy computed it of two bools, which it takes for int8."""
    if result.dtype is _INT8 and np.asarray(x).dtype == np.asarray(y).dtype == np.bool_:
        raise NotImplementedError(f"{name} of two bool tensors: convert one of them, with x.long()")
    return result


_INT8 = dtypes.int8


@op(kernel=without("remainder_cpu", BOOL),
    x=lambda g: g,
    y=lambda g, x, y: -g * np.floor(x / y),
    elementwise=True, method=True, reference=np.remainder,
    domain={"x": (0.1, 0.4), "y": (0.5, 3)},
)  # fmt: skip
def remainder(x: Any, y: Any, /) -> Any:
    """The remainder with the divisor's sign, as Python's ``%``.

    >>> mt.remainder(mt.tensor([5.0, -5.0]), 3)
    tensor([2., 1.])
    """
    return of_numbers("remainder", x % _divisor(x, y), x, y)


@op(tensors="x", kernel=without("fmod_cpu", BOOL),
    x=lambda g: g, y=lambda g, x, y: -g * np.trunc(x / y), elementwise=True, method=True,
    domain={"x": (1.2, 1.6), "y": (0.9, 1.1)}, reference=np.fmod)  # fmt: skip
def fmod(x: Any, y: Any, /) -> Any:
    """The remainder with the dividend's sign, as C's ``fmod``.

    >>> mt.fmod(mt.tensor([5.0, -5.0]), 3)
    tensor([ 2., -2.])
    """
    with np.errstate(invalid="ignore"):
        return np.fmod(x, _divisor(x, y))


install(div=div, divide=div, true_divide=div)
