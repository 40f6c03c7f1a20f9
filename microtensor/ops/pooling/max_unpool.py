"""The way back from `max_pool2d` and its like as users call it: what was found returns to its place."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import WHOLE, without
from ...engine.tensor import Tensor
from ..views.squeeze import squeeze_dim, unsqueeze
from ..windows.sizes import Ints, per_dimension
from .adaptive_kernels import unpool_shown_as
from .pool import Size, _check_input, _stride


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
    kernel = per_dimension(kernel_size, dims, name, "kernel_size")
    step = _stride(name, stride, kernel)
    low = per_dimension(padding, dims, name, "padding")
    size = _unpooled_size(name, dims, input, kernel, step, low, output_size)
    if indices.dtype != np.int64:
        raise RuntimeError(f"elements in indices should be type int64 but got: {indices.dtype}")
    if indices.shape != input.shape:
        raise RuntimeError(
            f"{name}: Expected shape of indices to be same as that of the input tensor ({list(input.shape)}) "
            f"but got indices tensor with shape: {list(indices.shape)}"
        )
    _check_input(name, input, dims)
    without(f"max_unpool{max(dims, 2)}d", WHOLE)(input)
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
) -> Tensor:  # fmt: skip
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
) -> Tensor:  # fmt: skip
    """What `max_pool2d` found, back in its place among zeros; as `max_unpool1d`.

    >>> mt.nn.functional.max_unpool2d(mt.tensor([[[7.0]]]), mt.tensor([[[3]]]), 2)
    tensor([[[0., 0.],
             [0., 7.]]])
    """
    return _max_unpool(2, input, indices, kernel_size, stride, padding, output_size)


def max_unpool3d(
    input: Tensor, indices: Tensor, kernel_size: Size, stride: Any = None, padding: Size = 0,
    output_size: Any = None,
) -> Tensor:  # fmt: skip
    """What `max_pool3d` found, back in its place among zeros; as `max_unpool1d`.

    >>> mt.nn.functional.max_unpool3d(mt.tensor([[[[7.0]]]]), mt.tensor([[[[0]]]]), 2).sum()
    tensor(7.)
    """
    return _max_unpool(3, input, indices, kernel_size, stride, padding, output_size)
