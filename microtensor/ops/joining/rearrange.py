"""Elements in another order, or written into a part of a tensor: composites of views and joins."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.numpy_keywords import numpy_names
from ...engine.out_argument import offered, with_out
from ...engine.tensor import Tensor, install
from ...errors import ShapeError
from ..elementwise.select import where
from ..indexing.getitem import place
from ..indexing.narrow import index_select, narrow
from ..views.diagonals import _diagonal, diag, place_diagonal
from ..views.flip import flip
from ..views.permute import transpose
from ..views.reshape import _reshape, positive
from .cat_split import cat


def _ints(value: Any) -> list[int]:
    return [value] if isinstance(value, int) else [int(v) for v in value]


@offered
def roll(input: Tensor, shifts: Any, dims: Any = ()) -> Any:
    """The elements moved by `shifts` along `dims`, those that fall off coming in at the other end.

    Without `dims`, or with None, the tensor is rolled as one long vector.

    >>> mt.roll(mt.tensor([1, 2, 3]), 1)
    tensor([3, 1, 2])
    """
    steps, along = _ints(shifts), _ints(() if dims is None else dims)
    if not along and len(steps) == 1:
        return _reshape(_rolled(_reshape(input, (-1,)), steps[0], 0), tuple(input.shape))
    if not steps or len(steps) != len(along):
        raise RuntimeError(f"roll: shifts and dimensions must align. shifts: {steps}, dims: {along}")
    if not input.ndim:
        raise IndexError(f"Dimension specified as {along[0]} but tensor has no dimensions")
    for step, dim in zip(steps, along, strict=True):
        input = _rolled(input, step, positive(dim, input.ndim))
    return input


def _rolled(x: Any, step: int, dim: int) -> Any:
    n = x.shape[dim] if x.ndim else 0
    step = step % n if n else 0
    if not step:
        return x.clone()
    return cat([narrow(x, dim, n - step, step), narrow(x, dim, 0, n - step)], dim)


@offered
def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Any:
    """Turned by `k` times 90 degrees in the plane of two dimensions, from the first to the second.

    >>> mt.rot90(mt.tensor([[1, 2], [3, 4]]))
    tensor([[2, 4],
            [1, 3]])
    """
    if len(dims) != 2 or input.ndim < 2:
        raise RuntimeError(
            f"rot90: expected two rotation dims and at least 2 dimensions, got dims {tuple(dims)} for shape "
            f"{tuple(input.shape)}"
        )
    first, second = (positive(d, input.ndim) for d in dims)
    if first == second:
        raise RuntimeError(f"expected rotation dims to be different, but got dim0 = {dims[0]} and dim1 = "
                           f"{dims[1]}")  # fmt: skip
    turns = [(), (second,), (first, second), (first,)][k % 4]
    turned = flip(input, turns) if turns else input.clone()
    return transpose(turned, first, second) if k % 2 else turned


@offered
def fliplr(input: Tensor) -> Any:
    """Each row in reverse order: of at least two dimensions.

    >>> mt.fliplr(mt.tensor([[1, 2], [3, 4]]))
    tensor([[2, 1],
            [4, 3]])
    """
    if input.ndim < 2:
        raise RuntimeError("Input must be >= 2-d.")
    return flip(input, (1,))


@offered
def flipud(input: Tensor) -> Any:
    """The rows in reverse order: of at least one dimension.

    >>> mt.flipud(mt.tensor([1, 2]))
    tensor([2, 1])
    """
    if input.ndim < 1:
        raise RuntimeError("Input must be >= 1-d.")
    return flip(input, (0,))


@numpy_names
def repeat_interleave(
    input: Any = None, repeats: Any = None, dim: int | None = None, *, output_size: int | None = None
) -> Any:
    """Each element (or slice of `dim`) repeated in its place; of counts alone, the indices that do it.

    >>> mt.repeat_interleave(mt.tensor([1, 2]), mt.tensor([1, 3]))
    tensor([1, 2, 2, 2])
    >>> mt.repeat_interleave(mt.tensor([1, 2]))
    tensor([0, 1, 1])
    """
    if input is None or repeats is None:
        input = repeats if input is None else input
        return Tensor._of(_rows_of(input.numel(), _counts(input), output_size))
    x = _reshape(input, (-1,)) if dim is None or not input.ndim else input
    dim = positive(dim or 0, x.ndim)
    counts = _counts(repeats)
    if counts.size not in (1, x.shape[dim]):
        raise RuntimeError(
            f"repeats must have the same size as input along dim, but got repeats.size(0) = {counts.size} "
            f"and input.size({dim}) = {x.shape[dim]}"
        )
    return index_select(x, dim, Tensor._of(_rows_of(x.shape[dim], counts, output_size)))


def _rows_of(n: int, counts: Any, output_size: int | None) -> Any:
    """Each number below `n` as often as its count says."""
    rows = np.repeat(np.arange(n), counts)
    if output_size not in (None, rows.size):
        raise RuntimeError(
            f"allocated size does not match required size: output_size={output_size}, and the repeats give "
            f"{rows.size}"
        )
    return rows


def _counts(repeats: Any) -> Any:
    if not isinstance(repeats, (int, Tensor)):
        raise TypeError(
            f"repeat_interleave(): repeats is an integer or a tensor, not {type(repeats).__name__}"
        )
    counts = np.atleast_1d(np.asarray(getattr(repeats, "array", repeats)))
    if counts.dtype.kind not in "iu":
        raise NotImplementedError(f"repeat_interleave: repeats are integers, not {counts.dtype}")
    if counts.ndim > 1:
        raise RuntimeError(f"repeats must be 0-dim or 1-dim tensor, and has shape {counts.shape}")
    if (counts < 0).any():
        raise RuntimeError("repeats can not be negative")
    return counts


@offered
def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Any:
    """The last dimension on the diagonals of matrices of zeros, whose dimensions are `dim1` and `dim2`.

    >>> mt.diag_embed(mt.tensor([1, 2]), 1)
    tensor([[0, 1, 0],
            [0, 0, 2],
            [0, 0, 0]])
    """
    ndim = input.ndim + 1
    first, second = positive(dim1, ndim), positive(dim2, ndim)
    if first == second:
        raise RuntimeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}")
    rest = iter(input.shape[:-1])
    n = input.shape[-1] + abs(offset)
    shape = tuple(n if d in (first, second) else next(rest) for d in range(ndim))
    return place_diagonal(input, shape, offset, first, second)


@offered
def diagflat(input: Tensor, offset: int = 0) -> Any:
    """All elements on the diagonal of a matrix of zeros.

    >>> mt.diagflat(mt.tensor([[1], [2]]))
    tensor([[1, 0],
            [0, 2]])
    """
    return diag(_reshape(input, (-1,)), offset)


def _part(name: str, input: Tensor, src: Tensor, look: Any, put: Any) -> Any:
    """`input` with `src` in the part that `look` finds, and where `put` places it."""
    mask = np.zeros(tuple(input.shape), bool)
    window = look(mask)
    if window.shape != tuple(src.shape):
        raise ShapeError(
            f"{name}: expected src to have a size equal to the slice of self. src size = "
            f"{list(src.shape)}, slice size = {list(window.shape)}"
        )
    window[...] = True
    return where(Tensor._of(mask), put(src.to(input.dtype)), input)


@offered
def select_scatter(input: Tensor, src: Tensor, dim: int, index: int) -> Any:
    """A copy of `input` with `src` in the place of ``input.select(dim, index)``.

    >>> mt.select_scatter(mt.zeros(2, 2), mt.ones(2), 0, 1)
    tensor([[0., 0.],
            [1., 1.]])
    """
    dim = positive(dim, input.ndim)
    if not input.ndim or not -input.shape[dim] <= index < input.shape[dim]:
        raise IndexError(
            f"select_scatter: index {index} is out of bounds for {tuple(input.shape)}, dim {dim}"
        )
    return _into_key("select_scatter", input, src, (slice(None),) * dim + (index, Ellipsis))


@offered
def slice_scatter(
    input: Tensor, src: Tensor, dim: int = 0, start: int | None = None, end: int | None = None, step: int = 1
) -> Any:
    """A copy of `input` with `src` in the place of the slice ``start:end:step`` of dimension `dim`.

    >>> mt.slice_scatter(mt.zeros(4), mt.ones(2), 0, 1, 3)
    tensor([0., 1., 1., 0.])
    """
    dim = positive(dim, input.ndim)
    key = (slice(None),) * dim + (slice(start, end, step), Ellipsis)
    return _into_key("slice_scatter", input, src, key)


def _into_key(name: str, input: Tensor, src: Tensor, key: tuple[Any, ...]) -> Any:
    shape = tuple(input.shape)
    return _part(name, input, src, lambda x: x[key], lambda x: place(x, shape, key))


@offered
def diagonal_scatter(input: Tensor, src: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A copy of `input` with `src` on a diagonal.

    >>> mt.diagonal_scatter(mt.zeros(2, 2), mt.ones(2))
    tensor([[1., 0.],
            [0., 1.]])
    """
    dims = positive(dim1, input.ndim), positive(dim2, input.ndim)
    shape = tuple(input.shape)
    look = lambda mask: _diagonal(mask, offset, *dims)  # noqa: E731 - it is passed on with its twin
    return _part("diagonal_scatter", input, src, look, lambda x: place_diagonal(x, shape, offset, *dims))


@with_out
def narrow_copy(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """`narrow`, in memory of its own.

    >>> mt.narrow_copy(mt.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    return narrow(input, dim, start, length).clone()


install(repeat_interleave=repeat_interleave, narrow_copy=narrow_copy)
