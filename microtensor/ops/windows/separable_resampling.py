"""Sparse linear maps along the last dimensions: what averages, interpolation and borders have in common.

Each result along a dimension is a weighted sum of a few elements, and so, read the other way, is each
element's cotangent: the transposed map is of the same kind.  So one op, its own adjoint, serves adaptive
averages, all modes of interpolation, and reflected, repeated and wrapped borders.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np

from ...engine.op import shown_as
from ...engine.op_definition import case


class Taps:
    """A sparse matrix (size, source): result ``rows[i]`` has ``weights[i]`` of element ``columns[i]``.

    It is held in layers, of which each has at most one element for each result.
    """

    def __init__(self, size: int, source: int, rows: Any, columns: Any, weights: Any = None) -> None:
        order = np.argsort(rows, kind="stable")
        self.size, self.source = size, source
        self.rows, self.columns = np.asarray(rows, np.int64)[order], np.asarray(columns, np.int64)[order]
        self.weights = None if weights is None else np.asarray(weights, np.float64)[order]
        counts = np.bincount(self.rows, minlength=size)
        rank = np.arange(len(self.rows)) - np.repeat(np.cumsum(counts) - counts, counts)
        self.layers = [self._layer(rank == r) for r in range(counts.max(initial=0))]

    def _layer(self, chosen: Any) -> tuple[Any, Any, Any]:
        rows = self.rows[chosen]
        weights = None if self.weights is None else self.weights[chosen]
        return None if len(rows) == self.size else rows, _as_slice(self.columns[chosen]), weights

    @cached_property
    def transposed(self) -> Taps:
        """The adjoint."""
        return Taps(self.source, self.size, self.columns, self.rows, self.weights)

    def dense(self) -> Any:
        """The same as an ordinary matrix."""
        out = np.zeros((self.size, self.source))
        np.add.at(out, (self.rows, self.columns), 1 if self.weights is None else self.weights)
        return out


def _as_slice(columns: Any) -> Any:
    """Columns at equal steps as a slice, which reads without a copy."""
    steps = np.diff(columns)
    if len(steps) and steps[0] > 0 and (steps == steps[0]).all():
        return slice(int(columns[0]), int(columns[-1]) + 1, int(steps[0]))
    return columns


def _along(x: Any, taps: Taps, axis: int) -> Any:
    rest = (slice(None),) * (-axis - 1)
    shape = (*x.shape[:axis], taps.size, *x.shape[x.ndim + axis + 1 :])
    out = None
    for rows, columns, weights in taps.layers:
        part = x[(..., columns, *rest)]
        if weights is not None:
            part = part * weights.astype(x.dtype).reshape(-1, *[1] * len(rest))
        if out is None and rows is None:
            out = part.copy() if part.base is not None else part
            continue
        out = np.zeros(shape, x.dtype) if out is None else out
        out[(..., slice(None) if rows is None else rows, *rest)] += part
    return np.zeros(shape, x.dtype) if out is None else out


def _resample(x: Any, /, taps: tuple[Taps, ...]) -> Any:
    """Weighted sums along the last dimensions, by one sparse matrix for each.

    >>> from microtensor.ops.windows.separable_resampling import Taps, resample
    >>> resample(mt.tensor([1.0, 5.0]), (Taps(3, 2, [0, 1, 1, 2], [0, 0, 1, 1], [1, 0.5, 0.5, 1]),))
    tensor([1., 3., 5.])
    """
    for axis, one in enumerate(taps, -len(taps)):
        x = _along(x, one, axis)
    return np.ascontiguousarray(x)


def _by_matrices(x: Any, taps: tuple[Taps, ...]) -> Any:
    for axis, one in enumerate(taps, -len(taps)):
        x = np.moveaxis(np.moveaxis(x, axis, -1) @ one.dense().T, -1, axis)
    return x


_MEANS = Taps(3, 4, [0, 0, 1, 1, 2, 2], [0, 1, 1, 2, 2, 3], [0.5] * 6)
_GAPS = Taps(4, 3, [0, 2, 2, 2], [2, 0, 1, 2], [1.0, 2.0, -1.0, 3.0])
_COPIES = Taps(3, 2, [0, 1, 2], [1, 0, 1])
_WHOLE = Taps(2, 2, [0, 1], [0, 1])
resample_shown_as = shown_as(
    _resample,
    "resample",
    complex=True,
    x=lambda g, taps: resample(g, tuple([one.transposed for one in taps])),
    samples=[
        case((2, 4, 3), taps=(_MEANS, _GAPS)),
        case((2, 2), taps=(_COPIES,)),
        case((2, 3), taps=(_COPIES.transposed,)),
        case((2, 2), taps=(_WHOLE,)),
        case((2,), taps=(Taps(3, 2, [], []),)),
    ],
    reference=_by_matrices,
)
resample = resample_shown_as("ResampleBackward0")
