"""The dtype of a result: PyTorch's rules of promotion.

Categories first (bool, integer, floating point, complex), and within one, tensors with dimensions before
those without, and those before Python's numbers: an int64 tensor plus 0.5 is float32.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from ..errors import dtype_name
from .dtypes import (
    _CATEGORY,
    DType,
    Number,
    bool,
    default_complex_dtype,
    default_dtype,
    float32,
    int64,
    is_floating,
    to_complex,
)


def number_dtype(value: Any) -> DType:
    """The dtype that PyTorch gives to a Python number on its own."""
    if isinstance(value, type(True)):
        return bool
    if isinstance(value, type(1j)):
        return default_complex_dtype()
    return int64 if isinstance(value, type(1)) else default_dtype()


def refuse_float8(first: DType, second: DType) -> None:
    """``RuntimeError`` where a float8 dtype meets another one: PyTorch wants it converted."""
    if first != second and any(d.itemsize == 1 and is_floating(d) for d in (first, second)):
        raise RuntimeError(
            "Promotion for Float8 Types is not supported, attempted to promote "
            f"{dtype_name(first)} and {dtype_name(second)}: convert one of them, for example with x.float()"
        )


@cache
def promoted(first: DType, second: DType) -> DType:
    """The dtype of an operation between two dimensioned tensors of these dtypes.

    Only the same category is decided by size; a float beats any integer at its own width.  A complex number
    has parts as wide as those of the other operand, if that is a float.
    """
    if first == second:
        return first
    refuse_float8(first, second)
    ranks = _CATEGORY[first.kind], _CATEGORY[second.kind]
    if ranks[0] == ranks[1]:
        narrow = first.itemsize == second.itemsize == 2 and ranks[0] == 2  # bfloat16 and float16
        return float32 if narrow else np.promote_types(first, second)
    higher, lower = (first, second) if ranks[0] > ranks[1] else (second, first)
    return np.promote_types(higher, to_complex(lower)) if ranks in ((2, 3), (3, 2)) else higher


def resulting(*operands: Any) -> DType:
    """The dtype of an operation on these tensors, arrays and Python numbers."""
    dims = [x.dtype for x in operands if getattr(x, "ndim", 0)]
    zeros = [x.dtype for x in operands if getattr(x, "ndim", 1) == 0]
    numbers = [number_dtype(x) for x in operands if isinstance(x, Number) and not hasattr(x, "ndim")]
    result: DType | None = None
    for group in (dims, zeros, numbers):
        result = _outrank(result, _promoted(group))
    return default_dtype() if result is None else result


def _promoted(group: Iterable[DType]) -> DType | None:
    result: DType | None = None
    for dtype in group:
        result = dtype if result is None else promoted(result, dtype)
    return result


def _outrank(held: DType | None, weaker: DType | None) -> DType | None:
    """A weaker group of operands decides only if its category is higher."""
    if held is None or weaker is None:
        return weaker if held is None else held
    if _CATEGORY[weaker.kind] > _CATEGORY[held.kind]:
        refuse_float8(held, weaker)
    if is_floating(held) and weaker.kind == "c":
        return to_complex(held)
    return weaker if _CATEGORY[weaker.kind] > _CATEGORY[held.kind] else held


def writable(source: DType, target: DType) -> type(True):  # type: ignore[valid-type]
    """Whether PyTorch lets a result of dtype `source` be written into a tensor of `target`."""
    return _CATEGORY[source.kind] <= _CATEGORY[target.kind]
