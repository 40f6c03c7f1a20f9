"""Types and numbers as C writes them, and what keeps an array out of C."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from ..program import Array

DType = np.dtype[Any]

NAMES = {
    "float32": "float",
    "float64": "double",
    "bool": "uint8_t",
    "int8": "int8_t",
    "uint8": "uint8_t",
    "int16": "int16_t",
    "uint16": "uint16_t",
    "int32": "int32_t",
    "uint32": "uint32_t",
    "int64": "int64_t",
    "uint64": "uint64_t",
}
"""C's names of the dtypes that C code computes with; arrays of others are left to NumPy."""


def name(dtype: DType) -> str:
    """The C type of a dtype's elements."""
    return NAMES[dtype.name]


def suits(arrays: Iterable[Array]) -> bool:
    """Whether C can address all of them: known types, in the machine's order, aligned."""
    return all(
        a.dtype.name in NAMES
        and a.dtype.isnative
        and a.flags.aligned
        and all(s % a.itemsize == 0 for s in a.strides)
        for a in arrays
    )


def literal(value: Any, dtype: DType) -> str:
    """A number of this dtype as C text, to the last bit.

    >>> import numpy as np
    >>> from microtensor.compiled.c.c_types import literal
    >>> literal(0.1, np.dtype("float32")), literal(-3, np.dtype("int64"))
    ('0x1.99999a0000000p-4f', '(-3)')
    """
    if dtype.kind != "f":
        return _integer(int(value))
    number = float(dtype.type(value))
    if math.isnan(number):
        return "NAN"
    if math.isinf(number):
        return "INFINITY" if number > 0 else "(-INFINITY)"
    text = number.hex() + ("f" if dtype.itemsize == 4 else "")
    return f"({text})" if text.startswith("-") else text


def _integer(value: int) -> str:
    if value == -(2**63):
        return "INT64_MIN"
    suffix = "" if abs(value) < 2**31 else "LL" if value < 2**63 else "ULL"
    return f"({value}{suffix})" if value < 0 else f"{value}{suffix}"


def cast(text: str, source: DType, target: DType) -> str:
    """`text`, a C expression of one dtype, as a value of another."""
    if source == target:
        return text
    if target.kind == "b":
        return f"(({text}) != 0)"
    if source.kind == "b":
        return f"(({text}) ? ({name(target)})1 : ({name(target)})0)"
    return f"(({name(target)})({text}))"


def castable(source: DType, target: DType) -> bool:
    """Whether C's conversion is NumPy's: from floating point to integers it need not be."""
    return not (source.kind == "f" and target.kind in "iu")


__all__ = ["NAMES", "DType", "cast", "castable", "literal", "name", "suits"]
