"""Slopes between points whose distance has more digits than float32."""

from __future__ import annotations

import pytest

import microtensor as mt


@pytest.mark.parametrize("dtype", ["float64", "complex128", "float32", "complex64", "float16"])
def test_a_distance_is_as_exact_as_the_numbers(dtype: str) -> None:
    x = mt.tensor([0.0, 2.1, 4.2], dtype=getattr(mt, dtype))
    for step in (2.1, mt.tensor(2.1, dtype=mt.float64), mt.tensor([0, 2.1, 4.2], dtype=mt.float64)):
        (found,) = mt.gradient(x, spacing=step)
        assert found.dtype == x.dtype
        exact = 3e-16 if found.dtype.itemsize == 8 * (1 + found.is_complex()) else 1e-3
        assert all(abs(v - 1) < exact for v in found.tolist())


def test_integers_have_slopes_of_the_default_dtype() -> None:
    (found,) = mt.gradient(mt.tensor([0, 1, 4]), spacing=0.5)
    assert (found.dtype, found.tolist()) == (mt.float32, [2, 4, 6])
