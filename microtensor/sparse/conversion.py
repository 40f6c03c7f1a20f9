"""From dense to sparse and back: ``to_sparse``, ``to_dense``, ``sparse_mask``; and other dtypes."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.arrays.sparse_array import places
from ..engine.attributes.layout_format import sparse_coo
from ..engine.tensor import Tensor
from ..ops.indexing.getitem import index, put
from .shown import shown
from .tensor import SparseTensor, at_places_of, sparse


def to_dense(input: Any, dtype: Any = None, *, masked_grad: Any = None) -> Any:
    """The dense tensor.

    The gradient is that of the entries which are there, as with ``masked_grad=True`` (PyTorch's default);
    False raises ``RuntimeError``.
    """
    if masked_grad is False:
        raise RuntimeError(
            "to_dense(masked_grad=False): gradients of sparse tensors are those of the entries that are there"
        )
    if dtype is not None:
        raise RuntimeError("dtype argument is not supported by sparse_to_dense: use x.to_dense().to(dtype)")
    k = len(input._places)
    flat = (math.prod(input._size[:k]), *input._held.shape[1:])
    dense = put(input._held, flat, (places(input._places, input._size),)).reshape(input._size)
    return shown(dense, "ToDenseBackward0")


def dense_to_sparse(x: Tensor, sparse_dims: int | None = None) -> Any:
    """The entries of a dense tensor that are not 0; of its first `sparse_dims` dimensions, if given."""
    k = x.ndim if sparse_dims is None else sparse_dims
    if not (0 < k <= x.ndim or k == x.ndim == 0):
        raise RuntimeError(
            f"to_sparse: sparse_dim argument must be in >0 and <={x.ndim} (the number of dimensions), got {k}"
        )
    kept = x.array != 0
    kept = kept.any(tuple(range(k, x.ndim))) if k < x.ndim else kept
    indices = np.stack(np.nonzero(kept)) if k else np.zeros((0, int(kept)), np.int64)
    name = "ToSparseBackward1" if sparse_dims is None else "ToSparseBackward0"  # PyTorch's two overloads
    values = index(x, tuple(indices)) if k else x.reshape(1)[: int(kept)]
    return SparseTensor.of(indices, shown(values, name), tuple(x.shape), True)


def sparse_to_sparse(x: Any, sparse_dims: int | None = None, *, layout: Any = None, **options: Any) -> Any:
    """The sparse tensor itself, or in another layout; ``RuntimeError`` for other sparse dimensions."""
    if layout not in (None, sparse_coo):
        from .compressed import to_coo

        return to_coo(x, layout=layout)
    if sparse_dims not in (None, len(x._places)):
        raise RuntimeError(
            "to_sparse: conversion from Sparse to Sparse with sparse_dim argument !=self.sparse_dim() is not "
            "supported"
        )
    return x


def sparse_mask(input: Any, mask: Any) -> Any:
    """What `input`, dense or sparse, has at the places of `mask`."""
    if not sparse(mask):
        raise NotImplementedError("sparse_mask: expected a sparse mask; a dense one has mask.to_sparse()")
    if tuple(input.shape) != tuple(mask.shape):
        raise RuntimeError(
            f"sparse_mask(): operands have incompatible sizes; self has size {list(input.shape)} but mask "
            f"has size {list(mask.shape)}"
        )
    return mask._with(at_places_of(mask, input), "SparseMaskBackward0")


def cast(x: Any, dtype: Any, copy: bool = False) -> Any:
    """The same entries in another dtype; itself if it has that one."""
    if dtype is None or x.dtype == dtype:
        return clone(x) if copy else x
    return x._with(x._held.to(dtype), "ToCopyBackward0")


def clone(input: Any, *, memory_format: Any = None, out: Any = None) -> Any:
    """A copy."""
    values = shown(input._held.clone(), "CloneBackward0")
    return type(input).of(input._places.copy(), values, input._size, input._unique)


def detach(self: Any) -> Any:
    """The same memory as a constant."""
    return type(self).of(self._places, self._held.detach(), self._size, self._unique)


def to(x: Any, *args: Any, dtype: Any = None, device: Any = None, copy: bool = False, layout: Any = None,
       **options: Any) -> Any:  # fmt: skip
    """The same in another dtype; what is asked of the device is asked of the values."""
    example = args[0] if args and isinstance(args[0], Tensor) else None
    args = () if example is not None else args
    wanted = (
        example.dtype
        if example is not None
        else x._held[:0].detach().to(*args, dtype=dtype, device=device).dtype
    )
    return cast(x, wanted, copy)


def type_as(x: Any, other: Any) -> Any:
    """The same in the dtype of another sparse tensor."""
    if not sparse(other):
        raise RuntimeError(
            "type_as: x is sparse and the other tensor is not; use x.to(other.dtype), or x.to_dense()"
        )
    return cast(x, other.dtype)


def type_(x: Any, dtype: Any = None, non_blocking: bool = False, *, memory_format: Any = None) -> Any:
    """The name of its class in PyTorch, or the same in another dtype."""
    if dtype is None:
        return x._held.detach().type().replace("torch.", "torch.sparse.")
    return cast(x, x._held[:0].detach().type(dtype).dtype)


def of_dtype(name: str) -> Any:
    """The method of this name, ``x.double()`` and its like.

    >>> from microtensor.sparse.conversion import of_dtype
    >>> of_dtype("double")(mt.sparse_coo_tensor([[0]], [4.0], (2,))).dtype
    torch.float64
    """

    def answer(x: Any, memory_format: Any = None) -> Any:
        return cast(x, getattr(x._held[:0].detach(), name)().dtype)

    return answer


def empty_of(size: Any, dtype: Any, sparse_dims: int | None = None) -> Any:
    """A sparse tensor without entries.

    >>> from microtensor.sparse.conversion import empty_of
    >>> empty_of((2, 3), mt.float32)._nnz()
    0
    """
    size = tuple(size)
    k = len(size) if sparse_dims is None else sparse_dims
    values = Tensor._of(np.zeros((0, *size[k:]), dtype.dtype))
    return SparseTensor.of(np.zeros((k, 0), np.int64), values, size, True)


def zeros_like(
    input: Any, *, dtype: Any = None, layout: Any = None, requires_grad: bool = False, **options: Any
) -> Any:
    """A sparse tensor of the same size without entries; a dense one if the layout says so."""
    if layout not in (None, sparse_coo):
        return Tensor._of(np.zeros(input._size, (dtype or input.dtype).dtype)).requires_grad_(requires_grad)
    found = empty_of(input._size, dtype or input.dtype, len(input._places))
    found.requires_grad = requires_grad
    return found


def new_zeros(
    self: Any, *sizes: Any, size: Any = None, dtype: Any = None, requires_grad: bool = False, **options: Any
) -> Any:
    """A sparse tensor of another size without entries."""
    given = (
        size if size is not None else sizes[0] if len(sizes) == 1 and not isinstance(sizes[0], int) else sizes
    )
    found = empty_of(given, dtype or self.dtype)
    found.requires_grad = requires_grad
    return found
