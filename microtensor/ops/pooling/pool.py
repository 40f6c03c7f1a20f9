"""Pooling as users call it: sizes checked and rounded as PyTorch does, then one of the ops of `pooling`.

In one dimension it is pooling of images of height 1, in PyTorch and here.
"""

from __future__ import annotations

import math
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, HALF, WHOLE, without
from ...engine.dtypes import int64
from ...engine.half import widened
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor
from ...errors import describe
from ..activations.smooth import relu
from ..elementwise.sign_abs import abs, sign
from ..views.squeeze import squeeze_dim, unsqueeze
from ..windows.keeping_format import keeping_format
from ..windows.sizes import Ints, per_dimension
from .kernels import avg_pool_shown_as, max_pool_shown_as, places_of

Size = int | tuple[int, ...]
_MAX_KERNELS = {2: without("max_pool2d", BOOL), 3: without("max_pool3d", BOOL)}
_AVG_KERNELS = {
    2: without("avg_pool2d", WHOLE - {int64}),
    3: without("avg_pool3d_out_frame", (WHOLE | HALF) - {int64}),
}


def _check_input(name: str, input: Tensor, dims: int) -> None:
    if input.ndim not in (dims + 1, dims + 2) or 0 in tuple(input.shape)[input.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{name}: Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size "
            f"for input, but got: {list(input.shape)}"
        )


def _missing(stride: Any) -> bool:
    return stride is None or (isinstance(stride, (tuple, list)) and not stride)


def _stride(name: str, stride: Any, kernel: Ints) -> Ints:
    """The stride, which is the kernel's size if it is not given."""
    return kernel if _missing(stride) else per_dimension(stride, len(kernel), name, "stride")


