"""Storages: a tensor's memory as a flat row of bytes or of elements.

A storage holds the array that owns the memory, so that it compares equal to that of every tensor which looks
into it, and what is written to it is seen there.  The engine's version counters see these writes, too.
"""

from __future__ import annotations

import os
import warnings
from typing import Any, Self

import numpy as np

from ...engine import dtypes, versions
from ...engine.calls.users_line import users_level
from ...engine.size_device import CPU, as_device
from ...engine.tensor import Tensor
from ...errors import dtype_name


class UntypedStorage:
    """Memory in bytes: ``UntypedStorage(4)`` new, ``UntypedStorage([1, 2])`` with these values.

    >>> mt.zeros(2, 3)[0].untyped_storage().nbytes()
    24
    >>> mt.UntypedStorage([1, 2]).tolist()
    [1, 2]
    """

    is_cuda = is_sparse = False
    dtype: Any = np.dtype(np.uint8)

    def __init__(self, size_or_data: Any = 0, *, device: Any = None) -> None:
        as_device(device)
        sized = isinstance(size_or_data, int)
        data = np.empty(size_or_data, self.dtype) if sized else np.array(size_or_data, self.dtype)
        self._owner: np.ndarray[Any, Any] = data
        self._own = True

    @classmethod
    def _around(cls, array: Any) -> Self:
        """The storage of an array's memory."""
        self = cls.__new__(cls)
        self._owner, self._own = versions.owner(array), False
        return self

    @classmethod
    def from_buffer(
        cls, buffer: Any, byte_order: str | None = None, count: int = -1, offset: int = 0, dtype: Any = None
    ) -> Self:
        r"""A storage with a copy of `count` elements of a buffer, read in a byte order from byte `offset` on.

        >>> mt.ShortStorage.from_buffer(b"\x00\x01\x00\x02", "big").tolist()
        [1, 2]
        """
        given = dtypes.default_dtype() if cls is TypedStorage else cls.dtype
        kind = np.dtype(dtypes.as_dtype(given if dtype is None else dtype))
        order: Any = byte_order or "native"
        made = cls._around(np.frombuffer(buffer, kind.newbyteorder(order), count, offset).astype(kind))
        made._own = True
        return made

    @classmethod
    def from_file(cls, filename: Any, shared: bool = False, nbytes: int = 0) -> Self:
        """The first `nbytes` bytes of a file as memory, read when they are looked at; typed: elements.

        What is written goes into the file only when `shared`, which also makes or lengthens it.  Raises
        ``RuntimeError`` if the file is too short.
        """
        kind = np.dtype(dtypes.default_dtype() if cls is TypedStorage else cls.dtype)
        size = nbytes * kind.itemsize
        if shared:
            with open(filename, "ab") as file:
                file.truncate(max(size, file.tell()))
        elif os.path.getsize(filename) < size:
            raise RuntimeError(f"from_file: {filename} has {os.path.getsize(filename)} bytes, not {size}")
        if not size:
            return cls._around(np.empty(0, kind))
        return cls._around(
            np.memmap(filename, kind, "r+" if shared else "c", shape=(nbytes,)).view(np.ndarray)
        )

    @property
    def _items(self) -> np.ndarray[Any, Any]:
        """The memory as one row of what the storage counts."""
        return self._owner.reshape(-1, order="A").view(self.dtype)

    @property
    def device(self) -> Any:
        """Always the CPU."""
        return CPU

    def data_ptr(self) -> int:
        """The address of the first byte."""
        return int(self._owner.ctypes.data)

    def nbytes(self) -> int:
        """How many bytes there are."""
        return int(self._owner.nbytes)

    def __sizeof__(self) -> int:
        """What ``sys.getsizeof`` says: the memory and this object."""
        return object.__sizeof__(self) + self.nbytes()

    def element_size(self) -> int:
        """Bytes of what the storage counts."""
        return int(np.dtype(self.dtype).itemsize)

    def size(self) -> int:
        """How many bytes there are; of a typed storage, elements."""
        return self.nbytes() // self.element_size()

    __len__ = size

    def tolist(self) -> list[Any]:
        """The values as Python numbers, in the order of the memory."""
        return self._items.tolist()

    def __getitem__(self, key: Any) -> Any:
        if isinstance(key, slice) and key.step not in (None, 1):
            raise RuntimeError(
                f"Trying to slice with a step of {key.step}, but only a step of 1 is supported"
            )
        found = self._items[key]
        return self._part(found) if isinstance(key, slice) else found.item()

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> Any:
        return np.array(self._items, dtype, copy=copy)

    def _part(self, items: Any) -> Self:
        """A storage of some of this memory, which it shares."""
        made = type(self)._around(items)
        made._owner = items
        return made

    def __setitem__(self, key: Any, value: Any) -> None:
        self._items[key] = value
        versions.wrote(self._owner, "storage")

    def fill_(self, value: Any) -> Self:
        """Write one value everywhere."""
        self[:] = value
        return self

    def copy_(self, source: Any, non_blocking: bool = False) -> Self:
        """Write the values of another storage of this size."""
        if source.size() != self.size():
            raise RuntimeError(f"copy_: the sizes differ: {self.size()} and {source.size()}")
        self[:] = source._items
        return self

    def clone(self) -> Self:
        """A copy with memory of its own."""
        return self._holding(self._items.copy())

    def _holding(self, items: Any) -> Self:
        """A storage of this class that owns `items`."""
        made = type(self)._around(items)
        made._own = True
        return made

    def resize_(self, size: int) -> Self:
        """Give it another size, keeping what fits; ``RuntimeError`` if a tensor may look into it."""
        if not self._own:
            raise RuntimeError("resize_: this memory is a tensor's: resize the tensor, with x.resize_(...)")
        items = np.zeros(size, self._items.dtype)
        kept = min(size, self.size())
        items[:kept] = self._items[:kept]
        self._owner = items
        return self

    def cpu(self) -> Self:
        """This storage itself."""
        return self

    def to(self, *, device: Any, non_blocking: bool = False) -> Self:
        """This storage itself; ``RuntimeError`` for another device."""
        as_device(device)
        return self

    def untyped(self) -> UntypedStorage:
        """The same memory in bytes."""
        return UntypedStorage._around(self._owner)

    def is_shared(self) -> bool:
        """Always False: no other process sees this memory."""
        return False

    def is_pinned(self, device: Any = None) -> bool:
        """Always False: there is no GPU to pin memory for."""
        return False

    def share_memory_(self) -> Self:
        """This storage itself: threads share all memory."""
        return self

    def __eq__(self, other: object) -> bool:
        return isinstance(other, UntypedStorage) and self._owner is other._owner

    __hash__ = object.__hash__

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = self.clone()
        return twin

    def __repr__(self) -> str:
        values = "".join(f" {value}\n" for value in self.tolist())
        return f"{values}[torch.storage.{self._kind()}device=cpu) of size {self.size()}]"

    def _kind(self) -> str:
        return "UntypedStorage("


