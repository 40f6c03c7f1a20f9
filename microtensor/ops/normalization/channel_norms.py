"""Normalising by channel: over the batch, over groups of channels, over one example.

Sums over everything but the channels are dot products (`channel_sums`, `channel_dots`): BLAS runs over the
memory once, where a product and a sum of it take two passes and an array between them.  Batch norm is one op,
with its scale and shift: (32, 16, 28, 28), forward and backward, takes a fifth of what smaller ops take.
"""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import WHOLE, without
from ...engine.arrays.summation import SMALL, total
from ...engine.calls.quiet import silent
from ...engine.composite import composite
from ...engine.half import following, wide, widened
from ...engine.op import op, shown_as
from ...engine.op_definition import case
from ...engine.tensor import Tensor, array_of
from ...engine.writes import count_write
from ..reductions.sum_mean import expand_to
from ..windows.keeping_format import keeping_format

__all__ = [
    "batch_norm",
    "channel_affine",
    "channel_dots",
    "channel_sums",
    "group_norm",
    "instance_norm",
    "overwritten",
]


_BATCH_KERNEL, _GROUP_KERNEL = without("batch_norm", WHOLE), without("GroupNormKernelImpl", WHOLE)


def _not_channels(ndim: int) -> tuple[int, ...]:
    return tuple(d for d in range(ndim) if d != 1)


def _wide(v: Any, ndim: int) -> Any:
    """A value for each channel, as it broadcasts against an array of `ndim` dimensions."""
    return v.reshape((-1, *[1] * (ndim - 2)))


def _count(shape: Any) -> int:
    """How many elements a channel has."""
    return math.prod(shape) // max(shape[1], 1)


@op(x=lambda g, x_shape: expand_to(g, x_shape, _not_channels(len(x_shape))), node="SumBackward1",
    wide=True, samples=[case((4, 3)), case((2, 3, 4)), case((2, 1, 2, 2)), case((0, 2))],
    reference=lambda x: x.sum(_not_channels(x.ndim)))  # fmt: skip
def channel_sums(x: Any, /) -> Any:
    """The sum of each channel (dimension 1).

    >>> from microtensor.ops.normalization.channel_norms import channel_sums
    >>> channel_sums(mt.ones(4, 2, 3))
    tensor([12., 12.])
    """
    if not x.flags.c_contiguous or x.ndim < 3:
        return total(x, _not_channels(x.ndim))
    rows = x.reshape(x.shape[0] * x.shape[1], math.prod(x.shape[2:]))
    return total(rows.dot(np.ones(rows.shape[1], x.dtype)).reshape(x.shape[:2]), 0)


@op(x=lambda g, y: _wide(g, y.ndim) * y, y=lambda g, x: _wide(g, x.ndim) * x, node="SumBackward1",
    wide=True, samples=[case((4, 3), (4, 3)), case((2, 3, 4), (2, 3, 4)), case((2, 1, 2, 2), (2, 1, 2, 2))],
    reference=lambda x, y: (x * y).sum(_not_channels(x.ndim)))  # fmt: skip
def channel_dots(x: Any, y: Any, /) -> Any:
    """The inner products of the channels (dimension 1) of two arrays of one shape.

    >>> from microtensor.ops.normalization.channel_norms import channel_dots
    >>> channel_dots(mt.ones(4, 2, 3), mt.ones(4, 2, 3))
    tensor([12., 12.])
    """
    rows = [a.reshape((*a.shape[:2], math.prod(a.shape[2:]))) for a in (x, y)]
    if x.size < SMALL:
        return np.einsum("ncl,ncl->c", *rows)
    return total(rows[0] * rows[1] if x.ndim < 3 else np.einsum("ncl,ncl->nc", *rows)[:, :, None], (0, 2))


def _moments(x: Any) -> tuple[Any, Any]:
    """The mean and the biased variance of each channel."""
    n = _count(x.shape)
    mean = channel_sums(x) / n
    offset = x - _wide(mean, x.ndim)
    return mean, channel_dots(offset, offset) / n


