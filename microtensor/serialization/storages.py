"""Storages: the flat memory that the tensors of a file look into, and which of its parts they see.

Two views of one tensor are saved as one storage and two descriptions (offset, sizes, strides), so after
loading they share memory again.  Every description is checked against the storage's length.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..engine.attributes.low_precision import NAMES, numpy_dtype
from ..engine.tensor import Tensor
from .errors import FileFormatError

__all__ = ["DTYPES", "STORAGES", "UNTYPED", "Storage", "typed", "view"]

Array = np.ndarray[Any, Any]

DTYPES: dict[str, np.dtype[Any]] = {
    name: np.dtype(name)
    for name in (
        "bool", "uint8", "int8", "int16", "int32", "int64", "uint16", "uint32", "uint64",
        "float16", "float32", "float64", "complex64", "complex128",
    )
}  # fmt: skip
"""PyTorch's names of the dtypes that tensors here may have."""

STORAGES: dict[str, str] = {
    "BoolStorage": "bool",
    "ByteStorage": "uint8",
    "CharStorage": "int8",
    "ShortStorage": "int16",
    "IntStorage": "int32",
    "LongStorage": "int64",
    "HalfStorage": "float16",
    "FloatStorage": "float32",
    "DoubleStorage": "float64",
    "ComplexFloatStorage": "complex64",
    "ComplexDoubleStorage": "complex128",
    "BFloat16Storage": "bfloat16",
    "UntypedStorage": "untyped",
}
"""PyTorch's classes of storages, and the dtypes that they hold."""

UNTYPED = {"uint16", "uint32", "uint64", *NAMES} - {"bfloat16"}
"""Dtypes without a class of storages: a tensor of these, and of no other, is described over plain bytes."""


class Storage:
    """The memory of one storage of a file: given, or allocated at once and filled when its bytes are at hand.

    bfloat16 is ml_dtypes'; where that is not installed, it becomes float32, which holds all its values.
    """

    def __init__(self, kind: str, numel: int, memory: memoryview | None = None) -> None:
        self.kind = kind
        dtype: Any = _bfloat16() if kind == "bfloat16" else {"untyped": "uint8"}.get(kind, kind)
        self.elements: Array = (
            np.empty(numel, dtype) if memory is None else np.frombuffer(memory, dtype, numel)
        )
        self.itemsize = 2 if kind == "bfloat16" else self.elements.itemsize

    @property
    def nbytes(self) -> int:
        """How many bytes it takes in the file."""
        return self.elements.size * self.itemsize

    def fill(self, raw: Any, order: str) -> None:
        """Take the elements from `raw`, written with the byte order ``"little"`` or ``"big"``."""
        mark = ">" if order == "big" else "<"
        if self.kind == "bfloat16" and self.elements.itemsize == 2:
            self.elements.view(np.uint16)[:] = np.frombuffer(raw, f"{mark}u2")
        elif self.kind == "bfloat16":
            _widen(np.frombuffer(raw, f"{mark}u2"), self.elements)
        elif self.kind == "bool":
            np.not_equal(np.frombuffer(raw, np.uint8), 0, out=self.elements)
        else:
            self.elements[:] = np.frombuffer(raw, self.elements.dtype.newbyteorder(mark))


def _bfloat16() -> np.dtype[Any]:
    try:
        return numpy_dtype("bfloat16")
    except ImportError:
        return np.dtype(np.float32)


def _widen(upper: Any, out: np.ndarray[Any, Any]) -> None:
    """A bfloat16 is the upper half of a float32."""
    warnings.warn(
        "bfloat16 tensors are loaded as float32: NumPy has no bfloat16; ml_dtypes has, "
        'pip install "microtensor[lowp]"',
        stacklevel=2,
    )
    np.left_shift(upper, 16, out=out.view(np.uint32), dtype=np.uint32)


def typed(name: str) -> str:
    """The dtype of a class of storages, by its name in a file."""
    kind = STORAGES.get(name)
    if kind is None:
        raise FileFormatError(
            f"the file holds a {name}, and tensors here are dense numbers of 8 to 128 bits: "
            "convert the tensor in PyTorch before saving it, for example with x.float() or x.real"
        )
    return kind


def view(storage: Any, offset: Any, size: Any, stride: Any, dtype: Any = None) -> Tensor:
    """The tensor that sees these elements of `storage`; `FileFormatError` if they are not in it."""
    if type(storage) is not Storage or (dtype is None) == (storage.kind == "untyped"):
        raise FileFormatError("a tensor is described without a storage of its dtype")
    buffer = storage.elements
    dtype = buffer.dtype if dtype is None else dtype
    capacity = buffer.nbytes // dtype.itemsize
    _check(capacity, offset, size, stride)
    if 0 in size:
        return Tensor._of(np.empty(tuple(size), dtype))  # type: ignore[no-any-return]
    steps = [step * dtype.itemsize for step in stride]
    array: Any = np.ndarray(tuple(size), dtype, buffer, offset * dtype.itemsize, steps)
    return Tensor._of(array)  # type: ignore[no-any-return]


def _check(capacity: int, offset: Any, size: Any, stride: Any) -> None:
    if not (isinstance(size, tuple) and isinstance(stride, tuple) and len(size) == len(stride) <= 64):
        raise FileFormatError("a tensor's sizes and strides are not tuples of one length")
    if any(type(n) is not int or n < 0 for n in (offset, *size, *stride)):
        raise FileFormatError("a tensor's sizes, strides and offset are not all non-negative integers")
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if last >= capacity and 0 not in size:  # what is empty may begin anywhere, as x[3:, 1:] does
        raise FileFormatError(
            f"a tensor of sizes {size}, strides {stride} and offset {offset} does not fit into its storage "
            f"of {capacity} elements"
        )
