"""Layer and RMS normalization: means and variances over the last dimensions; and division by a norm."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import WHOLE, without
from ...engine.attributes.low_precision import NARROW
from ...engine.composite import composite
from ...engine.half import SINGLE, narrow, wide, widened
from ...engine.op import op, registry, shown_as
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, array_of
from ..reductions.sum_mean import mean_axes


def _moments(x: Any, axes: Any) -> tuple[Any, Any]:
    """The mean and the biased variance over `axes`, which stay as 1."""
    centre = mean_axes(x, axes)
    offset = x - centre
    return centre, mean_axes(offset * offset, axes)


@op(
    kernel=without("LayerNormKernelImpl", WHOLE),
    x=lambda g, x, axes, eps: _normalize_back(g, x, axes, eps),
    node="NativeLayerNormBackward0",
    wide=True,
    samples=[
        case((3, 4), axes=(-1,), eps=1e-5),
        case((2, 3, 4), axes=(1, 2), eps=1e-3),
        case((4, 2, 3), axes=(0, 2), eps=1e-5),
    ],
    reference=lambda x, axes, eps: (
        (x - x.mean(axes, keepdims=True)) / np.sqrt(x.var(axes, keepdims=True) + eps)
    ),
)
def normalize_axes(x: Any, /, axes: tuple[int, ...], eps: float) -> Any:
    """`x` with mean 0 and variance 1 over `axes`, `eps` added to the variance.

    >>> from microtensor.ops.normalization.layer_norm import normalize_axes
    >>> normalize_axes(mt.tensor([1.0, 3.0]), (0,), 0.0)
    tensor([-1.,  1.])
    """
    centre = mean_axes(x, axes)
    out = x - centre
    out /= np.sqrt(mean_axes(out * out, axes) + eps)
    return out


def _normalize_back(g: Any, x: Any, axes: Any, eps: float) -> Any:
    """Ioffe and Szegedy, "Batch Normalization" (2015), section 3, in terms of the result."""
    centre, variance = _moments(x, axes)
    scale = 1 / np.sqrt(variance + eps)
    out = (x - centre) * scale
    return (g - mean_axes(g, axes) - out * mean_axes(g * out, axes)) * scale


@composite("F.layer_norm")
def layer_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:  # fmt: skip
    """Standardise over the last dimensions, `normalized_shape`, then scale and shift.

    Ba, Kiros and Hinton, "Layer Normalization" (2016).  ``RuntimeError`` if the shapes don't match.

    >>> mt.nn.functional.layer_norm(mt.tensor([[1.0, 3.0]]), (2,), eps=0.0)
    tensor([[-1.,  1.]])
    """
    if input.dtype is not SINGLE and input.dtype.dtype in NARROW:  # `widened`, without the call
        found = layer_norm(wide(input), normalized_shape, wide(weight), wide(bias), eps)
        return narrow(found, input.dtype.dtype)
    shape = _last_dims(input, normalized_shape, weight, bias)
    array = array_of(input)
    if array is not None and not array.flags.c_contiguous:
        input = input.contiguous()
    out = normalize_axes(input, tuple(range(-len(shape), 0)), eps)
    out = out if weight is None else out * weight
    return out if bias is None else _shift_shown_as("NativeLayerNormBackward0")(out, bias)


_shift_shown_as = shown_as(
    registry["add"].function,
    "add",
    x=lambda g: g,
    y=lambda g: g,
    elementwise=True,
    complex=True,
    piecewise=("x",),
)
"""A sum whose derivative by the bias has one by the input, zeros: in PyTorch both come from one backward."""


def _last_dims(
    input: Tensor, normalized_shape: Any, weight: Tensor | None, bias: Tensor | None = None
) -> tuple[int, ...]:
    """The shape to normalise over, checked: ``RuntimeError`` unless it ends `input`'s and is the others'."""
    shape = tuple([normalized_shape] if isinstance(normalized_shape, int) else normalized_shape)
    if tuple(input.shape)[input.ndim - len(shape) :] != shape or not shape:
        raise RuntimeError(
            f"Given normalized_shape={list(shape)}, expected input with shape "
            f"[*, {', '.join(map(str, shape))}], but got input of size{list(input.shape)}"
        )
    for name, held in (("weight", weight), ("bias", bias)):
        if held is not None and held.shape != shape:
            raise RuntimeError(
                f"Expected {name} to be of same shape as normalized_shape, but got {name} of shape "
                f"{list(held.shape)} and normalized_shape = {list(shape)}"
            )
    return shape


_RMS_KERNEL = without("rms_norm", WHOLE)


@composite("F.rms_norm")
@widened
def rms_norm(
    input: Tensor, normalized_shape: Any, weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """Divide by the root of the mean square over the last dimensions; Zhang and Sennrich (2019).

    >>> mt.nn.functional.rms_norm(mt.tensor([3.0, 4.0]), (2,))
    tensor([0.8485, 1.1314])
    """
    shape = _last_dims(input, normalized_shape, weight)
    _RMS_KERNEL(input)
    eps = float(np.finfo(input.dtype).eps) if eps is None else eps
    square = (input * input).mean(dim=tuple(range(-len(shape), 0)), keepdim=True)
    out = input * (square + eps).rsqrt()
    return out if weight is None else out * weight


@with_out
@widened
def normalize(input: Tensor, p: float = 2.0, dim: int = 1, eps: float = 1e-12, out: Any = None) -> Tensor:
    """Divide by the p-norm along `dim`, or by `eps` if that is larger.

    >>> mt.nn.functional.normalize(mt.tensor([[3.0, 4.0]]))
    tensor([[0.6000, 0.8000]])
    """
    from ..reductions.norm import norm

    return input / norm(input, p, dim, True).clamp(min=eps)
