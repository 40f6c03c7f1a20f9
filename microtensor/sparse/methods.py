"""The methods of tensors that have to do with sparse ones, as dense tensors have them."""

from __future__ import annotations

from typing import Any, NoReturn

from ..engine.attributes.layout_format import sparse_coo
from ..engine.tensor import Tensor, install


def to_sparse(self: Tensor, sparse_dims: Any = None, *, layout: Any = None, blocksize: Any = None,
              dense_dim: Any = None) -> Any:  # fmt: skip
    """The entries that are not 0, as a sparse COO tensor; `sparse_dims` of its dimensions have indices.

    Raises ``NotImplementedError`` for compressed layouts.

    >>> mt.tensor([[0.0, 3.0], [0.0, 0.0]]).to_sparse()
    tensor(indices=tensor([[0],
                           [1]]),
           values=tensor([3.]),
           size=(2, 2), nnz=1, layout=torch.sparse_coo)
    """
    from .conversion import dense_to_sparse

    if layout not in (None, sparse_coo):
        from .compressed import to_coo

        return to_coo(dense_to_sparse(self), layout=layout)
    return dense_to_sparse(self, sparse_dims)


def to_sparse_csr(self: Tensor, dense_dim: Any = None) -> Any:
    """The entries of a matrix that are not 0, in CSR: row by row.

    >>> mt.tensor([[0.0, 3.0], [4.0, 0.0]]).to_sparse_csr()
    tensor(crow_indices=tensor([0, 1, 2]),
           col_indices=tensor([1, 0]),
           values=tensor([3., 4.]), size=(2, 2), nnz=2, layout=torch.sparse_csr)
    """
    from .compressed import to_rows

    return to_rows(self)


def to_sparse_csc(self: Tensor, dense_dim: Any = None) -> Any:
    """The entries of a matrix that are not 0, in CSC: column by column.

    >>> mt.tensor([[0.0, 3.0], [4.0, 0.0]]).to_sparse_csc().values()
    tensor([4., 3.])
    """
    from .compressed import to_columns

    return to_columns(self)


def to_dense(self: Tensor, dtype: Any = None, *, masked_grad: Any = None) -> Any:
    """The tensor itself, as it is dense; in a dtype if one is asked for.

    >>> mt.ones(2).to_dense()
    tensor([1., 1.])
    """
    return self if dtype is None else self.to(dtype)


def sparse_mask(self: Tensor, mask: Any) -> Any:
    """The entries at the places of a sparse tensor, as a sparse tensor.

    >>> mt.arange(3.0).sparse_mask(mt.tensor([0.0, 1.0, 1.0]).to_sparse()).values()
    tensor([1., 2.])
    """
    from .conversion import sparse_mask

    return sparse_mask(self, mask)


def sparse_dim(self: Tensor) -> int:
    """How many dimensions have indices: none.

    >>> mt.ones(2).sparse_dim()
    0
    """
    return 0


def dense_dim(self: Tensor) -> int:
    """How many dimensions have none: all.

    >>> mt.ones(2).dense_dim()
    1
    """
    return self.ndim


def _of_sparse_alone(name: str, kind: str = "sparse coordinate") -> Any:
    def method(self: Tensor) -> NoReturn:
        raise RuntimeError(
            f"{name} expected {kind} tensor layout but got Strided: x.to_sparse(layout=...) makes such a "
            "tensor"
        )

    method.__name__, method.__qualname__ = name, f"Tensor.{name}"
    method.__doc__ = f"``x.{name}()`` of a sparse tensor; ``RuntimeError`` for a dense one."
    return method


def _of_backend(name: str) -> Any:
    def method(self: Tensor, *args: Any, **kwargs: Any) -> NoReturn:
        raise NotImplementedError(
            f"Could not run 'aten::{name}' with arguments from the 'CPU' backend: it is there for sparse "
            "tensors, which x.to_sparse() makes"
        )

    method.__name__, method.__qualname__ = name, f"Tensor.{name}"
    method.__doc__ = f"``x.{name}`` of a sparse tensor; ``NotImplementedError`` for a dense one."
    return method


def _no_blocks(self: Any, *args: Any, **kwargs: Any) -> NoReturn:
    """``NotImplementedError``: no layout here has blocks."""
    raise NotImplementedError(
        "sparse layouts of blocks (BSR, BSC) are not here: x.to_sparse_csr() and x.to_sparse_csc() are"
    )


install(
    to_sparse=to_sparse, to_sparse_coo=to_sparse, to_dense=to_dense, sparse_mask=sparse_mask,
    sparse_dim=sparse_dim, dense_dim=dense_dim,
    **{name: _of_sparse_alone(name) for name in ("coalesce", "indices", "values", "is_coalesced")},
    **{
        name: _of_backend(name)
        for name in
        ("_nnz", "_indices", "_values", "_coalesced_", "sparse_resize_", "sparse_resize_and_clear_", "smm")
    },
    **{f"to_sparse_{kind}": _no_blocks for kind in ("bsr", "bsc")},
    to_sparse_csr=to_sparse_csr, to_sparse_csc=to_sparse_csc,
    **{name: _of_sparse_alone(name, "sparse row compressed") for name in ("crow_indices", "col_indices")},
    **{name: _of_sparse_alone(name, "sparse column compressed") for name in ("ccol_indices", "row_indices")},
)  # fmt: skip

__all__ = ["dense_dim", "sparse_dim", "sparse_mask", "to_dense", "to_sparse"]
