"""Pooling as users call it: sizes checked and rounded as PyTorch does, then one of the ops of `pooling`.

In one dimension it is pooling of images of height 1, in PyTorch and here.
"""

from __future__ import annotations

import math
from functools import lru_cache, reduce
from typing import Any

import numpy as np

from ..errors import describe
from ..tensor import Tensor
from .activation import relu
from .adaptive import edges, max_of_parts_shown_as, spots_of_parts, unpool_shown_as
from .pointwise import abs, sign
from .pooling import avg_pool_shown_as, max_pool_shown_as, places_of
from .reduce import mean
from .resampling import Taps, resample_shown_as
from .shape import squeeze_dim, unsqueeze
from .windows import Ints

Size = int | tuple[int, ...]


def _sizes(name: str, what: str, value: Any, dims: int) -> Ints:
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if any(isinstance(n, bool) or not hasattr(n, "__index__") for n in values):
        raise TypeError(f"{name}(): argument {what!r} must be an integer or a tuple of them, not {value!r}")
    if len(values) not in (1, dims):
        raise RuntimeError(
            f"{name}: {what} must either be a single int, or a tuple of {dims} ints: {list(values)}"
        )
    return tuple(int(n) for n in (values * dims if len(values) == 1 else values))


def _check_input(name: str, input: Tensor, dims: int) -> None:
    if input.ndim not in (dims + 1, dims + 2) or 0 in tuple(input.shape)[input.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{name}: Expected {dims + 1}D or {dims + 2}D (batch mode) tensor with optional 0 dim batch size "
            f"for input, but got: {list(input.shape)}"
        )


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
    kernel = _sizes(name, "kernel_size", kernel_size, dims)
    step = kernel if stride is None or stride == () else _sizes(name, "stride", stride, dims)
    low, reach = _sizes(name, "padding", padding, dims), _sizes(name, "dilation", dilation, dims)
    _check_input(name, input, dims)
    size = tuple(input.shape)[-dims:]
    pads, out_size = _plan(name, size, kernel, step, low, reach, bool(ceil_mode))
    pool = max_pool_shown_as(f"MaxPool{dims}DWithIndicesBackward0")
    out = pool(input, kernel, step, pads, reach, out_size)
    if not return_indices:
        return out
    places = places_of(input, out, kernel, step, pads, reach).array
    return out, Tensor._of(_flat_spots(places, size, kernel, step, low, reach))


def _flat(function: Any, input: Tensor, *args: Any) -> Any:
    """A function of images on what has one dimension less."""
    out = function(unsqueeze(input, -2), *args)
    return tuple(squeeze_dim(part, -2) for part in out) if isinstance(out, tuple) else squeeze_dim(out, -2)


def _wide(name: str, what: str, value: Any, other: int) -> Any:
    """A number for the width with that of the height, which is 1."""
    return value if value is None or value == () else (other, *_sizes(name, what, value, 1))


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
    given = (
        ("kernel_size", kernel_size, 1),
        ("stride", stride, 1),
        ("padding", padding, 0),
        ("dilation", dilation, 1),
    )
    kernel, step, low, reach = [_wide("max_pool1d", *one) for one in given]
    rest = (kernel, step, low, reach, ceil_mode, return_indices, "max_pool1d")
    return _flat(lambda x: _max_pool(2, x, *rest), input)


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


def max_pool3d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, dilation: Size = 1,
    ceil_mode: bool = False, return_indices: bool = False,
) -> Any:  # fmt: skip
    """The largest element of each window of (N, C, D, H, W) or (C, D, H, W); as `max_pool1d`.

    >>> mt.max_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 2).item()
    7.0
    """
    return _max_pool(3, input, kernel_size, stride, padding, dilation, ceil_mode, return_indices)


# ------------------------------------------------------------------------ the way back


