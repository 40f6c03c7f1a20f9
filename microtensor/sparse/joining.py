"""Sparse tensors joined: along a dimension, or a new one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..ops.indexing.getitem import put
from ..ops.joining.cat_split import cat as dense_cat
from .shapes import dim_of, unsqueeze
from .shown import shown
from .tensor import SparseTensor, sparse


def cat(tensors: Sequence[Any], dim: int = 0, *, axis: Any = None, out: Any = None) -> Any:
    """Sparse tensors joined along a dimension."""
    if not all(map(sparse, tensors)):
        raise RuntimeError(
            "torch.cat(): all inputs are expected to be sparse if one is: dense ones have x.to_sparse()"
        )
    first, d = tensors[0], dim_of(tensors[0], dim if axis is None else axis)
    k, shapes = len(first._places), [[*x._size[:d], *x._size[d + 1 :]] for x in tensors]
    if any(shape != shapes[0] or len(x._places) != k for x, shape in zip(tensors, shapes, strict=True)):
        raise RuntimeError(
            f"cat: sizes {[list(x._size) for x in tensors]} with {[len(x._places) for x in tensors]} sparse "
            f"dimensions do not fit each other except in dimension {d}"
        )
    size = [*first._size[:d], sum(x._size[d] for x in tensors), *first._size[d + 1 :]]
    if d >= k:
        return _beside(tensors, d - k + 1, size)
    values = shown(dense_cat([x._held for x in tensors]), "CatBackward0")
    return SparseTensor.of(_shifted(tensors, d), values, size)


def _shifted(tensors: Sequence[Any], d: int) -> Any:
    parts, start = [], 0
    for x in tensors:
        parts.append(x._places.copy())
        parts[-1][d] += start
        start += x._size[d]
    return np.concatenate(parts, 1)


def _beside(tensors: Sequence[Any], d: int, size: Any) -> Any:
    """Joined along a dense dimension: each one's values stand beside zeros."""
    starts = np.cumsum([0, *(x._held.shape[d] for x in tensors)])
    padded = []
    for x, start in zip(tensors, starts[:-1], strict=True):
        shape = list(x._held.shape)
        shape[d] = int(starts[-1])
        key = (*(slice(None),) * d, slice(int(start), int(start) + x._held.shape[d]))
        padded.append(put(x._held, tuple(shape), key))
    values = shown(dense_cat(padded), "CatBackward0")
    return SparseTensor.of(np.concatenate([x._places for x in tensors], 1), values, size)


def stack(tensors: Sequence[Any], dim: int = 0, *, out: Any = None) -> Any:
    """Sparse tensors of one size, joined along a new dimension."""
    joined = cat([unsqueeze(x, dim) for x in tensors], dim)
    return joined._with(joined._held, "StackBackward0")


__all__ = ["cat", "stack"]
