"""Compressed sparse matrices, CSR and CSC: COO ones whose entries stand row by row, or column by column.

What is stored is the row and the column of each entry; the compressed numbers, where each row begins, are
counted when they are asked for.  So everything is computed as for COO, and brought back into the order.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.attributes.layout_format import layout, sparse_coo, sparse_csc, sparse_csr
from ..engine.overriding.dispatch import disabled
from ..engine.tensor import Tensor
from ..ops.indexing.getitem import index
from .index_conversion import starts_of
from .shown import shown
from .tensor import SparseTensor, name_of, refuse, rises


class Compressed(SparseTensor):
    """The base: a matrix whose entries are in the order of the dimension `axis`."""

    axis: int
    is_sparse = False
    format_name: str

    @classmethod
    def ordered(cls, x: Any, name: str = "") -> Any:
        """A COO matrix in this order, its entries as they come within each row (or column)."""
        order = np.argsort(x._places[cls.axis], kind="stable")
        if (np.diff(order) == 1).all():
            return cls.of(x._places, shown(x._held, name) if name else x._held, x._size, x._unique)
        values = index(x._held, (order,))
        return cls.of(x._places[:, order], shown(values, name or "ToSparseBackward0"), x._size, x._unique)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The answer that COO tensors give, in the layout of the first argument that is compressed."""
        from . import functions

        name = name_of(func)
        if name in functions.PLAIN:
            return disabled(func, types, args, kwargs)
        if name in functions.ITSELF:
            return functions.ANSWERS[name](*args, **(kwargs or {}))
        if name in _OWN:
            return _OWN[name](*args, **(kwargs or {}))
        if name not in functions.COMPRESSED:
            refuse(name, "SparseCsrCPU")
        found = functions.ANSWERS[name](*map(as_coo, args), **(kwargs or {}))
        return cls.ordered(found) if type(found) is SparseTensor else found

    def compressed_indices(self) -> Tensor:
        """Where each row (or column) begins, and the number of entries."""
        return Tensor._of(starts_of(self._places[self.axis], self._size[self.axis]))  # type: ignore[no-any-return]

    def plain_indices(self) -> Tensor:
        """The column (or row) of each entry."""
        return Tensor._of(self._places[1 - self.axis])  # type: ignore[no-any-return]

    def _indices(self) -> Tensor:
        refuse("_indices", "SparseCsrCPU")


class CompressedRows(Compressed):
    """A CSR matrix.

    >>> x = mt.tensor([[0.0, 3.0], [4.0, 0.0]]).to_sparse_csr()
    >>> x.layout, x.is_sparse_csr, x.crow_indices().tolist(), x.col_indices().tolist(), x.values().tolist()
    (torch.sparse_csr, True, [0, 1, 2], [1, 0], [3.0, 4.0])
    """

    axis = 0
    is_sparse_csr = True
    format_name = "SparseCsr"
    crow_indices = Compressed.compressed_indices
    col_indices = Compressed.plain_indices

    @property
    def layout(self) -> layout:
        """``torch.sparse_csr``."""
        return sparse_csr


class CompressedColumns(Compressed):
    """A CSC matrix.

    >>> x = mt.tensor([[0.0, 3.0], [4.0, 0.0]]).to_sparse_csc()
    >>> x.layout, x.ccol_indices().tolist(), x.row_indices().tolist(), x.values().tolist()
    (torch.sparse_csc, [0, 1, 2], [1, 0], [4.0, 3.0])
    """

    axis = 1
    format_name = "SparseCsc"
    ccol_indices = Compressed.compressed_indices
    row_indices = Compressed.plain_indices

    @property
    def layout(self) -> layout:
        """``torch.sparse_csc``."""
        return sparse_csc


def as_coo(x: Any) -> Any:
    """A compressed matrix as a COO one, in its order; everything else as it is."""
    if not isinstance(x, Compressed):
        return x
    found = SparseTensor.of(x._places, x._held, x._size)
    found._unique = found._unique or (rises(found))
    return found