class TypedStorage(UntypedStorage):
    """Memory in elements of one dtype.

    >>> mt.TypedStorage([1, 2], dtype=mt.int8).tolist()
    [1, 2]
    """

    def __init__(
        self, size_or_data: Any = 0, *, dtype: Any = None, wrap_storage: Any = None, device: Any = None
    ) -> None:
        given = dtypes.default_dtype() if dtype is None else dtype
        self.dtype = dtypes.as_dtype(given)
        super().__init__(size_or_data, device=device)
        if wrap_storage is not None:
            self._owner, self._own = wrap_storage._owner, False

    @classmethod
    def _around(cls, array: Any) -> Self:
        """The storage of an array's memory, in elements of the array's dtype."""
        self = super()._around(array)
        self.dtype = array.dtype
        return self

    def _kind(self) -> str:
        return f"TypedStorage(dtype={dtype_name(self.dtype)}, "

    def pickle_storage_type(self) -> str:
        """The name of the storage's class in a file."""
        return next(k.__name__ for k in legacy_storages() if k.dtype == self.dtype)


class _LegacyStorage(TypedStorage):
    """A typed storage whose class says the dtype: ``FloatStorage(3)``."""

    def __init__(self, size_or_data: Any = 0, *, wrap_storage: Any = None, device: Any = None) -> None:
        super().__init__(size_or_data, dtype=type(self).dtype, wrap_storage=wrap_storage, device=device)


def legacy_storages() -> list[type[_LegacyStorage]]:
    """The classes of storages whose names say a dtype."""
    return _LegacyStorage.__subclasses__()


class FloatStorage(_LegacyStorage):
    """Memory in elements of float32."""

    dtype = dtypes.float32


class DoubleStorage(_LegacyStorage):
    """Memory in elements of float64."""

    dtype = dtypes.float64


class HalfStorage(_LegacyStorage):
    """Memory in elements of float16."""

    dtype = dtypes.float16


class LongStorage(_LegacyStorage):
    """Memory in elements of int64."""

    dtype = dtypes.int64


class IntStorage(_LegacyStorage):
    """Memory in elements of int32."""

    dtype = dtypes.int32


class ShortStorage(_LegacyStorage):
    """Memory in elements of int16."""

    dtype = dtypes.int16


class CharStorage(_LegacyStorage):
    """Memory in elements of int8."""

    dtype = dtypes.int8


class ByteStorage(_LegacyStorage):
    """Memory in elements of uint8."""

    dtype = dtypes.uint8


class BoolStorage(_LegacyStorage):
    """Memory in truth values."""

    dtype = dtypes.bool


def untyped_storage(self: Tensor) -> UntypedStorage:
    """The memory behind this tensor, in bytes."""
    return UntypedStorage._around(self.array)


def typed_storage(self: Tensor) -> TypedStorage:
    """The memory behind this tensor, in elements."""
    return TypedStorage._around(self.array)


def storage(self: Tensor) -> TypedStorage:
    """The memory behind this tensor, in elements; with PyTorch's warning that this way to it is old."""
    warnings.warn(
        "TypedStorage is deprecated. It will be removed in the future and UntypedStorage will be the only "
        "storage class. Use tensor.untyped_storage() instead of tensor.storage()",
        UserWarning, stacklevel=users_level(),
    )  # fmt: skip
    return typed_storage(self)


def is_storage(obj: Any) -> bool:
    """Whether `obj` is the memory behind a tensor.

    >>> mt.is_storage(mt.zeros(1)), mt.is_storage(mt.zeros(1).untyped_storage())
    (False, True)
    """
    return isinstance(obj, UntypedStorage)
