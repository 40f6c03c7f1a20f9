"""Joining tensors and taking them apart, and the choice between two of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.arrays import memory_format as formats
from ...engine.attributes.layout_format import contiguous_format
from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor
from ...errors import ShapeError, describe
from ..elementwise.select import in_place_of
from ..indexing.getitem import picked, select, sliced
from ..views.expand import expand
from ..views.reshape import positive
from .several_views import Parts, views_of


@op(xs=lambda g, xs_shape, dim: split_like(g, xs_shape, dim), complex=True, name="cat", node="CatBackward0",
    samples=[case((2, 3), (1, 3), dim=0), case((2, 1), (2, 2), (2, 1), dim=-1), case((3,), dim=0)],
    reference=lambda *xs, dim: np.concatenate(xs, dim))  # fmt: skip
def _cat(*xs: Any, dim: int = 0) -> Any:
    """Arrays joined along a dimension that they have.

    >>> mt.cat([mt.tensor([1, 2]), mt.tensor([3])])
    tensor([1, 2, 3])
    """
    out = np.concatenate(xs, axis=dim)
    return out if out.flags.c_contiguous else formats.settled(out)


def split_like(g: Any, shapes: tuple[tuple[int, ...], ...], dim: int) -> list[Any]:
    """The parts of `g` that came from operands of these shapes."""
    dim %= len(g.shape)
    ends = np.cumsum([shape[dim] for shape in shapes]).tolist()
    before = (slice(None),) * dim
    return [g[(*before, slice(e - s[dim], e))] for s, e in zip(shapes, ends, strict=True)]


@with_out
def cat(tensors: Sequence[Tensor], dim: int = 0, *, axis: Any = None) -> Tensor:
    """Tensors joined along dimension `dim`; all other dimensions must agree.

    >>> mt.cat([mt.zeros(1, 2), mt.ones(1, 2)])
    tensor([[0., 0.],
            [1., 1.]])
    """
    dim = dim if axis is None else axis
    tensors = _several(tensors, "cat")
    shaped = [t for t in tensors if tuple(t.shape) != (0,)] or tensors
    ndims = {t.ndim for t in shaped}
    if len(ndims) > 1 or 0 in ndims:
        place = next((i for i, t in enumerate(tensors) if not t.ndim), None)
        said = f"zero-dimensional tensor (at position {place}) cannot be concatenated"
        if place is None:
            other = next(t.ndim for t in shaped if t.ndim != shaped[0].ndim)
            said = f"Tensors must have same number of dimensions: got {shaped[0].ndim} and {other}"
        raise RuntimeError(
            f"{said}: cat: the tensors have shapes {[tuple(t.shape) for t in tensors]}; use stack() to join "
            "along a new one"
        )
    dim = positive(dim, shaped[0].ndim)
    if len(shaped) < len(tensors):
        shaped = [_fitting_nothing(t, shaped[0], dim) for t in tensors]
    try:
        return _cat(*shaped, dim=dim)
    except ShapeError as error:
        raise _sizes_differ(shaped, dim) from error


def _fitting_nothing(t: Tensor, like: Tensor, dim: int) -> Tensor:
    """`t`; if it is an empty vector, which PyTorch lets stand beside tensors of any shape, without length."""
    sizes = tuple(0 if d == dim else n for d, n in enumerate(like.shape))
    return t.reshape(sizes) if tuple(t.shape) == (0,) else t


def _sizes_differ(tensors: list[Tensor], dim: int) -> ShapeError:
    """The error for the first tensor that is not as long as the first one, other than along `dim`."""
    sizes = [[n for d, n in enumerate(t.shape) if d != dim] for t in tensors]
    place = next(i for i, size in enumerate(sizes) if size != sizes[0])
    n, m = next(pair for pair in zip(sizes[0], sizes[place], strict=True) if pair[0] != pair[1])
    return ShapeError(
        f"Sizes of tensors must match except in dimension {dim}. Expected size {n} but got size {m} for "
        f"tensor number {place} in the list: cat of {describe(tensors[0])} and {describe(tensors[place])}"
    )


concat = concatenate = cat


def _several(given: Any, name: str) -> list[Tensor]:
    if isinstance(given, Tensor):
        raise TypeError(f"{name}(): argument 'tensors' (position 1) must be tuple of Tensors, not Tensor")
    tensors: list[Tensor] = list(given)
    if not tensors:
        kind = ValueError if name == "cat" else RuntimeError  # PyTorch's
        said = "torch.cat(): expected a non-empty list of Tensors"
        raise kind(said if name == "cat" else f"{name} expects a non-empty TensorList")
    for i, t in enumerate(tensors):
        if not isinstance(t, Tensor):
            raise TypeError(f"{name}: expected Tensor as element {i}, but got {type(t).__name__}")
    return tensors


@op(xs=lambda g, xs_shape, dim: [select(g, dim, i) for i in range(len(xs_shape))], complex=True, name="stack",
    node="StackBackward0",
    samples=[case((2, 3), (2, 3), dim=0), case((2,), (2,), (2,), dim=1), case((), (), dim=0)],
    reference=lambda *xs, dim: np.stack(xs, dim))  # fmt: skip
def _stack(*xs: Any, dim: int = 0) -> Any:
    """Arrays of one shape joined along a new dimension.

    >>> mt.stack([mt.tensor(1), mt.tensor(2)])
    tensor([1, 2])
    """
    return np.ascontiguousarray(np.stack(xs, axis=dim))


@with_out
def stack(tensors: Sequence[Tensor], dim: int = 0) -> Any:
    """Tensors of one shape joined along a new dimension `dim`.

    >>> mt.stack([mt.zeros(2), mt.ones(2)], dim=1)
    tensor([[0., 1.],
            [0., 1.]])
    """
    tensors = _several(tensors, "stack")
    if len({tuple(t.shape) for t in tensors}) > 1:
        raise RuntimeError(
            f"stack expects each tensor to be equal size, but got {[tuple(t.shape) for t in tensors]}"
        )
    return _stack(*tensors, dim=positive(dim, tensors[0].ndim + 1))


@with_out
def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined along the second dimension; vectors along their only one.

    >>> mt.hstack([mt.tensor([1, 2]), mt.tensor([3])])
    tensor([1, 2, 3])
    """
    parts = [t if t.ndim else t.reshape(1) for t in _several(tensors, "hstack")]
    return cat(parts, 0 if parts[0].ndim == 1 else 1)


