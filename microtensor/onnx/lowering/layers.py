"""Layers: convolution, normalisation, attention, interpolation."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..sizes import first, whole
from .reductions import reduced
from .registry import Unsayable, lowers
from .shapes import vector


def pads_of(padding: Any) -> list[int]:
    """All that is added in front, then all behind; `padding` has a number or a pair for each dimension."""
    pairs = [(p, p) if isinstance(p, int) else tuple(p) for p in padding]
    return [low for low, _ in pairs] + [high for _, high in pairs]


@lowers("convolve", "convolve_biased")
def convolution(
    b: Any, x: Any, weight: Any, bias: Any = None, *, stride: Any, padding: Any, dilation: Any, groups: int
) -> Any:
    how = {"strides": list(stride), "dilations": list(dilation), "group": groups, "pads": pads_of(padding)}
    return b.Conv(x, weight, bias, **how)


@lowers("deconvolve", "deconvolve_biased")
def deconvolution(
    b: Any, x: Any, weight: Any, bias: Any = None, *, size: Any, stride: Any, padding: Any, dilation: Any,
    groups: int
) -> Any:  # fmt: skip
    """What the size asks for beyond the windows is ONNX's output padding."""
    pads = [low for low, _ in padding] + [max(high, 0) for _, high in padding]
    spans = [d * (k - 1) + 1 for d, k in zip(dilation, weight.shape[2:], strict=True)]
    least = [(first(n) - 1) * s + span for n, s, span in zip(x.shape[2:], stride, spans, strict=True)]
    cut = [low + high for low, high in zip(pads[: len(stride)], pads[len(stride) :], strict=True)]
    extra = [first(n) - m + c for n, m, c in zip(size, least, cut, strict=True)]
    how = {"strides": list(stride), "dilations": list(dilation), "group": groups, "pads": pads}
    return b.ConvTranspose(x, weight, bias, output_padding=extra, **how)


# ------------------------------------------------------------------ normalisation


@lowers("normalize_axes")
def normalize_axes(b: Any, x: Any, axes: Any, eps: float) -> Any:
    off = b.Sub(x, reduced(b, "ReduceMean", x, axes, True))
    spread = b.Add(reduced(b, "ReduceMean", b.Mul(off, off), axes, True, x.ndim), np.asarray(eps, x.dtype))
    return b.Div(off, b.Sqrt(spread))


@lowers("F.layer_norm")
def layer_norm(b: Any, input: Any, normalized_shape: Any, weight: Any, bias: Any, eps: float) -> Any:
    dims = len(input.shape) - (1 if isinstance(normalized_shape, int) else len(normalized_shape))
    shape = tuple(input.shape[dims:])
    weight = np.ones(shape, input.dtype) if weight is None else weight
    return b.LayerNormalization(input, weight, bias, axis=dims, epsilon=float(eps))


@lowers("F.rms_norm")
def rms_norm(b: Any, input: Any, normalized_shape: Any, weight: Any, eps: Any) -> Any:
    dims = input.ndim - (1 if isinstance(normalized_shape, int) else len(normalized_shape))
    eps = float(np.finfo(input.dtype).eps) if eps is None else float(eps)
    if b.opset >= 23:
        weight = np.ones(tuple(input.shape[dims:]), input.dtype) if weight is None else weight
        return b.RMSNormalization(input, weight, axis=dims, epsilon=eps)
    square = b.ReduceMean(b.Mul(input, input), vector(*range(dims, input.ndim)), keepdims=1)
    out = b.Div(input, b.Sqrt(b.Add(square, np.asarray(eps, input.dtype))))
    return out if weight is None else b.Mul(out, weight)


def _evaluated(arguments: dict[str, Any]) -> bool:
    return not arguments["training"]


@lowers("F.batch_norm", when=_evaluated)
def batch_norm(
    b: Any, input: Any, running_mean: Any, running_var: Any, weight: Any, bias: Any, training: bool,
    momentum: Any,
    eps: float,
) -> Any:  # fmt: skip
    ones, zeros = np.ones(running_mean.shape, input.dtype), np.zeros(running_mean.shape, input.dtype)
    scale, shift = (ones if weight is None else weight), (zeros if bias is None else bias)
    return b.BatchNormalization(input, scale, shift, running_mean, running_var, epsilon=float(eps))


@lowers("batch_norm")
def batch_norm_of_batch(b: Any, x: Any, weight: Any, bias: Any, eps: float, moments: Any = None) -> Any:
    """By the batch's own moments."""
    axes = [d for d in range(x.ndim) if d != 1]
    return channel_affine(b, x, weight, bias, of=normalize_axes(b, x, axes, eps))


@lowers("channel_affine")
def channel_affine(b: Any, x: Any, scale: Any, shift: Any, of: Any = None) -> Any:
    shape = vector(-1, *[1] * (x.ndim - 2))
    scaled = b.Mul(x if of is None else of, b.Reshape(scale, shape))
    return b.Add(scaled, b.Reshape(shift, shape))


@lowers("F.group_norm")
def group_norm(b: Any, input: Any, num_groups: int, weight: Any, bias: Any, eps: float) -> Any:
    """``InstanceNormalization`` of the groups as channels; from opset 21 on an operator of its own."""
    channels = input.shape[1]
    ones, zeros = np.ones(channels, input.dtype), np.zeros(channels, input.dtype)
    scale, shift = (ones if weight is None else weight), (zeros if bias is None else bias)
    if b.opset >= 21:
        return b.GroupNormalization(input, scale, shift, num_groups=num_groups, epsilon=float(eps))
    rows = b.Reshape(input, vector(0, num_groups, -1))
    one = [np.full(num_groups, v, input.dtype) for v in (1, 0)]
    flat = b.Reshape(b.InstanceNormalization(rows, *one, epsilon=float(eps)), b.Shape(input))
    return flat if weight is None and bias is None else channel_affine(b, input, scale, shift, of=flat)