def _known(x: Any, eps: float, moments: Any) -> tuple[Any, Any]:
    """Mean, and one over the deviation: for an array of what was kept; those of a Tensor depend on it."""
    mean, variance = _moments(x) if moments is None or isinstance(x, Tensor) else moments
    return mean, 1 / np.sqrt(variance + eps)


def _normed_back(g: Any, x: Any, weight: Any, eps: float, moments: Any) -> Any:
    """Ioffe and Szegedy (2015), section 3, with the two sums as inner products."""
    n, (mean, scale) = _count(x.shape), _known(x, eps, moments)
    out = x - _wide(mean, x.ndim)
    along = channel_dots(g, out) * (scale * scale / -n)
    out = overwritten(np.multiply, out, _wide(along, x.ndim))
    out = overwritten(np.add, out, g)
    out = overwritten(np.add, out, _wide(channel_sums(g) / -n, x.ndim))
    return overwritten(np.multiply, out, _wide(weight * scale, x.ndim))


def overwritten(ufunc: Any, x: Any, y: Any) -> Any:
    """``ufunc(x, y)`` in the memory of `x`, an array that nobody else has: half the time of a new one.

    >>> from microtensor.ops.normalization.channel_norms import overwritten
    >>> overwritten(np.add, np.ones(2), 1.0)
    array([2., 2.])
    """
    return ufunc(x, y) if type(x) is not np.ndarray or isinstance(y, Tensor) else ufunc(x, y, out=x)


def _scale_back(g: Any, x: Any, eps: float, moments: Any) -> Any:
    mean, scale = _known(x, eps, moments)
    return channel_dots(g, x - _wide(mean, x.ndim)) * scale


@op(x=lambda g, x, weight, eps, moments: _normed_back(g, x, weight, eps, moments),
    weight=lambda g, x, eps, moments: _scale_back(g, x, eps, moments),
    bias=lambda g: channel_sums(g),
    name="batch_norm", node="NativeBatchNormBackward0", piecewise=("x", "weight"),
    wide=True, samples=[case((4, 2), (2,), (2,), eps=1e-3), case((3, 2, 4), (2,), (2,), eps=1e-5),
             case((2, 3, 2, 2), (3,), (3,), eps=1e-5)],
    reference=lambda x, weight, bias, eps, moments=None: _by_numpy(x, weight, bias, eps))  # fmt: skip
