"""Activations made of pieces: straight lines, and below 0 an exponential.

At a joint the derivative is that of one side: PyTorch's choice, which the tests of subgradients hold.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, WHOLE, unsupported, without
from ...engine.arrays.limits import limited
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from ...engine.writes import into
from ...errors import describe
from ..elementwise.select import select, zeros_like
from ..elementwise.sign_abs import abs
from .smooth import _put_into


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x` where positive, else ``alpha * (exp(x) - 1)``.

    >>> mt.nn.functional.elu(mt.tensor([-1.0, 1.0]))
    tensor([-0.6321,  1.0000])
    """
    return _put_into(input, _elu(input, alpha, 1.0, 1.0), inplace, "elu_")


@op(
    kernel=without("elu_cpu", WHOLE),
    x=lambda g, x, alpha, scale, inner: g * _elu_slope(x, alpha, scale, inner),
    elementwise=True,
    floating=True,
    name="elu",
    node="EluBackward0",
    samples=[case((2, 3), alpha=1.5, scale=1.1, inner=0.7)],
    reference=lambda x, alpha=1.0, scale=1.0, inner=1.0: (
        scale * np.where(x > 0, x, alpha * np.expm1(x * inner))
    ),
)
def _elu(x: Any, /, alpha: float, scale: float, inner: float) -> Any:
    """The family of ELU, CELU and SELU.

    >>> mt.nn.functional.elu(mt.tensor([-1.0]), alpha=2.0)
    tensor([-1.2642])
    """
    zero = x.dtype.type(0)
    low = np.expm1(np.minimum(x, zero) * inner) * (alpha * scale)
    return np.where(x > 0, x * scale if scale != 1 else x, low)


def _elu_slope(x: Any, alpha: float, scale: float, inner: float) -> Any:
    """At 0 it is that of the exponential, and does not vary: PyTorch's choices."""
    positive = x > 0
    low = np.exp(select(x >= 0, zeros_like(x), x) * inner) * (alpha * scale * inner)
    return select(positive, zeros_like(x) + scale, low)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """`x` where positive, else ``alpha * (exp(x / alpha) - 1)``.

    >>> mt.nn.functional.celu(mt.tensor([-1.0]), alpha=2.0)
    tensor([-0.7869])
    """
    return _put_into(input, _elu(input, alpha, 1.0, 1 / alpha), inplace, "celu_")


