"""Exponentials, logarithms, angles and what is made of them."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

import math
from typing import Any

import numpy as np

from .registry import lowers


@lowers("expm1")
def expm1(b: Any, x: Any) -> Any:
    """By tanh(x/2) near 0, where ``exp(x) - 1`` would cancel: ``2 t / (1 - t)``."""
    t = b.Tanh(b.Mul(x, 0.5))
    near = b.Div(b.Mul(t, 2.0), b.Sub(1.0, t))
    return b.Where(b.Less(b.Abs(x), 1.0), near, b.Sub(b.Exp(x), 1.0))


@lowers("log1p")
def log1p(b: Any, x: Any) -> Any:
    """``2 atanh(x / (2 + x))``, which does not cancel near 0."""
    near = b.Mul(b.Atanh(b.Div(x, b.Add(x, 2.0))), 2.0)
    return b.Where(b.Less(b.Abs(x), 0.5), near, b.Log(b.Add(x, 1.0)))


@lowers("exp2")
def exp2(b: Any, x: Any) -> Any:
    return b.Pow(np.asarray(2.0, x.dtype), x)


@lowers("log2", "log10")
def other_logarithm(b: Any, x: Any) -> Any:
    base = 2 if b.call.name == "log2" else 10
    return b.Div(b.Log(x), np.asarray(math.log(base), x.dtype))


@lowers("logaddexp")
def logaddexp(b: Any, x: Any, y: Any) -> Any:
    """From the larger one; equal infinities are their own result."""
    most = b.Max(x, y)
    off = b.Neg(b.Abs(b.Sub(x, y)))
    grown = b.Add(most, log1p_of(b, b.Exp(off)))
    return b.Where(b.IsInf(most), most, grown)


def log1p_of(b: Any, x: Any) -> Any:
    """`log1p` of what lies between 0 and 1."""
    return b.Mul(b.Atanh(b.Div(x, b.Add(x, 2.0))), 2.0)


@lowers("hypot")
def hypot(b: Any, x: Any, y: Any) -> Any:
    return b.Sqrt(b.Add(b.Mul(x, x), b.Mul(y, y)))


@lowers("atan2")
def atan2(b: Any, x: Any, y: Any) -> Any:
    """The angle of the point (y, x): the quadrants to the left are half a turn away."""
    angle = b.Atan(b.Div(x, b.Where(b.Equal(y, 0.0), 1.0, y)))
    half = b.Where(b.Less(x, 0.0), -math.pi, math.pi)
    angle = b.Where(b.Less(y, 0.0), b.Add(angle, half), angle)
    upright = b.Mul(b.Sign(x), math.pi / 2)
    return b.Where(b.Equal(y, 0.0), upright, angle)


@lowers("sinc")
def sinc(b: Any, x: Any) -> Any:
    turned = b.Mul(x, math.pi)
    zero = b.Equal(x, 0.0)
    return b.Where(zero, 1.0, b.Div(b.Sin(turned), b.Where(zero, 1.0, turned)))


@lowers("logit")
def logit(b: Any, x: Any, eps: Any = None) -> Any:
    x = x if eps is None else b.Clip(x, np.asarray(eps, b.dtype), np.asarray(1 - eps, b.dtype))
    return b.Log(b.Div(x, b.Sub(1.0, x)))


@lowers("entr")
def entr(b: Any, x: Any) -> Any:
    inside = b.Neg(b.Mul(x, b.Log(b.Where(b.Greater(x, 0.0), x, 1.0))))
    return b.Where(b.Less(x, 0.0), -math.inf, inside)


@lowers("xlogy")
def xlogy(b: Any, x: Any, y: Any) -> Any:
    zero = b.And(b.Equal(x, 0.0), b.Not(b.IsNaN(y) if hasattr(y, "dtype") else np.bool_(y != y)))
    return b.Where(zero, 0.0, b.Mul(x, b.Log(y)))


@lowers("erfc")
def erfc(b: Any, x: Any) -> Any:
    return b.Sub(1.0, b.Erf(x))


@lowers("ndtr")
def ndtr(b: Any, x: Any) -> Any:
    return b.Mul(b.Add(b.Erf(b.Mul(x, math.sqrt(0.5))), 1.0), 0.5)
