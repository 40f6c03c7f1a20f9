"""The error function on arrays: NumPy has none, and GELU needs it.

Rational Chebyshev approximations of W. J. Cody, "Rational Chebyshev approximations for the error
function", Mathematics of Computation 23 (1969), 631-637, in three ranges of |x|, with the
coefficients of his program CALERF.  The relative error is a few units in the last place of float64.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

SMALL = (
    (1.85777706184603153e-1, 3.16112374387056560e0, 1.13864154151050156e2,
     3.77485237685302021e2, 3.20937758913846947e3),
    (1.0, 2.36012909523441209e1, 2.44024637934444173e2, 1.28261652607737228e3,
     2.84423683343917062e3),
)  # fmt: skip
MIDDLE = (
    (2.15311535474403846e-8, 5.64188496988670089e-1, 8.88314979438837594e0,
     6.61191906371416295e1, 2.98635138197400131e2, 8.81952221241769090e2,
     1.71204761263407058e3, 2.05107837782607147e3, 1.23033935479799725e3),
    (1.0, 1.57449261107098347e1, 1.17693950891312499e2, 5.37181101862009858e2,
     1.62138957456669019e3, 3.29079923573345963e3, 4.36261909014324716e3,
     3.43936767414372164e3, 1.23033935480374942e3),
)  # fmt: skip
LARGE = (
    (1.63153871373020978e-2, 3.05326634961232344e-1, 3.60344899949804439e-1,
     1.25781726111229246e-1, 1.60837851487422766e-2, 6.58749161529837803e-4),
    (1.0, 2.56852019228982242e0, 1.87295284992346725e0, 5.27905102951428412e-1,
     6.05183413124413191e-2, 2.33520497626869185e-3),
)  # fmt: skip


def _ratio(coefficients: Any, t: Any) -> Any:
    top, bottom = coefficients
    return np.polyval(top, t) / np.polyval(bottom, t)


def erf_array(x: Any) -> Any:
    """Erf of each element, in `x`'s dtype, computed in float64."""
    if np.ndim(x) == 0:
        return x.dtype.type(math.erf(x))
    wide = np.asarray(x, np.float64)
    size = np.minimum(np.abs(wide), 6.0)  # beyond 6, erf is 1 to the last bit
    small = size <= 0.46875
    result = np.where(small, size, 0.0)
    result *= _ratio(SMALL, result * result)
    if not small.all():
        rest = ~small
        t = size[rest]
        result[rest] = 1 - np.exp(-t * t) * erfcx_positive(t)
    result = np.where(np.isnan(wide), wide, np.copysign(result, wide))
    return result.astype(x.dtype, copy=False)


def erfcx_positive(t: Any) -> Any:
    """``exp(t * t) * (1 - erf(t))`` for t > 0.46875, without cancellation."""
    middle = t <= 4.0
    with_middle = _ratio(MIDDLE, np.where(middle, t, 1.0))
    u = 1 / np.square(np.where(middle, 4.0, t))
    with_large = (1 / math.sqrt(math.pi) - u * _ratio(LARGE, u)) * np.sqrt(u)
    return np.where(middle, with_middle, with_large)