_SELU_ALPHA, _SELU_SCALE = 1.6732632423543772848170429916717, 1.0507009873554804934193349852946


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """ELU with the constants of Klambauer et al., "Self-Normalizing Neural Networks" (2017).

    >>> mt.nn.functional.selu(mt.tensor([1.0]))
    tensor([1.0507])
    """
    return _put_into(input, _elu(input, _SELU_ALPHA, _SELU_SCALE, 1.0), inplace, "selu_")


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """`x` limited to the interval; outside and on its ends the derivative is 0.

    ``ValueError`` for an empty interval.

    >>> mt.nn.functional.hardtanh(mt.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    if min_val > max_val:
        raise ValueError(f"min_val cannot be greater than max_val: hardtanh got {min_val} and {max_val}")
    return _put_into(input, _hardtanh(input, min_val, max_val), inplace, "hardtanh_")


@op(kernel=unsupported("Bool inputs not supported for hardtanh", BOOL),
    x=lambda g, x, low, high: g * ((x > low) & (x < high)), elementwise=True, name="hardtanh",
    piecewise=("x",),
    node="HardtanhBackward0", wide=True, samples=[case((2, 3), low=-1.0, high=1.0)],
    reference=lambda x, low, high: np.clip(x, low, high))  # fmt: skip
def _hardtanh(x: Any, /, low: float, high: float) -> Any:
    """`x` limited to an interval, ends excluded from the gradient.

    >>> mt.nn.functional.relu6(mt.tensor([7.0]))
    tensor([6.])
    """
    return limited(x, low, high)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """``min(max(x, 0), 6)``.

    >>> mt.nn.functional.relu6(mt.tensor([-1.0, 8.0]))
    tensor([0., 6.])
    """
    return _put_into(input, _hardtanh(input, 0.0, 6.0), inplace, "relu6_")


def _between(x: Any) -> Any:
    """Where the slope of `hardsigmoid` is 1/6: strictly between -3 and 3."""
    return (x > -3) & (x < 3)


@op(kernel=without("hardsigmoid_cpu", WHOLE),
    x=lambda g, x: g * _between(x) / 6, elementwise=True, floating=True, name="hardsigmoid",
    piecewise=("x",), domain=(-2.9, 2.9), reference=lambda x: np.clip(x + 3, 0, 6) / 6)  # fmt: skip
def _hardsigmoid(x: Any, /) -> Any:
    """``relu6(x + 3) / 6``.

    >>> mt.nn.functional.hardsigmoid(mt.tensor([0.0, 5.0]))
    tensor([0.5000, 1.0000])
    """
    return limited(x + 3, 0, 6) / 6


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """``relu6(x + 3) / 6``.

    >>> mt.nn.functional.hardsigmoid(mt.tensor([0.0]))
    tensor([0.5000])
    """
    return _put_into(input, _hardsigmoid(input), inplace, "hardsigmoid_")


@op(kernel=without("hardswish_cpu", WHOLE),
    x=lambda g, x: g * (_hardsigmoid(x) + select(_between(x), x, zeros_like(x)) / 6), elementwise=True,
    floating=True, name="hardswish", domain=(-2.9, 2.9),
    reference=lambda x: x * np.clip(x + 3, 0, 6) / 6)  # fmt: skip
def _hardswish(x: Any, /) -> Any:
    """``x * relu6(x + 3) / 6``.

    >>> mt.nn.functional.hardswish(mt.tensor([1.0]))
    tensor([0.6667])
    """
    return x * _hardsigmoid(x)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """``x * relu6(x + 3) / 6``; Howard et al., "Searching for MobileNetV3" (2019).

    >>> mt.nn.functional.hardswish(mt.tensor([1.0]))
    tensor([0.6667])
    """
    return _put_into(input, _hardswish(input), inplace, "hardswish_")


def softshrink(input: Tensor, lambd: float = 0.5, *, out: Any = None) -> Tensor:
    """`x` moved towards 0 by `lambd`, and 0 where that would cross it.

    >>> mt.nn.functional.softshrink(mt.tensor([1.0, 0.2]))
    tensor([0.5000, 0.0000])
    """
    if lambd < 0:
        raise RuntimeError(f"lambda must be greater or equal to 0, but found to be {lambd}")
    found = _softshrink(input, lambd)
    return found if out is None else into(out, found, "softshrink")


def _outside(x: Any, lambd: float) -> Any:
    """Where `x` is further than `lambd` from 0; a NaN is."""
    return ~(abs(x) <= lambd)


@op(kernel=without("softshrink_check", WHOLE),
    x=lambda g, x, lambd: g * _outside(x, lambd), elementwise=True, name="softshrink",
    wide=True, piecewise=("x",), samples=[case((2, 3), lambd=0.5)],
    reference=lambda x, lambd: np.sign(x) * np.maximum(np.abs(x) - lambd, 0))  # fmt: skip
def _softshrink(x: Any, /, lambd: float) -> Any:
    """`x` moved towards 0 by `lambd`.

    >>> mt.nn.functional.softshrink(mt.tensor([-1.0]), 0.25)
    tensor([-0.7500])
    """
    return x - limited(x, -lambd, lambd)


@op(kernel=without("hardshrink_cpu", WHOLE),
    x=lambda g, x, lambd: g * _outside(x, lambd), elementwise=True,
    wide=True, piecewise=("x",),
    reference=lambda x, lambd=0.5: np.where(np.abs(x) > lambd, x, 0))  # fmt: skip
def hardshrink(x: Any, /, lambd: float = 0.5) -> Any:
    """`x`, and 0 where it lies within `lambd` of 0.

    >>> mt.nn.functional.hardshrink(mt.tensor([1.0, 0.2]))
    tensor([1., 0.])
    """
    return np.where(_outside(x, lambd), x, x.dtype.type(0))


@op(kernel=without("threshold_cpu", BOOL),
    x=lambda g, x, threshold: g * ~(x <= threshold), elementwise=True, name="threshold",
    wide=True, piecewise=("x",), samples=[case((2, 3), threshold=0.5, value=-1.0)],
    reference=lambda x, threshold, value: np.where(x > threshold, x, value))  # fmt: skip
def _threshold(x: Any, /, threshold: float, value: float) -> Any:
    """`x` where it exceeds the threshold, else `value`.

    >>> mt.nn.functional.threshold(mt.tensor([1.0, 3.0]), 2.0, -1.0)
    tensor([-1.,  3.])
    """
    return np.where(x <= threshold, x.dtype.type(value), x)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """`x` where it exceeds the threshold, else `value`.

    >>> mt.nn.functional.threshold(mt.tensor([1.0, 3.0]), 2.0, 0.0)
    tensor([0., 3.])
    """
    return _put_into(input, _threshold(input, threshold, value), inplace, "threshold_")


@op(x=lambda g, x, weight: g * select(x > 0, zeros_like(x) + 1, weight),
    weight=lambda g, x: g * select(x > 0, zeros_like(x), x), elementwise=True, name="prelu",
    wide=True, piecewise=("x", "weight"), node="PreluKernelBackward0",
    reference=lambda x, weight: np.where(x > 0, x, weight * x))  # fmt: skip
def _prelu(x: Any, weight: Any, /) -> Any:
    """`x` where positive, else ``weight * x``.

    >>> mt.nn.functional.prelu(mt.tensor([-2.0]), mt.tensor([0.5]))
    tensor([-1.])
    """
    return np.where(x > 0, x, weight * x)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """`x` where positive, else ``weight * x``; one weight, or one for each channel (dimension 1).

    Raises ``RuntimeError`` if there are several weights, and not as many as channels.

    >>> mt.nn.functional.prelu(mt.tensor([-2.0, 1.0]), mt.tensor([0.25]))
    tensor([-0.5000,  1.0000])
    """
    channels, n = input.shape[1] if input.ndim > 1 else 1, weight.numel()
    if weight.ndim > 1:
        raise RuntimeError(
            f"prelu: Expected `weight` to be a scalar or 1D tensor, but got: ndim = {weight.ndim}"
        )
    if n != 1 and not input.ndim:
        raise RuntimeError(f"Not allow zero-dim input tensor. prelu of {n} weights: expected one weight")
    if n not in (1, channels):
        raise RuntimeError(
            f"Mismatch of parameter numbers and input channel size. Found parameter numbers = {n} and "
            f"channel size = {channels}. prelu of {describe(input)} and {describe(weight)}: expected one "
            "weight, or one for each of the channels (dimension 1)"
        )
    if weight.numel() != 1 or not input.ndim:
        weight = weight.reshape(1, -1, *[1] * (input.ndim - 2)) if input.ndim else weight.reshape(())
    return _prelu(input, weight)


install(prelu=prelu, hardshrink=hardshrink)
