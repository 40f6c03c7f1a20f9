"""Pooling to a given number of parts as users call it: the parts' means, and their largest elements."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.arrays.kernels import COMPLEX, WHOLE, without
from ...engine.half import widened
from ...engine.tensor import Tensor
from ..reductions.sum_mean import mean
from ..windows.keeping_format import keeping_format
from ..windows.separable_resampling import Taps, resample_shown_as
from ..windows.sizes import Ints, integers
from .adaptive_kernels import edges, max_of_parts_shown_as, spots_of_parts
from .kernels import avg_pool_shown_as
from .pool import _flat

_AVG_KERNELS = {
    2: without("adaptive_avg_pool2d", WHOLE | COMPLEX),
    3: without("adaptive_avg_pool3d_cpu", WHOLE | COMPLEX),
}
_MAX_KERNELS = {2: without("adaptive_max_pool2d", WHOLE), 3: without("adaptive_max_pool3d_cpu", WHOLE)}


def _parts(name: str, input: Tensor, output_size: Any, dims: int) -> Ints:
    values = tuple(output_size) if isinstance(output_size, (tuple, list)) else (output_size,) * dims
    if len(values) != dims:
        raise RuntimeError(f"{name}: output_size must be {dims} numbers, and is {output_size}")
    if dims > 1 and input.ndim <= dims and isinstance(output_size, (tuple, list)):
        raise ValueError(f"{name}: Input dimension should be at least {dims + 1}, got {list(input.shape)}")
    if input.ndim not in (dims + 1, dims + 2) or 0 in tuple(input.shape)[input.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor with non-zero size for non-batch "
            f"dimensions, but got {list(input.shape)}"
        )
    sizes = tuple(input.shape)[-dims:]
    parts = integers([n if m is None else m for n, m in zip(sizes, values, strict=True)], name, "output_size")
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
    size, node = tuple(input.shape)[-dims:], f"AdaptiveAvgPool{dims}DBackward0"
    if set(parts) == {1}:
        return mean(input, tuple(range(-dims, 0)), True)
    if input.numel() or dims == 3:
        _AVG_KERNELS[dims](input)
    if all(m and n % m == 0 for n, m in zip(size, parts, strict=True)):
        kernel = tuple(n // m for n, m in zip(size, parts, strict=True))
        return avg_pool_shown_as(node)(input, kernel, kernel, ((0, 0),) * dims, parts, math.prod(kernel))
    resample = resample_shown_as(node, piecewise=("x",))
    return resample(input, tuple(_means(n, m) for n, m in zip(size, parts, strict=True)))


@widened
def adaptive_avg_pool1d(input: Tensor, output_size: Any) -> Tensor:
    """The means of `output_size` parts of (N, C, L) or (C, L), which overlap where L is no multiple.

    >>> mt.nn.functional.adaptive_avg_pool1d(mt.tensor([[1.0, 3.0, 5.0]]), 2)
    tensor([[2., 4.]])
    """
    parts = _parts("adaptive_avg_pool1d", input, output_size, 1)
    return _flat(lambda x: _adaptive_avg_pool(2, x, (1, *parts)), input)


@keeping_format
@widened
def adaptive_avg_pool2d(input: Tensor, output_size: Any) -> Tensor:
    """The means of a grid of parts of (N, C, H, W) or (C, H, W); None keeps a dimension's size.

    >>> mt.nn.functional.adaptive_avg_pool2d(mt.arange(16.0).view(1, 4, 4), (1, None))
    tensor([[[6., 7., 8., 9.]]])
    """
    return _adaptive_avg_pool(2, input, _parts("adaptive_avg_pool2d", input, output_size, 2))


@keeping_format
@widened
def adaptive_avg_pool3d(input: Tensor, output_size: Any) -> Tensor:
    """The means of a grid of parts of (N, C, D, H, W) or (C, D, H, W); None keeps a dimension's size.

    >>> mt.nn.functional.adaptive_avg_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 1).item()
    3.5
    """
    return _adaptive_avg_pool(3, input, _parts("adaptive_avg_pool3d", input, output_size, 3))


def _adaptive_max_pool(dims: int, input: Tensor, parts: Ints, return_indices: bool) -> Any:
    _MAX_KERNELS[dims](input)
    out = max_of_parts_shown_as(f"AdaptiveMaxPool{dims}DBackward0")(input, parts)
    return (out, spots_of_parts(input, parts)) if return_indices else out


def adaptive_max_pool1d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of `output_size` parts of (N, C, L) or (C, L); and where they are, if asked.

    >>> mt.nn.functional.adaptive_max_pool1d(mt.tensor([[1.0, 3.0, 5.0]]), 2, return_indices=True)
    (tensor([[3., 5.]]), tensor([[1, 2]]))
    """
    parts = _parts("adaptive_max_pool1d", input, output_size, 1)
    return _flat(lambda x: _adaptive_max_pool(2, x, (1, *parts), return_indices), input)


@keeping_format
def adaptive_max_pool2d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of a grid of parts of (N, C, H, W) or (C, H, W); None keeps a dimension's size.

    >>> mt.nn.functional.adaptive_max_pool2d(mt.arange(16.0).view(1, 4, 4), (1, None))
    tensor([[[12., 13., 14., 15.]]])
    """
    parts = _parts("adaptive_max_pool2d", input, output_size, 2)
    return _adaptive_max_pool(2, input, parts, return_indices)


@keeping_format
def adaptive_max_pool3d(input: Tensor, output_size: Any, return_indices: bool = False) -> Any:
    """The largest elements of a grid of parts of (N, C, D, H, W) or (C, D, H, W).

    >>> mt.nn.functional.adaptive_max_pool3d(mt.arange(8.0).view(1, 2, 2, 2), 1).item()
    7.0
    """
    parts = _parts("adaptive_max_pool3d", input, output_size, 3)
    return _adaptive_max_pool(3, input, parts, return_indices)
