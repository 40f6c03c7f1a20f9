"""Storages: a tensor's memory as a flat row of bytes or of elements, as old programs ask for it."""

from __future__ import annotations

from typing import Any

from ...engine import versions
from ...engine.tensor import Tensor


class Storage:
    """The memory behind a tensor, as far as programs ask for it: its address, its size, its bytes.

    >>> mt.zeros(2, 3)[0].untyped_storage().nbytes()
    24
    """

    def __init__(self, array: Any) -> None:
        self._owner = versions.owner(array)
        self.dtype = array.dtype

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._owner.ctypes.data)

    def nbytes(self) -> int:
        """How many bytes there are."""
        return int(self._owner.nbytes)

    def size(self) -> int:
        """How many bytes there are."""
        return self.nbytes()

    def __len__(self) -> int:
        return self.nbytes()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Storage) and self._owner is other._owner

    __hash__ = object.__hash__


class TypedStorage(Storage):
    """The memory behind a tensor, counted in elements."""

    def size(self) -> int:
        """How many elements there are."""
        return int(self._owner.size)

    def __len__(self) -> int:
        return self.size()

    def __getitem__(self, key: Any) -> Any:
        return self._owner.reshape(-1)[key].tolist()

    def tolist(self) -> list[Any]:
        """The elements as Python numbers, in the order of the memory."""
        return self._owner.reshape(-1, order="A").tolist()


def untyped_storage(self: Tensor) -> Storage:
    """The memory behind this tensor, in bytes."""
    return Storage(self.array)


def typed_storage(self: Tensor) -> TypedStorage:
    """The memory behind this tensor, in elements."""
    return TypedStorage(self.array)


def is_storage(obj: Any) -> bool:
    """Whether `obj` is the memory behind a tensor.

    >>> mt.is_storage(mt.zeros(1))
    False
    """
    return isinstance(obj, Storage)
