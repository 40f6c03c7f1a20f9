"""A matrix as few enough cells to be looked at: in each block of elements the one that is largest in size."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

_ROWS, _COLUMNS = 32, 48
NOT_A_NUMBER = -128


@dataclass(frozen=True)
class Heat:
    """Cells of a matrix, row by row: from -127 to 127 in units of the largest, or -128 for what is NaN."""

    rows: int
    columns: int
    cells: bytes
    largest: float


def heat(array: Any) -> Heat | None:
    """The cells of an array, whose leading dimensions are rows; None for what is no array of real numbers.

    >>> found = heat(np.array([[1.0, -2.0], [0.0, np.nan]]))
    >>> found.rows, found.columns, np.frombuffer(found.cells, np.int8).tolist(), found.largest
    (2, 2, [64, -127, 0, -128], 2.0)
    """
    if array.dtype.kind not in "biuf" or not array.size or not array.ndim:
        return None
    matrix = array.reshape(-1, array.shape[-1]).astype(np.float64)
    bad = np.isnan(matrix)
    matrix = np.nan_to_num(matrix, nan=0.0)
    cells, holes = _coarse(matrix), _coarse(bad.astype(np.float64)) > 0
    largest = float(np.abs(cells).max())
    levels = np.rint(cells / (largest or 1.0) * 127).astype(np.int8)
    levels[holes] = NOT_A_NUMBER
    rows, columns = levels.shape
    return Heat(rows, columns, levels.tobytes(), largest)


def _coarse(matrix: Any) -> Any:
    """No more rows and columns than fit, by the extreme that is further from 0."""
    for axis, most in ((0, _ROWS), (1, _COLUMNS)):
        if matrix.shape[axis] > most:
            starts = np.linspace(0, matrix.shape[axis], most, endpoint=False).astype(int)
            high, low = (f.reduceat(matrix, starts, axis) for f in (np.maximum, np.minimum))
            matrix = np.where(high >= -low, high, low)
    return matrix
