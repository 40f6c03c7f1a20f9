"""The floating-point dtypes that NumPy lacks: ml_dtypes has them, imported when one is first needed."""

from __future__ import annotations

from typing import Any

import numpy as np

NAMES = (
    "bfloat16", "float8_e4m3fn", "float8_e5m2", "float8_e4m3fnuz", "float8_e5m2fnuz", "float8_e8m0fnu",
)  # fmt: skip
"""Those that ml_dtypes computes with."""


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
    return found
