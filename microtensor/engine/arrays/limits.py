"""Limiting elements to a range, by NumPy's ufunc `clip`.

``np.maximum(x, 0)`` takes 79 us for a quarter of a million floats, `clip` with bounds of no dimensions 20,
since its loop knows that they are the same for all elements; and newer NumPys keep ``-0.0``, as PyTorch
does.  NumPy shows the ufunc by no public name, and the function ``np.clip`` costs a microsecond more.
"""

from __future__ import annotations

from typing import Any

import numpy as np

clip: Any = getattr(getattr(np, "_core", np).umath, "clip", np.clip)
"""``clip(x, low, high, out=None)``, as ``np.clip`` has it."""

ZERO, ONE, INFINITY = ({code: np.array(value, code) for code in "efd"} for value in (0.0, 1.0, np.inf))
"""By NumPy's letters.  An array of no dimensions is an operand in half the time that a number takes."""


def rectified(x: Any, out: Any = None) -> Any:
    """``max(x, 0)``; a NaN stays.

    >>> from microtensor.engine.arrays.limits import rectified
    >>> rectified(np.array([-2.0, np.nan, 3.0]))
    array([ 0., nan,  3.])
    """
    code = x.dtype.char
    if code not in ZERO:
        return np.maximum(x, x.dtype.type(0), out=out)
    return clip(x, ZERO[code], INFINITY[code]) if out is None else clip(x, ZERO[code], INFINITY[code], out)


def limited(x: Any, low: float, high: float) -> Any:
    """`x` between two numbers.

    >>> from microtensor.engine.arrays.limits import limited
    >>> limited(np.array([-2.0, 3.0]), -1, 1)
    array([-1.,  1.])
    """
    return clip(x, x.dtype.type(low), x.dtype.type(high))
