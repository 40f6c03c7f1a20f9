"""PyTorch's classes of tensors by dtype, from before dtypes: ``FloatTensor(2, 3)``, ``LongTensor([1, 2])``.

They make plain tensors, and ``isinstance`` asks for the dtype.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes
from .creation import tensor
from .tensor import Size, Tensor

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor",
    "LongTensor", "ShortTensor",
]  # fmt: skip


class ByDtype(type):
    """The class of the old types: a tensor is an instance of the one of its dtype."""

    dtype: dtypes.DType

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == cls.dtype

    def __call__(cls, *args: Any) -> Any:
        """A tensor of this dtype: from sizes, uninitialised; from data, a copy; from a tensor, shared."""
        data = args[0] if len(args) == 1 else None
        if isinstance(data, Tensor):
            if data.dtype != cls.dtype:
                raise TypeError(f"expected {cls} (got {data.type()}): convert it with x.type({cls})")
            return data.detach()
        if isinstance(data, float):
            raise TypeError(f"{cls.__name__}(): data must be a sequence (got float); use tensor({data})")
        if data is not None and type(data) is not Size and not isinstance(data, int):
            return tensor(data, dtype=cls.dtype)
        return Tensor._of(np.empty(data if type(data) is Size else args or (0,), cls.dtype))

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"

    def __str__(cls) -> str:
        return f"torch.{cls.__name__}"


class FloatTensor(metaclass=ByDtype):
    """A float32 tensor: of these sizes, uninitialised, or of this data.

    >>> mt.FloatTensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(mt.ones(1), mt.FloatTensor)
    True
    """

    dtype = dtypes.float32


class DoubleTensor(metaclass=ByDtype):
    """A float64 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.float64


class HalfTensor(metaclass=ByDtype):
    """A float16 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.float16


class LongTensor(metaclass=ByDtype):
    """An int64 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int64


class IntTensor(metaclass=ByDtype):
    """An int32 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int32


class ShortTensor(metaclass=ByDtype):
    """An int16 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int16


class CharTensor(metaclass=ByDtype):
    """An int8 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.int8


class ByteTensor(metaclass=ByDtype):
    """A uint8 tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.uint8


class BoolTensor(metaclass=ByDtype):
    """A bool tensor: of these sizes, uninitialised, or of this data."""

    dtype = dtypes.bool
