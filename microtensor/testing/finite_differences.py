"""Derivatives by differences: what formulas are compared with."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

_STEP = 2e-5
_WEIGHTS = ((1, 8 / 12), (-1, -8 / 12), (2, -1 / 12), (-2, 1 / 12))


def numerical_gradient(function: Callable[[Any], float], x: Any, step: float = _STEP) -> Any:
    """The gradient of a scalar function at the float64 array `x`, by five-point central differences.

    At a complex array it is PyTorch's: the slope along the real axis plus `i` times that along the imaginary.

    The error is of the fourth order in the step (Abramowitz and Stegun, 25.3.6).

    >>> mt.testing.numerical_gradient(lambda x: float((x**3).sum()), np.array([1.0, 2.0])).round(6)
    array([ 3., 12.])
    """
    x = np.array(x)
    x = x if x.dtype.kind == "c" else x.astype(np.float64)
    gradient = np.zeros_like(x)
    for place in np.ndindex(x.shape):
        for unit in (1, 1j) if x.dtype.kind == "c" else (1,):
            slope = directional(lambda t, p=place, u=unit: function(_moved(x, p, u * t)), step)  # type: ignore[misc]
            gradient[place] += unit * slope
    return gradient


def _moved(x: Any, place: Any, distance: complex) -> Any:
    moved = x.copy()
    moved[place] += distance
    return moved


def directional(along: Callable[[float], float], step: float = _STEP) -> float:
    """The derivative at 0 of a function of one number."""
    return float(sum(weight * along(k * step) for k, weight in _WEIGHTS) / step)
