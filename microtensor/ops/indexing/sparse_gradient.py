"""What ``Embedding(sparse=True)`` leaves in ``weight.grad``: PyTorch's COO tensor, as gradients need it.

`SparseAdam` reads its rows, and so may a program.  Whatever else looks at its numbers finds the dense tensor:
it becomes that for good, so that what is written to it is not lost.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.sparse_rows import SparseRows
from ...engine.backward import rows_added
from ...engine.overriding.dispatch import disabled
from ...engine.size_device import Size
from ...engine.tensor import Tensor


class SparseGradient(Tensor):
    """A gradient of rows: `is_sparse` until it is used as a dense one.

    >>> table = mt.nn.Embedding(4, 2, sparse=True)
    >>> table(mt.tensor([3, 1, 3])).sum().backward()
    >>> grad = table.weight.grad
    >>> grad.is_sparse, grad.coalesce().indices().tolist(), grad.coalesce().values().tolist()
    (True, [[1, 3]], [[1.0, 1.0], [2.0, 2.0]])
    >>> grad.to_dense()[3]
    tensor([2., 2.])
    """

    __torch_function__ = disabled  # type: ignore[assignment]  # it overrides nothing
    _part: SparseRows | None

    @classmethod
    def of_rows(cls, part: SparseRows) -> SparseGradient:
        """The tensor around such a gradient."""
        made: SparseGradient = cls._of(None)
        made._part = part
        return made

    @property
    def _data(self) -> Any:
        part = self.__dict__.get("_part")
        if part is not None:
            self._data = part.dense()
        return _slot.__get__(self)

    @_data.setter
    def _data(self, value: Any) -> None:
        self.__dict__["_part"] = None
        _slot.__set__(self, value)

    @property
    def is_sparse(self) -> bool:  # type: ignore[override]
        """Whether it is still rows."""
        return self._part is not None

    @property
    def shape(self) -> Any:
        """The shape of the dense tensor."""
        part = self._part
        return super().shape if part is None else Size(part.shape)

    @property
    def dtype(self) -> Any:
        """The dtype of the values."""
        part = self._part
        return super().dtype if part is None else Tensor._of(part.values).dtype

    @property
    def ndim(self) -> int:
        """The number of dimensions."""
        return len(self.shape)

    def size(self, dim: int | None = None) -> Any:
        """The shape, or the length of one dimension."""
        return self.shape if dim is None else self.shape[dim]

    def numel(self) -> int:
        """The number of elements of the dense tensor."""
        return math.prod(self.shape)

    def _rows(self) -> SparseRows:
        if self._part is None:
            raise RuntimeError(
                "this gradient was used as a dense tensor, and is one: it has no indices of its own"
            )
        return self._part

    def coalesce(self) -> SparseGradient:
        """The same with each index once, in rising order."""
        return SparseGradient.of_rows(self._rows().coalesced())

    def is_coalesced(self) -> bool:
        """Whether each index stands there once, in rising order, and is known to."""
        return self._rows().unique

    def _indices(self) -> Tensor:
        return Tensor._of(self._rows().rows[None])

    def _values(self) -> Tensor:
        return Tensor._of(self._rows().values)

    def indices(self) -> Tensor:
        """The indices, (1, n); ``RuntimeError`` before `coalesce`."""
        self._check("indices")
        return self._indices()

    def values(self) -> Tensor:
        """The rows, (n, d); ``RuntimeError`` before `coalesce`."""
        self._check("values")
        return self._values()

    def _check(self, name: str) -> None:
        if not self.is_coalesced():
            raise RuntimeError(f"Cannot get {name} on an uncoalesced tensor, please call .coalesce() first")

    def _nnz(self) -> int:
        return len(self._rows().rows)

    def sparse_dim(self) -> int:
        """1: the rows are found by one index."""
        return 1 if self.is_sparse else 0

    def dense_dim(self) -> int:
        """The number of dimensions of a row."""
        return len(self.shape) - self.sparse_dim()

    def to_dense(self, dtype: Any = None, *, masked_grad: Any = None) -> Tensor:
        """The dense tensor, a new one, in a dtype if one is asked for."""
        array = self._data.copy() if self._part is None else self._part.dense()
        dense: Tensor = Tensor._of(array)
        return dense if dtype is None else dense.to(dtype)

    def clone(self, *, memory_format: Any = None) -> Any:  # type: ignore[override]
        """A copy, of rows if it is rows."""
        part = self._part
        if part is None:
            return self.to_dense()
        return SparseGradient.of_rows(
            SparseRows(part.rows.copy(), part.values.copy(), part.shape, part.unique)
        )

    def detach(self) -> Any:
        """Itself: it has no history."""
        return self

    def __repr__(self) -> str:
        if self._part is None:
            return repr(Tensor._of(self._data))
        return (
            f"tensor(indices={self._indices()!r},\n       values={self._values()!r},\n       "
            f"size={tuple(self.shape)}, nnz={self._nnz()}, layout=torch.sparse_coo)"
        )


_slot: Any = vars(Tensor)["_data"]


def accumulated(held: Any, part: SparseRows) -> Any:
    """The gradient after rows have been added to the one that is held, or to none."""
    if held is None:
        return SparseGradient.of_rows(part)
    if isinstance(held, SparseGradient) and held.is_sparse:
        return SparseGradient.of_rows(held._rows() + part)
    return Tensor._of(np.asarray(held._data) + part)


rows_added.append(accumulated)

__all__ = ["SparseGradient", "accumulated"]
