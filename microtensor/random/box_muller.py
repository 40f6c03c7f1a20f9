"""Uniform numbers turned into normal ones, to the bits that PyTorch's vectorised loop gives.

In float32 the logarithm, sine and cosine are the Cephes polynomials with fused multiply-adds.  They are
computed here step by step, which costs some 20 ns a number, and makes the numbers independent of the machine.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from .fused_multiply_add import Array, chunks, fma32

__all__ = ["box_muller"]

_float32, _float64 = np.dtype(np.float32), np.dtype(np.float64)


def box_muller(u: Array) -> Array:
    """Turn uniforms into normals in place, eight radii and eight angles to a block of 16."""
    transform = _block32 if u.dtype == _float32 else _block64
    for part in chunks(u.size):
        block = u[part].reshape(-1, 2, 8)
        block[:, 0], block[:, 1] = transform(block[:, 0], block[:, 1])
    return u


def _block64(u1: Array, u2: Array) -> tuple[Array, Array]:
    radius, angle = np.sqrt(-2.0 * np.log(1.0 - u1)), 2.0 * math.pi * u2
    return radius * np.cos(angle), radius * np.sin(angle)


def _block32(u1: Array, u2: Array) -> tuple[Array, Array]:
    radius = _log32(_ONE - u1)
    radius *= _MINUS_TWO
    np.sqrt(radius, out=radius)
    sine, cosine = _sincos32(u2 * _TWO_PI)
    cosine *= radius
    sine *= radius
    return cosine, sine


def _single(value: float) -> NDArray[np.float32]:
    return np.array(value, _float32)


def _held(value: float) -> NDArray[np.float64]:
    return np.array(np.float32(value), _float64)


# Cephes (Moshier, 1989), logf.c and sinf.c, in the order of operations of avx_mathfun.h
# (Garberoglio, 2012). All are float32 numbers, those for fma32 and _horner held in float64, and
# 0-d arrays, which are faster operands than scalars.
_LOG: Final = [_held(c) for c in (
    7.0376836292e-2, -1.1514610310e-1, 1.1676998740e-1, -1.2420140846e-1, 1.4249322787e-1,
    -1.6668057665e-1, 2.0000714765e-1, -2.4999993993e-1, 3.3333331174e-1,
)]  # fmt: skip
_COS: Final = 2.443315711809948e-5, -1.388731625493765e-3, 4.166664568298827e-2
_SIN: Final = -1.9515295891e-4, 8.3321608736e-3, -1.6666654611e-1
_COS_SIN: Final = [np.array([_held(c), _held(s)]).reshape(2, 1, 1) for c, s in zip(_COS, _SIN, strict=True)]
_ONE, _HALF, _MINUS_TWO = _single(1), _single(0.5), _single(-2)
_TWO_PI, _FOUR_OVER_PI, _SQRT_HALF = _single(2 * math.pi), _single(4 / math.pi), _single(0.5**0.5)
_LN2_HIGH, _LN2_LOW = _single(0.693359375), _single(-2.12194440e-4)
_PI4_HIGH, _PI4_MIDDLE = _single(-0.78515625), _single(-2.4187564849853515625e-4)
_PI4_LOW: Final = _held(-3.77489497744594108e-8)
_SIN_SIGN: Final = np.array([1, 1, -1, -1, 1], _float32)
_COS_SIGN: Final = np.array([1, -1, -1, 1, 1], _float32)


def _horner(coefficients: Any, x: NDArray[np.float64]) -> Array:
    """A polynomial, highest power first, rounded to float32 after each step."""
    exact: Array = coefficients[0] * x
    exact += coefficients[1]
    y = exact.astype(_float32)
    for coefficient in coefficients[2:]:
        exact[...] = y
        exact *= x
        exact += coefficient
        y[...] = exact
    return y


def _log32(x: Array) -> Array:
    """log(m * 2**e) as e * log(2) plus a polynomial in m - 1, for m in [sqrt(1/2), sqrt(2))."""
    m, e = np.frexp(x)
    low = m < _SQRT_HALF
    m += m * low
    m -= _ONE
    e = (e - low).astype(_float32)
    square = m * m
    y = _horner(_LOG, m.astype(_float64))
    y *= m
    y = fma32(square.astype(_float64), y, e * _LN2_LOW)
    y -= square * _HALF
    m += y
    e *= _LN2_HIGH
    m += e
    return m


def _sincos32(x: Array) -> tuple[Array, Array]:
    """Sine and cosine of x in [0, 2 pi), polynomials in the distance to a multiple of pi/2.

    In odd quadrants they are swapped. The first two steps of the distance need no fused
    multiply-add, since their products are exact.
    """
    quadrant = (x * _FOUR_OVER_PI).astype(np.intp) + 1 >> 1
    j = (2 * quadrant).astype(_float32)
    x = x + j * _PI4_HIGH
    x += j * _PI4_MIDDLE
    x = fma32(_PI4_LOW, j, x)
    square = x * x
    wide = square.astype(_float64)
    both = _horner(_COS_SIN, wide)
    both *= square
    cosine = fma32(wide, both[0], square * -_HALF)
    cosine += _ONE
    sine = fma32(x.astype(_float64), both[1], x)
    odd = (quadrant & 1).astype(np.bool_)
    return (
        np.where(odd, cosine, sine) * _SIN_SIGN[quadrant],
        np.where(odd, sine, cosine) * _COS_SIGN[quadrant],
    )
