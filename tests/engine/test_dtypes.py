"""Dtypes and promotion: PyTorch's categories, with NumPy's dtype objects."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine import dtypes

pytestmark = pytest.mark.fast

ORDER = [mt.bool, mt.uint8, mt.int8, mt.int16, mt.int32, mt.int64, mt.float16, mt.float32, mt.float64]
CATEGORY = {"b": 0, "u": 1, "i": 1, "f": 2}


def test_the_names_are_numpys_objects() -> None:
    assert mt.float32 == np.dtype("float32")
    assert mt.zeros(1).dtype is mt.float32
    aliases = {
        mt.float: mt.float32,
        mt.double: mt.float64,
        mt.half: mt.float16,
        mt.long: mt.int64,
        mt.int: mt.int32,
    }
    assert all(alias is name for alias, name in aliases.items())
    assert mt.short is mt.int16


@pytest.mark.parametrize(("a", "b"), list(itertools.product(ORDER, ORDER)), ids=str)
def test_promotion_is_a_join_by_category(a: Any, b: Any) -> None:
    c = mt.promote_types(a, b)
    assert c == mt.promote_types(b, a)
    assert mt.promote_types(a, a) == a
    assert CATEGORY[c.kind] == max(CATEGORY[a.kind], CATEGORY[b.kind])
    if CATEGORY[a.kind] > CATEGORY[b.kind]:
        assert c == a, "a higher category decides alone, at its own width"
    assert (mt.ones(2, dtype=a) * mt.ones(2, dtype=b)).dtype == c


@pytest.mark.parametrize(("a", "b"), list(itertools.product(ORDER, ORDER)), ids=str)
def test_0d_tensors_decide_only_by_category(a: Any, b: Any) -> None:
    wide, zero = mt.ones(2, dtype=a), mt.tensor(1, dtype=b)
    expected = a if CATEGORY[a.kind] >= CATEGORY[b.kind] else b
    assert mt.result_type(wide, zero) == mt.result_type(zero, wide) == expected
    assert (wide * zero).dtype == (zero * wide).dtype == expected
    assert (zero * mt.tensor(1, dtype=a)).dtype == mt.promote_types(a, b)


@pytest.mark.parametrize("dtype", ORDER, ids=str)
@pytest.mark.parametrize("number", [True, 2, 2.5])
def test_numbers_decide_only_by_category(dtype: Any, number: Any) -> None:
    for x in (mt.ones(2, dtype=dtype), mt.tensor(1, dtype=dtype)):
        alone = {bool: mt.bool, int: mt.int64, float: mt.float32}[type(number)]
        expected = dtype if CATEGORY[dtype.kind] >= CATEGORY[alone.kind] else alone
        assert mt.result_type(x, number) == expected
        assert (x * number).dtype == expected
        assert (number * x).dtype == expected


def test_division_and_functions_of_reals_give_floats() -> None:
    for dtype in ORDER:
        x = mt.ones(2, dtype=dtype)
        expected = dtype if dtype.kind == "f" else mt.float32
        for y in (x / x, x / 2, 1 / x, x.exp(), x.sqrt(), x.sigmoid()):
            assert y.dtype == expected


def test_sums_of_integers_are_int64_and_of_floats_their_own() -> None:
    for dtype in ORDER:
        x = mt.ones(2, dtype=dtype)
        expected = dtype if dtype.kind == "f" else mt.int64
        assert x.sum().dtype == x.prod().dtype == x.cumsum(0).dtype == expected


def test_comparisons_are_bool() -> None:
    for dtype in ORDER:
        x = mt.ones(2, dtype=dtype)
        assert (x == x).dtype == (x > 0.5).dtype == (x < mt.ones(2)).dtype == mt.bool


@pytest.fixture
def in_float64() -> Any:
    mt.set_default_dtype(mt.float64)
    yield
    mt.set_default_dtype(mt.float32)


@pytest.mark.usefixtures("in_float64")
def test_the_default_dtype_is_that_of_floats_and_of_what_integers_become() -> None:
    assert mt.get_default_dtype() == mt.float64
    made = [
        mt.tensor(1.0),
        mt.zeros(2),
        mt.rand(2),
        mt.arange(2) / 2,
        mt.arange(2) * 0.5,
        mt.arange(2.0),
        mt.linspace(0, 1, 3),
    ]
    assert {x.dtype for x in made} == {mt.float64}
    assert mt.ones(2, dtype=mt.float32).mul(0.5).dtype == mt.float32


@pytest.mark.parametrize("dtype", [mt.int64, mt.bool, np.complex64])
def test_the_default_dtype_is_a_float(dtype: Any) -> None:
    with pytest.raises(TypeError, match="floating point"):
        mt.set_default_dtype(dtype)
    assert mt.get_default_dtype() == mt.float32


def test_casting_rules() -> None:
    assert mt.can_cast(mt.int64, mt.float16)
    assert mt.can_cast(mt.float64, mt.float16)
    assert mt.can_cast(mt.bool, mt.uint8)
    assert not mt.can_cast(mt.float16, mt.int64)
    assert not mt.can_cast(mt.int8, mt.bool)


def test_casts_and_their_names() -> None:
    x = mt.tensor([0.0, 1.7, -2.9])
    assert (x.long().tolist(), x.bool().tolist()) == ([0, 1, -2], [False, True, True])
    pairs = {
        "half": mt.float16,
        "double": mt.float64,
        "int": mt.int32,
        "short": mt.int16,
        "float": mt.float32,
    }
    for name, dtype in pairs.items():
        assert getattr(x, name)().dtype == dtype
    assert x.float() is x
    assert x.to(mt.float32) is x
    assert x.to(mt.float32, copy=True) is not x
    assert x.to(mt.ones(1, dtype=mt.float64)).dtype == mt.float64
    assert x.type_as(mt.arange(2)).dtype == mt.int64


def test_pythons_types_are_dtypes() -> None:
    assert (dtypes.as_dtype(float), dtypes.as_dtype(bool), dtypes.as_dtype(None)) == (
        mt.float64,
        mt.bool,
        None,
    )
    assert mt.zeros(1, dtype=int).dtype == mt.int64


def test_a_cast_carries_the_gradient_back_in_the_old_dtype() -> None:
    x = mt.ones(2, requires_grad=True)
    (x.double() * 2).half().sum().backward()
    assert (x.grad.dtype, x.grad.tolist()) == (mt.float32, [2.0, 2.0])
    assert x.long().requires_grad is False


def _written(value: float, dtype: Any) -> dict[str, Callable[[], Any]]:
    """Every way to write a number into a tensor."""
    zeros, first = mt.zeros(2, dtype=dtype), mt.tensor([True, False])
    item = zeros.clone()
    return {
        "full": lambda: mt.full((2,), value, dtype=dtype)[0],
        "full_like": lambda: mt.full_like(zeros, value)[0],
        "fill_": lambda: zeros.clone().fill_(value)[0],
        "fill": lambda: mt.fill(zeros, value)[0],
        "masked_fill": lambda: zeros.masked_fill(first, value)[0],
        "index_fill": lambda: zeros.index_fill(0, mt.tensor([0]), value)[0],
        "scatter": lambda: zeros.scatter(0, mt.tensor([0]), value)[0],
        "pad": lambda: mt.nn.functional.pad(zeros, (1, 0), value=value)[0],
        "setitem": lambda: (item.__setitem__(0, value), item[0])[1],
    }


@pytest.mark.parametrize("way", list(_written(0, mt.int64)))
def test_a_number_that_a_dtype_cannot_hold_is_refused(way: str) -> None:
    for value, dtype in [(300, mt.uint8), (-256, mt.uint8), (float("-inf"), mt.int64), (math.nan, mt.int32)]:
        with pytest.raises(RuntimeError, match=f"converted to type {dtype} without overflow: {value} is not"):
            _written(value, dtype)[way]()
    kept = [(2.7, mt.int64, 2), (-1, mt.uint8, 255), (math.inf, mt.float16, math.inf), (7, mt.bool, True)]
    for value, dtype, written in kept:
        assert _written(value, dtype)[way]().item() == written


def test_a_list_with_a_number_that_a_dtype_cannot_hold() -> None:
    with pytest.raises(RuntimeError, match="cannot be converted to torch.uint8 without overflow.*300"):
        mt.tensor([300], dtype=mt.uint8)
    with pytest.raises(RuntimeError, match=r"pow\(torch.uint8 \(2,\), 300.*out of bounds"):
        mt.zeros(2, dtype=mt.uint8) ** 300


@pytest.mark.parametrize("make", [mt.ones, mt.zeros, mt.empty, mt.eye, mt.arange])
@pytest.mark.parametrize("dtype", [np.longdouble, np.clongdouble, object, "U3", "datetime64[s]"])
def test_no_tensor_of_a_dtype_without_numbers_is_made(make: Any, dtype: Any) -> None:
    with pytest.raises(
        TypeError, match="tensors hold bool, integer, floating-point or complex numbers, not "
    ):
        make(2, dtype=dtype)


def test_a_complex_number_goes_into_a_real_dtype_only_without_its_imaginary_part() -> None:
    assert mt.full((1,), 2 + 0j, dtype=mt.int64).item() == 2
    with pytest.raises(
        RuntimeError, match="cannot be converted to type torch.float32 without overflow: 1j has an im"
    ):
        mt.full((1,), 1j, dtype=mt.float32)
