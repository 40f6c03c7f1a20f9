"""Sparse tensors from indices and values, with the checks that PyTorch leaves off unless asked.

An index out of range is memory that is not one's own there; here it always raises.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..creation.from_data import as_tensor
from ..engine.size_device import device as as_device
from ..engine.tensor import Tensor
from ..engine.type_info import get_default_dtype
from .conversion import empty_of
from .shown import shown
from .tensor import SparseTensor


def sparse_coo_tensor(
    indices: Any = None, values: Any = None, size: Any = None, *, dtype: Any = None, device: Any = None,
    pin_memory: bool = False, requires_grad: bool = False, check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Any:  # fmt: skip
    """A tensor of a size with these values at these places, and zeros elsewhere.

    `indices` are of shape (k, n): a row for each of the first k dimensions; `values` (n, ...) give numbers,
    or arrays for the dimensions that are left.  Places may come twice: their values are added.  Without a
    size it is as large as needed; with a size alone there are no entries.  Gradients go to `values`.

    Raises ``RuntimeError`` for shapes that do not fit each other, and, unlike PyTorch without
    ``check_invariants=True``, for indices out of range.

    >>> x = mt.sparse_coo_tensor([[0, 1, 1], [2, 0, 2]], [3.0, 4.0, 5.0], (2, 3))
    >>> x
    tensor(indices=tensor([[0, 1, 1],
                           [2, 0, 2]]),
           values=tensor([3., 4., 5.]),
           size=(2, 3), nnz=3, layout=torch.sparse_coo)
    >>> x.to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 5.]])
    """
    if device is not None:
        as_device(device)
    if values is None:
        made = empty_of(_size_alone(indices, size), dtype or get_default_dtype())
        made.requires_grad = requires_grad
        return made
    places, held = _numbers(indices), as_tensor(values, dtype=dtype)
    held = shown(held if held.ndim else held.reshape(1), "SparseCooTensorWithDimsAndTensorsBackward0")
    made = SparseTensor.of(places, held, _size(places, held, size), bool(is_coalesced))
    check(made)
    if requires_grad:
        made.requires_grad = True
    return made


def _size_alone(first: Any, size: Any) -> tuple[int, ...]:
    given = first if size is None else size
    if (
        isinstance(given, Tensor)
        or not isinstance(given, Sequence)
        or (size is not None and first is not None)
    ):
        raise TypeError(
            "sparse_coo_tensor(): argument 'size' (position 1) must be tuple of ints, not "
            f"{type(given).__name__}: without values it takes a size alone"
        )
    return tuple(given)


def _numbers(indices: Any) -> Any:
    """The indices, int64 and (k, n)."""
    if isinstance(indices, str):
        raise TypeError("sparse_coo_tensor(): indices take a tensor or lists of integers, not a str")
    found = np.asarray(as_tensor(indices).detach().array)
    if found.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(found.shape)}")
    return found.astype(np.int64, copy=False)


def _size(places: Any, values: Tensor, size: Any) -> tuple[int, ...]:
    """The size that was given, or the least."""
    if size is not None:
        return tuple(int(n) for n in size)
    return (*(int(n) + 1 for n in places.max(1, initial=-1)), *values.shape[1:])


def check(x: Any) -> None:
    """Raise ``RuntimeError`` unless indices, values and size fit each other.

    >>> mt.sparse_coo_tensor([[2]], [1.0], (2,))
    Traceback (most recent call last):
    RuntimeError: size is inconsistent with indices: for dim 0, size is 2 but found index 2
    """
    places, values, size = x._places, x._held, x._size
    k, dense = len(places), values.ndim - 1
    if len(size) != k + dense:
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, "
            f"sparse_dim = {k}, dense_dim = {dense}"
        )
    if places.shape[1] != values.shape[0]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from "
            f"values: {values.shape[0]}"
        )
    if tuple(size[k:]) != tuple(values.shape[1:]):
        raise RuntimeError(
            f"values have incorrect size: expected {[places.shape[1], *size[k:]]}, got {list(values.shape)}"
        )
    if math.prod(size) >= 2**63:
        raise RuntimeError(
            f"numel: integer multiplication overflow: size {list(size)} has 2**63 elements or more"
        )
    _check_range(places, size)


def _check_range(places: Any, size: Any) -> None:
    if not places.shape[1]:
        return
    for dim, (least, most) in enumerate(zip(places.min(1), places.max(1), strict=True)):
        if least < 0:
            raise RuntimeError(f"found negative index {least} for dim {dim}")
        if most >= size[dim]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {dim}, size is {size[dim]} but found index "
                f"{most}"
            )


class check_sparse_tensor_invariants:  # noqa: N801 - PyTorch's name
    """PyTorch's switch of the checks of sparse tensors, which are always made here.

    A context manager and decorator.  Asking for the checks changes nothing, leaving them off neither.

    >>> with mt.sparse.check_sparse_tensor_invariants():
    ...     mt.sparse.check_sparse_tensor_invariants.is_enabled()
    True
    """

    _enabled = False

    def __init__(self, enable: bool = True) -> None:
        self._wanted, self._before = enable, [False]

    @classmethod
    def is_enabled(cls) -> bool:
        """What was asked for last."""
        return cls._enabled

    @classmethod
    def enable(cls) -> None:
        """Ask for the checks."""
        check_sparse_tensor_invariants._enabled = True

    @classmethod
    def disable(cls) -> None:
        """Ask for no checks."""
        check_sparse_tensor_invariants._enabled = False

    def __enter__(self) -> None:
        self._before.append(self.is_enabled())
        check_sparse_tensor_invariants._enabled = self._wanted

    def __exit__(self, *raised: object) -> None:
        check_sparse_tensor_invariants._enabled = self._before.pop()

    def __call__(self, function: Any) -> Any:
        """A function that runs inside."""
        from functools import wraps

        @wraps(function)
        def checked(*args: Any, **kwargs: Any) -> Any:
            with type(self)(self._wanted):
                return function(*args, **kwargs)

        return checked


def spdiags(diagonals: Tensor, offsets: Tensor, shape: Any, layout: Any = None) -> Any:
    """A sparse matrix with these rows on its diagonals: row i lies `offsets[i]` above the main one.

    >>> mt.sparse.spdiags(mt.tensor([[1.0, 2.0]]), mt.tensor([-1]), (2, 2)).to_dense()
    tensor([[0., 0.],
            [1., 0.]])
    """
    rows = diagonals.reshape(1, -1) if diagonals.ndim == 1 else diagonals
    columns = np.broadcast_to(np.arange(rows.shape[1]), rows.shape)
    heights = columns - offsets.array.reshape(-1, 1)
    inside = (heights >= 0) & (heights < shape[0]) & (columns < shape[1])
    values = rows[Tensor._of(inside)]
    places = np.stack([heights[inside], columns[inside]])
    return SparseTensor.of(places, shown(values, "SpdiagsBackward0"), tuple(shape))


__all__ = ["check", "check_sparse_tensor_invariants", "sparse_coo_tensor", "spdiags"]
