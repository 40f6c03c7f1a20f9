"""Powers, and their slopes where the blackboard's formula is 0 times infinity."""

from __future__ import annotations

import cmath
import math
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.op_definition import written
from .division import of_numbers
from .exponential import log
from .select import select, zeros_like


@op(
    x=written("g * exponent * x ** (exponent - 1)")(lambda g, x, exponent: g * power_slope(x, exponent)),
    exponent=written("g * out * log(x)")(lambda g, x, exponent, out: g * exponent_slope(x, exponent, out)),
    complex=True, elementwise=True, method=True, domain={"x": (0.3, 2.0), "exponent": (-2.0, 3.0)},
    wide=True, reference=np.power,
)  # fmt: skip
def pow(x: Any, exponent: Any, /) -> Any:
    """``x ** exponent``.

    The derivative by `x` is 0 where the exponent is 0, and that by the exponent is 0 where `x` is 0
    (and the exponent not negative); it is NaN where `x` is negative.

    >>> mt.pow(mt.tensor([1.0, 2.0, 3.0]), 2)
    tensor([1., 4., 9.])
    """
    try:
        return of_numbers("pow", x**exponent, x, exponent)
    except ValueError as error:
        if isinstance(exponent, int):
            raise RuntimeError("Integers to negative integer powers are not allowed.") from error
        return _with_reciprocals(x, exponent)


def _with_reciprocals(x: Any, exponent: Any) -> Any:
    """Integer powers, of which the negative ones are cut to integers: 0 but for 1 and -1."""
    inverse = np.where(np.abs(x) == 1, np.where(exponent % 2, x, 1), 0)
    return np.where(exponent < 0, inverse, x ** np.maximum(exponent, 0)).astype(np.result_type(x, exponent))


def exponent_slope(x: Any, y: Any, out: Any) -> Any:
    """d(x**y)/dy, which is 0 and not 0 * infinity where x is 0."""
    if isinstance(x, dtypes.Number) and x != 0:
        return out * _log_of(x, out.dtype)
    if isinstance(x, dtypes.Number):
        return select(y.real >= 0, zeros_like(out), out * -math.inf)
    flat = (x == 0) & (y.real >= 0)
    return select(flat, zeros_like(out), out * log(select(flat, zeros_like(x) + 1, x)))


def _log_of(x: Any, dtype: Any) -> Any:
    """The logarithm of a number: complex beside complex numbers, else NaN below 0."""
    if dtype.kind == "c":
        return cmath.log(x)
    return math.log(x) if x > 0 else math.nan


def power_slope(x: Any, y: Any) -> Any:
    """d(x**y)/dx, which is 0 and not 0 * infinity where y is 0."""
    if isinstance(y, dtypes.Number):
        if y == 2 and x.__class__ is np.ndarray:
            return x + x
        return x * 0 if y == 0 else y * x ** (y - 1)
    flat = y == 0
    return select(flat, x * 0, y * x ** select(flat, y * 0 + 1, y - 1))