@with_out
def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors joined along the first dimension; vectors are rows.

    >>> mt.vstack([mt.tensor([1, 2]), mt.tensor([3, 4])])
    tensor([[1, 2],
            [3, 4]])
    """
    return cat([t if t.ndim > 1 else t.reshape(1, -1) for t in _several(tensors, "vstack")], 0)


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Any, ...]:
    """The coordinates of a grid, one tensor for each axis, as views of the given vectors.

    PyTorch warns if `indexing` is not given; here it is ``"ij"``, which is what it does then.

    >>> x, y = mt.meshgrid(mt.tensor([1, 2]), mt.tensor([3, 4, 5]), indexing="xy")
    >>> y
    tensor([[3, 3],
            [4, 4],
            [5, 5]])
    """
    if indexing not in ("ij", "xy"):
        raise RuntimeError(f"meshgrid: indexing must be one of 'xy' or 'ij', but received: {indexing}")
    axes = list(tensors[0]) if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else list(tensors)
    if any(a.ndim > 1 for a in axes):
        raise RuntimeError(
            "torch.meshgrid: Expected 0D or 1D tensor in the tensor list but got: "
            f"{', '.join(map(describe, axes))}"
        )
    if len({a.dtype for a in axes}) > 1:
        found = ", ".join(str(a.dtype) for a in axes)
        raise RuntimeError(f"torch.meshgrid expects all tensors to have the same dtype, and got {found}")
    shape = tuple(a.numel() for a in axes)
    grids = [
        a.reshape(tuple(-1 if d == i else 1 for d in range(len(axes)))).expand(shape)
        for i, a in enumerate(axes)
    ]
    return tuple(g.transpose(0, 1) for g in grids) if indexing == "xy" and len(grids) > 1 else tuple(grids)


class SplitBackward0(Parts):
    """The node of `split` into pieces of one size, and of `chunk`."""

    __slots__ = ()
    join = staticmethod(_cat)


class SplitWithSizesBackward0(SplitBackward0):
    """The node of `split` into pieces of given sizes."""

    __slots__ = ()


class UnbindBackward0(Parts):
    """The node of `unbind`."""

    __slots__ = ()
    join = staticmethod(_stack)


def split(tensor: Tensor, split_size_or_sections: Any, dim: int = 0) -> tuple[Any, ...]:
    """Views of `tensor` along `dim`: pieces of one size (the last may be smaller), or of given sizes.

    >>> [tuple(p.shape) for p in mt.split(mt.zeros(5, 2), 2)]
    [(2, 2), (2, 2), (1, 2)]
    """
    if not tensor.ndim:
        raise RuntimeError("split expects at least a 1-dimensional tensor")
    dim = positive(dim, tensor.ndim)
    n, sizes = tensor.shape[dim], split_size_or_sections
    cls = SplitBackward0 if isinstance(sizes, int) else SplitWithSizesBackward0
    if isinstance(sizes, int):
        if sizes < 0:
            raise RuntimeError(f"split expects split_size be non-negative, but got split_size={sizes}")
        if not sizes and n:
            raise RuntimeError(
                f"split_size can only be 0 if dimension size is 0, but got dimension size of {n}"
            )
        sizes = [0] if not sizes else [min(sizes, n - start) for start in range(0, max(n, 1), sizes)]
    if sum(sizes) != n:
        raise RuntimeError(
            f"split_with_sizes expects split_sizes to sum exactly to {n} (input tensor's size at "
            f"dimension {dim}), but got split_sizes={list(sizes)}"
        )
    starts = np.cumsum([0, *sizes]).tolist()
    before = (slice(None),) * dim
    keys = [(*before, slice(start, start + size), Ellipsis) for start, size in zip(starts, sizes)]  # noqa: B905
    return views_of(tensor, sliced, keys, cls, dim)


def _split_method(self: Tensor, split_size: Any, dim: int = 0) -> tuple[Any, ...]:
    """`split` of this tensor, into pieces of one size or of a list of sizes."""
    return split(self, split_size, dim)


def unsafe_split(input: Tensor, split_size: int, dim: int = 0) -> tuple[Any, ...]:
    """`split`, whose pieces count as tensors of their own: copies, which one may write into.

    >>> mt.unsafe_split(mt.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return tuple(part.clone() for part in split(input, split_size, dim))


def unsafe_split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Any, ...]:
    """`unsafe_split` into pieces of given sizes.

    >>> mt.unsafe_split_with_sizes(mt.arange(3), [1, 2])
    (tensor([0]), tensor([1, 2]))
    """
    return tuple(part.clone() for part in split(input, list(split_sizes), dim))


