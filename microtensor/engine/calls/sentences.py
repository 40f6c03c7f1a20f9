"""PyTorch's sentences for shapes that do not fit, which programs and their tests look for.

They stand in front of what we say ourselves: which op was called, with what.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np


def misfit(name: str, shapes: Sequence[tuple[int, ...]], params: dict[str, Any]) -> str:
    """What PyTorch says of shapes with which the op `name` cannot do; "" if it has nothing to say.

    >>> from microtensor.engine.calls.sentences import misfit
    >>> misfit("reshape", [(4, 3)], {"shape": (4, 2)})
    "shape '[4, 2]' is invalid for input of size 12"
    """
    if name == "reshape":
        return _reshape(shapes[0], params["shape"])
    return unequal(shapes) if len(shapes) == 2 else ""


def unequal(shapes: Sequence[tuple[int, ...]]) -> str:
    """Where two shapes do not broadcast."""
    ndim = max(map(len, shapes))
    a, b = ((1,) * (ndim - len(s)) + tuple(s) for s in shapes)
    for d in reversed(range(ndim)):
        if a[d] != b[d] and 1 not in (a[d], b[d]):
            return (
                f"The size of tensor a ({a[d]}) must match the size of tensor b ({b[d]}) at non-singleton "
                f"dimension {d}"
            )
    return ""


def _reshape(old: tuple[int, ...], new: Sequence[int]) -> str:
    size, given = math.prod(old), list(new)
    if given.count(-1) > 1:
        return "only one dimension can be inferred"
    if -1 in given and not size and 0 in given:
        return (
            f"cannot reshape tensor of 0 elements into shape {given} because the unspecified dimension "
            "size -1 can be any value and is ambiguous"
        )
    return f"shape '{given}' is invalid for input of size {size}"


def out_of_range(error: np.exceptions.AxisError) -> str:
    """PyTorch's sentence for a dimension that is not there."""
    if error.axis is None or error.ndim is None:
        return "Dimension out of range"
    span = error.ndim or 1
    return f"Dimension out of range (expected to be in range of [{-span}, {span - 1}], but got {error.axis})"


def misplaced(error: IndexError, ndim: int) -> str:
    """PyTorch's sentence for what NumPy says of an index that is not there.

    >>> from microtensor.engine.calls.sentences import misplaced
    >>> misplaced(IndexError("index 5 is out of bounds for axis 0 with size 3"), 2)
    'index 5 is out of bounds for dimension 0 with size 3'
    """
    text = str(error)
    if text.startswith("too many indices"):
        return f"too many indices for tensor of dimension {ndim}"
    return text.replace("for axis", "for dimension")
