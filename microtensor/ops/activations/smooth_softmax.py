"""Activations that are smooth, ReLU, and softmax; those made of pieces are in `piecewise`."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, COMPLEX, WHOLE, unsupported, without
from ...engine.arrays.limits import INFINITY, ZERO, clip, rectified
from ...engine.calls.users_line import users_level
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ...engine.writes import into
from ..elementwise.exponential import sigmoid
from ..elementwise.select import select, zeros_like
from ..elementwise.trigonometric import tanh
from ..reductions.sum_mean import sum_axes
from ..special.erf import erf


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


_ROOT_HALF, _ROOT_2_PI = math.sqrt(0.5), math.sqrt(2 / math.pi)


def gelu(input: Tensor, approximate: str = "none", *, out: Any = None) -> Tensor:
    """``x * Phi(x)``, Phi the normal distribution function; or its tanh approximation.

    Hendrycks and Gimpel, "Gaussian Error Linear Units" (2016), section 2.

    >>> mt.nn.functional.gelu(mt.tensor([-1.0, 1.0]))
    tensor([-0.1587,  0.8413])
    """
    if out is not None:
        return into(out, gelu(input, approximate), "gelu")
    if approximate == "none":
        return _gelu(input)
    if approximate != "tanh":
        raise RuntimeError(f"approximate argument must be either none or tanh, got {approximate!r}")
    return _gelu_tanh(input)


@op(kernel=without("GeluKernelImpl", WHOLE),
    x=lambda g, x: g * (0.5 * (1 + erf(x * _ROOT_HALF)) + x * np.exp(-0.5 * x * x) / math.sqrt(2 * math.pi)),
    elementwise=True, floating=True, name="gelu", node="GeluBackward0",
    reference=lambda x: x * 0.5 * (1 + np.vectorize(math.erf, otypes=[float])(x * _ROOT_HALF)))  # fmt: skip
def _gelu(x: Any, /) -> Any:
    """The exact form.

    >>> mt.nn.functional.gelu(mt.tensor([0.0]))
    tensor([0.])
    """
    return x * (0.5 * (1 + erf(x * _ROOT_HALF)))


def _gelu_inner(x: Any) -> Any:
    """``tanh(sqrt(2 / pi) (x + 0.044715 x^3))``."""
    return np.tanh(_ROOT_2_PI * (x + 0.044715 * x * x * x))


def _near(x: Any) -> Any:
    """`x`, or in half precision the nearest in [-16, 16], where tanh is 1 and no cube overflows."""
    return np.clip(x, -16, 16) if x.itemsize == 2 else x


def _inner(x: Any, square: Any) -> Any:
    """The same on an array, in the memory of one result."""
    u = square * (0.044715 * _ROOT_2_PI)
    u += _ROOT_2_PI
    u *= x
    return np.tanh(u, out=u) if isinstance(u, np.ndarray) else np.tanh(u)


def _gelu_tanh_bend(x: Any) -> Any:
    """The second derivative."""
    t, cubic = _gelu_inner(x), _ROOT_2_PI * (1 + 0.134145 * x * x)
    return (1 - t * t) * (cubic - x * t * cubic * cubic + x * x * (0.134145 * _ROOT_2_PI))


@op(x=lambda g, x: g * _gelu_tanh_bend(x), elementwise=True, floating=True,
    reference=lambda x: (0.5 * (1 + _gelu_inner(x)) + 0.5 * x * (1 - _gelu_inner(x) ** 2)
                         * _ROOT_2_PI * (1 + 0.134145 * x * x)))  # fmt: skip
def gelu_tanh_slope(x: Any, /) -> Any:
    """The derivative of the tanh approximation, an op so that it can compute in place: 0.6 ms, not 1.05.

    >>> from microtensor.ops.activations.smooth_softmax import gelu_tanh_slope
    >>> gelu_tanh_slope(mt.tensor(0.0))
    tensor(0.5000)
    """
    x = _near(x)
    square = x * x
    inner = _inner(x, square)
    square *= 0.134145 * _ROOT_2_PI
    square += _ROOT_2_PI
    square *= x
    out = 1 - inner * inner
    out *= square
    out += inner
    out += 1
    out *= 0.5
    return out


@op(kernel=without("GeluKernelImpl", WHOLE),
    x=lambda g, x: g * gelu_tanh_slope(x), elementwise=True, floating=True, node="GeluBackward0",
    reference=lambda x: 0.5 * x * (1 + _gelu_inner(x)))  # fmt: skip
def _gelu_tanh(x: Any, /) -> Any:
    """The tanh approximation.

    >>> mt.nn.functional.gelu(mt.tensor([1.0]), approximate="tanh")
    tensor([0.8412])
    """
    near = _near(x)
    out = _inner(near, near * near)
    out += 1
    out *= x
    out *= 0.5
    return out


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

_ALONG = [case((3, 4), dim=0), case((3, 4), dim=-1), case((2, 3, 4), dim=1)]


@op(kernel=without("softmax_kernel_impl", WHOLE),
    x=lambda g, out, dim: out * (g - _along(g * out, dim)), name="softmax",
    samples=_ALONG, floating=True,
    reference=lambda x, dim: np.exp(x) / np.exp(x).sum(axis=dim, keepdims=True))  # fmt: skip
def _softmax(x: Any, /, dim: int) -> Any:
    """Exponentials that sum to 1 along `dim`.

    >>> mt.softmax(mt.tensor([1.0, 1.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    if x.ndim == 0:
        return x.dtype.type(1)
    x = np.ascontiguousarray(x)
    out = np.asarray(x - largest(x, dim))
    np.exp(out, out=out)
    out /= _along(out, dim)
    return out


def _along(x: Any, dim: int) -> Any:
    return sum_axes(x, (dim,)) if len(x.shape) else x


def largest(x: Any, dim: int) -> Any:
    """The maximum along `dim`, which stays as 1.

    NumPy's reduction takes 80 ns a row. Where rows are short and many, half of each is compared with
    the other half instead, until one element is left: for (4096, 64) 217 us against 350.
    """
    n = x.shape[dim]
    if dim not in (-1, x.ndim - 1) or not 1 < n <= 64 or x.size < 64 * n:
        return np.maximum.reduce(x, axis=dim, keepdims=True, initial=-math.inf)
    while n > 1:
        half = (n + 1) // 2
        x, n = np.maximum(x[..., :half], x[..., n - half :]), half
    return x


@op(kernel=without("log_softmax_kernel_impl", WHOLE),
    x=lambda g, out, dim: g - np.exp(out) * _along(g, dim), name="log_softmax",
    samples=_ALONG, floating=True,
    reference=lambda x, dim: x - np.log(np.exp(x).sum(axis=dim, keepdims=True)))  # fmt: skip
def _log_softmax(x: Any, /, dim: int) -> Any:
    """The logarithm of softmax, without overflow.

    >>> mt.log_softmax(mt.tensor([1.0, 1.0]), dim=0)
    tensor([-0.6931, -0.6931])
    """
    if x.ndim == 0:
        return x.dtype.type(0)
    x = np.ascontiguousarray(x)
    shifted = x - largest(x, dim)
    shifted -= np.log(_along(np.exp(shifted), dim))
    return shifted


def _dim_of(x: Tensor, dim: int | None, name: str) -> int:
    """PyTorch's old default for a missing dim, with its warning."""
    if dim is None:
        import warnings

        warnings.warn(
            f"Implicit dimension choice for {name} has been deprecated. Change the call to include "
            "dim=X as an argument.", UserWarning, stacklevel=users_level(),
        )  # fmt: skip
        return 0 if x.ndim in (0, 1, 3) else 1
    if not -max(x.ndim, 1) <= dim < max(x.ndim, 1):
        n = max(x.ndim, 1)
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return dim


@with_out
def softmax(
    input: Tensor, dim: int | None = None, dtype: Any = None, *, axis: Any = None, _stacklevel: int = 3
) -> Tensor:  # fmt: skip
    """Exponentials that sum to 1 along `dim`, which a call should name.

    >>> mt.softmax(mt.tensor([[0.0, 0.0]]), dim=1)
    tensor([[0.5000, 0.5000]])
    """
    dim = _dim_of(input, dim if axis is None else axis, "softmax")
    return _softmax(input if dtype is None else input.to(dtype), dim)


@with_out
def log_softmax(
    input: Tensor, dim: int | None = None, dtype: Any = None, *, axis: Any = None, _stacklevel: int = 3
) -> Tensor:  # fmt: skip
    """The logarithm of softmax along `dim`.

    >>> mt.log_softmax(mt.tensor([[0.0, 0.0]]), dim=1)
    tensor([[-0.6931, -0.6931]])
    """
    dim = _dim_of(input, dim if axis is None else axis, "log_softmax")
    return _log_softmax(input if dtype is None else input.to(dtype), dim)


def softmin(input: Tensor, dim: int | None = None, dtype: Any = None, _stacklevel: int = 3) -> Tensor:
    """Softmax of ``-input``.

    >>> mt.nn.functional.softmin(mt.tensor([0.0, 0.0]), dim=0)
    tensor([0.5000, 0.5000])
    """
    return softmax(-input, dim, dtype)


install(softmax=softmax, log_softmax=log_softmax)
