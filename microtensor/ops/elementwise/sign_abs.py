"""Signs and absolute values."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.apply import expect_tensors
from ...engine.arrays.kernels import BOOL, without
from ...engine.op import op
from ...engine.op_definition import written
from ...engine.out_argument import offered
from ...engine.tensor import Tensor, install
from ..views.expand import broadcast_tensors
from .select import where, zeros_like


def positive(input: Tensor) -> Tensor:
    """`input` itself; ``RuntimeError`` for bools.

    >>> mt.positive(mt.tensor([-1.0]))
    tensor([-1.])
    """
    if input.dtype == np.bool_:
        raise RuntimeError("The `+` operator, on a bool tensor is not supported.")
    return input


@op(tensors="x",
    x=lambda g, x, y: g * (sign(x) * np.copysign(1.0, y)), y=lambda g: zeros_like(g), elementwise=True,
    floating=True, method=True, domain={"x": (0.3, 2), "y": (0.3, 2)}, reference=np.copysign)  # fmt: skip
def copysign(x: Any, y: Any, /) -> Any:
    """The magnitude of `x` with the sign of `y`; the derivative at 0 is 0.

    >>> mt.copysign(mt.tensor([1.0, 2.0]), mt.tensor([-0.0, 3.0]))
    tensor([-1.,  2.])
    """
    return np.copysign(x, y)


@offered
def heaviside(input: Tensor, values: Tensor) -> Any:
    """0 below zero, 1 above, and `values` at zero; no gradient.

    >>> mt.heaviside(mt.tensor([-1.0, 0.0, 2.0]), mt.tensor(0.5))
    tensor([0.0000, 0.5000, 1.0000])
    """
    expect_tensors("heaviside", input=input, values=values)
    if input.dtype != values.dtype:
        raise RuntimeError(
            f"heaviside is not yet implemented for tensors with different dtypes: {input.dtype} and "
            f"{values.dtype}"
        )
    x, y = broadcast_tensors(input.detach(), values.detach())
    return where(x == 0, y, (x > 0).to(x.dtype))


@op(x=lambda g: -g, elementwise=True, method=True, complex=True, reference=np.negative)
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


@op(kernel=without("abs_cpu", BOOL),
    x=written("g * sign(x)")(lambda g, x: g * toward(x)), elementwise=True, method=True, complex=True,
    reference=np.abs)  # fmt: skip
def abs(x: Any, /) -> Any:
    """The absolute value; the derivative at 0 is 0.

    >>> mt.abs(mt.tensor([-1.0, 2.0]))
    tensor([1., 2.])
    """
    return np.abs(x)


def toward(x: Any) -> Any:
    """The conjugate of the direction of `x`: the slope of its absolute value."""
    return sign(x) if x.dtype.kind != "c" else x.sgn().conj() if isinstance(x, Tensor) else np.sign(x).conj()


_SGN = "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead."


@op(
    x=lambda g: zeros_like(g), elementwise=True, method=True, complex=_SGN, reference=np.sign, domain=(0.1, 3)
)
def sign(x: Any, /) -> Any:
    """-1, 0 or 1, and 0 for NaN, as in PyTorch; the derivative is 0.

    >>> mt.sign(mt.tensor([-2.0, 0.0, 3.0]))
    tensor([-1.,  0.,  1.])
    """
    if x.dtype.kind == "f":
        return np.subtract(x > 0, x < 0, dtype=x.dtype)
    return np.sign(x) if x.dtype.kind != "b" else x.copy()


install(absolute=abs, negative=neg, positive=positive)
