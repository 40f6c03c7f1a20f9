"""Windows as a dimension of their own: `unfold` as columns and as a view, and `fold`, which adds them up."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.kernels import INTEGER, without
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from ...errors import describe
from ..views.reshape import positive
from .offsets import _middle, _one_dim, _padded, _views
from .sizes import Ints, integers, length

Size = int | tuple[int, ...]


def _pairs(padding: Ints) -> Any:
    return tuple((p, p) for p in padding)


def _out(size: Ints, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Ints:
    numbers = zip(size, kernel, stride, _pairs(padding), dilation, strict=True)
    return tuple(length(*row) for row in numbers)


@op(
    x=lambda g, x_shape, kernel, dilation, padding, stride: columns_added(
        g, tuple(x_shape)[-2:], kernel, dilation, padding, stride
    ),
    complex=True, node="Im2ColBackward0",
    samples=[
        case((2, 2, 3, 4), kernel=(2, 2), dilation=(1, 1), padding=(0, 0), stride=(1, 1)),
        case((1, 2, 5, 4), kernel=(2, 3), dilation=(2, 1), padding=(1, 0), stride=(1, 2)),
    ],
    reference=lambda x, kernel, dilation, padding, stride: np.stack(
        _views(_padded(x, _pairs(padding), 0), kernel, stride, dilation,
               _out(x.shape[-2:], kernel, dilation, padding, stride)), -3
    ).reshape(*x.shape[:-3], x.shape[-3] * math.prod(kernel), -1),
)  # fmt: skip
def window_columns(x: Any, /, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Any:
    """The windows of images (..., C, H, W) as columns: (..., C times elements of the kernel, windows).

    >>> mt.nn.functional.unfold(mt.arange(4.0).view(1, 1, 2, 2), (1, 2))
    tensor([[[0., 2.],
             [1., 3.]]])
    """
    out = _out(x.shape[-2:], kernel, dilation, padding, stride)
    views = _views(_padded(x, _pairs(padding), 0), kernel, stride, dilation, out)
    columns = np.empty((*x.shape[:-2], len(views), *out), x.dtype)
    for number, view in enumerate(views):
        columns[..., number, :, :] = view
    return columns.reshape(*x.shape[:-3], x.shape[-3] * len(views), math.prod(out))


@op(
    x=lambda g, kernel, dilation, padding, stride: window_columns(g, kernel, dilation, padding, stride),
    complex=True,
    node="Col2ImBackward0",
    samples=[
        case((2, 8, 6), size=(3, 4), kernel=(2, 2), dilation=(1, 1), padding=(0, 0), stride=(1, 1)),
        case((1, 12, 5), size=(5, 4), kernel=(2, 3), dilation=(2, 1), padding=(1, 0), stride=(1, 2)),
    ],
    reference=lambda x, size, kernel, dilation, padding, stride: _added_by_loop(
        x, size, kernel, dilation, padding, stride
    ),
)
def columns_added(x: Any, /, size: Ints, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Any:
    """The adjoint of `window_columns`: each column added to the pixels that it came from.

    >>> mt.nn.functional.fold(mt.ones(1, 4, 4), (3, 3), 2)
    tensor([[[[1., 2., 1.],
              [2., 4., 2.],
              [1., 2., 1.]]]])
    """
    out, count = _out(size, kernel, dilation, padding, stride), math.prod(kernel)
    columns = x.reshape(*x.shape[:-2], x.shape[-2] // count, count, *out)
    wide = np.zeros((*columns.shape[:-3], *[n + 2 * p for n, p in zip(size, padding, strict=True)]), x.dtype)
    for number, view in enumerate(_views(wide, kernel, stride, dilation, out)):
        view += columns[..., number, :, :]
    return wide[_middle(_pairs(padding), size)]


def _added_by_loop(x: Any, size: Ints, kernel: Ints, dilation: Ints, padding: Ints, stride: Ints) -> Any:
    out = _out(size, kernel, dilation, padding, stride)
    columns = x.reshape(len(x), -1, *kernel, *out)
    wide = np.zeros(
        (*columns.shape[:2], *[n + 2 * p for n, p in zip(size, padding, strict=True)]), columns.dtype
    )
    for i, j, a, b in np.ndindex(*kernel, *out):
        at = (a * stride[0] + i * dilation[0], b * stride[1] + j * dilation[1])
        wide[:, :, *at] += columns[:, :, i, j, a, b]
    return wide[_middle(_pairs(padding), size)]


def _two(name: str, what: str, value: Any, least: int) -> Ints:
    values = integers(value if isinstance(value, (tuple, list)) else (value, value), name, what)
    if len(values) != 2:
        raise RuntimeError(f"{name}: expected {what} to be one or two numbers, but got {value}")
    if min(values) < least:
        raise RuntimeError(
            f"{name}: {what} should be {'greater than zero' if least else 'non-negative'}, but got {values}"
        )
    return values


def _how(name: str, kernel_size: Any, dilation: Any, padding: Any, stride: Any) -> tuple[Ints, ...]:
    return (
        _two(name, "kernel_size", kernel_size, 1), _two(name, "dilation", dilation, 1),
        _two(name, "padding", padding, 0), _two(name, "stride", stride, 1),
    )  # fmt: skip


def unfold(
    input: Tensor, kernel_size: Size, dilation: Size = 1, padding: Size = 0, stride: Size = 1
) -> Tensor:
    """The windows of (N, C, H, W) or (C, H, W) as columns: (N, C times elements of the kernel, windows).

    Raises ``RuntimeError`` where no window fits.

    >>> mt.nn.functional.unfold(mt.arange(9.0).view(1, 3, 3), 2)[:, 0]
    tensor([0., 1., 3., 4.])
    """
    how = _how("unfold", kernel_size, dilation, padding, stride)
    if input.ndim < 3:
        raise IndexError(
            f"Dimension out of range: unfold expects (N, C, H, W) or (C, H, W), not {describe(input)}"
        )
    if input.ndim > 4 or 0 in tuple(input.shape)[-3:]:
        raise RuntimeError(
            "Expected 3D or 4D (batch mode) tensor with possibly 0 batch size and other non-zero dimensions "
            f"for input, but got: {list(input.shape)}"
        )
    out = _out(tuple(input.shape)[-2:], *how)
    if min(out) < 1:
        raise RuntimeError(
            f"Given input with spatial size {tuple(input.shape)[-2:]}, kernel_size={how[0]}, "
            f"dilation={how[1]}, padding={how[2]}, calculated shape of the array of sliding blocks as {out}, "
            "but its components must be at least one."
        )
    without("im2col_out_cpu", INTEGER)(input)
    return window_columns(input, *how)


def fold(
    input: Tensor, output_size: Size, kernel_size: Size, dilation: Size = 1, padding: Size = 0,
    stride: Size = 1,
) -> Tensor:  # fmt: skip
    """Columns (N, C times elements of the kernel, windows) added up to images (N, C, H, W).

    Raises ``RuntimeError`` for numbers of rows or columns that do not fit.

    >>> mt.nn.functional.fold(mt.ones(2, 2), (1, 3), (1, 2))
    tensor([[[1., 2., 1.]]])
    """
    size = _two("fold", "output_size", output_size, 1)
    how = _how("fold", kernel_size, dilation, padding, stride)
    if input.ndim not in (2, 3) or 0 in tuple(input.shape)[-2:]:
        raise RuntimeError(
            "Expected 2D or 3D (batch mode) tensor for input with possibly 0 batch size and non-zero "
            f"dimensions for input, but got: {list(input.shape)}"
        )
    rows, columns = tuple(input.shape)[-2:]
    out = _out(size, *how)
    if rows % math.prod(how[0]):
        raise RuntimeError(
            "Expected size of input's dimension 1 to be divisible by the product of kernel_size, but got "
            f"input.size(1)={rows} and kernel_size={how[0]}."
        )
    if min(out) < 1 or columns != math.prod(out):
        raise RuntimeError(
            f"Given output_size={size}, kernel_size={how[0]}, dilation={how[1]}, padding={how[2]}, "
            f"stride={how[3]}, expected size of input's dimension 2 to match the calculated number of "
            f"sliding blocks {out[0]} * {out[1]} = {out[0] * out[1]}, but got input.size(2)={columns}."
        )
    return columns_added(input, size, *how)


# ------------------------------------------------------------------- one dimension, as a view


@op(
    x=lambda g, x_shape, dimension, size, step: unfold_backward(g, x_shape, dimension, size, step),
    complex=True, view=True,
    name="unfold",
    node="UnfoldBackward0",
    samples=[case((7, 2), dimension=0, size=3, step=2), case((2, 4), dimension=-1, size=2, step=1),
             case((), dimension=0, size=1, step=1)],
    reference=lambda x, dimension, size, step: x.reshape(1) if not x.ndim else np.stack(
        [np.moveaxis(np.take(x, range(i, i + size), dimension), dimension, -1)
         for i in range(0, x.shape[dimension] - size + 1, step)],
        dimension % x.ndim,
    ),
)  # fmt: skip
def _unfold(x: Any, /, dimension: int, size: int, step: int) -> Any:
    """Windows of `size` along a dimension, every `step`, as a last dimension of their own: a view.

    >>> mt.arange(5).unfold(0, 3, 2)
    tensor([[0, 1, 2],
            [2, 3, 4]])
    """
    if not x.ndim:
        return x.reshape(1)[:size]
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dimension, writeable=x.flags.writeable)
    return windows[(slice(None),) * (dimension % x.ndim) + (slice(None, None, step),)]


@op(
    x=lambda g, dimension, size, step: _unfold(g, dimension, size, step),
    complex=True,
    node="UnfoldBackwardBackward0",
    samples=[
        case((3, 2, 3), shape=(7, 2), dimension=0, size=3, step=2),
        case((2, 3, 2), shape=(2, 4), dimension=-1, size=2, step=1),
        case((1,), shape=(), dimension=0, size=1, step=1),
    ],
    reference=lambda x, shape, dimension, size, step: _unfolded_by_loop(x, shape, dimension, step),
)
def unfold_backward(x: Any, /, shape: Ints, dimension: int, size: int, step: int) -> Any:
    """The adjoint of `Tensor.unfold` from this shape: each window added to where it came from.

    >>> from microtensor.ops.windows.unfold_fold import unfold_backward
    >>> unfold_backward(mt.ones(2, 3), (5,), 0, 3, 2)
    tensor([1., 1., 2., 1., 1.])
    """
    out = np.zeros(shape, x.dtype)
    if not shape:
        return out + x.sum()
    axis = dimension % out.ndim - out.ndim
    for number, view in enumerate(_one_dim(out, axis, size, step, 1, x.shape[axis - 1])):
        view += x[..., number]
    return out


def _unfolded_by_loop(x: Any, shape: Ints, dimension: int, step: int) -> Any:
    if not shape:
        return x.reshape(())
    out = np.zeros(shape, x.dtype)
    line = np.moveaxis(out, dimension, 0)
    for i, window in enumerate(np.moveaxis(x, dimension % len(shape), 0)):
        for j, part in enumerate(np.moveaxis(window, -1, 0)):
            line[i * step + j] += part
    return out


def _unfold_method(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Windows of `size` along `dimension`, every `step`, as a last dimension of their own: a view.

    Raises ``RuntimeError`` for a size that does not fit and a step that is not positive.

    >>> mt.arange(5).unfold(0, 2, 3)
    tensor([[0, 1],
            [3, 4]])
    """
    dimension = positive(dimension, input.ndim)
    n = input.shape[dimension] if input.ndim else 1
    if size < 0 or step < 1:
        raise RuntimeError(f"unfold: size is {size} and step is {step}: expected size >= 0 and step > 0")
    if size > n:
        raise RuntimeError(f"maximum size for tensor at dimension {dimension} is {n} but size is {size}")
    return _unfold(input, dimension, size, step)


install(unfold=_unfold_method)
