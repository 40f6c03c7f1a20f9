"""Activations that are smooth, and ReLU; those made of pieces are in `piecewise`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, COMPLEX, WHOLE, unsupported, without
from ...engine.arrays.limits import INFINITY, ZERO, clip, rectified
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...engine.writes import into
from ..elementwise.exponential import sigmoid
from ..elementwise.select import select, zeros_like
from ..elementwise.trigonometric import tanh


@op(kernel=unsupported("Boolean inputs not supported for relu", BOOL),
    x=lambda g, out: g * _passed(out), method=True, complex="clamp is not supported for complex types",
    elementwise=True, piecewise=("x",),
    reference=lambda x: np.maximum(x, 0))  # fmt: skip
def relu(x: Any, /) -> Any:
    """``max(x, 0)``; the derivative at 0 is 0.

    >>> mt.relu(mt.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    code = x.dtype.char
    return clip(x, ZERO[code], INFINITY[code]) if code in ZERO else rectified(x)


def _passed(out: Any) -> Any:
    """Where `relu` let something through, as numbers: an array is multiplied by truths at twice the price."""
    if isinstance(out, Tensor):
        return out.ne(0)
    return np.not_equal(out, ZERO.get(out.dtype.char, 0)).astype(out.dtype)


def _put_into(x: Tensor, out: Any, inplace: bool, by: str) -> Any:
    """The result, or under ``inplace=True`` the operand itself, overwritten by it."""
    from ..inplace.history import overwrite

    return overwrite(x, out, by) if inplace else out


@op(kernel=without("leaky_relu_cpu", WHOLE),
    x=lambda g, x, negative_slope: g * _slope(x, negative_slope), elementwise=True, name="leaky_relu",
    piecewise=("x",),
    reference=lambda x, negative_slope=0.01: np.where(x > 0, x, negative_slope * x))  # fmt: skip
def _leaky_relu(x: Any, /, negative_slope: float = 0.01) -> Any:
    """`x` where positive, else ``negative_slope * x``.

    >>> mt.nn.functional.leaky_relu(mt.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])
    """
    return x * _slope(x, negative_slope)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """`x` where positive, else ``negative_slope * x``.

    >>> mt.nn.functional.leaky_relu(mt.tensor([-1.0, 2.0]), 0.5)
    tensor([-0.5000,  2.0000])
    """
    return _put_into(input, _leaky_relu(input, negative_slope), inplace, "leaky_relu_")


def _slope(x: Any, below: float) -> Any:
    x = getattr(x, "_data", x)
    return np.where(x > 0, x.dtype.type(1), x.dtype.type(below))


@op(kernel=without("silu_cpu", WHOLE),
    x=lambda g, x: g * _silu_slope(x),
    complex=True, elementwise=True, floating=True, name="silu", node="SiluBackward0",
    reference=lambda x: x / (1 + np.exp(-x)))  # fmt: skip
def _silu(x: Any, /) -> Any:
    """``x * sigmoid(x)``.

    >>> mt.nn.functional.silu(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7311])
    """
    return x * sigmoid(x)


def _silu_slope(x: Any) -> Any:
    s = sigmoid(x)
    return s * (1 + x * (1 - s))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """``x * sigmoid(x)``; Hendrycks and Gimpel (2016), section 2, under the name SiLU.

    >>> mt.nn.functional.silu(mt.tensor([0.0, 1.0]))
    tensor([0.0000, 0.7311])
    """
    return _put_into(input, _silu(input), inplace, "silu_")


def _softplus_array(x: Any) -> Any:
    return rectified(x) + np.log1p(np.exp(-np.abs(x)))


@op(
    kernel=without("softplus_cpu", WHOLE),
    x=lambda g, x: g * sigmoid(x),
    elementwise=True,
    floating=True,
    name="_softplus",
    node="SoftplusBackward0",
    reference=lambda x: np.log1p(np.exp(x)),
)
def softplus_unit(x: Any, /) -> Any:
    """``log(1 + exp(x))`` without overflow.

    >>> mt.nn.functional.softplus(mt.tensor([0.0]))
    tensor([0.6931])
    """
    return _softplus_array(x)


@op(
    kernel=without("softplus_cpu", WHOLE),
    x=lambda g, x, beta, threshold: g * _softplus_slope(x, beta, threshold),
    elementwise=True,
    floating=True,
    name="softplus",
    samples=[case((2, 3), beta=2.0, threshold=1.5)],
    domain=(-3.0, 3.0),
    reference=lambda x, beta, threshold: np.where(x * beta > threshold, x, np.log1p(np.exp(x * beta)) / beta),
)
def _softplus(x: Any, /, beta: float, threshold: float) -> Any:
    """``log(1 + exp(beta x)) / beta``, and `x` itself beyond the threshold.

    >>> mt.nn.functional.softplus(mt.tensor([0.0]), beta=2)
    tensor([0.3466])
    """
    scaled = x * beta
    return np.where(scaled > threshold, x, _softplus_array(scaled) / beta)


def _softplus_slope(x: Any, beta: float, threshold: float) -> Any:
    scaled = x * beta
    return select(scaled > threshold, zeros_like(x) + 1, sigmoid(scaled))


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0, *, out: Any = None) -> Tensor:
    """``log(1 + exp(beta x)) / beta``, and `x` itself where ``beta x`` exceeds the threshold.

    >>> mt.nn.functional.softplus(mt.tensor([0.0, 50.0]))
    tensor([ 0.6931, 50.0000])
    """
    found = _softplus(input, beta, threshold)
    return found if out is None else into(out, found, "softplus")