def _batch_norm(x: Any, weight: Any, bias: Any, /, eps: float, moments: Any = None) -> Any:
    """Channels brought to mean 0 and variance 1, then scaled and shifted.

    `moments` is what `_moments` gives, if it is known; it saves the backward pass from computing it again.

    >>> mt.nn.functional.batch_norm(mt.tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    mean, scale = _known(x, eps, moments)
    out = x - _wide(mean, x.ndim)
    out *= _wide(scale * weight, x.ndim)
    out += _wide(bias, x.ndim)
    return out


def _channel_affine(x: Any, scale: Any, shift: Any, /) -> Any:
    """Each channel (dimension 1) times its scale, plus its shift.

    >>> from microtensor.ops.normalization.channel_norms import channel_affine
    >>> channel_affine(mt.ones(1, 2), mt.tensor([2.0, 3.0]), mt.tensor([0.0, 1.0]))
    tensor([[2., 4.]])
    """
    out = x * _wide(scale, x.ndim)
    out += _wide(shift, x.ndim)
    return out


_affine_shown_as = shown_as(
    _channel_affine, "channel_affine",
    x=lambda g, scale: g * _wide(scale, g.ndim), scale=lambda g, x: channel_dots(g, x),
    shift=lambda g: channel_sums(g),
    wide=True, samples=[case((4, 2), (2,), (2,)), case((2, 3, 2, 2), (3,), (3,))],
    reference=lambda x, scale, shift: x * _wide(scale, x.ndim) + _wide(shift, x.ndim),
)  # fmt: skip
channel_affine = _affine_shown_as("NativeBatchNormBackward0", piecewise=("x", "scale"))


def _led_nowhere(g: Any) -> Any:
    """A recorded gradient by known moments, which requires one in PyTorch though nothing comes of it."""
    return g if not isinstance(g, Tensor) or g.requires_grad else g.detach().requires_grad_()


_known_affine = _affine_shown_as(
    "NativeBatchNormBackward0", x=lambda g, scale: _led_nowhere(g * _wide(scale, g.ndim))
)


def _by_numpy(x: Any, weight: Any, bias: Any, eps: float) -> Any:
    axes = _not_channels(x.ndim)
    flat = (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
    return flat * _wide(weight, x.ndim) + _wide(bias, x.ndim)


@composite("F.batch_norm")
@keeping_format
@following
def batch_norm(
    input: Tensor, running_mean: Tensor | None, running_var: Tensor | None, weight: Tensor | None = None,
    bias: Tensor | None = None, training: bool = False, momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardise each channel (dimension 1), by the batch in training, else by the running moments.

    In training the running moments move towards the batch's (the variance unbiased) by `momentum`. Ioffe and
    Szegedy (2015).  ``ValueError`` in training for one value per channel, and for one moment without the
    other; ``RuntimeError`` in evaluation without them, and for moments, weights or biases of another number
    than there are channels.

    >>> mt.nn.functional.batch_norm(mt.tensor([[1.0], [3.0]]), None, None, training=True)
    tensor([[-1.0000],
            [ 1.0000]])
    """
    if eps < 0 or (training and eps == 0):
        wanted = "positive during training" if training else "non-negative"
        raise ValueError(f"batch_norm eps must be {wanted}, but got {eps}")
    if not input.numel():
        return input.clone()  # nothing to learn
    if training:
        return _by_batch(input, running_mean, running_var, weight, bias, momentum, eps)
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    if running_mean is None or running_var is None:
        raise RuntimeError("Expected running_mean and running_var to be defined when training=False")
    _check_channels(input, given)
    scale = (running_var + eps).rsqrt()
    scale = scale if weight is None else scale * weight
    affine = channel_affine if scale.requires_grad else _known_affine
    shift = -running_mean * scale if bias is None else bias - running_mean * scale
    return affine(input, scale, shift)


def _by_batch(
    input: Tensor, running_mean: Any, running_var: Any, weight: Any, bias: Any, momentum: float, eps: float
) -> Tensor:
    """`batch_norm` in training."""
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    _check_channels(input, given)
    _check_count(input)
    weight, bias = _affine(weight, bias, input.shape[1], input.dtype)
    return _batch_norm(input, weight, bias, eps, _learnt(input, running_mean, running_var, momentum))


def _affine(weight: Any, bias: Any, channels: int, dtype: Any) -> tuple[Any, Any]:
    """Scale and shift; ones and zeros where there are none."""
    if weight is None:
        weight = Tensor._of(np.ones(channels, dtype))
    return weight, Tensor._of(np.zeros(channels, dtype)) if bias is None else bias


def _check_channels(input: Tensor, given: dict[str, Any]) -> None:
    if (given["running_mean"] is None) != (given.get("running_var") is None):
        raise ValueError("running_mean and running_var must either both be None or neither be None")
    _BATCH_KERNEL(input)
    if input.ndim < 2:
        raise IndexError(f"expected channels in dimension 1, and the input has the shape {list(input.shape)}")
    for name, held in given.items():
        if held is not None and held.numel() != input.shape[1]:
            raise RuntimeError(f"{name} should contain {input.shape[1]} elements not {held.numel()}")


def _check_count(input: Tensor) -> None:
    if _count(input.shape) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {list(input.shape)}"
        )


def _learnt(input: Tensor, mean: Any, variance: Any, momentum: float) -> Any:
    """The batch's moments, after the running ones, if there are any, have moved towards them."""
    if mean is None and array_of(input) is None:
        return None  # the examples of a batch: each has moments of its own, which the op will find
    x = wide(input.array)
    n = _count(x.shape)
    moments = silent(_moments, x)
    if mean is not None:
        silent(_move, mean, moments[0], momentum)
        silent(_move, variance, moments[1] * (n / (n - 1)), momentum)
    return moments