def _unpooled_size(
    name: str, dims: int, input: Tensor, kernel: Ints, stride: Ints, padding: Ints, given: Any
) -> Ints:
    numbers = zip(tuple(input.shape)[-dims:], kernel, stride, padding, strict=True)
    usual = tuple((n - 1) * s + k - 2 * p for n, k, s, p in numbers)
    if given is None:
        return usual
    size = tuple(given)[-dims:] if len(given) == dims + 2 else tuple(given)
    if len(size) != dims:
        raise ValueError(
            f"output_size should be a sequence containing {dims} or {dims + 2} elements, but it has a length "
            f"of '{len(given)}'"
        )
    for axis, (n, m, s) in enumerate(zip(size, usual, stride, strict=True)):
        if not m - s < n < m + s:
            raise ValueError(f'invalid output_size "{size}" (dim {axis} must be between {m - s} and {m + s})')
    return size


def _max_unpool(
    dims: int, input: Tensor, indices: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> Any:
    name = f"max_unpool{dims}d"
    kernel = _sizes(name, "kernel_size", kernel_size, dims)
    step = kernel if stride is None else _sizes(name, "stride", stride, dims)
    low = _sizes(name, "padding", padding, dims)
    size = _unpooled_size(name, dims, input, kernel, step, low, output_size)
    if indices.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if indices.shape != input.shape:
        raise RuntimeError(
            f"{name}: Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) "
            f"but got indices tensor with shape: {list(indices.shape)}"
        )
    _check_input(name, input, dims)
    spots, most = indices.array, math.prod(size)
    if spots.size and not (spots.min() >= 0 and spots.max() < most):
        raise RuntimeError(f"Found an invalid max index: {spots.max()} (output volumes are of size {size})")
    if dims == 1:
        run = unpool_shown_as("MaxUnpool2DBackward0")
        return squeeze_dim(run(unsqueeze(input, -1), unsqueeze(indices, -1), (*size, 1)), -1)
    return unpool_shown_as(f"MaxUnpool{dims}DBackward0")(input, indices, size)


def max_unpool1d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0,
    output_size: Any = None,
) -> Any:  # fmt: skip
    """What `max_pool1d` found, back in its place among zeros.

    `output_size` decides between the lengths that pool to the same.  Raises ``ValueError`` if it is none of
    those, and ``RuntimeError`` for indices outside.

    >>> mt.nn.functional.max_unpool1d(mt.tensor([[3.0, 4.0]]), mt.tensor([[1, 2]]), 2)
    tensor([[0., 3., 4., 0.]])
    """
    return _max_unpool(1, input, indices, kernel_size, stride, padding, output_size)


def max_unpool2d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0,
    output_size: Any = None,
) -> Any:  # fmt: skip
    """What `max_pool2d` found, back in its place among zeros; as `max_unpool1d`.

    >>> mt.nn.functional.max_unpool2d(mt.tensor([[[7.0]]]), mt.tensor([[[3]]]), 2)
    tensor([[[0., 0.],
             [0., 7.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0,
    output_size: Any = None,
) -> Any:  # fmt: skip
    """What `max_pool3d` found, back in its place among zeros; as `max_unpool1d`.

    >>> mt.nn.functional.max_unpool3d(mt.tensor([[[[7.0]]]]), mt.tensor([[[[0]]]]), 2).sum()
    tensor(7.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)


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
    kernel = _sizes(name, "kernel_size", kernel_size, dims)
    step = kernel if stride is None or stride == () else _sizes(name, "stride", stride, dims)
    low = _sizes(name, "padding", padding, dims)
    if divisor_override == 0:
        raise RuntimeError(f"{name}: divisor must be not zero")
    _check_input(name, input, dims)
    size = tuple(input.shape)[-dims:]
    pads, out_size = _plan(name, size, kernel, step, low, (1,) * dims, bool(ceil_mode))
    divisor = divisor_override or _divisor(size, kernel, step, low, out_size, bool(count_include_pad))
    return avg_pool_shown_as(f"AvgPool{dims}DBackward0")(input, kernel, step, pads, out_size, divisor)


def avg_pool1d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:  # fmt: skip
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


