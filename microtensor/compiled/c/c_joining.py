"""Arrays put side by side: each part is a statement that copies into its place of the result."""

from __future__ import annotations

import numpy as np

from ..program import Instruction
from .c_statements import Statement
from .c_types import castable, suits
from .c_views import view

__all__ = ["pieces"]


def _tile(i: Instruction) -> list[Statement]:
    """`np.tile` of one row a number of times."""
    x, times = i.operands if len(i.operands) == 2 else (None, None)
    out = i.out
    if (
        not isinstance(x, np.ndarray)
        or x.ndim != 1
        or not isinstance(times, int)
        or i.keywords
        or out is None
    ):
        return []
    if out.ndim != 1 or not suits([x, out]) or x.dtype != out.dtype or np.may_share_memory(x, out):
        return []
    step, space = out.strides[0], (times, len(x))
    to = view(out).seen(space, (step * len(x), step))
    return [Statement(i, to, (view(x).broadcast(space),), "{0}", (x.dtype,), x.dtype)]


def pieces(i: Instruction) -> list[Statement]:
    """`np.concatenate` as copies into parts of its result, and `np.tile`; empty for anything else."""
    if i.function is np.tile:
        return _tile(i)
    if i.function is not np.concatenate or not set(i.keywords) <= {"axis"} or i.out is None:
        return []
    axis, arrays, start = _axis(i), i.operands[0], 0
    if axis is None or not suits([*arrays, i.out]) or any(np.may_share_memory(x, i.out) for x in arrays):
        return []
    made = []
    for x in arrays:
        part = i.out[(slice(None),) * axis + (slice(start, start := start + x.shape[axis]),)]
        if not castable(x.dtype, part.dtype):
            return []
        made.append(Statement(i, view(part), (view(x),), "{0}", (part.dtype,), part.dtype))
    return made


def _axis(i: Instruction) -> int | None:
    """Along which dimension arrays are joined, if they have one and are arrays."""
    told = i.operands[1] if len(i.operands) == 2 else i.keywords.get("axis", 0)
    arrays = i.operands[0]
    fine = isinstance(arrays, (list, tuple)) and all(isinstance(x, np.ndarray) and x.ndim for x in arrays)
    assert i.out is not None
    return int(told) % i.out.ndim if fine and isinstance(told, int) and len(i.operands) <= 2 else None
