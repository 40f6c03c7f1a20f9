"""Max-pooling whose windows lie at random distances, so that a size may shrink by less than a half.

Graham, "Fractional max-pooling" (2014): the windows' starts are whole parts of multiples of a step, all of
them shifted by one random number, for each dimension, channel and example.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import COMPLEX, without
from ...engine.op import shown_as
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...errors import describe
from ...ops.indexing.gather_scatter import scatter_add_into
from ...random.tensors import rand


def _several(name: str, what: str, value: Any, dims: int) -> tuple[Any, ...]:
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,) * dims
    if len(values) not in (1, dims):
        raise RuntimeError(f"{name}: {what} must either be a single number, or a tuple of {dims}: {value}")
    return values * dims if len(values) == 1 else values


def _out_size(name: str, input: Tensor, dims: int, size: Any, ratio: Any) -> tuple[int, ...]:
    if size is None and ratio is None:
        raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
    if size is not None:
        return _several(name, "output_size", size, dims)
    if isinstance(ratio, (tuple, list)) and len(ratio) > dims:
        raise ValueError(f"{name} requires output_ratio to either be a single number or {dims} of them.")
    ratios = _several(name, "output_ratio", ratio, dims)
    return tuple(int(n * r) for n, r in zip(input.shape[-dims:], ratios, strict=True))


def _starts(u: Any, n: int, out: int, kernel: int) -> Any:
    """Where the windows begin, for each random number; the last one ends with the image."""
    if out < 2:
        return np.full((*u.shape, out), n - kernel)
    step = u.dtype.type(n - kernel) / u.dtype.type(out - 1)
    whole = np.trunc((np.arange(out, dtype=u.dtype) + u[..., None]) * step) - np.trunc(u[..., None] * step)
    whole[..., -1] = n - kernel
    return whole.astype(np.int64)


def _windows(u: Any, size: Any, out: Any, kernel: Any) -> Any:
    """The elements of each window by their numbers in the flattened image: (n, c, places, elements)."""
    dims, lead = len(size), u.shape[:2]
    number: Any = np.zeros((), np.int64)
    for axis in range(dims):
        # PyTorch has the random numbers of images in the order of W and H, and of volumes in that of T, H, W.
        starts = _starts(u[..., 1 - axis if dims == 2 else axis], size[axis], out[axis], kernel[axis])
        shape = [1] * (2 * dims)
        shape[axis], shape[dims + axis] = out[axis], kernel[axis]
        cells = starts[..., None] + np.arange(kernel[axis])
        number = number * size[axis] + cells.reshape(*lead, *shape)
    return number.reshape(*lead, math.prod(out), math.prod(kernel))


def _largest(x: Any, windows: Any) -> Any:
    """The number of the first of the largest elements of each window; NaN counts as the largest."""
    values = np.take_along_axis(_flat(x), _flat(windows), -1).reshape(windows.shape)
    return np.take_along_axis(windows, values.argmax(-1)[..., None], -1)[..., 0]


def _picked(x: Any, /, spots: Any) -> Any:
    """The elements at the spots along the last dimension of (N, C, L), in the shape of the spots.

    >>> mt.nn.functional.fractional_max_pool2d(mt.arange(9.0).view(1, 3, 3), 2, output_size=1).item()
    8.0
    """
    return np.take_along_axis(x, _flat(spots), 2).reshape(spots.shape)


def _flat(x: Any) -> Any:
    """The dimensions after the first two as one."""
    return x.reshape(*x.shape[:2], math.prod(x.shape[2:]))


picked_shown_as = shown_as(
    _picked,
    "fractional_max_pool",
    x=lambda g, x_shape, spots: scatter_add_into(_flat(g), _flat(spots), x_shape, 2),
    piecewise=("x",),
    samples=[case((1, 2, 4), spots=np.array([[[[0, 2]], [[3, 3]]]]))],
    reference=lambda x, spots: np.take_along_axis(x, spots[:, :, 0], 2)[:, :, None],
)
picked_shown_as("FractionalMaxPool2DBackward0")


def _pool(
    dims: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, return_indices: bool,
    samples: Tensor | None,
) -> Any:  # fmt: skip
    name = f"fractional_max_pool{dims}d"
    out = _out_size(name, input, dims, output_size, output_ratio)
    kernel = _several(name, "kernel_size", kernel_size, dims)
    _check(name, input, dims, kernel, out)
    without(f"{name}_out_frame", COMPLEX)(input)
    whole = input if input.ndim == dims + 2 else input.unsqueeze(0)
    n, c, *size = whole.shape
    if samples is None:
        samples = rand(n, c, dims, dtype=input.dtype)
    _check_samples(name, samples, input, (n, c, dims))
    found = Tensor._of(_largest(whole.detach().array, _windows(samples.array[:n], size, out, kernel)))
    shape = (*input.shape[:-dims], *out)
    picked = picked_shown_as(f"FractionalMaxPool{dims}DBackward0")
    pooled = picked(whole.reshape(n, c, math.prod(size)), found.array).reshape(shape)
    return (pooled, found.reshape(shape)) if return_indices else pooled


def _check(name: str, input: Tensor, dims: int, kernel: Any, out: Any) -> None:
    shape = tuple(input.shape)
    if input.ndim not in (dims + 1, dims + 2) or 0 in shape[input.ndim - dims - 1 :]:
        raise RuntimeError(
            f"{name}(): Expected {dims + 1}D or {dims + 2}D tensor with non-zero size for non-batch "
            f"dimensions, but got {describe(input)}"
        )
    for n, k, m in zip(shape[-dims:], kernel, out, strict=True):
        least = m + k - (dims == 2)  # PyTorch asks volumes for one more
        if least > n or k < 1 or m < 0:
            raise RuntimeError(
                f"{name}(): pool size {k} too large relative to input size {n}: {m} windows ask for {least}"
            )


def _check_samples(name: str, samples: Tensor, input: Tensor, shape: tuple[int, ...]) -> None:
    if samples.dtype != input.dtype:
        raise RuntimeError(f"{name}: Expect _random_samples to have the same dtype as input: {input.dtype}")
    if samples.ndim != 3 or samples.shape[0] < shape[0] or tuple(samples.shape[1:]) != shape[1:]:
        raise RuntimeError(f"{name}: Expect _random_samples of shape {shape}, and got {describe(samples)}")


def fractional_max_pool2d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest elements of windows of (N, C, H, W) or (C, H, W) that begin at random distances.

    The result has `output_size`, or `output_ratio` times the size; `_random_samples` (N, C, 2), from 0 to 1,
    are drawn if not given.  Raises ``ValueError`` without a size, and ``RuntimeError`` for one that does not
    fit.

    >>> mt.nn.functional.fractional_max_pool2d(mt.arange(9.0).view(1, 3, 3), 2, output_size=2)
    tensor([[[4., 5.],
             [7., 8.]]])
    """
    return _pool(2, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)


def fractional_max_pool3d(
    input: Tensor, kernel_size: Any, output_size: Any = None, output_ratio: Any = None,
    return_indices: bool = False, _random_samples: Tensor | None = None,
) -> Any:  # fmt: skip
    """The largest elements of windows of (N, C, T, H, W) or (C, T, H, W); as `fractional_max_pool2d`.

    >>> mt.nn.functional.fractional_max_pool3d(mt.arange(27.0).view(1, 3, 3, 3), 2, output_size=1).item()
    26.0
    """
    return _pool(3, input, kernel_size, output_size, output_ratio, return_indices, _random_samples)