def to_rows(x: Any, dense_dim: Any = None) -> Any:
    """The matrix in CSR."""
    return _converted(CompressedRows, x, "ToSparseCsrBackward0")


def to_columns(x: Any, dense_dim: Any = None) -> Any:
    """The matrix in CSC."""
    return _converted(CompressedColumns, x, "ToSparseCscBackward0")


def _converted(kind: type[Compressed], x: Any, name: str) -> Any:
    from .conversion import dense_to_sparse
    from .tensor import coalesced

    if type(x) is kind:
        return x
    if x.ndim != 2:
        raise IndexError(f"{kind.format_name}: expected a matrix, got a tensor with {x.ndim} dimensions")
    coo = as_coo(x) if isinstance(x, SparseTensor) else dense_to_sparse(x)
    return kind.ordered(coalesced(coo), name)


def to_coo(x: Any, sparse_dims: Any = None, *, layout: Any = None, **options: Any) -> Any:
    """The matrix in COO, or in the other compressed layout."""
    if layout in (None, sparse_coo):
        coo = as_coo(x)
        return coo._with(coo._held, "ToSparseBackward0")
    return {sparse_csr: to_rows, sparse_csc: to_columns}.get(layout, _no_blocks)(x)


def _no_blocks(x: Any) -> Any:
    raise NotImplementedError("sparse layouts of blocks (BSR, BSC) are not here: CSR and CSC are")


def transposed(x: Any, *dims: Any) -> Any:
    """The transpose, in the other layout: nothing moves."""
    other = CompressedColumns if x.axis == 0 else CompressedRows
    return other.of(x._places[::-1], shown(x._held, "TransposeBackward0"), x._size[::-1], x._unique)


def values(x: Any) -> Any:
    """The values, row by row, or column by column."""
    return shown(x._held, "ValuesBackward0")


def zero_(x: Any) -> Any:
    """No entries."""
    x._set(x._places[:, :0], x._held[:0].detach(), x._size, True)
    return x


def select(x: Any, dim: int, index: int) -> Any:
    """One row or column, as a COO vector."""
    found = as_coo(x).select(dim, index)
    return found._coalesced_(rises(found))


def copy_(x: Any, other: Any, non_blocking: bool = False) -> Any:
    """The entries of a matrix of the same layout; ``RuntimeError`` for another."""
    if type(other) is not type(x):
        raise RuntimeError(f"copy_: expected a {x.layout} matrix, got one of {other.layout}")
    x._set(other._places.copy(), other._held.detach().to(x.dtype, copy=True), other._size, other._unique)
    return x


def total(x: Any, dim: Any = None, keepdim: bool = False, **options: Any) -> Any:
    """The sum of all entries; ``RuntimeError`` along a dimension."""
    if dim is not None:
        raise RuntimeError(
            "reduction operations along a dimension are not there for compressed matrices: use x.to_sparse()"
        )
    return as_coo(x).sum(**options)


def coo_alone(name: str) -> Any:
    """A method that COO tensors have and compressed ones have not."""

    def method(x: Any) -> Any:
        raise RuntimeError(
            f"{name} expected sparse coordinate tensor layout but got {x.format_name}: x.to_sparse() is one"
        )

    return method


_OWN = {
    "to_sparse_csr": to_rows,
    "to_sparse_csc": to_columns,
    "to_sparse": to_coo,
    "to_sparse_coo": to_coo,
    "t": transposed,
    "transpose": transposed,
    "_matrix_transposed": transposed,
    "values": values,
    "zero_": zero_,
    "copy_": copy_,
    "sum": total,
    "__getitem__": lambda x, key: as_coo(x)[key],
    "select": select,
    **{name: coo_alone(name) for name in ("coalesce", "is_coalesced", "indices")},
}

__all__ = ["Compressed", "CompressedColumns", "CompressedRows", "as_coo", "to_columns", "to_rows"]
