"""Arithmetic of numbers alone, and of operands whose product would lose digits or overflow."""

from __future__ import annotations

import cmath

import pytest

import microtensor as mt


def test_numbers_alone_make_tensors() -> None:
    assert (mt.add(2, 3).item(), mt.add(2, 3).dtype) == (5, mt.int64)
    assert mt.sub(5.0, 2, alpha=2).item() == 1
    assert (mt.mul(2, 3.5).dtype, mt.mul(2, 1j).item()) == (mt.float32, 2j)
    assert (mt.div(1, 2).item(), mt.floor_divide(7, 2).item()) == (0.5, 3)
    with pytest.raises(TypeError, match="pow: expected a Tensor"):
        mt.pow(2, 3)


def test_products_are_made_in_the_dtype_of_the_result() -> None:
    third = mt.tensor([1 / 3])
    wide, exact = mt.zeros(1, dtype=mt.float64), third.item() ** 2
    assert mt.addcmul(wide, third, third).item() == exact
    assert mt.addcdiv(wide, third, mt.tensor([3.0])).item() == third.item() / 3
    small = mt.tensor([100], dtype=mt.int8)
    assert mt.addcmul(mt.zeros(1), small, small, value=0.5).item() == 5000
    assert mt.addcmul(mt.zeros(1), small, small).item() == 10_000


SMALL = [1e-17 + 1e-18j, -1e-9 - 1e-9j, 1e-5j]
PRECISIONS = [("complex128", 1e-15), ("complex64", 4e-7)]


@pytest.mark.parametrize(("dtype", "digits"), PRECISIONS)
def test_the_logarithm_near_1_keeps_the_digits_of_a_small_complex_number(dtype: str, digits: float) -> None:
    for z in SMALL:
        x = mt.tensor([z], dtype=getattr(mt, dtype))
        exact = z - z**2 / 2 + z**3 / 3
        assert abs(mt.log1p(x).item() - exact) <= digits * abs(exact)
        assert abs(mt.logaddexp(x * 0, x.log()).item() - exact) <= 50 * digits * abs(exact)
    for z in (-0.3 + 0.4j, -1 + 1e-9j, 3 - 4j, -2 + 1e-9j):
        found = mt.log1p(mt.tensor(z, dtype=getattr(mt, dtype))).item()
        assert abs(found - cmath.log(1 + z)) <= digits * abs(cmath.log(1 + z))
