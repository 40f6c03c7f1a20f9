"""Comparisons, bits, and what kind of number an element is."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import Unsayable, lowers


def _truth(b: Any, x: Any) -> Any:
    """An operand as bool."""
    return b.cast(x, bool) if getattr(x, "dtype", None) != np.dtype(bool) else x


@lowers("logical_and", "logical_or", "logical_xor")
def logical(b: Any, x: Any, y: Any) -> Any:
    return b.node(b.call.name.removeprefix("logical_").capitalize(), _truth(b, x), _truth(b, y))


@lowers("logical_not")
def logical_not(b: Any, x: Any) -> Any:
    return b.Not(_truth(b, x))


@lowers("bitwise_and", "bitwise_or", "bitwise_xor")
def bitwise(b: Any, x: Any, y: Any) -> Any:
    word = b.call.name.removeprefix("bitwise_").capitalize()
    return b.node(word if b.call.results[0].dtype.kind == "b" else f"Bitwise{word}", x, y)


@lowers("bitwise_not")
def bitwise_not(b: Any, x: Any) -> Any:
    return b.Not(x) if x.dtype.kind == "b" else b.BitwiseNot(x)


@lowers("bitwise_left_shift", "bitwise_right_shift")
def shift(b: Any, x: Any, y: Any) -> Any:
    if b.dtype.kind != "u":
        raise Unsayable("BitShift takes unsigned integers")
    return b.BitShift(x, y, direction="LEFT" if b.call.name == "bitwise_left_shift" else "RIGHT")


@lowers("ne")
def not_equal(b: Any, x: Any, y: Any) -> Any:
    return b.Not(b.Equal(x, y))


@lowers("isnan", "isinf", "isfinite", "isposinf", "isneginf")
def kind_of_number(b: Any, x: Any) -> Any:
    if x.dtype.kind != "f":
        return b.Expand(np.bool_(b.call.name == "isfinite"), b.Shape(x))
    kinds = {
        "isnan": lambda: b.IsNaN(x),
        "isinf": lambda: b.IsInf(x),
        "isfinite": lambda: b.Not(b.Or(b.IsNaN(x), b.IsInf(x))),
        "isposinf": lambda: b.IsInf(x, detect_negative=0),
        "isneginf": lambda: b.IsInf(x, detect_positive=0),
    }
    return kinds[b.call.name]()


@lowers("isreal")
def isreal(b: Any, x: Any) -> Any:
    return b.Expand(np.bool_(True), b.Shape(x))


@lowers("signbit")
def signbit(b: Any, x: Any) -> Any:
    """Of -0.0 only its reciprocal tells."""
    if x.dtype.kind != "f":
        return b.Less(x, 0) if x.dtype.kind == "i" else b.Expand(np.bool_(False), b.Shape(x))
    return b.Or(b.Less(x, 0), b.Less(b.Reciprocal(x), 0))


@lowers("copysign")
def copysign(b: Any, x: Any, y: Any) -> Any:
    size, negative = b.Abs(x), b.Or(b.Less(y, 0), b.Less(b.Reciprocal(y), 0))
    return b.Where(negative, b.Neg(size), size)


@lowers("nan_to_num")
def nan_to_num(b: Any, x: Any, nan: Any = 0.0, posinf: Any = None, neginf: Any = None) -> Any:
    if x.dtype.kind != "f":
        return b.Identity(x)
    limits = np.finfo(x.dtype)
    x = b.Where(b.IsNaN(x), np.asarray(nan or 0.0, limits.dtype), x)
    x = b.Where(b.IsInf(x, detect_negative=0), _number(posinf, limits.max, limits), x)
    return b.Where(b.IsInf(x, detect_positive=0), _number(neginf, limits.min, limits), x)


def _number(value: Any, otherwise: Any, limits: Any) -> Any:
    return np.asarray(otherwise if value is None else value, limits.dtype)
