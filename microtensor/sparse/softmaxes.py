"""The softmax over the entries of a sparse tensor along a dimension: others count as -infinity."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.arrays.sparse_array import places
from ..engine.tensor import Tensor
from ..ops.activations.softmax import log_softmax as dense_log_softmax
from ..ops.activations.softmax import softmax as dense_softmax
from ..ops.indexing.getitem import index, put
from .shapes import dim_of
from .tensor import coalesced, refuse, sparse


def softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The softmax along a dimension, over the entries that are there.

    >>> mt.sparse.softmax(mt.sparse_coo_tensor([[0, 0], [0, 2]], [1.0, 1.0], (2, 3)), 1).values()
    tensor([0.5000, 0.5000])
    """
    return _of_entries("softmax", input, dim, dtype)


def log_softmax(input: Any, dim: int, *, dtype: Any = None) -> Any:
    """The logarithm of `softmax`.

    >>> mt.sparse.log_softmax(mt.sparse_coo_tensor([[0, 0], [0, 2]], [1.0, 1.0], (2, 3)), 1).values()
    tensor([-0.6931, -0.6931])
    """
    return _of_entries("log_softmax", input, dim, dtype)


def _of_entries(name: str, input: Any, dim: int, dtype: Any) -> Any:
    if not sparse(input):
        refuse(f"_sparse_{name}")
    x, d = coalesced(input), dim_of(input, dim)
    values, k = x._held if dtype is None else x._held.to(dtype), len(x._places)
    if d >= k:
        dense = dense_softmax if name == "softmax" else dense_log_softmax
        found = dense(values, d - k + 1)
    else:
        found = _in_groups(name, values, _groups(x, d))
    shown_as = "SparseSoftmaxBackward0" if name == "softmax" else "SparseLogSoftmaxBackward0"
    return x._with(found, shown_as)


def _groups(x: Any, d: int) -> Any:
    """The number of the line along a dimension that each entry lies on."""
    others = np.delete(x._places, d, 0)
    sizes = [n for i, n in enumerate(x._size[: len(x._places)]) if i != d]
    return np.unique(places(others, tuple(sizes)), return_inverse=True)[1]


def _in_groups(name: str, values: Tensor, group: Any) -> Any:
    """The softmax of the values of each group."""
    array = values.detach().array
    top = np.full((int(group.max(initial=-1)) + 1, *array.shape[1:]), -np.inf, array.dtype)
    np.maximum.at(top, group, array)
    shifted = values - Tensor._of(top[group])
    total = put(shifted.exp(), top.shape, (group,))
    if name == "softmax":
        return shifted.exp() / index(total, (group,))
    return shifted - index(total.log(), (group,))


__all__ = ["log_softmax", "softmax"]
