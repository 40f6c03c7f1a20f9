"""PyTorch's dtypes and its promotion rules, on NumPy's dtype objects.

NumPy and PyTorch disagree about mixed operands: NumPy takes the type that can hold both
(``int64 + float32`` is float64), PyTorch the highest *category* (bool < integer < float) and,
inside it, lets tensors with dimensions outweigh 0-d tensors, and those outweigh Python numbers.
The rule is in PyTorch's documentation, "Tensor Attributes, torch.dtype".
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

DType = np.dtype[Any]

float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
uint8 = np.dtype(np.uint8)
uint16 = np.dtype(np.uint16)
uint32 = np.dtype(np.uint32)
uint64 = np.dtype(np.uint64)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
bool = np.dtype(np.bool_)

Number = (type(True), type(1), type(1.0))
"""Python's own numbers: they never decide a dtype inside their category."""

_default: DType = float32


def get_default_dtype() -> DType:
    """The dtype of new floating-point tensors; float32 unless changed.

    >>> mt.get_default_dtype()
    dtype('float32')
    """
    return _default


def set_default_dtype(dtype: Any) -> None:
    """Make `dtype` (floating point) the dtype of tensors made from Python floats.

    Raises ``TypeError`` for a dtype that is not floating point.

    >>> mt.set_default_dtype(mt.float64)
    >>> mt.tensor(1.0).dtype
    dtype('float64')
    >>> mt.set_default_dtype(mt.float32)
    """
    global _default
    dtype = np.dtype(dtype)
    if dtype.kind != "f":
        raise TypeError(f"the default dtype must be floating point (float16, 32 or 64), not {dtype}")
    _default = dtype


def is_floating(dtype: DType) -> type(True):  # type: ignore[valid-type]
    """Whether `dtype` can carry a gradient."""
    return dtype.kind == "f"


_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}


@cache
def _limits(dtype: DType) -> tuple[Any, Any]:
    """The smallest and the largest number; an unsigned dtype takes as many negative ones, and wraps them."""
    if dtype.kind == "b":
        return -math.inf, math.inf
    if dtype.kind == "f":
        return np.finfo(dtype).min.item(), np.finfo(dtype).max.item()
    top = np.iinfo(dtype).max
    return (-top if dtype.kind == "u" else np.iinfo(dtype).min), top


def fitting(value: Any, dtype: DType) -> Any:
    """A number as a scalar of `dtype`; ``RuntimeError`` for one that is too large for it.

    >>> from microtensor.engine.dtypes import fitting
    >>> fitting(2.7, mt.int64).item(), fitting(-1, mt.uint8).item()
    (2, 255)
    >>> fitting(-math.inf, mt.int64)
    Traceback (most recent call last):
    RuntimeError: value cannot be converted to type int64 without overflow: -inf is not between \
-9223372036854775808 and 9223372036854775807
    """
    low, high = _limits(dtype)
    if not (low <= value <= high or (dtype.kind in "fb" and not math.isfinite(value))):
        raise RuntimeError(
            f"value cannot be converted to type {dtype} without overflow: {value} is not between {low} "
            f"and {high}"
        )
    return dtype.type(value if value >= 0 or dtype.kind != "u" else type(1)(value) % (high + 1))


def as_dtype(dtype: Any) -> DType | None:
    """`dtype` as NumPy's dtype object; None stays None, and Python's float means float64, as in PyTorch.

    >>> mt.zeros(1, dtype="float64").dtype
    dtype('float64')
    """
    return None if dtype is None else held(dtype)


def held(dtype: Any) -> DType:
    """`dtype` as NumPy's dtype object; ``TypeError`` if tensors cannot hold it.

    >>> mt.ones(2, dtype=np.complex64)
    Traceback (most recent call last):
    TypeError: tensors hold bool, integer or floating-point numbers, not complex64
    """
    found: DType = np.dtype(dtype)
    if found.kind not in _CATEGORY:
        raise TypeError(f"tensors hold bool, integer or floating-point numbers, not {found}")
    return found
