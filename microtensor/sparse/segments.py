"""Reductions of runs of rows, whose lengths or beginnings are given."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..ops.elementwise.select import where
from ..ops.indexing.getitem import put
from .index_conversion import lines_of
from .shown import shown

_EMPTY = {"sum": 0.0, "mean": math.nan, "max": -math.inf, "min": math.inf, "prod": 1.0}


def segment_reduce(
    data: Tensor, reduce: str, *, lengths: Any = None, indices: Any = None, offsets: Any = None,
    axis: int = 0, unsafe: bool = False, initial: Any = None,
) -> Any:  # fmt: skip
    """The sum, mean, max, min or prod of each run of rows: of these `lengths`, or beginning at `offsets`.

    A run without rows gives `initial`, or what is neutral: 0, NaN, -inf, inf, 1.  Gradients of a maximum are
    shared between equal rows.

    Raises ``RuntimeError`` for lengths that do not add up, and ``NotImplementedError`` for batches of them.

    >>> mt.segment_reduce(mt.tensor([1.0, 2.0, 5.0]), "sum", lengths=mt.tensor([2, 0, 1]))
    tensor([3., 0., 5.])
    """
    reduce = {"amax": "max", "amin": "min"}.get(reduce, reduce)
    if reduce not in _EMPTY:
        raise RuntimeError(f"reduce argument must be either sum, prod, mean, amax or amin, got {reduce}")
    starts = _starts(data, lengths, offsets, axis, unsafe)
    rows, lines = data[int(starts[0]) : int(starts[-1])], lines_of(starts)
    base = np.full((len(starts) - 1, *data.shape[1:]), 0 if initial is None else initial, data.dtype.dtype)
    if initial is None:
        base[np.diff(starts) == 0] = _EMPTY[reduce]
    return shown(_reduced(reduce, rows, lines, base, np.diff(starts), initial), "SegmentReduceBackward0")


def _starts(data: Tensor, lengths: Any, offsets: Any, axis: int, unsafe: bool) -> Any:
    given = offsets if lengths is None else lengths
    if given is None:
        raise RuntimeError("segment_reduce(): Either lengths or offsets must be defined.")
    if given.ndim != 1 or axis != 0:
        raise NotImplementedError("segment_reduce(): lengths or offsets are one vector here, and axis is 0")
    if lengths is None:
        return given.array
    starts = np.concatenate([[0], np.cumsum(given.array)])
    if not unsafe and starts[-1] != data.shape[0]:
        raise RuntimeError(
            "segment_reduce(): Expected all rows of lengths along axis to sum to data.size(0) when !unsafe: "
            f"they sum to {starts[-1]}, and the size is {data.shape[0]}."
        )
    return starts


def _reduced(reduce: str, rows: Any, lines: Any, base: Any, counts: Any, initial: Any) -> Any:
    if reduce in ("sum", "mean"):
        total = put(rows, base.shape, (lines,)) + Tensor._of(base)
        sizes = np.maximum(counts, 1).reshape(-1, *(1,) * (base.ndim - 1)).astype(base.dtype)
        return total if reduce == "sum" else total / Tensor._of(sizes)
    start = Tensor._of(base)
    if reduce == "prod":
        return start.index_reduce(0, Tensor._of(lines), rows, "prod", include_self=initial is not None)
    neutral = Tensor._of(
        np.full_like(base, _EMPTY[reduce])
    )  # no number of the rows, which would share with it
    found = neutral.index_reduce(0, Tensor._of(lines), rows, f"a{reduce}", include_self=False)
    if initial is None:
        return found
    beaten = np.less if reduce == "max" else np.greater
    return where(Tensor._of(beaten(found.detach().array, base)), start, found)


__all__ = ["segment_reduce"]