def _out_size(n: int, kernel: int, stride: int, padding: int, dilation: int, ceil_mode: bool) -> int:
    room = n + 2 * padding - dilation * (kernel - 1) - 1
    out = (-(-room // stride) if ceil_mode else room // stride) + 1
    return out - (ceil_mode and (out - 1) * stride >= n + padding)


@lru_cache
def _plan(
    name: str, size: Ints, kernel: Ints, stride: Ints, padding: Ints, dilation: Ints, ceil_mode: bool
) -> tuple[Any, Ints]:
    """The padding that makes all windows fit, and how many windows there are."""
    if min(stride) < 1 or min(kernel) < 1 or min(dilation) < 1:
        raise RuntimeError(
            f"{name}: kernel size, stride and dilation should be greater than zero (stride should not be "
            f"zero), but got kernel_size={kernel}, stride={stride}, dilation={dilation}"
        )
    if any(not 0 <= p <= (d * (k - 1) + 1) // 2 for p, k, d in zip(padding, kernel, dilation, strict=True)):
        raise RuntimeError(
            f"{name}: pad must be non-negative and pad should be at most half of effective kernel size, but "
            f"got padding={padding}, kernel_size={kernel} and dilation={dilation}"
        )
    numbers = list(zip(size, kernel, stride, padding, dilation, strict=True))
    out = tuple(_out_size(*row, ceil_mode) for row in numbers)
    if min(out) < 1:
        raise RuntimeError(
            f"{name}: Given input size: {size}. Calculated output size: {out}. Output size is too small"
        )
    needed = [(o - 1) * s + d * (k - 1) + 1 - n - p for o, (n, k, s, p, d) in zip(out, numbers, strict=True)]
    return tuple((p, max(high, 0)) for p, high in zip(padding, needed, strict=True)), out


def _flat_spots(places: Any, size: Ints, kernel: Ints, stride: Ints, low: Ints, dilation: Ints) -> Any:
    """The numbers of offsets in the kernel as numbers of elements in the flattened image."""
    offsets = np.indices(kernel).reshape(len(kernel), -1) * np.array(dilation)[:, None]
    dims = places.shape[places.ndim - len(kernel) :]
    spots = np.zeros(places.shape, np.int64)
    for axis, (n, s, p, m) in enumerate(zip(size, stride, low, dims, strict=True)):
        shape = [1] * len(dims)
        shape[axis] = m
        spots = spots * n + offsets[axis][places] + (np.arange(m) * s - p).reshape(shape)
    return spots


def _max_pool(
    dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool,
    return_indices: bool, name: str = "",
) -> Any:  # fmt: skip
    name = name or f"max_pool{dims}d"
    kernel = per_dimension(kernel_size, dims, name, "kernel_size")
    step = _stride(name, stride, kernel)
    low, reach = (
        per_dimension(padding, dims, name, "padding"),
        per_dimension(dilation, dims, name, "dilation"),
    )
    _check_input(name, input, dims)
    _MAX_KERNELS[dims](input)
    size = tuple(input.shape)[-dims:]
    pads, out_size = _plan(name, size, kernel, step, low, reach, bool(ceil_mode))
    pool = max_pool_shown_as(f"MaxPool{dims}DWithIndicesBackward0")
    out = pool(input, kernel, step, pads, reach, out_size)
    if not return_indices:
        return out
    places = places_of(input, kernel, step, pads, reach, out_size).array
    return out, Tensor._of(_flat_spots(places, size, kernel, step, low, reach))


def _flat(function: Any, input: Tensor, *args: Any) -> Any:
    """A function of images on what has one dimension less."""
    out = function(unsqueeze(input, -2), *args)
    return tuple(squeeze_dim(part, -2) for part in out) if isinstance(out, tuple) else squeeze_dim(out, -2)


def _wide(name: str, what: str, value: Any, other: int) -> Any:
    """A number for the width with that of the height, which is 1."""
    return None if _missing(value) else (other, *per_dimension(value, 1, name, what))


_MAX_1D_KERNEL = without("max_pool1d_impl", WHOLE)


def max_pool1d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, dilation: Size = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of (N, C, L) or (C, L); with `return_indices`, also where it is.

    `stride` is the kernel's size if not given.  With `ceil_mode`, windows that begin inside count even where
    they end outside.  Raises ``RuntimeError`` for sizes that do not fit.

    >>> mt.max_pool1d(mt.tensor([[1.0, 3.0, 2.0, 4.0, 0.0]]), 2, ceil_mode=True)
    tensor([[3., 4., 0.]])
    """
    _check_input("max_pool1d", input, 1)
    if not return_indices:
        _MAX_1D_KERNEL(input)
    given = (
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    )
    kernel, step, low, reach = [_wide("max_pool1d", *one) for one in given]
    rest = (kernel, step, low, reach, ceil_mode, return_indices, "max_pool1d")
    return _flat(lambda x: _max_pool(2, x, *rest), input)


@keeping_format
def max_pool2d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, dilation: Size = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of (N, C, H, W) or (C, H, W); as `max_pool1d`.

    >>> mt.max_pool2d(mt.arange(16.0).view(1, 4, 4), 2)
    tensor([[[ 5.,  7.],
             [13., 15.]]])
    """
    return _max_pool(2, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


@keeping_format
def max_pool3d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, dilation: Size = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of (N, C, D, H, W) or (C, D, H, W); as `max_pool1d`.

    >>> mt.max_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 2).item()
    7.0
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


# ---------------------------------------------------------------------------- averages


@lru_cache
def _divisor(size: Ints, kernel: Ints, stride: Ints, padding: Ints, out_size: Ints, include: bool) -> Any:
    """How many elements each window has: a number where all have as many."""
    counts = []
    for n, k, s, p, m in zip(size, kernel, stride, padding, out_size, strict=True):
        starts = np.arange(m) * s - p
        ends = np.minimum(starts + k, n + p)
        counts.append(ends - starts if include else np.minimum(ends, n) - np.maximum(starts, 0))
    if all((c == c[0]).all() for c in counts):
        return math.prod(int(c[0]) for c in counts)
    return reduce(np.multiply.outer, counts)


def _avg_pool(
    dims: int, input: Tensor, kernel_size: Any, stride: Any, padding: Any, ceil_mode: bool,
    count_include_pad: bool, divisor_override: int | None, name: str = "",
) -> Any:  # fmt: skip
    name = name or f"avg_pool{dims}d"
    kernel = per_dimension(kernel_size, dims, name, "kernel_size")
    step = _stride(name, stride, kernel)
    low = per_dimension(padding, dims, name, "padding")
    if divisor_override == 0:
        raise RuntimeError(f"{name}: divisor must be not zero")
    _check_input(name, input, dims)
    _AVG_KERNELS[dims](input)
    size = tuple(input.shape)[-dims:]
    pads, out_size = _plan(name, size, kernel, step, low, (1,) * dims, bool(ceil_mode))
    divisor = divisor_override or _divisor(size, kernel, step, low, out_size, bool(count_include_pad))
    return avg_pool_shown_as(f"AvgPool{dims}DBackward0")(input, kernel, step, pads, out_size, divisor)


@widened
def avg_pool1d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:  # fmt: skip
    """The mean of each window of (N, C, L) or (C, L); `stride` is the kernel's size if not given.

    Padding counts as zeros, or with ``count_include_pad=False`` not at all.  Raises ``RuntimeError`` for
    sizes that do not fit.

    >>> mt.avg_pool1d(mt.tensor([[1.0, 3.0, 2.0, 4.0]]), 2, padding=1, count_include_pad=False)
    tensor([[1.0000, 2.5000, 4.0000]])
    """
    _check_input("avg_pool1d", input, 1)
    given = (("kernel_size", kernel_size, 1), ("stride", stride, 1), ("padding", padding, 0))
    kernel, step, low = [_wide("avg_pool1d", *one) for one in given]
    rest = (kernel, step, low, ceil_mode, count_include_pad, None, "avg_pool1d")
    return _flat(lambda x: _avg_pool(2, x, *rest), input)


@with_out(exact=True)
@keeping_format
@widened
def avg_pool2d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window of (N, C, H, W) or (C, H, W); as `avg_pool1d`.

    With `divisor_override` the sum is divided by that instead.

    >>> mt.nn.functional.avg_pool2d(mt.arange(16.0).view(1, 4, 4), 2)
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


@with_out(exact=True)
@keeping_format
def avg_pool3d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Tensor:  # fmt: skip
    """The mean of each window of (N, C, D, H, W) or (C, D, H, W); as `avg_pool2d`.

    >>> mt.nn.functional.avg_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 2).item()
    3.5
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(
    dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    if math.isinf(norm_type):
        largest, size = (max_pool1d, max_pool2d, max_pool3d)[dims - 1], abs(input)
        out = largest(size if norm_type > 0 else -size, kernel_size, stride, 0, 1, ceil_mode)
        return out if norm_type > 0 else -out
    average = (avg_pool1d, avg_pool2d, avg_pool3d)[dims - 1]
    out = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    count = math.prod(per_dimension(kernel_size, dims, f"lp_pool{dims}d", "kernel_size"))
    return (sign(out) * relu(abs(out))).mul(count).pow(1.0 / norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of each window of (N, C, L) or (C, L), without taking absolute values first.

    For an infinite p it is the largest absolute value, for minus infinity the smallest.

    >>> mt.nn.functional.lp_pool1d(mt.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of each window of (N, C, H, W) or (C, H, W); as `lp_pool1d`.

    >>> mt.nn.functional.lp_pool2d(mt.ones(1, 2, 2), 2, 2).item()
    2.0
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Any = None, ceil_mode: bool = False
) -> Tensor:
    """The p-norm of each window of (N, C, D, H, W) or (C, D, H, W); as `lp_pool1d`.

    >>> mt.nn.functional.lp_pool3d(mt.ones(1, 2, 2, 1), 2, (2, 2, 1)).item()
    2.0
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


# -------------------------------------------------------------------------- responses


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Tensor:
    """``x / (k + alpha * m) ** beta``, m the mean square over `size` channels around each.

    Krizhevsky et al., "ImageNet classification with deep convolutional neural networks" (2012), section 3.3,
    with a mean where they have a sum.  ``ValueError`` for fewer than three dimensions.

    >>> mt.nn.functional.local_response_norm(mt.ones(1, 2, 1), 2, alpha=1.0, beta=1.0).flatten()
    tensor([0.6667, 0.5000])
    """
    from ..windows.padding import pad

    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {describe(input)})")
    if not input.numel():
        return input
    square = (input * input).reshape(input.shape[0], 1, input.shape[1], -1)
    around = avg_pool2d(pad(square, (0, 0, size // 2, (size - 1) // 2)), (size, 1), 1)
    return input / (around.reshape(tuple(input.shape)).mul(alpha).add(k).pow(beta))