def avg_pool2d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of each window of (N, C, H, W) or (C, H, W); as `avg_pool1d`.

    With `divisor_override` the sum is divided by that instead.

    >>> mt.nn.functional.avg_pool2d(mt.arange(16.0).view(1, 4, 4), 2)
    tensor([[[ 2.5000,  4.5000],
             [10.5000, 12.5000]]])
    """
    return _avg_pool(2, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0, ceil_mode: bool = False,
    count_include_pad: bool = True, divisor_override: int | None = None,
) -> Any:  # fmt: skip
    """The mean of each window of (N, C, D, H, W) or (C, D, H, W); as `avg_pool2d`.

    >>> mt.nn.functional.avg_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 2).item()
    3.5
    """
    return _avg_pool(3, input, kernel_size, stride, padding, ceil_mode, count_include_pad, divisor_override)


def _lp_pool(
    dims: int, input: Tensor, norm_type: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Any:
    average = (avg_pool1d, avg_pool2d, avg_pool3d)[dims - 1]
    out = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
    count = math.prod(_sizes(f"lp_pool{dims}d", "kernel_size", kernel_size, dims))
    return (sign(out) * relu(abs(out))).mul(count).pow(1.0 / norm_type)


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: int, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of (N, C, L) or (C, L), without taking absolute values first.

    >>> mt.nn.functional.lp_pool1d(mt.tensor([[3.0, 4.0]]), 2, 2)
    tensor([[5.]])
    """
    return _lp_pool(1, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of (N, C, H, W) or (C, H, W); as `lp_pool1d`.

    >>> mt.nn.functional.lp_pool2d(mt.ones(1, 2, 2), 2, 2).item()
    2.0
    """
    return _lp_pool(2, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Size, stride: Any = None, ceil_mode: bool = False
) -> Any:
    """The p-norm of each window of (N, C, D, H, W) or (C, D, H, W); as `lp_pool1d`.

    >>> mt.nn.functional.lp_pool3d(mt.ones(1, 2, 2, 1), 2, (2, 2, 1)).item()
    2.0
    """
    return _lp_pool(3, input, norm_type, kernel_size, stride, ceil_mode)


# ---------------------------------------------------------------- a given number of parts


def _parts(name: str, input: Tensor, output_size: Any, dims: int) -> Ints:
    values = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * dims
    if len(values) != dims:
        raise RuntimeError(f"{name}: output_size must be {dims} numbers, and is {output_size}")
    if input.ndim not in (dims + 1, dims + 2) or 0 in tuple(input.shape)[input.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor with non-zero size for non-batch "
            f"dimensions, but got {list(input.shape)}"
        )
    sizes = tuple(input.shape)[-dims:]
    parts = tuple(n if m is None else m for n, m in zip(sizes, values, strict=True))
    if min(parts) < 0:
        raise RuntimeError(
            f"{name}: elements of output_size must be greater than or equal to 0 but received {parts}"
        )
    return parts


@lru_cache
def _means(n: int, parts: int) -> Taps:
    starts, ends = edges(n, parts)
    counts = ends - starts
    rows = np.repeat(np.arange(parts), counts)
    inside = np.arange(len(rows)) - np.repeat(np.cumsum(counts) - counts, counts)
    return Taps(parts, n, rows, starts[rows] + inside, 1 / counts[rows])


def _adaptive_avg_pool(dims: int, input: Tensor, parts: Ints) -> Any:
    if input.dtype.kind != "f":
        raise NotImplementedError(f'"adaptive_avg_pool{dims}d" not implemented for {input.dtype}')
    size, node = tuple(input.shape)[-dims:], f"AdaptiveAvgPool{dims}DBackward0"
    if set(parts) == {1}:
        return mean(input, tuple(range(-dims, 0)), True)
    if all(m and n % m == 0 for n, m in zip(size, parts, strict=True)):
        kernel = tuple(n // m for n, m in zip(size, parts, strict=True))
        return avg_pool_shown_as(node)(input, kernel, kernel, ((0, 0),) * dims, parts, math.prod(kernel))
    return resample_shown_as(node)(input, tuple(_means(n, m) for n, m in zip(size, parts, strict=True)))


def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Any:
    """The means of `output_size` parts of (N, C, L) or (C, L), which overlap where L is no multiple.

    >>> mt.nn.functional.adaptive_avg_pool1d(mt.tensor([[1.0, 3.0, 5.0]]), 2)
    tensor([[2., 4.]])
    """
    parts = _parts("adaptive_avg_pool1d", input, output_size, 1)
    return _flat(lambda x: _adaptive_avg_pool(2, x, (1, *parts)), input)


def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Any:
    """The means of a grid of parts of (N, C, H, W) or (C, H, W); None keeps a dimension's size.

    >>> mt.nn.functional.adaptive_avg_pool2d(mt.arange(16.0).view(1, 4, 4), (1, None))
    tensor([[[6., 7., 8., 9.]]])
    """
    return _adaptive_avg_pool(2, input, _parts("adaptive_avg_pool2d", input, output_size, 2))


def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Any:
    """The means of a grid of parts of (N, C, D, H, W) or (C, D, H, W); None keeps a dimension's size.

    >>> mt.nn.functional.adaptive_avg_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 1).item()
    3.5
    """
    return _adaptive_avg_pool(3, input, _parts("adaptive_avg_pool3d", input, output_size, 3))


def _adaptive_max_pool(dims: int, input: Tensor, parts: Ints, return_indices: bool) -> Any:
    out = max_of_parts_shown_as(f"AdaptiveMaxPool{dims}DBackward0")(input, parts)
    return (out, spots_of_parts(input, parts)) if return_indices else out


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of (N, C, L) or (C, L); and where they are, if asked.

    >>> mt.nn.functional.adaptive_max_pool1d(mt.tensor([[1.0, 3.0, 5.0]]), 2, return_indices=True)
    (tensor([[3., 5.]]), tensor([[1, 2]]))
    """
    parts = _parts("adaptive_max_pool1d", input, output_size, 1)
    return _flat(lambda x: _adaptive_max_pool(2, x, (1, *parts), return_indices), input)


