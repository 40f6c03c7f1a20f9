"""float16 is for storage: what is computed of it is computed in float32, and rounded once.

An op that says ``wide=True`` (and each that makes floats of integers) gets its float16 operands in
float32, and so do its derivatives; a Python number that meets a float16 tensor keeps its digits until the
result is rounded.  Functions made of several ops say `widened`: what lies between is not rounded.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any, TypeVar, cast

import numpy as np

from . import dtypes
from .attributes import dtype_objects
from .graph import Node
from .op_definition import Op
from .tensor import Tensor

FLOAT16 = dtypes.float16
HALF, SINGLE = dtype_objects.float16, dtype_objects.float32
F = TypeVar("F", bound=Callable[..., Any])


def is_half(this: Op, arrays: Sequence[Any]) -> bool:
    """Whether this call of an op is to be computed in float32 for its float16 operands."""
    if not any(getattr(a, "dtype", None) is FLOAT16 for a in arrays):
        return False
    if this.wide or this.floating:
        return True
    return this.elementwise and bool(this.partials) and any(isinstance(a, dtypes.Number) for a in arrays)


def wide(value: Any) -> Any:
    """A float16 array or Tensor in float32, also those in a tuple or dict; everything else as it is."""
    if isinstance(value, tuple):
        return tuple(map(wide, value))
    if isinstance(value, dict):  # the cotangents of several outputs, by their numbers
        return {number: wide(part) for number, part in value.items()}
    if isinstance(value, Tensor):
        return value.to(dtypes.float32) if value.dtype is HALF else value
    return value.astype(np.float32) if getattr(value, "dtype", None) is FLOAT16 else value


def narrow(value: Any) -> Any:
    """A float32 result in float16, where what is too large becomes infinite, in silence."""
    if isinstance(value, tuple):
        return tuple(map(narrow, value))
    if isinstance(value, Tensor):
        return value.to(FLOAT16) if value.dtype is SINGLE else value
    if getattr(value, "dtype", None) is not dtypes.float32:
        return value
    with np.errstate(over="ignore"):
        return value.astype(FLOAT16)


def wide_node(node: type[Node]) -> type[Node]:
    """The node of an op whose derivatives are computed in float32, under the same name."""

    def pull(self: Any, g: Any, saved: Any, edges: Any) -> Any:
        return narrow(tuple(node.pull(self, wide(g), wide(saved), edges)))

    return type(node.__name__, (node,), {"__slots__": (), "pull": pull})


def widened(function: F) -> F:
    """`function`, computed in float32 where its first argument is a float16 tensor, and rounded once."""

    @wraps(function)
    def call(input: Any, *args: Any, **params: Any) -> Any:
        if not isinstance(input, Tensor) or input.dtype is not HALF:
            return function(input, *args, **params)
        found = function(wide(input), *map(wide, args), **{name: wide(v) for name, v in params.items()})
        return narrow(found)

    return cast(F, call)
