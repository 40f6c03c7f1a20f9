"""Tensors put side by side, and cut apart, in the ways that seldom need more than `cat` and `narrow`."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine.out_argument import with_out
from ...engine.promotion import resulting
from ...engine.size_device import Size
from ...engine.tensor import Tensor
from ...errors import ShapeError
from ..indexing.getitem import index
from ..indexing.narrow import narrow
from ..views.reshape import _reshape, positive
from .cat_split import cat, hstack, meshgrid, split, stack, vstack


def _each(tensors: tuple[Any, ...], raised: Any) -> Any:
    """One tensor for one, a tuple for several or for a list."""
    if len(tensors) == 1 and isinstance(tensors[0], Tensor):
        return raised(tensors[0])
    several = tensors[0] if len(tensors) == 1 else tensors
    return tuple(raised(x) for x in several)


def atleast_1d(*tensors: Any) -> Any:
    """Each tensor with at least one dimension.

    >>> mt.atleast_1d(mt.tensor(3.0))
    tensor([3.])
    """
    return _each(tensors, lambda x: x if x.ndim else _reshape(x, (1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Each tensor with at least two dimensions; a vector is a row.

    >>> mt.atleast_2d(mt.tensor([3.0, 4.0])).shape
    torch.Size([1, 2])
    """
    return _each(tensors, lambda x: x if x.ndim > 1 else _reshape(x, (1, x.numel())))


def atleast_3d(*tensors: Any) -> Any:
    """Each tensor with at least three dimensions; a vector lies in the middle one.

    >>> mt.atleast_3d(mt.tensor([3.0, 4.0])).shape
    torch.Size([1, 2, 1])
    """
    return _each(tensors, _solid)


def _solid(x: Any) -> Any:
    if x.ndim > 2:
        return x
    return _reshape(x, (*x.shape, 1) if x.ndim == 2 else (1, x.numel(), 1))


@with_out
def column_stack(tensors: Sequence[Tensor]) -> Any:
    """Tensors joined along the second dimension, vectors as columns.

    >>> mt.column_stack([mt.tensor([1, 2]), mt.tensor([3, 4])])
    tensor([[1, 3],
            [2, 4]])
    """
    return hstack([x if x.ndim > 1 else _reshape(x, (x.numel(), 1)) for x in tensors])


@with_out
def dstack(tensors: Sequence[Tensor]) -> Any:
    """Tensors joined along the third dimension.

    >>> mt.dstack([mt.tensor([1, 2]), mt.tensor([3, 4])])
    tensor([[[1, 3],
             [2, 4]]])
    """
    if not tensors:
        raise RuntimeError("dstack expects a non-empty TensorList")
    return cat(list(atleast_3d(list(tensors))), 2)


row_stack = vstack


def block_diag(*tensors: Tensor) -> Tensor:
    """Matrices (or vectors as rows) along the diagonal of a matrix of zeros.

    >>> mt.block_diag(mt.tensor([[1, 2]]), mt.tensor([3]))
    tensor([[1, 2, 0],
            [0, 0, 3]])
    """
    dtype = resulting(*tensors)
    blocks = [atleast_2d(x.to(dtype)) for x in tensors]
    if wrong := [tuple(x.shape) for x in blocks if x.ndim > 2]:
        raise RuntimeError(f"torch.block_diag: Input tensors must have 2 or fewer dimensions, got {wrong}")
    width, before, rows = sum(x.shape[1] for x in blocks), 0, []
    for x in blocks:
        n, m = x.shape
        sides = [x.new_zeros(n, before), x, x.new_zeros(n, width - before - m)]
        rows.append(cat(sides, 1))
        before += m
    return cat(rows, 0) if rows else Tensor._of(np.zeros((1, 0), np.float32))


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """All ways to take one element of each vector, a row each; of one vector, the vector.

    >>> mt.cartesian_prod(mt.tensor([1, 2]), mt.tensor([3, 4]))
    tensor([[1, 3],
            [1, 4],
            [2, 3],
            [2, 4]])
    """
    tensors = tuple(tensors[0]) if len(tensors) == 1 and not isinstance(tensors[0], Tensor) else tensors
    if wrong := [tuple(x.shape) for x in tensors if x.ndim != 1]:
        raise RuntimeError(f"cartesian_prod: Expect a 1D vector, but got shape {wrong[0]}")
    if len(tensors) == 1:
        return tensors[0]
    return stack([_reshape(g, (-1,)) for g in meshgrid(*tensors, indexing="ij")], 1)


