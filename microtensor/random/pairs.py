"""The order in which PyTorch draws: complex numbers as pairs, and elements as they lie in memory."""

from __future__ import annotations

import math
from typing import Any

from ..engine import dtypes


def in_pairs(draw: Any, n: int, dtype: dtypes.DType, *bounds: float) -> Any:
    """`n` numbers by a method of the stream; complex ones are twice as many, side by side."""
    if dtype.kind != "c":
        return draw(n, dtype, *bounds)
    return draw(2 * n, dtypes.to_real(dtype), *bounds).view(dtype)


def normal_numbers(draw: Any, n: int, dtype: dtypes.DType, mean: Any = 0.0, std: float = 1.0) -> Any:
    """`n` normal numbers; the parts of complex ones share the variance, and have each this mean."""
    return in_pairs(draw, n, dtype, float(mean), std * math.sqrt(0.5) if dtype.kind == "c" else std)


def memory_order(array: Any) -> list[int]:
    """The dimensions of an array, that with the longest steps first."""
    return sorted(range(array.ndim), key=lambda d: -array.strides[d])
