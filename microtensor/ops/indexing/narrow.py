"""Reading a range, or rows by number, along one dimension."""

from __future__ import annotations

from typing import Any

from ...engine.composite import composite
from ...engine.numpy_keywords import numpy_names
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from .getitem import _getitem, sliced


@with_out
@composite("index_select")
def index_select(input: Tensor, dim: int, index: Tensor) -> Any:
    """The slices of dimension `dim` that a one-dimensional index names.

    >>> mt.index_select(mt.tensor([[1, 2, 3]]), 1, mt.tensor([2, 0]))
    tensor([[3, 1]])
    """
    from ..views.reshape import _reshape, positive

    dim, rows = positive(dim, input.ndim), index.array.reshape(-1)
    n = input.shape[dim] if input.ndim else 1
    if index.ndim > 1:
        raise IndexError(f"index_select: the index must be a vector, and has shape {tuple(index.shape)}")
    if index.dtype.kind not in "iu":
        raise RuntimeError(f"index_select: expected an index of dtype int32 or int64, got {index.dtype}")
    if rows.size and not (rows.min() >= 0 and rows.max() < n):
        raise IndexError(
            f"index_select: index {int(rows.max())} is out of range for dimension {dim} with size {n}"
        )
    if not input.ndim:
        return _reshape(_getitem(_reshape(input, (1,)), (rows,)), ())
    out = _getitem(input, (slice(None),) * dim + (rows,))
    return out if out.is_contiguous() else out.contiguous()


@numpy_names
def narrow(input: Tensor, dim: int, start: int, length: int) -> Any:
    """`length` slices of dimension `dim` from `start` on: a view.

    >>> mt.narrow(mt.arange(5), 0, 1, 3)
    tensor([1, 2, 3])
    """
    from ..views.reshape import positive

    if not input.ndim:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    dim = positive(dim, input.ndim)
    n = input.shape[dim]
    if not -n <= start <= n:
        raise IndexError(f"start out of range (expected to be in range of [{-n}, {n}], but got {start})")
    start += n if start < 0 else 0
    if length < 0 or start + length > n:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({n}).")
    return sliced(input, (slice(None),) * dim + (slice(start, start + length), Ellipsis))


install(index_select=index_select, narrow=narrow)
