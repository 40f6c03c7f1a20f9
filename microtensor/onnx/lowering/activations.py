"""Activation functions."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

import math
from typing import Any

from .exponentials import ndtr
from .registry import lowers


@lowers("gelu", "_gelu_tanh")
def gelu(b: Any, x: Any) -> Any:
    tanh = b.call.name == "_gelu_tanh"
    if b.opset >= 20:
        return b.Gelu(x, approximate="tanh" if tanh else "none")
    if tanh:
        inner = b.Mul(b.Add(x, b.Mul(b.Mul(b.Mul(x, x), x), 0.044715)), math.sqrt(2 / math.pi))
        return b.Mul(b.Mul(x, 0.5), b.Add(b.Tanh(inner), 1.0))
    return b.Mul(x, ndtr(b, x))


@lowers("silu")
def silu(b: Any, x: Any) -> Any:
    return b.Mul(x, b.Sigmoid(x))


@lowers("softplus")
def softplus(b: Any, x: Any, beta: float, threshold: float) -> Any:
    steep = x if beta == 1 else b.Mul(x, float(beta))
    soft = b.Softplus(steep) if beta == 1 else b.Div(b.Softplus(steep), float(beta))
    return b.Where(b.Greater(steep, float(threshold)), x, soft)


@lowers("logsigmoid")
def logsigmoid(b: Any, x: Any) -> Any:
    return b.Neg(b.Softplus(b.Neg(x)))


@lowers("leaky_relu")
def leaky_relu(b: Any, x: Any, negative_slope: float = 0.01) -> Any:
    return b.LeakyRelu(x, alpha=float(negative_slope))


@lowers("elu")
def elu(b: Any, x: Any, alpha: float, scale: float, inner: float) -> Any:
    if scale == 1 and inner == 1:
        return b.Elu(x, alpha=float(alpha))
    below = b.Mul(b.Sub(b.Exp(b.Mul(b.Min(x, 0.0), float(inner))), 1.0), float(alpha * scale))
    return b.Where(b.Greater(x, 0.0), b.Mul(x, float(scale)), below)


@lowers("hardsigmoid")
def hardsigmoid(b: Any, x: Any) -> Any:
    return b.HardSigmoid(x, alpha=1 / 6, beta=0.5)


@lowers("softshrink")
def softshrink(b: Any, x: Any, lambd: float) -> Any:
    return b.Shrink(x, lambd=float(lambd), bias=float(lambd))


@lowers("hardshrink")
def hardshrink(b: Any, x: Any, lambd: float = 0.5) -> Any:
    return b.Shrink(x, lambd=float(lambd), bias=0.0)


@lowers("threshold")
def threshold(b: Any, x: Any, threshold: float, value: float) -> Any:
    return b.Where(b.Greater(x, float(threshold)), x, float(value))


@lowers("prelu")
def prelu(b: Any, x: Any, weight: Any) -> Any:
    if b.call.results[0].shape == x.shape and weight.ndim <= x.ndim:
        return b.PRelu(x, weight)
    return b.Where(b.Less(x, 0.0), b.Mul(x, weight), x)
