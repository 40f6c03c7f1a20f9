"""Ops of each element: one node each for most, a line of algebra for the others."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Unsayable, lowers

ONE_NODE = {
    "neg": "Neg", "abs": "Abs", "sign": "Sign", "exp": "Exp", "log": "Log", "sqrt": "Sqrt", "root": "Sqrt",
    "reciprocal": "Reciprocal", "sin": "Sin", "cos": "Cos", "tanh": "Tanh", "sigmoid": "Sigmoid", "erf":
    "Erf",
    "relu": "Relu", "tan": "Tan", "sinh": "Sinh", "cosh": "Cosh",
    "asin": "Asin", "acos": "Acos", "atan": "Atan", "asinh": "Asinh", "acosh": "Acosh", "atanh": "Atanh",
    "alias": "Identity", "contiguous": "Identity",
    "hardswish": "HardSwish", "_softplus": "Softplus", "mish": "Mish",
    "div": "Div", "mul": "Mul", "maximum": "Max", "minimum": "Min", "clamp_min": "Max", "clamp_max": "Min",
    "gt": "Greater", "ge": "GreaterOrEqual", "lt": "Less", "le": "LessOrEqual", "eq": "Equal",
    "constant": "Identity",
}  # fmt: skip


def _one_node(op: str) -> Any:
    def handler(b: Any, *operands: Any) -> Any:
        return b.node(op, *operands)

    return handler


for _name, _op in ONE_NODE.items():
    lowers(_name)(_one_node(_op))


@lowers("clone")
def clone(b: Any, x: Any, memory_format: Any = None) -> Any:
    """The same elements: the order of the memory is no part of a tensor in ONNX."""
    return b.Identity(x)


@lowers("in_place_of")
def in_place_of(b: Any, x: Any, value: Any) -> Any:
    """A constant; what it stands in the place of has no part in it."""
    return b.constant(value.astype(b.dtype))


def is_integer(b: Any) -> bool:
    """Whether the call computes with integers."""
    return bool(b.dtype.kind in "iu")


@lowers("floor", "ceil")
def rounded(b: Any, x: Any) -> Any:
    return b.Identity(x) if is_integer(b) else b.node(b.call.name.capitalize(), x)


@lowers("add", "sub", "rsub")
def added(b: Any, x: Any, y: Any, alpha: Any = 1) -> Any:
    if b.call.name == "rsub":
        x, y = y, x
    if b.call.results[0].dtype.kind == "b":
        return b.Or(x, y)
    y = y if alpha == 1 else b.Mul(y, np.asarray(alpha, b.dtype))
    return b.Add(x, y) if b.call.name == "add" else b.Sub(x, y)


@lowers("mul", "share")
def product(b: Any, x: Any, y: Any) -> Any:
    if b.call.name == "share":
        raise Unsayable("it is part of a backward pass")
    return b.And(x, y) if b.call.results[0].dtype.kind == "b" else b.Mul(x, y)


@lowers("round")
def nearest(b: Any, x: Any, decimals: int = 0) -> Any:
    if is_integer(b):
        return b.Identity(x)
    if not decimals:
        return b.Round(x)
    scale = np.asarray(10.0**decimals, b.dtype)
    return b.Div(b.Round(b.Mul(x, scale)), scale)


@lowers("trunc")
def toward_zero(b: Any, x: Any) -> Any:
    if is_integer(b):
        return b.Identity(x)
    return b.Where(b.Less(x, 0), b.Ceil(x), b.Floor(x))


@lowers("frac")
def fraction(b: Any, x: Any) -> Any:
    return b.Sub(x, toward_zero(b, x))


@lowers("_div_trunc")
def quotient_toward_zero(b: Any, x: Any, y: Any) -> Any:
    return b.Div(x, y) if is_integer(b) else toward_zero(b, b.Div(x, y))


@lowers("floor_divide")
def floored_quotient(b: Any, x: Any, y: Any) -> Any:
    if not is_integer(b):
        return b.Floor(b.Div(x, y))
    return b.Div(b.Sub(x, b.Mod(x, y)), y)


@lowers("remainder")
def remainder(b: Any, x: Any, y: Any) -> Any:
    """With the sign of the divisor: ``Mod`` of integers; of floats it has the dividend's sign."""
    if is_integer(b):
        return b.Mod(x, y)
    rest = b.Mod(x, y, fmod=1)
    opposite = b.Less(b.Mul(rest, y), 0)
    return b.Where(opposite, b.Add(rest, y), rest)


@lowers("fmod")
def remainder_toward_zero(b: Any, x: Any, y: Any) -> Any:
    return b.Mod(x, y, fmod=1)


@lowers("pow")
def power(b: Any, x: Any, exponent: Any) -> Any:
    if exponent == 2 and not isinstance(exponent, bool):
        return b.Mul(x, x)
    return b.Pow(x, exponent)


@lowers("rsqrt")
def reciprocal_root(b: Any, x: Any) -> Any:
    return b.Reciprocal(b.Sqrt(x))


@lowers("square")
def square(b: Any, x: Any) -> Any:
    return b.Mul(x, x)


@lowers("clamp")
def clamp(b: Any, x: Any, min: Any = None, max: Any = None) -> Any:
    low, high = (None if v is None else np.asarray(v, b.dtype) for v in (min, max))
    return b.Clip(x, low, high)


@lowers("hardtanh")
def hardtanh(b: Any, x: Any, low: float, high: float) -> Any:
    return clamp(b, x, low, high)


@lowers("where")
def where(b: Any, condition: Any, x: Any, y: Any) -> Any:
    x, y = (v if hasattr(v, "dtype") else np.asarray(v, b.call.results[0].dtype) for v in (x, y))
    if b.call.results[0].dtype.kind == "b":  # which onnxruntime's Where does not take
        return b.Or(b.And(condition, x), b.And(b.Not(condition), y))
    return b.Where(condition, x, y)


@lowers("masked_fill")
def masked_fill(b: Any, x: Any, mask: Any, value: Any) -> Any:
    return b.Where(mask, np.asarray(value, x.dtype), x)


@lowers("cast")
def cast(b: Any, x: Any, dtype: Any) -> Any:
    return b.cast(x, dtype)
