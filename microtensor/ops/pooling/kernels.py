"""Windows reduced to a number: the largest element or the sum, and the ways back.

The windows of one offset in the kernel are a strided view of the image, so each reduction is a few ufuncs
on views, of any number of leading dimensions.  Where the largest element is, is found on the way back only,
from the image: as the number of the first offset at which it is the window's largest.  A copy of the result
is kept for that, since programs write into it (``nn.MaxPool2d`` before ``nn.ReLU(inplace=True)``).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op, shown_as
from ...engine.op_definition import case
from ..windows.offsets import _middle, _one_dim, _padded, _views
from ..windows.sizes import Ints, Pairs


def _lowest(dtype: Any) -> Any:
    return -np.inf if dtype.kind == "f" else np.iinfo(dtype).min


# ---------------------------------------------------------------------- the largest


def _max_pool(x: Any, /, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints, out_size: Ints) -> Any:
    """The largest element of each window over the last dimensions; NaN wins, and ties go to the first.

    >>> mt.nn.functional.max_pool1d(mt.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[3., 2.]])
    """
    result = _padded(x, padding, _lowest(x.dtype))
    for axis, numbers in enumerate(zip(kernel, stride, dilation, out_size, strict=True), -len(kernel)):
        first, *others = _one_dim(result, axis, *numbers)
        result = np.maximum(first, others[0]) if others else first.copy()
        for other in others[1:]:
            np.maximum(result, other, out=result)
    return result


@op(
    promote=False,
    samples=[
        case(
            (2, 4, 5), kernel=(2, 2), stride=(2, 2), padding=((0, 0),) * 2, dilation=(1, 1), out_size=(2, 2)
        ),
        case((2, 5), kernel=(3,), stride=(2,), padding=((1, 1),), dilation=(1,), out_size=(3,)),
    ],
    reference=lambda x, kernel, stride, padding, dilation, out_size: np.argmax(
        _views(_padded(x, padding, -np.inf), kernel, stride, dilation, out_size), 0
    ),
)
def places_of(
    x: Any, /, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints, out_size: Ints, largest: Any = None
) -> Any:
    """The number of the first offset in the kernel at which the image is the window's largest element.

    NaN is found where it is last, which is what PyTorch's comparison does.  The array of the `largest`
    elements need not be computed again where it is at hand.

    >>> from microtensor.ops.pooling.kernels import places_of
    >>> places_of(mt.tensor([1.0, 3.0]), (2,), (2,), ((0, 0),), (1,), (1,))
    tensor([1], dtype=torch.uint8)
    """
    if largest is None:
        largest = _max_pool(x, kernel, stride, padding, dilation, out_size)
    border = np.nan if x.dtype.kind == "f" else _lowest(x.dtype)
    views = _views(_padded(x, padding, border), kernel, stride, dilation, out_size)
    unlike = views[0] != largest
    place = unlike.astype(np.uint8 if len(views) < 256 else np.int64)
    for view in views[1:-1]:
        unlike &= view != largest
        place += unlike
    return _with_nan(place, views, largest) if np.isnan(largest).any() else place


def _with_nan(place: Any, views: list[Any], largest: Any) -> Any:
    lost = np.isnan(largest)
    for number, view in enumerate(views):
        place[lost & np.isnan(view)] = number
    return place


@op(
    x=lambda g, place, kernel, stride, padding, dilation: picked_from(
        g, place, kernel, stride, padding, dilation
    ),
    promote=False,
    samples=[
        case((2, 3), np.array([[0, 1, 1], [1, 0, 1]]), size=(6,), kernel=(2,), stride=(2,),
             padding=((0, 0),), dilation=(1,)),
        case((1, 3, 2), np.array([[[0, 3], [2, 1], [3, 2]]]), size=(4, 5), kernel=(2, 2), stride=(1, 2),
             padding=((0, 0), (0, 0)), dilation=(1, 2)),
        case((3,), np.array([2, 0, 1]), size=(5,), kernel=(3,), stride=(2,), padding=((1, 1),),
             dilation=(1,)),
    ],
    reference=lambda x, place, size, kernel, stride, padding, dilation: _placed(
        x, place, size, kernel, stride, padding, dilation
    ),
)  # fmt: skip
def put_into_windows(
    x: Any, place: Any, /, size: Ints, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints
) -> Any:
    """Zeros in this size of the last dimensions, with each number added at its place in its window.

    >>> from microtensor.ops.pooling.kernels import put_into_windows
    >>> place = mt.tensor([1, 0])
    >>> put_into_windows(mt.tensor([5.0, 6.0]), place, (4,), (2,), (2,), ((0, 0),), (1,))
    tensor([0., 5., 6., 0.])
    """
    lead, dims = x.shape[: x.ndim - len(kernel)], x.shape[x.ndim - len(kernel) :]
    wide = tuple(n + low + high for n, (low, high) in zip(size, padding, strict=True))
    tiled = kernel == stride and set(dilation) == {1}
    covered = tiled and wide == tuple(n * k for n, k in zip(dims, kernel, strict=True))
    out = (np.empty if covered else np.zeros)((*lead, *wide), x.dtype)
    bits = np.dtype(f"i{x.dtype.itemsize}")
    for number, view in enumerate(_views(out, kernel, stride, dilation, dims)):
        mask = (place == number).astype(bits)
        part = np.bitwise_and(x.view(bits), np.negative(mask, out=mask), out=mask).view(x.dtype)
        if tiled:
            view[...] = part
        else:
            view += part
    return out[_middle(padding, size)] if any(map(any, padding)) else out


def _placed(
    x: Any, place: Any, size: Ints, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints
) -> Any:
    lead = x.shape[: x.ndim - len(kernel)]
    out = np.zeros((*lead, *[n + sum(pair) for n, pair in zip(size, padding, strict=True)]))
    for at in np.ndindex(x.shape):
        offset = np.unravel_index(place[at], kernel)
        spot = [i * s + o * d for i, s, o, d in zip(at[len(lead) :], stride, offset, dilation, strict=True)]
        out[(*at[: len(lead)], *spot)] += x[at]
    return out[_middle(padding, size)]


@op(
    x=lambda g, place, x_shape, kernel, stride, padding, dilation: put_into_windows(
        g, place, x_shape[len(x_shape) - len(kernel) :], kernel, stride, padding, dilation
    ),
    promote=False,
    samples=[
        case((2, 6), np.array([[0, 1, 1], [1, 0, 1]]), kernel=(2,), stride=(2,), padding=((0, 0),),
             dilation=(1,)),
        case((5,), np.array([2, 0, 1]), kernel=(3,), stride=(2,), padding=((1, 1),), dilation=(1,)),
    ],
    reference=lambda x, place, kernel, stride, padding, dilation: np.take_along_axis(
        _padded(x, padding, 0), np.arange(place.shape[-1]) * stride[0] + place, -1
    ),
)  # fmt: skip
def picked_from(x: Any, place: Any, /, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints) -> Any:
    """The element at its place in each window: the adjoint of `put_into_windows`.

    >>> from microtensor.ops.pooling.kernels import picked_from
    >>> picked_from(mt.tensor([1.0, 2.0, 3.0, 4.0]), mt.tensor([1, 0]), (2,), (2,), ((0, 0),), (1,))
    tensor([2., 3.])
    """
    out = np.zeros(place.shape, x.dtype)
    dims = place.shape[place.ndim - len(kernel) :]
    for number, view in enumerate(_views(_padded(x, padding, 0), kernel, stride, dilation, dims)):
        np.copyto(out, view, where=place == number)
    return out


def _back(g: Any, x: Any, out_copy: Any, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints) -> Any:
    size, out_size = (tuple(a.shape)[len(a.shape) - len(kernel) :] for a in (x, out_copy))
    how = (kernel, stride, padding, dilation)
    return put_into_windows(g, places_of(x, *how, out_size, out_copy), size, *how)


_NO = ((0, 0), (0, 0))
max_pool_shown_as = shown_as(
    _max_pool,
    "max_pool",
    piecewise=("x",),
    x=lambda g, x, out_copy, kernel, stride, padding, dilation: _back(
        g, x, out_copy, kernel, stride, padding, dilation
    ),
    samples=[
        case((2, 4, 6), kernel=(2, 2), stride=(2, 2), padding=_NO, dilation=(1, 1), out_size=(2, 3)),
        case((2, 5, 5), kernel=(3, 2), stride=(2, 1), padding=((1, 1), (0, 0)), dilation=(1, 2),
             out_size=(3, 3)),
        case((1, 5), kernel=(2,), stride=(2,), padding=((0, 1),), dilation=(1,), out_size=(3,)),
        case((3, 5), kernel=(1,), stride=(2,), padding=((0, 0),), dilation=(1,), out_size=(3,)),
    ],
    reference=lambda x, kernel, stride, padding, dilation, out_size: np.max(
        _views(_padded(x, padding, -np.inf), kernel, stride, dilation, out_size), 0
    ),
)  # fmt: skip
max_pool = max_pool_shown_as("MaxPool2DWithIndicesBackward0")


# -------------------------------------------------------------------------- the mean


def _sums(x: Any, kernel: Ints, stride: Ints, padding: Pairs, out_size: Ints) -> Any:
    result = _padded(x, padding, 0)
    for axis, (k, s, n) in enumerate(zip(kernel, stride, out_size, strict=True), -len(kernel)):
        first, *others = _one_dim(result, axis, k, s, 1, n)
        result = np.add(first, others[0]) if others else first.copy()
        for other in others[1:]:
            result += other
    return result


def _avg_pool(x: Any, /, kernel: Ints, stride: Ints, padding: Pairs, out_size: Ints, divisor: Any) -> Any:
    """The sum of each window over the last dimensions, divided.

    >>> mt.nn.functional.avg_pool1d(mt.tensor([[1.0, 3.0, 2.0, 0.0]]), 2)
    tensor([[2., 1.]])
    """
    total = _sums(x, kernel, stride, padding, out_size)
    if x.dtype.kind != "f":
        return np.trunc(total / divisor).astype(x.dtype)
    return np.divide(total, np.asarray(divisor, x.dtype), out=total)


avg_pool_shown_as = shown_as(
    _avg_pool,
    "avg_pool",
    piecewise=("x",),
    x=lambda g, x_shape, kernel, stride, padding, divisor: spread_over_windows(
        g, tuple(x_shape)[len(x_shape) - len(kernel) :], kernel, stride, padding, divisor
    ),
    samples=[
        case((2, 4, 6), kernel=(2, 2), stride=(2, 2), padding=_NO, out_size=(2, 3), divisor=4),
        case((2, 5, 5), kernel=(3, 2), stride=(2, 1), padding=((1, 1), (0, 0)), out_size=(3, 4), divisor=6),
        case((1, 5), kernel=(2,), stride=(2,), padding=((0, 1),), out_size=(3,), divisor=np.array([2, 2, 1])),
        case((3, 5), kernel=(1,), stride=(2,), padding=((0, 0),), out_size=(3,), divisor=1),
    ],
    reference=lambda x, kernel, stride, padding, out_size, divisor: (
        np.sum(_views(_padded(x, padding, 0), kernel, stride, (1,) * len(kernel), out_size), 0) / divisor
    ),
)
avg_pool = avg_pool_shown_as("AvgPool2DBackward0")


@op(
    x=lambda g, x_shape, kernel, stride, padding, divisor: avg_pool(
        g, kernel, stride, padding, tuple(x_shape)[len(x_shape) - len(kernel) :], divisor
    ),
    samples=[
        case((2, 2, 3), size=(4, 6), kernel=(2, 2), stride=(2, 2), padding=_NO, divisor=4),
        case((1, 3, 4), size=(5, 5), kernel=(3, 2), stride=(2, 1), padding=((1, 1), (0, 0)), divisor=6),
        case((1, 3), size=(5,), kernel=(2,), stride=(2,), padding=((0, 1),), divisor=np.array([2, 2, 1])),
    ],
    reference=lambda x, size, kernel, stride, padding, divisor: _summed(
        x / divisor, size, kernel, stride, padding
    ),
)  # fmt: skip
def spread_over_windows(
    x: Any, /, size: Ints, kernel: Ints, stride: Ints, padding: Pairs, divisor: Any
) -> Any:
    """The adjoint of `avg_pool`: each number divided, and added to all elements of its window.

    >>> from microtensor.ops.pooling.kernels import spread_over_windows
    >>> spread_over_windows(mt.tensor([2.0, 4.0]), (3,), (2,), (1,), ((0, 0),), 2)
    tensor([1., 3., 2.])
    """
    result = x / np.asarray(divisor, x.dtype)
    for axis in range(-len(kernel), 0):
        low, high = padding[axis]
        shape = list(result.shape)
        n, shape[axis] = shape[axis], size[axis] + low + high
        wide = np.zeros(shape, x.dtype)
        for view in _one_dim(wide, axis, kernel[axis], stride[axis], 1, n):
            view += result
        result = wide
    return result[_middle(padding, size)]


def _summed(x: Any, size: Ints, kernel: Ints, stride: Ints, padding: Pairs) -> Any:
    parts = [
        _placed(x, np.full(x.shape, k), size, kernel, stride, padding, (1,) * len(kernel))
        for k in range(int(np.prod(kernel)))
    ]
    return np.sum(parts, 0)