def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of a grid of parts of (N, C, H, W) or (C, H, W); None keeps a dimension's size.

    >>> mt.nn.functional.adaptive_max_pool2d(mt.arange(16.0).view(1, 4, 4), (1, None))
    tensor([[[12., 13., 14., 15.]]])
    """
    parts = _parts("adaptive_max_pool2d", input, output_size, 2)
    return _adaptive_max_pool(2, input, parts, return_indices)


def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of a grid of parts of (N, C, D, H, W) or (C, D, H, W).

    >>> mt.nn.functional.adaptive_max_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 1).item()
    7.0
    """
    parts = _parts("adaptive_max_pool3d", input, output_size, 3)
    return _adaptive_max_pool(3, input, parts, return_indices)


# -------------------------------------------------------------------------- responses


def local_response_norm(
    input: Tensor, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0
) -> Any:
    """``x / (k + alpha * m) ** beta``, m the mean square over `size` channels around each.

    Krizhevsky et al., "ImageNet classification with deep convolutional neural networks" (2012), section 3.3,
    with a mean where they have a sum.  ``ValueError`` for fewer than three dimensions.

    >>> mt.nn.functional.local_response_norm(mt.ones(1, 2, 1), 2, alpha=1.0, beta=1.0).flatten()
    tensor([0.6667, 0.5000])
    """
    from .padding import pad

    if input.ndim < 3:
        raise ValueError(f"Expected 3D or higher dimensionality input (got {describe(input)})")
    if not input.numel():
        return input
    square = (input * input).reshape(input.shape[0], 1, input.shape[1], -1)
    around = avg_pool2d(pad(square, (0, 0, size // 2, (size - 1) // 2)), (size, 1), 1)
    return input / (around.reshape(tuple(input.shape)).mul(alpha).add(k).pow(beta))
