"""PyTorch's classes of tensors by dtype, from before dtypes: ``FloatTensor(2, 3)``, ``LongTensor([1, 2])``.

They make plain tensors, and ``isinstance`` asks for the dtype.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .tensor import Size, Tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor",
    "LongTensor", "ShortTensor",
]  # fmt: skip


class _ByDtype(type):
    dtype: dtypes.DType

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == cls.dtype

    def __call__(cls, *args: Any) -> Tensor:
        if len(args) == 1 and not isinstance(args[0], int) and type(args[0]) is not Size:
            data = args[0].array if isinstance(args[0], Tensor) else args[0]
            return Tensor._of(np.array(data, cls.dtype))  # type: ignore[no-any-return]
        shape = args[0] if args and type(args[0]) is Size else args
        return Tensor._of(np.empty(shape if args else (0,), cls.dtype))  # type: ignore[no-any-return]


class FloatTensor(metaclass=_ByDtype):
    """A float32 tensor: of these sizes, uninitialised, or of this data.

    >>> mt.FloatTensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(mt.ones(1), mt.FloatTensor)
    True
    """

    dtype = dtypes.float32


class DoubleTensor(metaclass=_ByDtype):
    """A float64 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.float64


class HalfTensor(metaclass=_ByDtype):
    """A float16 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.float16


class LongTensor(metaclass=_ByDtype):
    """An int64 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int64


class IntTensor(metaclass=_ByDtype):
    """An int32 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int32


class ShortTensor(metaclass=_ByDtype):
    """An int16 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int16


class CharTensor(metaclass=_ByDtype):
    """An int8 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int8


class ByteTensor(metaclass=_ByDtype):
    """A uint8 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.uint8


class BoolTensor(metaclass=_ByDtype):
    """A bool tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.bool