@op(kernel=without("log_sigmoid_cpu", WHOLE),
    x=lambda g, x: g * sigmoid(-x), elementwise=True, floating=True, node="LogSigmoidBackward0",
    reference=lambda x: -np.log1p(np.exp(-x)))  # fmt: skip
def logsigmoid(x: Any, /) -> Any:
    """``log(sigmoid(x))`` without overflow.

    >>> mt.nn.functional.logsigmoid(mt.tensor([0.0]))
    tensor([-0.6931])
    """
    return -_softplus_array(-x)


@op(kernel=without("mish_cpu", WHOLE),
    x=lambda g, x: g * _mish_slope(x), elementwise=True, floating=True, name="mish",
    reference=lambda x: x * np.tanh(np.log1p(np.exp(x))))  # fmt: skip
def _mish(x: Any, /) -> Any:
    """``x * tanh(softplus(x))``.

    >>> mt.nn.functional.mish(mt.tensor([1.0]))
    tensor([0.8651])
    """
    return x * np.tanh(_softplus_array(x))


def _mish_slope(x: Any) -> Any:
    t = tanh(softplus_unit(x))
    return t + x * sigmoid(x) * (1 - t * t)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """``x * tanh(softplus(x))``; Misra, "Mish" (2019).

    >>> mt.nn.functional.mish(mt.tensor([1.0]))
    tensor([0.8651])
    """
    return _put_into(input, _mish(input), inplace, "mish_")


def softsign(input: Tensor) -> Tensor:
    """``x / (1 + |x|)``.

    >>> mt.nn.functional.softsign(mt.tensor([1.0]))
    tensor([0.5000])
    """
    return input / (1 + input.abs())


def tanhshrink(input: Tensor) -> Tensor:
    """``x - tanh(x)``.

    >>> mt.nn.functional.tanhshrink(mt.tensor([1.0]))
    tensor([0.2384])
    """
    return input - tanh(input)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """The first half times the sigmoid of the second; Dauphin et al. (2016), section 2.

    >>> mt.nn.functional.glu(mt.tensor([4.0, 0.0]))
    tensor([2.])
    """
    from ..joining.cat_split import chunk
    from ..views.reshape import positive

    if not input.ndim:
        raise RuntimeError("glu does not support scalars because halving size must be even")
    length = input.shape[positive(dim, input.ndim)]
    if length % 2:
        raise RuntimeError(f"Halving dimension must be even, but dimension {dim} is size {length}")
    without("glu_cpu", WHOLE | COMPLEX)(input)
    first, second = chunk(input, 2, dim)
    return first * sigmoid(second)


# ------------------------------------------------------------------- softmax
