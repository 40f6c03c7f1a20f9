"""PyTorch's classes of tensors by dtype, from before dtypes: ``FloatTensor(2, 3)``, ``LongTensor([1, 2])``.

They make plain tensors, and ``isinstance`` asks for the dtype.
"""

from __future__ import annotations

from typing import Any

from ..creation.factories import empty
from ..creation.from_data import tensor
from ..engine import dtypes
from ..engine.attributes.dtype_objects import dtype, of
from ..engine.size_device import Size
from ..engine.tensor import Tensor
from . import tensor_types as legacy_types

__all__ = [
    "BoolTensor", "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor",
    "LongTensor", "ShortTensor",
]  # fmt: skip


class ByDtype(type):
    """The class of the old types: a tensor is an instance of the one of its dtype.

    >>> mt.FloatTensor([1, 2])
    tensor([1., 2.])
    >>> isinstance(mt.ones(1), mt.FloatTensor)
    True
    """

    dtype: dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor) and instance.dtype == cls.dtype and not instance.is_sparse

    def __call__(cls, *args: Any) -> Any:
        """A tensor of this dtype: from sizes, uninitialised; from data, a copy; from a tensor, shared."""
        if len(args) == 1 and type(args[0]) not in (int, Size):
            return cls._of_data(args[0])
        return empty(*args or (0,), dtype=cls.dtype)

    def _of_data(cls, data: Any) -> Tensor:
        if isinstance(data, Tensor):
            if data.dtype != cls.dtype:
                raise TypeError(f"expected {cls} (got {data.type()}): convert it with x.type({cls})")
            return data.detach()
        if data is None or isinstance(data, (float, bool)):
            found = type(data).__name__
            raise TypeError(f"{cls.__name__}(): data must be a sequence (got {found}); use tensor({data})")
        return tensor(data, dtype=cls.dtype)

    def __repr__(cls) -> str:
        return f"<class 'torch.{cls.__name__}'>"

    def __str__(cls) -> str:
        return f"torch.{cls.__name__}"


def _of(name: str, dtype: dtypes.DType) -> ByDtype:
    about = f"{of(dtype)} tensors: of these sizes, uninitialised, or of this data."
    return ByDtype(name, (), {"dtype": of(dtype), "__doc__": about, "__module__": __name__})


FloatTensor, DoubleTensor = _of("FloatTensor", dtypes.float32), _of("DoubleTensor", dtypes.float64)
HalfTensor, BoolTensor = _of("HalfTensor", dtypes.float16), _of("BoolTensor", dtypes.bool)
LongTensor, IntTensor = _of("LongTensor", dtypes.int64), _of("IntTensor", dtypes.int32)
ShortTensor, CharTensor = _of("ShortTensor", dtypes.int16), _of("CharTensor", dtypes.int8)
ByteTensor = _of("ByteTensor", dtypes.uint8)


_BY_NAME_ONLY = {"ComplexFloatTensor": dtypes.complex64, "ComplexDoubleTensor": dtypes.complex128}


def dtype_of(kind: Any) -> Any:
    """The dtype that an old type, or its name, stands for; anything else is given back.

    >>> from microtensor.legacy.tensor_types import dtype_of
    >>> dtype_of("torch.LongTensor")
    torch.int64
    """
    if isinstance(kind, str):
        name = kind.rpartition(".")[2]
        if name in _BY_NAME_ONLY:
            return of(_BY_NAME_ONLY[name])
        known = getattr(legacy_types, name) if name in legacy_types.__all__ else None
        if known is None or kind.startswith("torch.cuda"):
            raise ValueError(
                f"invalid type: {kind!r}: expected torch.{', torch.'.join(legacy_types.__all__)}"
            )
        return known.dtype
    return kind.dtype if isinstance(kind, legacy_types.ByDtype) else kind


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of an old type the default one: FloatTensor or DoubleTensor, or its name.

    >>> mt.set_default_tensor_type(mt.FloatTensor)
    """
    dtypes.set_default(dtype_of(t))
