"""NumPy's dtypes under PyTorch's names, as arrays carry them and the engine compares them.

Programs see the objects of `dtype_objects` instead; `held` turns one of those, or what else names a dtype,
into NumPy's.

NumPy and PyTorch disagree about mixed operands: NumPy takes the type that can hold both
(``int64 + float32`` is float64), PyTorch the highest *category* (bool < integer < float < complex) and,
inside it, lets tensors with dimensions outweigh 0-d tensors, and those outweigh Python numbers.
The rule is in PyTorch's documentation, "Tensor Attributes, torch.dtype".
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import numpy as np

from ..errors import dtype_name
from .attributes import dtype_objects
from .attributes.low_precision import LOW, converted, limits_of

DType = np.dtype[Any]

float16 = half = np.dtype(np.float16)
float32 = float = np.dtype(np.float32)
float64 = double = np.dtype(np.float64)
complex64 = cfloat = np.dtype(np.complex64)
complex128 = cdouble = np.dtype(np.complex128)
uint8 = np.dtype(np.uint8)
uint16 = np.dtype(np.uint16)
uint32 = np.dtype(np.uint32)
uint64 = np.dtype(np.uint64)
int8 = np.dtype(np.int8)
int16 = short = np.dtype(np.int16)
int32 = int = np.dtype(np.int32)
int64 = long = np.dtype(np.int64)
bool = np.dtype(np.bool_)

Number = (type(True), type(1), type(1.0), type(1j))
"""Python's own numbers: they never decide a dtype inside their category."""

_default: DType = float32


def default_dtype() -> DType:
    """The dtype of new floating-point tensors."""
    return _default


def set_default(dtype: Any) -> None:
    """Make `dtype` the one of new floating-point tensors; ``TypeError`` if it is none."""
    global _default
    found = held(dtype)
    if not is_floating(found) or found.itemsize == 1:
        raise TypeError(
            f"the default dtype must be floating point (float16, 32 or 64), not {dtype_name(found)}"
        )
    _default = found


def default_complex_dtype() -> DType:
    """The dtype of tensors made from Python's complex numbers: of two numbers of the default dtype.

    float16's would be two of them, which NumPy does not have: it is complex64.
    """
    return to_complex(_default)


def is_floating(dtype: DType) -> type(True):  # type: ignore[valid-type]
    """Whether `dtype` is that of real numbers with a point."""
    return dtype.kind in "fV"  # V is how ml_dtypes' are told from NumPy's


def is_differentiable(dtype: DType) -> type(True):  # type: ignore[valid-type]
    """Whether `dtype` can carry a gradient: real or complex numbers."""
    return dtype.kind in "fcV"


def to_complex(dtype: DType) -> DType:
    """The complex dtype whose parts are of this floating-point dtype; a complex one itself."""
    return complex128 if dtype in (float64, complex128) else complex64


def to_real(dtype: DType) -> DType:
    """The dtype of the parts of a complex dtype; any other itself."""
    return dtype if dtype.kind != "c" else float32 if dtype == complex64 else float64


def parts(value: Any) -> tuple[Any, ...]:
    """The real and the imaginary part of a complex number; any other number alone."""
    return (value.real, value.imag) if isinstance(value, Number[3]) else (value,)


_CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2, "V": 2, "c": 3}


@cache
def _limits(dtype: DType) -> tuple[Any, Any]:
    """The smallest and the largest number; an unsigned dtype takes as many negative ones, and wraps them."""
    if dtype.kind == "b":
        return -math.inf, math.inf
    if dtype in LOW:
        limits = limits_of(dtype.name)
        return limits["min"], limits["max"]
    if dtype.kind in "fc":
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
    RuntimeError: value cannot be converted to type torch.int64 without overflow: -inf is not between \
-9223372036854775808 and 9223372036854775807
    """
    if isinstance(value, Number[3]):
        return _fitting_parts(value, dtype)
    low, high = _limits(dtype)
    if not (low <= value <= high or (dtype.kind in "fcbV" and not math.isfinite(value))):
        raise RuntimeError(
            f"value cannot be converted to type {dtype_name(dtype)} without overflow: {value} is not between "
            f"{low} and {high}"
        )
    if dtype in LOW:
        return converted(np.float32(value), dtype)
    return dtype.type(value if value >= 0 or dtype.kind != "u" else type(1)(value) % (high + 1))


def _fitting_parts(value: Any, dtype: DType) -> Any:
    """A complex number as a scalar of `dtype`; to a real dtype only one without an imaginary part goes."""
    if dtype.kind != "c" and value.imag:
        raise RuntimeError(
            f"value cannot be converted to type {dtype_name(dtype)} without overflow: {value} has an "
            "imaginary part"
        )
    fitted = [fitting(part, to_real(dtype)) for part in parts(value)]
    return dtype.type(fitted[0]) if dtype.kind != "c" else dtype.type(type(1j)(*map(type(1.0), fitted)))


def beside(value: Any, dtype: DType) -> Any:
    """A factor of tensors of this dtype; ``RuntimeError`` for an imaginary one of real tensors.

    >>> from microtensor.engine.dtypes import beside
    >>> beside(2 + 0j, mt.float32)
    2.0
    """
    return fitting(value, dtype).item() if isinstance(value, Number[3]) and dtype.kind != "c" else value


def as_dtype(dtype: Any) -> DType | None:
    """`dtype` as NumPy's dtype object; None stays None, and Python's float means float64, as in PyTorch.

    >>> mt.zeros(1, dtype="float64").dtype
    torch.float64
    """
    return None if dtype is None else held(dtype)


def _usual(dtype: DType) -> type(True):  # type: ignore[valid-type]
    """Whether it is one of tensors, in another byte order or under another of C's names."""
    known = dtype_objects.BY_NAME.get(dtype.name)
    return known is not None and known.kind in _CATEGORY and known.dtype.type is dtype.type


def held(dtype: Any) -> DType:
    """`dtype` as NumPy's dtype object; ``TypeError`` if tensors cannot hold it.

    >>> mt.ones(2, dtype=np.longdouble)
    Traceback (most recent call last):
    TypeError: tensors hold bool, integer, floating-point or complex numbers, not ...
    """
    found: DType = dtype.dtype if isinstance(dtype, dtype_objects.dtype) else np.dtype(dtype)
    if found not in dtype_objects.OF and not _usual(found):
        other = dtype_objects.BY_NAME.get(found.name, found)
        raise TypeError(f"tensors hold bool, integer, floating-point or complex numbers, not {other}")
    return found