def combinations(input: Tensor, r: int = 2, with_replacement: bool = False) -> Tensor:
    """All ways to take `r` elements of a vector, in its order, a row each.

    >>> mt.combinations(mt.tensor([1, 2, 3]))
    tensor([[1, 2],
            [1, 3],
            [2, 3]])
    """
    if input.ndim != 1 or r < 0:
        raise RuntimeError(f"combinations: expected a vector and r >= 0, got {tuple(input.shape)} and r={r}")
    if r == 0:
        return input.new_empty(0)
    choose = itertools.combinations_with_replacement if with_replacement else itertools.combinations
    rows = np.array(list(choose(range(input.shape[0]), r)), np.int64).reshape(-1, r)
    return index(input, (rows,))


def broadcast_shapes(*shapes: Any) -> Size:
    """The shape that these shapes (or single lengths) broadcast to; ``RuntimeError`` if there is none.

    >>> mt.broadcast_shapes((2, 1), (3,))
    torch.Size([2, 3])
    """
    try:
        return Size(np.broadcast_shapes(*shapes))
    except ValueError as error:
        raise ShapeError(
            f"broadcast_shapes: {' and '.join(map(str, shapes))} do not broadcast: counted from the last "
            "dimension, lengths must be equal or 1"
        ) from error


def tensor_split(
    input: Tensor, indices_or_sections: Any = None, dim: int = 0, *, indices: Any = None,
    sections: Any = None, tensor_indices_or_sections: Any = None,
) -> Any:  # fmt: skip
    """Views of `input` along `dim`: so many, of lengths that differ by at most one, or cut at indices.

    >>> [x.tolist() for x in mt.tensor_split(mt.arange(5), 2)]
    [[0, 1, 2], [3, 4]]
    >>> [x.tolist() for x in mt.tensor_split(mt.arange(5), (1, 3))]
    [[0], [1, 2], [3, 4]]
    """
    where = _given(indices_or_sections, indices, sections, tensor_indices_or_sections)
    if not input.ndim:
        raise RuntimeError("tensor_split expected at least a 1-dimensional tensor, but got a 0-d one")
    dim = positive(dim, input.ndim)
    ends = [slice(*cut).indices(input.shape[dim]) for cut in _cuts(where, input.shape[dim])]
    return tuple(narrow(input, dim, start, max(stop - start, 0)) for start, stop, _ in ends)


def _given(*names: Any) -> Any:
    """What was given under one of its names, as Python numbers."""
    where = next((w for w in names if w is not None), None)
    return where.tolist() if isinstance(where, Tensor) else where


def _cuts(where: Any, n: int) -> list[tuple[Any, Any]]:
    """The bounds of the parts, as a slice reads them."""
    if isinstance(where, int):
        if where <= 0:
            raise RuntimeError(f"number of sections must be larger than 0, got {where}")
        least, longer = divmod(n, where)
        where = list(itertools.accumulate([least + (i < longer) for i in range(where)]))[:-1]
    return list(itertools.pairwise([0, *where, None]))


def _cutter(name: str, least: int, dim: int, example: str) -> Any:
    def function(
        input: Tensor, indices_or_sections: Any = None, *, indices: Any = None, sections: Any = None
    ) -> Any:
        where = _given(indices_or_sections, indices, sections)
        if input.ndim < least:
            raise RuntimeError(
                f"torch.{name} requires a tensor with at least {least} dimension, but got a tensor with "
                f"{input.ndim} dimensions!"
            )
        along = dim if input.ndim > 1 else 0
        if isinstance(where, int) and (where <= 0 or input.shape[along] % where):
            raise RuntimeError(
                f"torch.{name} attempted to split along dimension {along}, but the size of the dimension "
                f"{input.shape[along]} is not divisible by the split_size {where}!"
            )
        return tensor_split(input, where, along)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""`tensor_split` along dimension {dim}, into equal parts or at indices.

    >>> [tuple(x.shape) for x in mt.{name}(mt.zeros(2, 2, 2), 2)]
    {example}
    """
    return function


hsplit = _cutter("hsplit", 1, 1, "[(2, 1, 2), (2, 1, 2)]")
vsplit = _cutter("vsplit", 2, 0, "[(1, 2, 2), (1, 2, 2)]")
dsplit = _cutter("dsplit", 3, 2, "[(2, 2, 1), (2, 2, 1)]")


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> Any:
    """Views of `input` of these lengths along `dim`.

    >>> [x.tolist() for x in mt.split_with_sizes(mt.arange(3), [1, 2])]
    [[0], [1, 2]]
    """
    return split(input, list(split_sizes), dim)


for _function in (tensor_split, hsplit, vsplit, dsplit, split_with_sizes):
    setattr(Tensor, _function.__name__, _function)
