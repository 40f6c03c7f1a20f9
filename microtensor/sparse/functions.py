"""What is answered for sparse tensors: PyTorch's functions, each beside what computes it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.tensor import Tensor
from . import (
    arithmetic,
    compressed,
    conversion,
    gradients,
    joining,
    products,
    queries,
    reductions,
    selecting,
    shapes,
    writes,
)
from .tensor import coalesced

PLAIN = frozenset(
    ["device", "dim", "element_size", "get_device", "is_complex", "is_floating_point", "is_inference",
     "is_same_size", "itemsize", "nelement", "numel", "size", "_base", "_version", "output_nr",
     "retains_grad"]
)  # fmt: skip
"""What Tensor's own function answers, from shape, dtype and history."""

ANSWERS: dict[str, Callable[..., Any]] = {
    **{name: arithmetic.of_values(name) for name in arithmetic.KEEPING.split()},
    **{
        f"{name}_": writes.in_place(name)
        for name in arithmetic.KEEPING.split()
        if hasattr(Tensor, f"{name}_")
    },
    **{f"{name}_": writes.in_place(name) for name in ("mul", "div", "pow", "neg", "floor_divide")},
    **{
        name: conversion.of_dtype(name)
        for name in (
            "bfloat16",
            "bool",
            "byte",
            "char",
            "cfloat",
            "cdouble",
            "double",
            "float",
            "half",
            "int",
            "long",
            "short",
        )
    },
    "add": arithmetic.add,
    "add_": writes.add_,
    "sub": arithmetic.sub,
    "sub_": writes.sub_,
    "rsub": arithmetic.rsub,
    "mul": arithmetic.mul,
    "div": arithmetic.div,
    "floor_divide": arithmetic.floor_divide,
    "pow": arithmetic.pow,
    "neg": arithmetic.neg,
    "negative": arithmetic.neg,
    "mm": products.mm,
    "matmul": products.matmul,
    "mv": products.mv,
    "addmm": products.addmm,
    "bmm": products.bmm,
    "linear": products.linear,
    "smm": products.smm,
    **{name: arithmetic.of_each(name) for name in ("conj", "real", "imag")},
    "t": shapes.t,
    "transpose": shapes.transpose,
    "swapaxes": shapes.transpose,
    "permute": shapes.permute,
    "unsqueeze": shapes.unsqueeze,
    "_transposed": shapes.reversed_,
    "_hermitian": shapes.hermitian,
    "_matrix_transposed": shapes.matrix_transposed,
    "select": selecting.select,
    "__getitem__": selecting.getitem,
    "unbind": selecting.unbind,
    "index_select": selecting.index_select,
    "narrow_copy": selecting.narrow_copy,
    "cat": joining.cat,
    "stack": joining.stack,
    "sum": reductions.sum,
    "norm": reductions.norm,
    "coalesce": coalesced,
    "to_dense": conversion.to_dense,
    "to_sparse": conversion.sparse_to_sparse,
    "to_sparse_coo": conversion.sparse_to_sparse,
    "to_sparse_csr": compressed.to_rows,
    "to_sparse_csc": compressed.to_columns,
    "sparse_mask": conversion.sparse_mask,
    "to": conversion.to,
    "type_": conversion.type_,
    "type_as": conversion.type_as,
    "cpu": conversion.to,
    "cuda": conversion.of_dtype("cuda"),
    "clone": conversion.clone,
    "detach": conversion.detach,
    "zeros_like": conversion.zeros_like,
    "empty_like": conversion.zeros_like,
    "new_zeros": conversion.new_zeros,
    "new_empty": conversion.new_zeros,
    "new": conversion.new_zeros,
    "zero_": writes.zero_,
    "copy_": writes.copy_,
    "requires_grad_": writes.requires_grad_,
    "detach_": writes.detach_,
    "sparse_resize_": writes.sparse_resize_,
    "sparse_resize_and_clear_": writes.sparse_resize_and_clear_,
    "indices": queries.indices,
    "values": queries.values,
    "is_coalesced": queries.is_coalesced,
    "sparse_dim": queries.sparse_dim,
    "dense_dim": queries.dense_dim,
    "any": queries.any,
    "item": queries.item,
    "stride": queries.stride,
    "storage_offset": queries.zero,
    "__len__": queries.length,
    "__bool__": queries.truth,
    "is_nonzero": queries.truth,
    "is_contiguous": queries.false,
    "is_pinned": queries.false,
    "is_shared": queries.false,
    "numpy": queries.no_array,
    "__array__": queries.no_array,
    "__array_ufunc__": queries.no_array,
    "__array_function__": queries.no_array,
    "storage": queries.no_storage,
    "typed_storage": queries.no_storage,
    "untyped_storage": queries.no_storage,
    "share_memory_": queries.no_storage,
    "data_ptr": queries.no_pointer,
    "tolist": queries.no_pointer,
    "reshape": queries.no_reshape,
    "flatten": queries.no_reshape,
    "einsum": queries.no_reshape,
    "expand": queries.no_expand,
    "contiguous": queries.contiguous,
    "grad": gradients.grad,
    "gradcheck": gradients.gradcheck,
    "gradgradcheck": gradients.gradgradcheck,
    "backward": gradients.backward,
    "_backward_method": gradients.backward_method,
    "register_hook": gradients.register_hook,
    "retain_grad": gradients.retain_grad,
    "_retain_grad": gradients.retain_grad,
}

ITSELF = frozenset(
    ["__array__", "__len__", "_backward_method", "_retain_grad", "backward", "clone", "contiguous",
     "data_ptr", "dense_dim", "detach", "detach_", "grad", "gradcheck", "gradgradcheck", "is_pinned",
     "is_shared", "numpy", "register_hook", "requires_grad_", "retain_grad", "sparse_dim",
     "storage", "tolist", "untyped_storage"]
)  # fmt: skip
"""What is answered for a compressed matrix as it stands."""

COMPRESSED = frozenset(
    f"{arithmetic.KEEPING} add addmm bool cpu cuda double float half int linear long matmul mm mul mv neg "
    "sparse_mask sub to to_dense zeros_like".split()
)  # fmt: skip
"""What is computed for a compressed matrix as for a COO one."""

__all__ = ["ANSWERS", "COMPRESSED", "ITSELF", "PLAIN"]
