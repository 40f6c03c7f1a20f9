"""Dtypes narrower than float32 are for storage: they are computed with in float32, and rounded once.

An op that says ``wide=True`` (and each that makes floats of integers) gets its float16 operands in
float32, and so do its derivatives; a Python number that meets a float16 tensor keeps its digits until the
result is rounded.  Of bfloat16 and the float8 dtypes, which NumPy lacks, every op does that but views and
copies.  Functions made of several ops say `widened`: what lies between is not rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

from . import dtypes
from .attributes import dtype_objects
from .attributes.low_precision import FLOAT16, NARROW, converted
from .graph import Node
from .op_definition import Op
from .tensor import Tensor

SINGLE = dtype_objects.float32
COPIES = frozenset(("cast", "clone", "contiguous"))
F = TypeVar("F", bound=Callable[..., Any])


def narrow_dtype(this: Op, arrays: Sequence[Any]) -> Any:
    """The dtype narrower than float32 that this call of an op is to be widened from, and None if none is."""
    kinds = {a.dtype for a in arrays if getattr(a, "dtype", None) in NARROW}
    if not kinds:
        return None
    found = kinds.pop()
    if found is not FLOAT16:
        plain = this.view or this.name in COPIES or kinds or _mixed(arrays)
        return None if plain else found
    if this.wide or this.floating:
        return None if not this.promote and _mixed(arrays) else found
    numbers = any(isinstance(a, dtypes.Number) for a in arrays)
    return found if this.elementwise and this.partials and numbers else None


def _mixed(arrays: Sequence[Any]) -> bool:
    """Whether floats of other dtypes stand beside, which the op itself has to accept or refuse."""
    return any(a.dtype in (dtypes.float32, dtypes.float64) for a in arrays if hasattr(a, "dtype"))


def wide(value: Any) -> Any:
    """A narrow array or Tensor in float32, also those in a tuple or dict; everything else as it is."""
    if isinstance(value, tuple):
        return tuple(map(wide, value))
    if isinstance(value, dict):  # the cotangents of several outputs, by their numbers
        return {number: wide(part) for number, part in value.items()}
    if isinstance(value, Tensor):
        return value.to(dtypes.float32) if value.dtype.dtype in NARROW else value
    return value.astype(np.float32) if getattr(value, "dtype", None) in NARROW else value


def narrow(value: Any, dtype: Any) -> Any:
    """A float32 result in `dtype`, where what is too large becomes infinite, in silence."""
    if isinstance(value, tuple):
        return tuple([narrow(part, dtype) for part in value])
    if isinstance(value, Tensor):
        return value.to(dtype) if value.dtype is SINGLE else value
    return converted(value, dtype) if getattr(value, "dtype", None) is dtypes.float32 else value


def wide_node(node: type[Node], dtype: Any) -> type[Node]:
    """The node, of the same name, of an op whose derivatives are computed in float32 and given in `dtype`."""

    def pull(self: Any, g: Any, saved: Any, edges: Any) -> Any:
        return narrow(tuple(node.pull(self, wide(g), wide(saved), edges)), dtype)

    return type(node.__name__, (node,), {"__slots__": (), "pull": pull})


def following(function: F) -> F:
    """`function` of a narrow first argument beside float32 ones: computed so, and given as the first is."""

    @wraps(function)
    def call(input: Any, *args: Any, **params: Any) -> Any:
        if not isinstance(input, Tensor) or input.dtype is SINGLE or input.dtype.dtype not in NARROW:
            return function(input, *args, **params)
        if not any(isinstance(x, Tensor) and x.dtype is SINGLE for x in (*args, *params.values())):
            return function(input, *args, **params)
        return narrow(function(wide(input), *args, **params), input.dtype.dtype)

    return cast(F, call)


def widened(function: F) -> F:
    """`function`, computed in float32 where its first argument is narrower, and rounded once."""

    @wraps(function)
    def call(input: Any, *args: Any, **params: Any) -> Any:
        if not isinstance(input, Tensor) or input.dtype is SINGLE or input.dtype.dtype not in NARROW:
            return function(input, *args, **params)
        found = function(wide(input), *map(wide, args), **{name: wide(v) for name, v in params.items()})
        return narrow(found, input.dtype.dtype)

    return cast(F, call)
