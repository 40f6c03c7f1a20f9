"""Writing into sparse tensors, and adding them to dense ones in place."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.grad_mode import recording
from ..engine.tensor import Tensor
from .arithmetic import KEEPING, SPARSE_FIRST, same_size, times
from .conversion import cast, clone, empty_of
from .tensor import sparse


def _become(x: Any, other: Any, shared: bool = False) -> Any:
    """Let `x` be what `other` is; `shared`: in the memory of its values, which others may see."""
    if x.requires_grad and x.is_leaf and recording() is not False:
        raise RuntimeError("a leaf Variable that requires grad is being used in an in-place operation.")
    leaf = x.requires_grad and x.is_leaf
    if shared and other._places is x._places and not other.requires_grad:
        x._held.copy_(other._held)
    else:
        x._set(other._places, other._held, other._size, other._unique)
        x._held.requires_grad_(leaf or other.requires_grad)
    return x


def in_place(name: str) -> Any:
    """The in-place form of a function of sparse tensors.

    >>> from microtensor.sparse.writes import in_place
    >>> in_place("mul")(mt.sparse_coo_tensor([[0]], [4.0], (2,)), 2)._values()
    tensor([8.])
    """

    def answer(self: Any, *args: Any, **options: Any) -> Any:
        from .functions import ANSWERS

        if name in KEEPING.split() and not self._unique:
            raise RuntimeError(f"{name}_ requires coalesced input: call x.coalesce() first")
        found = ANSWERS[name](self, *args, **options)
        if found.dtype != self.dtype:
            raise RuntimeError(
                f"result type {found.dtype} can't be cast to the desired output type {self.dtype}"
            )
        return _become(self, found, shared=name not in ("add", "mul"))

    return answer


def add_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``self += alpha * other``; a dense `self` is added to where `other` has entries."""
    if sparse(self):
        return in_place("add")(self, other, alpha=alpha)
    same_size(self, other)
    return self.index_put_(tuple(map(Tensor._of, other._places)), times(other, alpha, self.dtype), True)


def sub_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """``self -= alpha * other``."""
    if not sparse(other):
        raise RuntimeError(SPARSE_FIRST)
    return add_(self, other, alpha=-alpha)


def zero_(self: Any) -> Any:
    """No entries."""
    return _become(self, empty_of(self._size, self.dtype, len(self._places)))


def copy_(self: Any, other: Any, non_blocking: bool = False) -> Any:
    """The entries of another sparse tensor; into a dense tensor, its numbers."""
    if not (sparse(self) and sparse(other)):
        kinds = [str(part.layout).partition(".")[2] for part in (self, other)]
        raise RuntimeError(
            "copy_() between dense and sparse Tensors is not implemented! Found self type and src type: "
            f"{kinds[0]} and {kinds[1]}; use x.to_dense() or x.to_sparse()"
        )
    return _become(self, cast(clone(other), self.dtype))


def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
    """Set `requires_grad` in place and return self."""
    self._held.requires_grad_(requires_grad)
    return self


def detach_(self: Any) -> Any:
    """Forget the history."""
    self._held = self._held.detach()
    return self


def sparse_resize_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Another size, no smaller, with the same entries; without entries, other dimensions too."""
    size = tuple(size)
    if not self._nnz():
        return _become(self, empty_of(size, self.dtype, sparse_dim))
    same = (sparse_dim, dense_dim) == (len(self._places), self._held.ndim - 1)
    if not same or any(n < m for n, m in zip(size, self._size, strict=True)):
        raise RuntimeError(
            "sparse_resize_: changing the number of dimensions, or shrinking a size, on a non-empty sparse "
            f"tensor is not supported: {list(self._size)} to {list(size)}"
        )
    grown = [(0, 0), *((0, n - m) for n, m in zip(size[sparse_dim:], self._held.shape[1:], strict=True))]
    values = Tensor._of(np.pad(self._held.detach().array, grown))
    self._set(self._places, values, size, self._unique)
    return self


def sparse_resize_and_clear_(self: Any, size: Any, sparse_dim: int, dense_dim: int) -> Any:
    """Another size, and no entries."""
    return _become(self, empty_of(size, self.dtype, sparse_dim))
