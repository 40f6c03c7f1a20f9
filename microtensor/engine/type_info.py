"""What programs ask about dtypes: PyTorch's functions, which take and give its dtype objects.

The rules of promotion are in `promotion`, for NumPy's dtypes, which are what the engine compares.  What a
dtype can hold is told in Python's numbers, where NumPy's `finfo` has scalars that overflow as their dtype:
``-2 * finfo(float32).max`` is a number here, as in PyTorch, and ``finfo(float16).max`` prints as 65504.0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from . import dtypes, promotion
from .attributes.dtype_objects import DtypeLike, dtype, of
from .attributes.low_precision import LOW, limits_of
from .dtypes import DType, default_dtype, to_real


def get_default_dtype() -> dtype:
    """The dtype of new floating-point tensors; float32 unless changed.

    >>> mt.get_default_dtype()
    torch.float32
    """
    return of(dtypes.default_dtype())


def set_default_dtype(d: DtypeLike) -> None:
    """Make `d` (floating point) the dtype of tensors made from Python floats.

    Raises ``TypeError`` for a dtype that is not floating point.

    >>> mt.set_default_dtype(mt.float64)
    >>> mt.tensor(1.0).dtype
    torch.float64
    >>> mt.set_default_dtype(mt.float32)
    """
    dtypes.set_default(d)


def promote_types(type1: DtypeLike, type2: DtypeLike) -> dtype:
    """The dtype of an operation between two dimensioned tensors of these dtypes.

    Only the same category is decided by size; a float beats any integer at its own width.

    >>> mt.promote_types(mt.int64, mt.float16)
    torch.float16
    """
    return of(promotion.promoted(dtypes.held(type1), dtypes.held(type2)))


def result_type(*operands: Any) -> dtype:
    """The dtype of an operation on these tensors, arrays and Python numbers.

    >>> mt.result_type(mt.tensor([1, 2]), 0.5)
    torch.float32
    >>> mt.result_type(mt.tensor([1.0]), mt.tensor(2.0, dtype=mt.float64))
    torch.float32
    """
    return of(promotion.resulting(*operands))


def can_cast(from_: DtypeLike, to: DtypeLike) -> bool:
    """Whether PyTorch lets a result of dtype `from_` be written into a tensor of dtype `to`.

    >>> mt.can_cast(mt.float64, mt.float32), mt.can_cast(mt.float32, mt.int64)
    (True, False)
    """
    return bool(promotion.writable(dtypes.held(from_), dtypes.held(to)))


class finfo:  # noqa: N801
    """The limits of a floating-point dtype, or of the parts of a complex one; by default of the default one.

    `bits`, `eps` (from 1 to the next number), `min`, `max`, `tiny` and `smallest_normal` (the smallest
    positive number of full precision), and `resolution` (of its decimal digits).  ``TypeError`` for any
    other dtype.

    >>> mt.finfo(mt.float16)
    finfo(resolution=0.001, min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, ...
    """

    def __init__(self, type: DType | None = None) -> None:
        kind = _checked(default_dtype() if type is None else type, "finfo", "fc", "a floating point", "iinfo")
        if kind in LOW:
            for what, value in limits_of(kind.name).items():
                setattr(self, what, value)
            return
        found = np.finfo(kind)
        self.bits, self.dtype = found.bits, to_real(kind).name
        self.eps, self.min, self.max = float(found.eps), float(found.min), float(found.max)
        self.tiny = self.smallest_normal = float(found.tiny)
        self.resolution = 10.0**-found.precision

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        numbers = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        values = ", ".join(f"{name}={getattr(self, name):g}" for name in numbers)
        return f"finfo({values}, dtype={self.dtype})"


class iinfo:  # noqa: N801
    """The limits of an integer dtype: `bits`, `min` and `max`; ``TypeError`` for any other.

    >>> mt.iinfo(mt.uint8)
    iinfo(min=0, max=255, dtype=uint8)
    """

    def __init__(self, type: DType) -> None:
        kind = _checked(type, "iinfo", "iu", "an integer", "finfo")
        found = np.iinfo(kind)
        self.bits, self.dtype = found.bits, kind.name
        self.min, self.max = int(found.min), int(found.max)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and self.dtype == other.dtype

    __hash__ = None  # type: ignore[assignment]

    def __repr__(self) -> str:
        return f"iinfo(min={self.min:g}, max={self.max:g}, dtype={self.dtype})"


def _checked(kind: DtypeLike, name: str, kinds: str, words: str, other: str) -> DType:
    if not (isinstance(kind, (np.dtype, dtype)) or (isinstance(kind, type) and issubclass(kind, np.generic))):
        raise TypeError(f"{name}(): argument 'type' must be a dtype, not {type(kind).__name__}")
    found = dtypes.held(kind)
    if of(found).kind not in kinds:
        raise TypeError(f"{name}() requires {words} dtype, got {found.name}. Use {other} for that one")
    return found
