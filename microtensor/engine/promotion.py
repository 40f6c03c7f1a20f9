"""The dtype of a result: PyTorch's rules of promotion.

Categories first (bool, integer, floating point, complex), and within one, tensors with dimensions before
those without, and those before Python's numbers: an int64 tensor plus 0.5 is float32.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from typing import Any

import numpy as np

from .dtypes import (
    _CATEGORY,
    DType,
    Number,
    bool,
    default_complex_dtype,
    default_dtype,
    int64,
    to_complex,
)


def number_dtype(value: Any) -> DType:
    """The dtype that PyTorch gives to a Python number on its own."""
    if isinstance(value, type(True)):
        return bool
    if isinstance(value, type(1j)):
        return default_complex_dtype()
    return int64 if isinstance(value, type(1)) else default_dtype()


@cache
def promoted(first: DType, second: DType) -> DType:
    """The dtype of an operation between two dimensioned tensors of these dtypes.

    Only the same category is decided by size; a float beats any integer at its own width.  A complex number
    has parts as wide as those of the other operand, if that is a float.
    """
    ranks = _CATEGORY[first.kind], _CATEGORY[second.kind]
    if ranks[0] == ranks[1]:
        return np.promote_types(first, second)
    higher, lower = (first, second) if ranks[0] > ranks[1] else (second, first)
    return np.promote_types(higher, to_complex(lower)) if higher.kind + lower.kind == "cf" else higher


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
    if held.kind + weaker.kind == "fc":
        return to_complex(held)
    return weaker if _CATEGORY[weaker.kind] > _CATEGORY[held.kind] else held


def writable(source: DType, target: DType) -> type(True):  # type: ignore[valid-type]
    """Whether PyTorch lets a result of dtype `source` be written into a tensor of `target`."""
    return _CATEGORY[source.kind] <= _CATEGORY[target.kind]
