"""The gamma function's logarithm and its derivatives on arrays, which NumPy does not have.

- `log_gamma`: near 1 and 2, where it is 0, the Taylor series at 2 (NIST Digital Library of Mathematical
  Functions, 5.7.3); for large numbers Stirling's series (5.11.1); between them the recurrence, and
  below 0 the reflection formula (5.5.3).
- `digamma_array`: recurrence and asymptotic series, J. M. Bernardo, "Algorithm AS 103: Psi (digamma)
  function" (1976), with more terms.
- `zeta_array`: Hurwitz's zeta function, of which the polygammas are multiples (25.11.12), by
  Euler-Maclaurin summation (25.11.28 with 25.11.5).

All are computed in float64, to some 1e-15 of the result, but for the zeros of digamma and those of the
logarithm below 0: near them the absolute error is that small.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import cache
from typing import Any

import numpy as np


@cache
def bernoulli(count: int) -> tuple[Fraction, ...]:
    """Bernoulli's numbers B0, B1, ... up to this many."""
    numbers = [Fraction(1)]
    for m in range(1, count):
        numbers.append(-sum((math.comb(m + 1, k) * b for k, b in enumerate(numbers)), Fraction(0)) / (m + 1))
    return tuple(numbers)


# ------------------------------------------------------------------------ the logarithm


@cache
def _stirling() -> tuple[float, ...]:
    b = bernoulli(21)
    return tuple(float(b[2 * k] / (2 * k * (2 * k - 1))) for k in range(10, 0, -1))


@cache
def _at_two() -> tuple[float, ...]:
    """``(-1)^k (zeta(k) - 1) / k`` from k = 34 down to 2, then 1 - Euler's constant."""
    orders = np.arange(34.0, 1.0, -1.0)
    terms = (-1) ** orders * zeta_array(orders, np.full_like(orders, 2.0)) / orders
    return (*terms.tolist(), 1 - float(np.euler_gamma), 0.0)


def log_gamma(x: Any) -> Any:
    """The logarithm of the absolute value of the gamma function, in the dtype of `x`."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        negative = wide < 0.5
        size = np.where(negative, 1 - wide, wide)
        out = np.where(
            size < 10, _log_gamma_small(np.minimum(size, 10)), _log_gamma_large(np.maximum(size, 10))
        )
        if negative.any():
            out = np.where(negative, _reflected(wide, out), out)
        out = np.where(np.isinf(wide), math.inf, out)
    return out.astype(x.dtype, copy=False)


def _log_gamma_large(x: Any) -> Any:
    u = 1 / x
    return (x - 0.5) * np.log(x) - x + 0.5 * math.log(2 * math.pi) + u * np.polyval(_stirling(), u * u)


def _log_gamma_small(x: Any) -> Any:
    """From 0.5 to 10: moved into [1.5, 2.5], where one polynomial is exact, also near the zeros."""
    product, t = np.ones_like(x), x.copy()
    for _ in range(8):
        high = t > 2.5
        t = np.where(high, t - 1, t)
        product = np.where(high, product * t, product)
    low = t < 1.5
    t = np.where(low, x - 1, t - 2)
    out = np.polyval(_at_two(), t)
    return np.where(low, out - np.log1p(t), out + np.log(product))


def _reflected(x: Any, other: Any) -> Any:
    """Below one half, from the value at ``1 - x``; close to 0 from that at ``1 + x``."""
    tiny = np.abs(x) < 0.25
    t = np.where(tiny, x, 0.0)
    near = np.polyval(_at_two(), t) - np.log1p(t) - np.log(np.abs(t))
    sine = np.abs(np.sin(np.pi * (x - np.round(x))))
    return np.where(tiny, near, math.log(math.pi) - np.log(sine) - other)


# ------------------------------------------------------------------------ derivatives


@cache
def _digamma_series() -> tuple[float, ...]:
    b = bernoulli(19)
    return tuple(float(b[2 * k] / (2 * k)) for k in range(9, 0, -1))


def digamma_array(x: Any) -> Any:
    """The derivative of `log_gamma`; infinite at 0, NaN at the other poles, as in PyTorch."""
    wide = np.asarray(x, np.float64)
    with np.errstate(all="ignore"):
        negative = wide < 0
        t, shift = np.where(negative, 1 - wide, wide), np.zeros_like(wide)
        for _ in range(10):
            low = t < 10
            shift = np.where(low, shift + 1 / t, shift)
            t = np.where(low, t + 1, t)
        u = 1 / (t * t)
        out = np.log(t) - 0.5 / t - u * np.polyval(_digamma_series(), u) - shift
        fraction = wide - np.round(wide)
        out = np.where(negative, out - np.pi / np.tan(np.pi * fraction), out)
        out = np.where(negative & (fraction == 0), math.nan, out)
        out = np.where(wide == 0, -np.copysign(math.inf, wide), np.where(np.isposinf(wide), wide, out))
    return out.astype(x.dtype, copy=False)


_TERMS = 12


@cache
def _euler_maclaurin() -> tuple[float, ...]:
    b = bernoulli(2 * _TERMS + 1)
    return tuple(float(b[2 * j] / math.factorial(2 * j)) for j in range(1, _TERMS + 1))


def zeta_array(s: Any, q: Any) -> Any:
    """``sum over k of (q + k) ** -s``, in the dtype of `s`; infinite at its poles, NaN where it is complex.

    (NaN also for q below -1e6, where the sum would take too long.)
    """
    order, start = np.broadcast_arrays(np.asarray(s, np.float64), np.asarray(q, np.float64))
    with np.errstate(all="ignore"):
        total, a, goal = np.zeros_like(start), start.copy(), 10 + np.abs(order)
        exact = start < -1e6
        while (low := (a < goal) & ~exact).any():
            term = a**-order
            total = np.where(low, total + term, total)
            exact |= (a > 1) & (term < 1e-18 * total)
            a = np.where(low, a + 1, a)
        out = np.where(start < -1e6, math.nan, np.where(exact, total, total + _tail(order, a)))
        out = np.where((start <= 0) & (order != np.floor(order)), math.nan, out)
        out = np.where((start <= 0) & (start == np.floor(start)), math.inf, out)
        out = np.where(order < 1, math.nan, np.where(order == 1, math.inf, out))
        out = np.where(np.isnan(order) | np.isnan(start), math.nan, out)
    return out.astype(np.result_type(s, q), copy=False)


def _tail(s: Any, a: Any) -> Any:
    """The sum from `a` on: an integral, and corrections to it."""
    power = a**-s
    out = np.where(np.isinf(a), 0.0, power * (a / (s - 1) + 0.5))
    factor = s * power / a
    for j, b in enumerate(_euler_maclaurin()):
        out = out + b * factor
        factor = factor * (s + 2 * j + 1) * (s + 2 * j + 2) / (a * a)
    return out