def unsafe_chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """`chunk`, whose pieces count as tensors of their own: copies, which one may write into.

    >>> mt.unsafe_chunk(mt.arange(3), 2)
    (tensor([0, 1]), tensor([2]))
    """
    return tuple(part.clone() for part in chunk(input, chunks, dim))


@numpy_names
def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Any, ...]:
    """`input` in at most `chunks` equal views along `dim`; the last may be smaller.

    >>> [p.tolist() for p in mt.chunk(mt.arange(5), 2)]
    [[0, 1, 2], [3, 4]]
    """
    if chunks <= 0:
        raise RuntimeError(f"chunk expects `chunks` to be greater than 0, got: {chunks}")
    if not input.ndim:
        raise RuntimeError("chunk expects at least a 1-dimensional tensor")
    n = input.shape[positive(dim, input.ndim)]
    if n == 0:
        return split(input, [0] * chunks, dim)
    return split(input, max(-(-n // chunks), 1), dim)


@numpy_names
def unbind(input: Tensor, dim: int = 0) -> tuple[Any, ...]:
    """The slices of dimension `dim`, as views without it.

    >>> mt.unbind(mt.tensor([[1, 2], [3, 4]]))
    (tensor([1, 2]), tensor([3, 4]))
    """
    if not input.ndim:
        raise IndexError("Dimension specified as 0 but tensor has no dimensions")
    dim = positive(dim, input.ndim)
    before = (slice(None),) * dim
    keys = [(*before, i, Ellipsis) for i in range(input.shape[dim])]
    return views_of(input, picked, keys, UnbindBackward0, dim)


def repeat(input: Tensor, *sizes: Any, repeats: Any = None) -> Tensor:
    """`input` laid side by side `sizes` times in each dimension; new dimensions in front.

    >>> mt.tensor([1, 2]).repeat(2, 2)
    tensor([[1, 2, 1, 2],
            [1, 2, 1, 2]])
    """
    from ..views.reshape import _reshape, dims_of

    sizes = dims_of(sizes, repeats)
    if len(sizes) < input.ndim:
        raise RuntimeError(
            "Number of dimensions of repeat dims can not be smaller than number of dimensions of "
            f"tensor: got {sizes} for shape {tuple(input.shape)}"
        )
    shape = (1,) * (len(sizes) - input.ndim) + tuple(input.shape)
    pairs = tuple(zip(sizes, shape, strict=True))
    if set(sizes) <= {1}:
        return _reshape(input, shape).clone()
    if 0 in sizes:
        return in_place_of(input, np.zeros([s * n for s, n in pairs], input.dtype))
    opened = _reshape(input, tuple(k for n in shape for k in (1, n)))
    wide = expand(opened, tuple(k for pair in pairs for k in pair))
    out = _reshape(wide, tuple(s * n for s, n in pairs))
    return out if out._view is None else out.clone(memory_format=contiguous_format)


def tile(input: Tensor, *counts: Any, dims: Any = None) -> Tensor:
    """`repeat`, but a short list of counts applies to the last dimensions.

    >>> mt.tile(mt.tensor([[1], [2]]), (2,))
    tensor([[1, 1],
            [2, 2]])
    """
    from ..views.reshape import dims_of

    counts = dims_of(counts, dims)
    return repeat(input, (1,) * (input.ndim - len(counts)) + counts)


for _function in (chunk, unbind, repeat, tile, unsafe_split, unsafe_split_with_sizes, unsafe_chunk):
    setattr(Tensor, _function.__name__, _function)
setattr(Tensor, "split", _split_method)  # noqa: B010 - it has other names than the function
