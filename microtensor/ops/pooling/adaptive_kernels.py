"""The largest elements of a given number of parts of an image, and the way back from pooling.

The parts overlap where the length is no multiple of their number: part i of m goes from the floor of
``i n / m`` to the ceiling of ``(i + 1) n / m``.  Where an element was found is its number in the flattened
image, as PyTorch's indices are.
"""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.op import op, shown_as
from ...engine.op_definition import case
from ..indexing.gather_scatter import _gather, scatter_add_into
from ..windows.sizes import Ints


def edges(n: int, parts: int) -> tuple[Any, Any]:
    """Where the parts of a dimension begin and end."""
    number = np.arange(parts)
    return number * n // parts, -(-(number + 1) * n // parts)


@lru_cache
def _members(n: int, parts: int) -> Any:
    """The elements of each part, a column each, the last one repeated where a part is shorter than others."""
    starts, ends = edges(n, parts)
    reach = np.arange(int((ends - starts).max(initial=0)))[:, None]
    return np.minimum(starts + reach, ends - 1)


def _flat(x: Any, dims: int) -> Any:
    """The last dimensions as one."""
    lead = tuple(x.shape)[: len(x.shape) - dims]
    return x.reshape((*lead, math.prod(tuple(x.shape)[len(x.shape) - dims :])))


@op(
    samples=[case((2, 5, 4), parts=(3, 2)), case((5,), parts=(2,))],
    reference=lambda x, parts: _spots_by_loop(x, parts),
)
def spots_of_parts(x: Any, /, parts: Ints) -> Any:
    """Where the largest element of each part is, as its number in the flattened last dimensions.

    >>> from microtensor.ops.pooling.adaptive_kernels import spots_of_parts
    >>> spots_of_parts(mt.tensor([1.0, 5.0, 2.0, 4.0]), (2,))
    tensor([1, 3])
    """
    dims = len(parts)
    size = x.shape[x.ndim - dims :]
    number: Any = np.zeros((), np.int64)
    for axis, (n, m) in enumerate(zip(size, parts, strict=True)):
        shape = [1] * (2 * dims)
        shape[axis], shape[dims + axis] = _members(n, m).shape
        number = number * n + _members(n, m).reshape(shape)
    number = number.reshape(math.prod(number.shape[:dims]), -1)
    best = np.argmax(_flat(x, dims)[..., number], -2)
    return number[best, np.arange(number.shape[1])].reshape(*x.shape[: x.ndim - dims], *parts)


def _spots_by_loop(x: Any, parts: Ints) -> Any:
    lead, dims = x.shape[: x.ndim - len(parts)], len(parts)
    out = np.zeros((*lead, *parts), np.int64)
    numbers = np.arange(math.prod(x.shape[len(lead) :])).reshape(x.shape[len(lead) :])
    ranges = [edges(n, m) for n, m in zip(x.shape[len(lead) :], parts, strict=True)]
    for at in np.ndindex(*out.shape):
        spot = at[len(at) - dims :]
        key = tuple(slice(lo[i], hi[i]) for i, (lo, hi) in zip(spot, ranges, strict=True))
        out[at] = numbers[key].ravel()[np.argmax(x[at[: len(lead)]][key])]
    return out


def _max_of_parts(x: Any, /, parts: Ints) -> Any:
    """The largest element of each part of the last dimensions.

    >>> mt.nn.functional.adaptive_max_pool1d(mt.tensor([[1.0, 5.0, 2.0, 4.0]]), 2)
    tensor([[5., 4.]])
    """
    flat, spots = _flat(x, len(parts)), _flat(spots_of_parts(x, parts), len(parts))
    return np.take_along_axis(flat, spots, -1).reshape(*x.shape[: x.ndim - len(parts)], *parts)


def _back(g: Any, x: Any, parts: Ints) -> Any:
    dims, shape = len(parts), tuple(x.shape)
    spots, lead = spots_of_parts(x, parts), shape[: len(shape) - dims]
    whole = (*lead, math.prod(shape[len(lead) :]))
    return scatter_add_into(_flat(g, dims), _flat(spots, dims), whole, len(lead)).reshape(shape)


max_of_parts_shown_as = shown_as(
    _max_of_parts,
    "adaptive_max_pool",
    piecewise=("x",),
    x=lambda g, x, parts: _back(g, x, parts),
    samples=[case((2, 5, 4), parts=(3, 2)), case((2, 5), parts=(2,))],
    reference=lambda x, parts: np.take_along_axis(
        _flat(x, len(parts)), _flat(_spots_by_loop(x, parts), len(parts)), -1
    ).reshape(*x.shape[: x.ndim - len(parts)], *parts),
)
max_of_parts = max_of_parts_shown_as("AdaptiveMaxPool2DBackward0")


def _unpool(x: Any, spots: Any, /, size: Ints) -> Any:
    """Zeros in this size of the last dimensions, with each number written at its spot.

    >>> mt.nn.functional.max_unpool1d(mt.tensor([[5.0, 4.0]]), mt.tensor([[1, 3]]), 2)
    tensor([[0., 5., 0., 4.]])
    """
    dims = len(size)
    lead = x.shape[: x.ndim - dims]
    out = np.zeros((*lead, math.prod(size)), x.dtype)
    np.put_along_axis(out, _flat(spots, dims), _flat(x, dims), -1)
    return out.reshape(*lead, *size)


def _unpool_back(g: Any, spots: Any, size: Ints, shape: Any) -> Any:
    dims = len(size)
    return _gather(_flat(g, dims), _flat(spots, dims), len(shape) - dims).reshape(tuple(shape))


unpool_shown_as = shown_as(
    _unpool,
    "max_unpool",
    x=lambda g, x_shape, spots, size: _unpool_back(g, spots, size, x_shape),
    promote=False,
    samples=[case((2, 1, 2), np.array([[[3, 1]], [[0, 5]]]), size=(2, 3))],
    reference=lambda x, spots, size: np.einsum(
        "nk,nkp->np", _flat(x, 2), _flat(spots, 2)[..., None] == np.arange(math.prod(size))
    ).reshape(len(x), *size),
)
unpool = unpool_shown_as("MaxUnpool2DBackward0")
