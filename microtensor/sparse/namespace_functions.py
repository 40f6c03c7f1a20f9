"""The products under ``torch.sparse``, whose gradients reach sparse factors too."""

from __future__ import annotations

from typing import Any

from .products import reduced
from .shown import shown
from .tensor import SparseTensor, refuse, sparse


def mm(mat1: Any, mat2: Any, reduce: str | None = None) -> Any:
    """The product of two matrices, of which at least one is sparse: of two sparse ones it is sparse.

    A CSR matrix and a dense one are multiplied under `reduce` too: "mean", "amax" or "amin" of the products
    that make up an element, in place of their sum.

    >>> x = mt.sparse_coo_tensor([[0, 1], [1, 0]], [2.0, 3.0], (2, 2))
    >>> mt.sparse.mm(x, mt.tensor([[1.0], [10.0]]))
    tensor([[20.],
            [ 3.]])
    """
    if reduce is not None:
        return reduced(mat1, mat2, reduce)
    if not (sparse(mat1) or sparse(mat2)):
        return mat1.mm(mat2)
    found = mat1.mm(mat2)
    name = "SparseSparseMatmulBackward0" if sparse(found) else "SparseAddmmBackward0"
    return found._with(found._held, name) if isinstance(found, SparseTensor) else shown(found, name)


def addmm(mat: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """``beta * mat + alpha * (mat1 @ mat2)`` with a sparse `mat1`.

    >>> x = mt.sparse_coo_tensor([[0], [1]], [2.0], (2, 2))
    >>> mt.sparse.addmm(mt.ones(2, 1), x, mt.tensor([[1.0], [10.0]]), beta=3)
    tensor([[23.],
            [ 3.]])
    """
    if not (sparse(mat1) or sparse(mat2)):
        return mat.addmm(mat1, mat2, beta=beta, alpha=alpha)
    return shown(mat.addmm(mat1, mat2, beta=beta, alpha=alpha), "SparseAddmmBackward0")


def spmm(input: Any, mat2: Any) -> Any:
    """The product of two matrices, under its old name.

    >>> mt.spmm(mt.eye(2).to_sparse(), mt.ones(2, 1))
    tensor([[1.],
            [1.]])
    """
    return input.mm(mat2)


def sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """The sum of all entries of a sparse tensor, or along dimensions: sparse while one with indices is left.

    >>> x = mt.sparse_coo_tensor([[0, 1], [2, 2]], [3.0, 4.0], (2, 3))
    >>> mt.sparse.sum(x), mt.sparse.sum(x, 0).to_dense()
    (tensor(7.), tensor([0., 0., 7.]))
    """
    from .reductions import along

    if not sparse(input):
        refuse("_sparse_sum")
    if dim is None:
        return input.sum(dtype=dtype)
    return along(input, dim, False, dtype, "SparseSumBackward0")


__all__ = ["addmm", "mm", "spmm", "sum"]
