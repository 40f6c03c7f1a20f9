"""Products of sparse matrices: each entry fetches a row of the other one, and adds it to a row of the sum."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..ops.indexing.getitem import index, put
from .selecting import spans
from .shapes import t
from .shown import shown
from .tensor import SparseTensor, coalesced, refuse, sparse


def mm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """The product of two matrices, sparse ones with dense ones (dense), or two sparse ones (sparse)."""
    return _product("mm", input, mat2, "MmBackward0")


def _product(name: str, x: Any, y: Any, shown_as: str) -> Any:
    _check(name, x, y)
    if sparse(x) and sparse(y):
        found = of_sparse(coalesced(x), coalesced(y))
        return found._with(found._held, shown_as)
    product = _dense_first(x, y) if sparse(y) else rows_added(x, y)
    return shown(product, shown_as)


def _check(name: str, x: Any, y: Any) -> None:
    if x.ndim != 2 or y.ndim != 2 or x.shape[1] != y.shape[0]:
        raise RuntimeError(
            f"{name}: Expected dim 0 size {x.shape[-1] if x.ndim else 1}, got {y.shape[0] if y.ndim else 1}: "
            f"matrices of shapes {tuple(x.shape)} and {tuple(y.shape)} cannot be multiplied"
        )
    for part in (x, y):
        if sparse(part) and part._held.ndim != 1:
            raise RuntimeError(
                f"{name}: expected 2 sparse dimensions and no dense one, got {len(part._places)}"
            )
    if x.dtype != y.dtype:
        raise RuntimeError(f"{name}: expected both matrices to have one dtype, got {x.dtype} and {y.dtype}")


def rows_added(x: SparseTensor, y: Tensor) -> Any:
    """A sparse matrix times a dense one, or a vector.

    >>> from microtensor.sparse.products import rows_added
    >>> rows_added(mt.sparse_coo_tensor([[0, 1], [1, 1]], [2.0, 3.0], (2, 2)), mt.tensor([[1.0], [10.0]]))
    tensor([[20.],
            [30.]])
    """
    rows, columns = x._places
    values = x._held.reshape(-1, *(1,) * (y.ndim - 1))
    return put(values * index(y, (columns,)), (x._size[0], *y.shape[1:]), (rows,))


def reduced(x: Any, y: Tensor, reduce: str) -> Any:
    """A CSR matrix times a dense one, where the products of an element are not added but reduced.

    >>> x = mt.tensor([[1.0, 1.0], [0.0, 0.0]]).to_sparse_csr()
    >>> mt.sparse.mm(x, mt.tensor([[1.0], [5.0]]), "amax")
    tensor([[5.],
            [0.]])
    """
    reduce = {"max": "amax", "min": "amin"}.get(reduce, reduce)  # PyTorch's C++ names
    if reduce not in ("sum", "mean", "amax", "amin"):
        raise RuntimeError(f"reduce argument must be either sum, mean, amax or amin, got {reduce}")
    if not getattr(x, "is_sparse_csr", False) or sparse(y):
        refuse("_sparse_mm_reduce_impl")
    _check("mm", x, y)
    rows, columns = x._places
    products, shape = x._held.reshape(-1, 1) * index(y, (columns,)), (x._size[0], y.shape[1])
    if reduce == "sum":
        return shown(put(products, shape, (rows,)), "SparseMmReduceImplBackward0")
    base = np.zeros(shape, y.dtype.dtype)
    if reduce != "mean":
        base[rows] = np.nan  # equal to no product, which would share its gradient
    found = Tensor._of(base).index_reduce(0, Tensor._of(rows), products, reduce, include_self=False)
    return shown(found, "SparseMmReduceImplBackward0")


def _dense_first(x: Tensor, y: SparseTensor) -> Any:
    return rows_added(t(y), x.t()).t()


def of_sparse(x: Any, y: Any) -> Any:
    """The product of two coalesced matrices: every entry of `x` meets the row of `y` that it points at."""
    counts = np.bincount(y._places[0], minlength=y._size[0])
    starts = np.cumsum(counts) - counts
    columns = x._places[1]
    theirs = spans(starts[columns], counts[columns])
    ours = np.repeat(np.arange(len(columns)), counts[columns])
    values = index(x._held, (ours,)) * index(y._held, (theirs,))
    indices = np.stack([x._places[0, ours], y._places[1, theirs]])
    return coalesced(SparseTensor.of(indices, values, (x._size[0], y._size[1])))


def matmul(input: Any, other: Any, *, out: Any = None) -> Any:
    """``input @ other`` of matrices and vectors."""
    if input.ndim == other.ndim == 2:
        return mm(input, other)
    if input.ndim == 2 and other.ndim == 1:
        return mv(input, other)
    if input.ndim == 1 and other.ndim == 2 and sparse(other):
        return mv(t(other), input)
    raise RuntimeError(
        f"expand is unsupported for Sparse tensors: matmul takes matrices and vectors, got shapes "
        f"{tuple(input.shape)} and {tuple(other.shape)}; bmm takes batches"
    )


def mv(input: Any, vec: Any, *, out: Any = None) -> Any:
    """A sparse matrix times a dense vector."""
    if not sparse(input) or sparse(vec) or input.ndim != 2 or vec.ndim != 1 or input.shape[1] != vec.shape[0]:
        raise RuntimeError(
            f"mv: expected self.size(-1) == vec.size(-1) of a sparse matrix and a dense vector, got shapes "
            f"{tuple(input.shape)} and {tuple(vec.shape)}"
        )
    return shown(rows_added(input, vec), "MvBackward0")


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1, out: Any = None) -> Any:
    """``beta * input + alpha * (mat1 @ mat2)`` with a sparse `mat1`, and all else dense."""
    if not sparse(mat1):
        raise RuntimeError(
            "addmm_sparse_dense: expected 'mat1' to be sparse and 'mat2' to be dense: add to mat1 @ mat2"
        )
    return _with_product(input, mm(mat1, mat2), beta, alpha, "AddmmBackward0")


def _with_product(x: Any, product: Any, beta: Any, alpha: Any, shown_as: str) -> Any:
    if sparse(x) or sparse(product):
        raise RuntimeError("addmm: expected one sparse matrix, which is a factor, and got others")
    scaled = product if alpha == 1 else product * alpha
    return shown(scaled if beta == 0 else (x if beta == 1 else x * beta) + scaled, shown_as)


def linear(input: Any, weight: Any, bias: Any = None, *, out: Any = None) -> Any:
    """``input @ weight.T + bias``; one of the two is sparse."""
    return mm(input, weight.t()) if bias is None else addmm(bias, input, weight.t())


def bmm(input: Any, mat2: Any, *, out: Any = None) -> Any:
    """Products of the matrices of a sparse batch with those of a dense one."""
    if not sparse(input) or sparse(mat2) or input.ndim != 3 or mat2.ndim != 3 or input._held.ndim != 1:
        raise RuntimeError(
            f"bmm_sparse: expected a sparse batch and a dense one of matrices, got {tuple(input.shape)} and "
            f"{tuple(mat2.shape)}"
        )
    (b, n, m), (others, rows, p) = input.shape, mat2.shape
    if b != others or m != rows:
        raise RuntimeError(f"bmm_sparse: sizes {[b, n, m]} and {[others, rows, p]} do not fit each other")
    batch, row, column = input._places
    flat = SparseTensor.of(np.stack([batch * n + row, batch * m + column]), input._held, (b * n, b * m))
    return shown(rows_added(flat, mat2.reshape(b * m, p)).reshape(b, n, p), "BmmBackward0")


def smm(input: Any, mat: Any) -> Any:
    """The product with a dense matrix, as a sparse tensor with all its rows that are not empty."""
    product = hspmm(input, mat)
    rows, columns = product._places[0], np.arange(mat.shape[1])
    indices = np.stack([np.repeat(rows, len(columns)), np.tile(columns, len(rows))])
    return SparseTensor.of(indices, product._held.reshape(-1), product._size, product._unique)


def hspmm(mat1: Any, mat2: Any, *, out: Any = None) -> Any:
    """The product with a dense matrix, as a sparse tensor of the rows that are not empty."""
    _check("hspmm", mat1, mat2)
    rows = np.unique(mat1._places[0])
    values = index(rows_added(mat1, mat2), (rows,))
    return SparseTensor.of(rows[None], shown(values, "HspmmBackward0"), (mat1._size[0], mat2.shape[1]))


__all__ = ["addmm", "bmm", "hspmm", "linear", "matmul", "mm", "mv", "of_sparse", "rows_added", "smm"]
