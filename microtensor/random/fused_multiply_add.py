"""Fused multiply-adds on arrays: ``x * y + z``, rounded once, which NumPy does not have.

They are emulated in twice the precision: for float32 in float64, for float64 by error-free sums.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

__all__ = ["Array", "affine", "chunks", "fma32", "fma64"]

Array = NDArray[Any]

_float32 = np.dtype(np.float32)
CHUNK: Final = 1 << 14  # what a chunk of so many elements needs stays in the second-level cache


def chunks(n: int) -> Iterator[slice]:
    """`n` elements in parts whose temporaries stay in the cache."""
    for start in range(0, n, CHUNK):
        yield slice(start, min(start + CHUNK, n))


def affine(x: Array, scale: float, shift: float) -> Array:
    """``x * scale + shift``, rounded once, in the dtype of ``x`` and in place."""
    if scale == 1.0 and shift == 0.0:
        return x
    kind = x.dtype.type
    if scale == 1.0 or shift == 0.0:
        x *= kind(scale)
        x += kind(shift)
        return x
    fma = fma32 if x.dtype == _float32 else fma64
    for part in chunks(x.size):
        x[part] = fma(x[part], np.float64(kind(scale)), np.float64(kind(shift)))
    return x


def fma64(x: Array, scale: float, shift: float) -> Array:
    """Error-free product and sum (Dekker, 1971; Knuth, TAOCP 2, 4.2.2), their errors added last."""
    if max(abs(scale), abs(shift)) > 2.0**960:  # the halves would overflow
        return fma64(x, scale * 2.0**-128, shift * 2.0**-128) * 2.0**128
    product: Array = x * scale
    (xh, xl), (sh, sl) = _halves(x), _halves(scale)
    lost = ((xh * sh - product) + xh * sl + xl * sh) + xl * sl
    total = product + shift
    part = total - product
    error = (product - (total - part)) + (shift - part)
    fused: Array = total + (error + lost)
    return fused


def _halves(x: Any) -> tuple[Any, Any]:
    spread = x * 134217729.0
    high = spread - (spread - x)
    return high, x - high


def fma32(x: Any, y: Any, z: Any) -> Array:
    """``x * y + z`` rounded once to float32; one of x and y holds its float32s in float64."""
    exact: Array = x * y
    exact += z
    return exact.astype(_float32)
