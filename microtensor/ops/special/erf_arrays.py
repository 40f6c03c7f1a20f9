"""The relatives of the error function on arrays: its complement, scaled and not, and the inverse.

They are made of the approximations in `erf`: each is computed in float64 from the part that does not
cancel.  The inverse takes the start of S. Winitzki, "A handy approximation for the error function and its
inverse" (2008), and Halley's steps (J. M. Blair, C. A. Edwards and J. H. Johnson, "Rational Chebyshev
approximations for the inverse of the error function" (1976), compare such methods).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .erf_rational import erf_array, erfcx_positive

_SWITCH = 0.46875


def _exp_minus_square(t: Any) -> Any:
    """``exp(-t * t)``, with the square in two parts so that its rounding does no harm."""
    coarse = np.trunc(t * 16) / 16
    return np.exp(-coarse * coarse) * np.exp(-(t - coarse) * (t + coarse))


def erfc_array(x: Any) -> Any:
    """``1 - erf(x)`` without cancellation, in the dtype of `x`."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        size = np.clip(np.abs(wide), _SWITCH, 30)
        tail = erfcx_positive(size) * _exp_minus_square(size)
        near = 1 - np.asarray(erf_array(wide))
        out = np.where(np.abs(wide) <= _SWITCH, near, np.where(wide < 0, 2 - tail, tail))
    return np.where(np.isnan(wide), wide, out).astype(x.dtype, copy=False)


def erfcx_array(x: Any) -> Any:
    """``exp(x * x) * erfc(x)``, which does not underflow, in the dtype of `x`."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        far = erfcx_positive(np.maximum(wide, _SWITCH))
        square = wide * wide
        near = np.exp(square) * erfc_array(np.minimum(wide, _SWITCH))
    return np.where(np.isnan(wide), wide, np.where(wide > _SWITCH, far, near)).astype(x.dtype, copy=False)


def _start(q: Any) -> Any:
    """Winitzki's inverse of erfc, some thousandths off."""
    log = np.log(q) + np.log(2 - q)
    half = 2 / (math.pi * 0.147) + log / 2
    return np.sqrt(np.sqrt(half * half - log / 0.147) - half)


def erfc_inverse(q: Any) -> Any:
    """The t >= 0 with ``erfc(t) = q``, for 0 < q <= 1."""
    t = _start(q)
    for _ in range(3):
        ratio = q / _exp_minus_square(t)
        error = (np.asarray(erfcx_array(t)) - ratio) * (math.sqrt(math.pi) / 2)
        t = t + error / (1 - t * error)
    return t


def erfinv_array(y: Any) -> Any:
    """The x with ``erf(x) = y``; infinite at -1 and 1, NaN beyond; in the dtype of `y`."""
    wide = np.asarray(y, np.float64)
    with np.errstate(all="ignore"):
        size = np.abs(wide)
        far = erfc_inverse(np.where(size < 0.5, 0.5, 1 - size))
        small = np.where(size < 0.5, size, 0.0)
        near = _start(1 - np.maximum(small, 1e-3)) * (small / np.maximum(small, 1e-3))
        for _ in range(3):
            error = (np.asarray(erf_array(near)) - small) * (math.sqrt(math.pi) / 2) * np.exp(near * near)
            near = near - error / (1 + near * error)
        out = np.copysign(np.where(size < 0.5, near, far), wide)
        out = np.where(size == 1, np.copysign(math.inf, wide), np.where(size > 1, math.nan, out))
    return np.where(np.isnan(wide), wide, out).astype(y.dtype, copy=False)


def ndtri_array(p: Any) -> Any:
    """The x whose normal distribution function is `p`, in the dtype of `p`."""
    wide = np.asarray(p, np.float64)
    with np.errstate(all="ignore"):
        upper = wide > 0.5
        tail = np.where(upper, 1 - wide, wide)
        central = np.asarray(erfinv_array(np.clip(2 * wide - 1, -0.5, 0.5)))
        far = -erfc_inverse(np.where((tail > 0) & (tail < 0.5), 2 * tail, 0.5))
        out = math.sqrt(2) * np.where(tail > 0.25, central, np.where(upper, -far, far))
        out = np.where(wide == 0, -math.inf, np.where(wide == 1, math.inf, out))
        out = np.where((wide < 0) | (wide > 1) | np.isnan(wide), math.nan, out)
    return out.astype(p.dtype, copy=False)


def log_ndtr_array(x: Any) -> Any:
    """The logarithm of the normal distribution function, in the dtype of `x`."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        t = wide / math.sqrt(2)
        low = np.log(np.asarray(erfcx_array(np.maximum(-t, -1.0))) / 2) - t * t
        high = np.log1p(-np.asarray(erfc_array(t)) / 2)
    return np.where(wide < -1, low, high).astype(x.dtype, copy=False)