def _move(held: Tensor, towards: Any, momentum: float) -> None:
    held.array[...] = held.array * (1 - momentum) + momentum * towards
    count_write(held, "batch_norm")


# --------------------------------------------------------------- groups and instances


@composite("F.group_norm")
@keeping_format
@widened
def group_norm(
    input: Tensor,
    num_groups: int,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """Standardise each group of channels of each example, then scale and shift by channel.

    Wu and He, "Group Normalization" (2018), section 3.1.  `input` is (N, C, ...) and `num_groups` divides C,
    else ``RuntimeError``; ``ValueError`` where a group has a single value.

    >>> mt.nn.functional.group_norm(mt.tensor([[1.0, 3.0, 5.0, 5.0]]), 2, eps=0.5)
    tensor([[-0.8165,  0.8165,  0.0000,  0.0000]])
    """
    if input.ndim < 2:
        raise RuntimeError(f"Expected at least 2 dimensions for input tensor but received {input.ndim}")
    n, channels = input.shape[:2]
    if num_groups <= 0 or channels % num_groups:
        raise RuntimeError(
            f"Expected number of channels in input to be divisible by num_groups, but got input of shape "
            f"{list(input.shape)} and num_groups={num_groups}"
        )
    for name, held in (("weight", weight), ("bias", bias)):
        if held is not None and tuple(held.shape) != (channels,):
            raise RuntimeError(
                f"Expected {name} to be a vector of size equal to the number of channels in input, but got "
                f"{name} of shape {list(held.shape)} and input of shape {list(input.shape)}"
            )
    _check_groups(tuple(input.shape), num_groups)
    _GROUP_KERNEL(input)
    rows = input.reshape(1, n * num_groups, math.prod(input.shape[1:]) // num_groups)
    ones, zeros = _affine(None, None, rows.shape[1], input.dtype)
    out = _batch_norm(rows, ones, zeros, eps, _learnt(rows, None, None, 0.0)).reshape(tuple(input.shape))
    if weight is None and bias is None:
        return out
    return _affine_shown_as("NativeGroupNormBackward0")(out, *_affine(weight, bias, channels, input.dtype))


def _check_groups(shape: tuple[int, ...], groups: int) -> None:
    if shape[0] * shape[1] // groups * math.prod(shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 value per channel when training, got input size {list(shape)}"
        )


@composite("F.instance_norm")
@following
def instance_norm(
    input: Tensor, running_mean: Tensor | None = None, running_var: Tensor | None = None,
    weight: Tensor | None = None, bias: Tensor | None = None, use_input_stats: bool = True,
    momentum: float = 0.1, eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardise each channel of each example, then scale and shift: `batch_norm` with batches of one.

    Ulyanov et al., "Instance Normalization" (2016).  Without `use_input_stats` the running moments are used;
    with it they move towards the mean of the examples' moments.  ``ValueError`` where a channel has a single
    value.

    >>> mt.nn.functional.instance_norm(mt.tensor([[[1.0, 3.0]]]), eps=0.0)
    tensor([[[-1.,  1.]]])
    """
    if not use_input_stats:
        return batch_norm(input, running_mean, running_var, weight, bias, False, momentum, eps)
    if input.ndim < 3 or math.prod(input.shape[2:]) == 1:
        raise ValueError(
            f"Expected more than 1 spatial element when training, got input size {list(input.shape)}"
        )
    n, channels = input.shape[:2]
    given = {"running_mean": running_mean, "running_var": running_var, "weight": weight, "bias": bias}
    _check_channels(input, given)
    moments = [None if m is None else m.detach().repeat(n) for m in (running_mean, running_var)]
    scale, shift = (None if v is None else v.repeat(n) for v in (weight, bias))
    wide = input.reshape(1, n * channels, *input.shape[2:])
    mean, variance = moments
    out = _by_batch(wide, mean, variance, scale, shift, momentum, eps)
    for held, moved in zip((running_mean, running_var), moments, strict=True):
        if held is not None and moved is not None:
            held.array[...] = moved.array.reshape(n, channels).mean(0)
            count_write(held, "instance_norm")
    return out.reshape(tuple(input.shape))
