"""Any geometry over a tensor's memory: `as_strided`, a view whose adjoint adds up what overlaps."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine import versions
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.select import where
from ..indexing.getitem import index, put

Geometry = tuple[tuple[int, ...], tuple[int, ...], int]


def _addresses(geometry: Geometry) -> Any:
    """The place in memory of each element, counted in elements."""
    shape, steps, start = geometry
    places = np.full(shape, start, np.int64)
    for d, (n, step) in enumerate(zip(shape, steps, strict=True)):
        places += (np.arange(n) * step).reshape(-1, *[1] * (len(shape) - d - 1))
    return places


def _sources(own: Geometry, wanted: Geometry) -> Any:
    """For each wanted element the number of the one of ours that lies there, or -1."""
    ours, theirs = _addresses(own).reshape(-1), _addresses(wanted)
    top = 1 + max(int(a.max(initial=-1)) for a in (ours, theirs))
    holder = np.full(top, -1, np.int64)
    holder[ours] = np.arange(len(ours))
    return holder[theirs]


def _seen(x: Any, own: Geometry, wanted: Geometry) -> Any:
    """The view itself where the memory of `x` lies as `own` says, else the same elements as a copy."""
    shape, steps, start = wanted
    item, base = x.itemsize, versions.owner(x)
    at = (x.ctypes.data - base.ctypes.data) // item
    if own == (x.shape, tuple(s // item for s in x.strides), at):
        memory = base.reshape(-1, order="A")
        return np.ndarray(shape, x.dtype, memory, start * item, [s * item for s in steps])
    found = _sources(own, wanted)
    return x.reshape(-1)[found]


@op(x=lambda g, own, wanted: _unseen(g, own, wanted),
    complex=True, view=True, name="as_strided", node="AsStridedBackward0",
    samples=[case((6,), own=((6,), (1,), 0), wanted=((2, 2), (3, 1), 1)),
             case((2, 3), own=((2, 3), (3, 1), 0), wanted=((4, 2), (1, 1), 0))],
    reference=lambda x, own, wanted: x.reshape(-1)[_addresses(wanted)])  # fmt: skip
def _as_strided(x: Any, /, own: Geometry, wanted: Geometry) -> Any:
    """The memory of `x` in another geometry.

    >>> mt.as_strided(mt.arange(4), (2, 2), (1, 1))
    tensor([[0, 1],
            [1, 2]])
    """
    return _seen(x, own, wanted)


def _unseen(g: Any, own: Geometry, wanted: Geometry) -> Any:
    """The adjoint: each cotangent added to the element that it came from, if it is one of ours."""
    found = _sources(own, wanted).reshape(-1)
    mine = np.flatnonzero(found >= 0)
    flat = index(g.reshape((found.size,)), (mine,))
    return put(flat, (math.prod(own[0]),), (found[mine],)).reshape(own[0])


def as_strided(
    input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Tensor:
    """A view of `input`'s memory with these lengths and strides, counted in elements.

    Raises ``RuntimeError`` for what lies outside of the memory.

    >>> mt.as_strided(mt.arange(6), (2, 2), (3, 1), 1)
    tensor([[1, 2],
            [4, 5]])
    """
    return _as_strided(input, *_geometries(input, size, stride, storage_offset))


def _geometries(input: Tensor, size: Any, stride: Any, offset: int | None) -> tuple[Geometry, Geometry]:
    """What `input` sees of its memory, and what is wanted, which must lie in it."""
    shape, steps = tuple(size), tuple(stride)
    start = input.storage_offset() if offset is None else offset
    if len(shape) != len(steps) or any(s < 0 for s in steps) or any(n < 0 for n in shape):
        raise RuntimeError(
            f"as_strided: expected as many strides as sizes and no negative one, got {shape}, {steps}"
        )
    last = start + sum((n - 1) * s for n, s in zip(shape, steps, strict=True))
    room = versions.owner(input.array).size
    if 0 not in shape and not 0 <= start <= last < room:
        raise RuntimeError(
            f"setStorage: sizes {list(shape)}, strides {list(steps)}, storage offset {start} are out of "
            f"bounds for storage of {room} elements"
        )
    own = tuple(input.shape), tuple(input.stride()), input.storage_offset()
    return own, (shape, steps, start)


@with_out
def as_strided_scatter(
    input: Tensor, src: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None
) -> Any:
    """A copy of `input` with `src` in the place of ``input.as_strided(size, stride, storage_offset)``.

    What lies in the memory around a view is left out.  Raises ``RuntimeError`` for what lies outside of it.

    >>> mt.as_strided_scatter(mt.zeros(4), mt.ones(2), (2,), (2,))
    tensor([1., 0., 1., 0.])
    """
    if tuple(src.shape) != tuple(size):
        raise RuntimeError(
            f"expected src to have a size equal to the slice of self. src size = {list(src.shape)}, slice "
            f"size = {list(size)}"
        )
    own, wanted = _geometries(input, size, stride, storage_offset)
    found = _sources(own, wanted).reshape(-1)
    mask = np.zeros(input.numel(), bool)
    mask[found[found >= 0]] = True
    return where(Tensor._of(mask.reshape(own[0])), _unseen(src.to(input.dtype), own, wanted), input)


install(as_strided=as_strided, as_strided_scatter=as_strided_scatter)