def _by_instance(arguments: dict[str, Any]) -> bool:
    return bool(arguments["use_input_stats"] and arguments["running_mean"] is None)


@lowers("F.instance_norm", when=_by_instance)
def instance_norm(
    b: Any, input: Any, weight: Any = None, bias: Any = None, eps: float = 1e-5, **how: Any
) -> Any:
    channels = input.shape[1]
    scale = np.ones(channels, input.dtype) if weight is None else weight
    shift = np.zeros(channels, input.dtype) if bias is None else bias
    return b.InstanceNormalization(input, scale, shift, epsilon=float(eps))


@lowers("channel_sums")
def channel_sums(b: Any, x: Any) -> Any:
    return b.ReduceSum(x, vector(*[d for d in range(x.ndim) if d != 1]), keepdims=0)


# ------------------------------------------------------------------ attention


@lowers("shares")
def shares(b: Any, x: Any, bias: Any, scale: float) -> Any:
    """The softmax of the scores; where a row may be hidden wholly, one that gives zeros there."""
    scores = x if scale == 1 else b.Mul(x, np.asarray(scale, x.dtype))
    if isinstance(bias, np.ndarray):
        bias = bias.astype(x.dtype)
    scores = scores if bias is None else b.Add(scores, bias)
    if (bias is None and scale != 1) or _some_open(bias):
        return b.Softmax(scores, axis=-1)
    peak = b.Max(b.ReduceMax(scores, vector(-1), keepdims=1), np.finfo(x.dtype).min)
    powers = b.Exp(b.Sub(scores, peak))
    total = b.ReduceSum(powers, vector(-1), keepdims=1)
    return b.Div(powers, b.Where(b.Equal(total, 0.0), 1.0, total))


def _some_open(bias: Any) -> bool:
    """Whether every query may look somewhere, as far as the mask is known."""
    if isinstance(bias, np.ndarray):
        return bool(np.isfinite(bias).any(-1).all())
    return bias is not None  # one that follows the sizes is a triangle, with an open diagonal


# ------------------------------------------------------------------ interpolation

MODES = {
    "nearest": "nearest", "nearest-exact": "nearest", "linear": "linear", "bilinear": "linear", "trilinear":
    "linear",
    "bicubic": "cubic",
}  # fmt: skip


def _resizable(arguments: dict[str, Any]) -> bool:
    """Whether Resize says it: "nearest" rounds in single precision, which whole factors do not show."""
    mode, size = arguments["mode"], arguments["size"]
    if mode not in MODES or size is not None or arguments["recompute_scale_factor"]:
        return False
    factor = arguments["scale_factor"]
    factors = factor if isinstance(factor, (tuple, list)) else [factor]
    return all(float(f).is_integer() for f in factors)


@lowers("F.interpolate", when=_resizable)
def interpolate(b: Any, input: Any, scale_factor: Any, mode: str, align_corners: Any, **how: Any) -> Any:
    """By whole factors; other sizes are matrix products (`resample`)."""
    dims = input.ndim - 2
    factors = scale_factor if isinstance(scale_factor, (tuple, list)) else [scale_factor] * dims
    scales = np.array([1, 1, *map(float, factors)], np.float32)
    place = "align_corners" if align_corners else "half_pixel"
    place = "asymmetric" if mode == "nearest" else place
    rounding = "floor" if mode == "nearest" else "round_prefer_ceil"
    return b.Resize(
        input, None, scales, mode=MODES[mode], coordinate_transformation_mode=place,
        nearest_mode=rounding if MODES[mode] == "nearest" else None,
        cubic_coeff_a=-0.75 if mode == "bicubic" else None,
    )  # fmt: skip


def _sampled(arguments: dict[str, Any]) -> bool:
    return bool(arguments["input"].ndim == 4)


@lowers("F.grid_sample", when=_sampled)
def grid_sample(
    b: Any,
    input: Any,
    grid: Any,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: Any = None,
) -> Any:
    """Images read at places; opset 20 renamed the modes."""
    names = {"bilinear": "linear", "bicubic": "cubic"} if b.opset >= 20 else {}
    how = {
        "mode": names.get(mode, mode),
        "padding_mode": padding_mode,
        "align_corners": int(bool(align_corners)),
    }
    return b.GridSample(input, grid, **how)


@lowers("window_columns")
def window_columns(b: Any, x: Any, kernel: Any, dilation: Any, padding: Any, stride: Any) -> Any:
    """The elements of all windows of (N, C, H, W) as columns, by a convolution with single ones."""
    if x.ndim != 4 or not whole(x.shape[1]):
        raise Unsayable("windows of anything but a batch of images")
    channels, count = x.shape[1], math.prod(kernel)
    weight = np.eye(count, dtype=x.dtype).reshape(count, 1, *kernel)
    how = {"strides": list(stride), "dilations": list(dilation), "group": channels, "pads": pads_of(padding)}
    found = b.Conv(x, np.tile(weight, (channels, 1, 1, 1)), **how)
    return b.Reshape(found, vector(0, channels * count, -1))
