"""Parts of sparse tensors: one slice, several, or a range of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..ops.indexing.getitem import index as rows_of
from .shapes import dim_of, unsqueeze
from .shown import shown
from .tensor import SparseTensor, refuse


def select(input: Any, dim: int, index: int, *, out: Any = None) -> Any:
    """One slice along a dimension, without it; a dense tensor if no sparse dimension is left."""
    x, d = input, dim_of(input, dim)
    n, k = x._size[d] if x.ndim else 0, len(x._places)
    if not -n <= index < n:
        raise IndexError(
            f"select(): index {index} out of range for tensor of size {list(x._size)} at dimension {dim}"
        )
    size = [*x._size[:d], *x._size[d + 1 :]]
    if d >= k:
        return SparseTensor.of(x._places, shown(x._held.select(d - k + 1, index), "SelectBackward0"), size)
    (which,) = np.nonzero(x._places[d] == index % n)
    values = rows_of(x._held, (which,))
    if k == 1:
        return shown(values.sum(0), "SelectBackward0")
    return SparseTensor.of(np.delete(x._places[:, which], d, 0), shown(values, "SelectBackward0"), size)


def getitem(x: Any, key: Any) -> Any:
    """``x[2]``, ``x[:, 2]``, ``x[None]``: numbers, full slices and new dimensions.

    Ranges and arrays of numbers are refused, as in PyTorch: use `narrow_copy` and `index_select`.
    """
    dim = 0
    for part in key if isinstance(key, tuple) else (key,):
        if part is None:
            x, dim = unsqueeze(x, dim), dim + 1
        elif part == slice(None) and isinstance(part, slice) and isinstance(key, tuple):
            dim += 1
        elif part is Ellipsis:
            dim = x.ndim - sum(p is not None for p in key[key.index(...) + 1 :])
        elif isinstance(part, (int, np.integer)) or (isinstance(part, Tensor) and not part.ndim):
            x = _numbered(x, dim, int(part))
        else:
            refuse("as_strided" if isinstance(part, slice) else "index")
    return x


def _numbered(x: Any, dim: int, number: int) -> Any:
    n = x._size[dim] if dim < x.ndim else 0
    if not -n <= number < n:
        raise IndexError(f"index {number} is out of bounds for dimension {dim} with size {n}")
    return select(x, dim, number)


def unbind(input: Any, dim: int = 0) -> tuple[Any, ...]:
    """The slices along a dimension."""
    return tuple(select(input, dim, i) for i in range(input._size[dim_of(input, dim)]))


def index_select(input: Any, dim: int, index: Any) -> Any:
    """The slices with these numbers, in their order."""
    x, d, numbers = input, dim_of(input, dim), index.array.reshape(-1)
    n, k = x._size[d], len(x._places)
    if numbers.size and not (numbers.min() >= 0 and numbers.max() < n):
        raise IndexError(
            f"index_select(): index contains elements out of range for dimension {d} with size {n}"
        )
    size = [*x._size[:d], len(numbers), *x._size[d + 1 :]]
    if d >= k:
        values = shown(x._held.index_select(d - k + 1, index), "IndexSelectBackward0")
        return SparseTensor.of(x._places, values, size)
    which, new = _matches(x._places[d], numbers)
    indices = x._places[:, which]
    indices[d] = new
    return SparseTensor.of(indices, shown(rows_of(x._held, (which,)), "IndexSelectBackward0"), size)


def _matches(rows: Any, numbers: Any) -> tuple[Any, Any]:
    """For each number, the entries of `rows` that are equal to it; and which number each was chosen by."""
    order = np.argsort(rows, kind="stable")
    ordered = rows[order]
    starts, ends = np.searchsorted(ordered, numbers), np.searchsorted(ordered, numbers, "right")
    return order[spans(starts, ends - starts)], np.repeat(np.arange(len(numbers)), ends - starts)


def spans(starts: Any, counts: Any) -> Any:
    """``starts[i], starts[i] + 1, ...``, `counts[i]` of them, one span after the other.

    >>> from microtensor.sparse.selecting import spans
    >>> spans(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    before = np.cumsum(counts) - counts
    return np.arange(counts.sum()) + np.repeat(starts - before, counts)


def narrow_copy(input: Any, dim: int, start: int, length: int) -> Any:
    """The slices from `start` on."""
    x, d = input, dim_of(input, dim)
    if not 0 <= start <= start + length <= x._size[d]:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({x._size[d]}).")
    size = [*x._size[:d], length, *x._size[d + 1 :]]
    k = len(x._places)
    if d >= k:
        return SparseTensor.of(x._places, x._held.narrow(d - k + 1, start, length).clone(), size, x._unique)
    (which,) = np.nonzero((x._places[d] >= start) & (x._places[d] < start + length))
    indices = x._places[:, which]
    indices[d] -= start
    return SparseTensor.of(indices, shown(rows_of(x._held, (which,)), "NarrowCopyBackward0"), size, x._unique)


__all__ = ["getitem", "index_select", "narrow_copy", "select", "spans", "unbind"]
