"""Dtypes that data and integer targets give: NumPy's numbers among Python's, and scales cut to integers."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt


@pytest.mark.parametrize(
    ("data", "dtype"),
    [
        ([np.float32(1), 2.5], mt.float32),
        ([1.0, np.float64(2.5)], mt.float64),
        ([1, np.float64(2)], mt.float64),
        ([np.float16(1), 2], mt.float16),
        ([np.float16(1), 2.5], mt.float32),
        ([[np.float32(1)], [2.5]], mt.float32),
        ([np.int32(1), 2.5], mt.float32),
        ([mt.tensor(1.0, dtype=mt.float64), 2.0], mt.float64),
        ([1.0, 2], mt.float32),
        ([np.array([1.0]), np.array([2.0])], mt.float64),
        ([], mt.float32),
        ([np.int8(1), 2], mt.int64),
    ],
)  # fmt: skip
def test_numbers_of_several_kinds(data: Any, dtype: Any) -> None:
    assert mt.tensor(data).dtype == dtype


def test_integer_scales_cut_their_ends_first() -> None:
    assert mt.logspace(4.3, 4, 4, base=2.0, dtype=mt.int64).tolist() == [16] * 4
    assert mt.logspace(0.5, 3, 4, dtype=mt.int32).tolist() == [1, 10, 100, 1000]
    assert mt.linspace(-4.3, 9, 7, dtype=mt.int64).tolist() == [-4, -1, 0, 2, 4, 6, 9]
