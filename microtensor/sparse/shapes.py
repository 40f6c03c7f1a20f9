"""Sparse tensors in other shapes: dimensions exchanged, and new ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from .conversion import clone
from .shown import shown
from .tensor import SparseTensor


def dim_of(x: Any, dim: int, more: int = 0) -> int:
    """The dimension counted from the front; ``IndexError`` if there is none."""
    n = x.ndim + more
    if not -max(n, 1) <= dim < max(n, 1):
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-n}, {n - 1}], but got {dim})"
        )
    return int(dim % max(n, 1))


def permute(input: Any, *args: Any, dims: Any = None) -> Any:
    """The dimensions in another order; sparse ones stay among themselves, and so do dense ones."""
    given = args[0] if len(args) == 1 and isinstance(args[0], Sequence) else args or dims
    return permuted(input, [dim_of(input, d) for d in given], "PermuteBackward0")


def permuted(x: SparseTensor, order: list[int], name: str) -> Any:
    """The dimensions in this order; ``RuntimeError`` if a sparse one takes a dense one's place.

    >>> from microtensor.sparse.shapes import permuted
    >>> permuted(mt.sparse_coo_tensor([[0], [2]], [1.0], (2, 3)), [1, 0], "TBackward0").indices().tolist()
    [[2], [0]]
    """
    k, n = len(x._places), x.ndim
    if sorted(order) != list(range(n)):
        raise RuntimeError(f"permute(sparse_coo): dims {order} are no order of {n} dimensions")
    if sorted(order[:k]) != list(range(k)):
        raise RuntimeError(
            "sparse transpose: transposed dimensions must be sparse, or both dense: a sparse one would take "
            f"the place of a dense one (the first {k} are sparse)"
        )
    values = x._held.permute(0, *(d - k + 1 for d in order[k:])) if order[k:] else x._held
    unique = x._unique and order[:k] == list(range(k))
    return SparseTensor.of(x._places[order[:k]], shown(values, name), [x._size[d] for d in order], unique)


def transpose(input: Any, dim0: int, dim1: int, *, out: Any = None) -> Any:
    """Two dimensions exchanged."""
    order = list(range(input.ndim))
    a, b = dim_of(input, dim0), dim_of(input, dim1)
    order[a], order[b] = b, a
    return permuted(clone(input), order, "TransposeBackward0")


def t(input: Any, *, out: Any = None) -> Any:
    """The transpose of a matrix; a vector as it is."""
    k = len(input._places)
    if k > 2 or input.ndim > k:
        raise RuntimeError(
            f"t() expects a tensor with <= 2 sparse and 0 dense dimensions, but got {k} sparse and "
            f"{input.ndim - k} dense dimensions"
        )
    return permuted(clone(input), list(range(input.ndim))[::-1], "TBackward0")


def reversed_(input: Any) -> Any:
    """``x.T``: all dimensions in reverse."""
    return permuted(input, list(range(input.ndim))[::-1], "PermuteBackward0")


def matrix_transposed(input: Any) -> Any:
    """``x.mT``: the last two dimensions exchanged."""
    return transpose(input, -2, -1)


def hermitian(input: Any) -> Any:
    """``x.H``: a matrix transposed and conjugated."""
    found = matrix_transposed(input)
    return found._with(found._held.conj(), "TransposeBackward0")


def unsqueeze(input: Any, dim: int, *, out: Any = None) -> Any:
    """A new dimension of length 1."""
    x, d = input, dim_of(input, dim, 1)
    k, size = len(x._places), [*x._size[:d], 1, *x._size[d:]]
    if d > k:
        values = x._held.unsqueeze(d - k + 1)
        return SparseTensor.of(x._places, shown(values, "UnsqueezeBackward0"), size)
    indices = np.insert(x._places, d, 0, axis=0)
    return SparseTensor.of(indices, shown(x._held, "UnsqueezeBackward0"), size)


__all__ = [
    "dim_of", "hermitian", "matrix_transposed", "permute", "permuted", "reversed_", "t", "transpose",
    "unsqueeze",
]  # fmt: skip
