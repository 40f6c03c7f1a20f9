"""`finfo` and `iinfo`: the limits of dtypes, in Python's numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microtensor as mt


@pytest.mark.parametrize("dtype", [mt.float16, mt.float32, mt.float64])
def test_the_limits_of_floating_point_dtypes_are_numpys_as_pythons_floats(dtype: np.dtype) -> None:
    found, expected = mt.finfo(dtype), np.finfo(dtype)
    for name in ("eps", "min", "max", "tiny", "smallest_normal"):
        value = getattr(found, name)
        assert type(value) is float
        assert value == getattr(expected, name)
    assert (found.bits, found.dtype) == (expected.bits, dtype.name)
    assert found.resolution == 10.0 ** -int(expected.precision)


@pytest.mark.parametrize("dtype", [mt.uint8, mt.int8, mt.int16, mt.int32, mt.int64])
def test_the_limits_of_integer_dtypes(dtype: np.dtype) -> None:
    found = mt.iinfo(dtype)
    assert (found.min, found.max, found.bits) == (
        np.iinfo(dtype).min,
        np.iinfo(dtype).max,
        dtype.itemsize * 8,
    )


def test_twice_the_largest_float32_is_a_number() -> None:
    assert math.isfinite(2 * mt.finfo(mt.float32).max)


def test_without_a_dtype_it_is_the_default_one() -> None:
    assert mt.finfo() == mt.finfo(mt.float32)
    mt.set_default_dtype(mt.float64)
    assert mt.finfo() == mt.finfo(mt.float64) != mt.finfo(mt.float32)
    mt.set_default_dtype(mt.float32)
    assert mt.iinfo(mt.int8) == mt.iinfo(mt.int8) != mt.iinfo(mt.int16)


def test_they_print_as_pytorchs() -> None:
    text = "min=-65504, max=65504, eps=0.000976562, smallest_normal=6.10352e-05, tiny=6.10352e-05"
    assert repr(mt.finfo(mt.float16)) == f"finfo(resolution=0.001, {text}, dtype=float16)"
    assert repr(mt.iinfo(mt.int32)) == "iinfo(min=-2.14748e+09, max=2.14748e+09, dtype=int32)"


@pytest.mark.parametrize(
    ("ask", "sentence"),
    [
        (lambda: mt.finfo(mt.int32), "requires a floating point dtype, got int32. Use iinfo"),
        (lambda: mt.iinfo(mt.float32), "requires an integer dtype, got float32. Use finfo"),
        (lambda: mt.iinfo(mt.bool), "got bool"),
        (lambda: mt.finfo("float32"), "must be a dtype, not str"),
        (lambda: mt.finfo(mt.ones(1)), "must be a dtype, not Tensor"),
    ],
)
def test_other_dtypes_are_refused(ask: object, sentence: str) -> None:
    with pytest.raises(TypeError, match=sentence):
        ask()  # type: ignore[operator]
