"""The floating-point dtypes that NumPy lacks: ml_dtypes has them, imported when one is first needed.

Casts are PyTorch's, which go through float32 and round once; where ml_dtypes decides otherwise at the edges,
PyTorch's way holds: float8_e4m3fn saturates at 448, infinities too, and float8_e8m0fnu, which has neither a
sign nor a zero, drops the one and takes its smallest number for the other.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..calls.quiet import silent

NAMES = (
    "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
)  # fmt: skip
"""Those that ml_dtypes computes with."""

FLOAT16 = np.dtype(np.float16)
NARROW: set[np.dtype[Any]] = {FLOAT16}
"""Floating-point dtypes that are computed with in float32; those of ml_dtypes once it is loaded."""
LOW: set[np.dtype[Any]] = set()
"""Those of them that NumPy lacks."""


def numpy_dtype(name: str) -> np.dtype[Any]:
    """NumPy's dtype of this PyTorch name; ``TypeError`` if there is none, ``ImportError`` without ml_dtypes.

    >>> from microtensor.engine.attributes.low_precision import numpy_dtype
    >>> numpy_dtype("qint8")
    Traceback (most recent call last):
    TypeError: torch.qint8 has a name here and nothing else: NumPy has no such numbers
    """
    if name not in NAMES:
        raise TypeError(f"torch.{name} has a name here and nothing else: NumPy has no such numbers")
    try:
        import ml_dtypes
    except ImportError:
        raise ImportError(f'torch.{name} needs ml_dtypes: pip install "microtensor[lowp]"') from None
    found: np.dtype[Any] = np.dtype(getattr(ml_dtypes, name))
    NARROW.add(found)
    LOW.add(found)
    return found


@cache
def limits_of(name: str) -> dict[str, Any]:
    """What PyTorch's ``finfo`` says of a dtype that NumPy lacks."""
    import ml_dtypes

    found: Any = ml_dtypes.finfo(name)
    tiny = float(found.smallest_normal)
    return {
        "dtype": name, "bits": found.bits, "max": float(found.max),
        "eps": 0.125 if name == "float8_e5m2fnuz" else float(found.eps),
        "min": tiny if name == "float8_e8m0fnu" else float(found.min),
        "tiny": tiny, "smallest_normal": tiny, "resolution": 0.01 if name == "bfloat16" else 1.0,
    }  # fmt: skip


def converted(x: Any, dtype: np.dtype[Any]) -> Any:
    """The array `x` in `dtype`, as PyTorch casts; what is too large becomes infinite, in silence."""
    if x.dtype in LOW:
        x = x.astype(np.float32)
    if dtype not in NARROW:
        stretched = not x.flags.forc and 0 in x.strides  # NumPy would put such a dimension last
        return silent(x.astype, dtype, "C" if stretched else "K")
    with np.errstate(over="ignore", invalid="ignore"):
        return _narrowed(x, dtype)


def _narrowed(x: Any, dtype: np.dtype[Any]) -> Any:
    if dtype is FLOAT16:
        return x.astype(dtype)
    x = (x.real if x.dtype.kind == "c" else x).astype(np.float32)
    if dtype.name == "float8_e4m3fn":
        x = np.clip(x, np.float32(-448), np.float32(448))
    if dtype.name == "float8_e8m0fnu":
        x = np.maximum(np.abs(x), np.float32(2.0**-127))
    return x.astype(dtype)
