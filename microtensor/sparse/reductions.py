"""Sums and norms of sparse tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..engine import dtypes
from .shapes import dim_of
from .shown import shown
from .tensor import SparseTensor, coalesced


def sum(
    input: Any, dim: Any = None, keepdim: bool = False, *, dtype: Any = None, axis: Any = None,
    keepdims: bool = False, out: Any = None,
) -> Any:  # fmt: skip
    """The sum of all entries, or along dimensions: sparse as long as a sparse dimension is left.

    >>> mt.sparse.sum(mt.sparse_coo_tensor([[0, 1], [2, 2]], [3.0, 4.0], (2, 3)), 0)
    tensor(indices=tensor([[2]]),
           values=tensor([7.]),
           size=(3,), nnz=1, layout=torch.sparse_coo)
    """
    dim = axis if dim is None else dim
    if dim is None:
        return shown(input._held.sum(dtype=dtype), "SumBackward0")
    if dtype is None and input.dtype.kind in "iub":
        dtype = dtypes.int64
    return along(input, dim, keepdim or keepdims, dtype, "SumBackward1")


def along(x: Any, dim: Any, keepdim: bool, dtype: Any, name: str) -> Any:
    """The sum along dimensions.

    >>> from microtensor.sparse.reductions import along
    >>> along(mt.sparse_coo_tensor([[0, 2]], [3.0, 4.0], (3,)), 0, False, None, "SumBackward1")
    tensor(7.)
    """
    k, gone = len(x._places), {dim_of(x, d) for d in ([dim] if isinstance(dim, int) else dim)}
    inside = sorted(d - k + 1 for d in gone if d >= k)
    values = x._held.sum(inside, keepdim=keepdim, dtype=dtype) if inside else x._held.to(dtype or x.dtype)
    left = [d for d in range(k) if d not in gone]
    if not left and not keepdim:
        return shown(values.sum(0), name)
    indices = x._places.copy() if keepdim else x._places[left]
    indices[[d for d in gone if d < k and keepdim]] = 0
    size = [1 if d in gone else n for d, n in enumerate(x._size) if keepdim or d not in gone]
    found = SparseTensor.of(indices, values, size, x._unique and len(left) == k)
    found = coalesced(found)
    return SparseTensor.of(found._places, shown(found._held, name), size, not keepdim)


def norm(input: Any, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None, *,
         out: Any = None) -> Any:  # fmt: skip
    """The norm of all entries."""
    if dim is not None and len(dim if isinstance(dim, Sequence) else [dim]) not in (0, input.ndim):
        raise RuntimeError(
            "norm_sparse currently only supports full reductions, so 'dim' must either be empty or contain "
            "all dimensions"
        )
    p = 2 if p in ("fro", None) else p
    values = coalesced(input)._held.reshape(-1)
    found = shown(values.norm(p, dtype=dtype), "NormBackward0")
    return found.reshape((1,) * input.ndim) if keepdim else found


__all__ = ["along", "norm", "sum"]
