"""What integers and bools give, and what is refused, as in PyTorch."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt

MASK = mt.tensor([True, False])
ONE, ZERO = mt.tensor([1]), mt.tensor([0])


@pytest.mark.parametrize(
    "subtract",
    [
        lambda: 1 - MASK, lambda: 1.0 - MASK, lambda: MASK - 1, lambda: mt.rsub(MASK, 1),
        lambda: mt.tensor([2, 2]) - MASK, lambda: mt.tensor([2, 2]).sub_(MASK), lambda: True - ONE,
    ],
)  # fmt: skip
def test_a_mask_is_not_subtracted(subtract: Any) -> None:
    with pytest.raises(RuntimeError, match="use the `~` or `logical_not"):
        subtract()


@pytest.mark.parametrize("subtract", [lambda: MASK - MASK, lambda: mt.rsub(MASK, MASK)])
def test_two_masks_are_told_apart_by_xor(subtract: Any) -> None:
    with pytest.raises(RuntimeError, match="with two bool tensors is not supported. Use the `\\^`"):
        subtract()


@pytest.mark.parametrize(
    "divide",
    [
        lambda: ONE // 0, lambda: ONE // ZERO, lambda: 1 // ZERO, lambda: ONE % 0, lambda: 1 % ZERO,
        lambda: mt.fmod(ONE, 0), lambda: mt.remainder(ONE, ZERO),
        lambda: mt.div(ONE, 0, rounding_mode="floor"),
        lambda: mt.div(ONE, ZERO, rounding_mode="trunc"), lambda: mt.tensor([1]).floor_divide_(0),
    ],
)  # fmt: skip
def test_integers_are_not_divided_by_zero(divide: Any) -> None:
    with pytest.raises(RuntimeError, match="ZeroDivisionError"):
        divide()


def test_negative_powers_of_integers_are_cut_to_integers() -> None:
    base, exponent = mt.tensor([2, 1, -1, -1, 0, 3]), mt.tensor([-1, -1, -1, -2, -2, 2])
    assert (base**exponent).tolist() == [0, 1, -1, 1, 0, 9]
    assert (2**exponent).tolist() == [0, 0, 0, 0, 0, 4]
    with pytest.raises(RuntimeError, match=r"^Integers to negative integer powers are not allowed"):
        _ = base**-1


def _bytes(value: int) -> Any:
    return mt.tensor([value], dtype=mt.uint8)


WRAPPED = {
    "add": (lambda: _bytes(5) + (-1), 4), "mul": (lambda: _bytes(5) * 300, 220),
    "rsub": (lambda: 300 - _bytes(5), 39),
    "in place": (lambda: _bytes(5).add_(-1), 4), "alpha": (lambda: mt.add(_bytes(5), _bytes(2), alpha=-1), 3),
    "floor": (lambda: _bytes(5) // -2, 0), "and": (lambda: _bytes(5) & -1, 5),
    "or": (lambda: _bytes(5) | 300, 45),
    "int8": (lambda: mt.tensor([5], dtype=mt.int8) + 300, 49),
}  # fmt: skip


@pytest.mark.parametrize("name", WRAPPED)
def test_numbers_out_of_range_wrap(name: str) -> None:
    compute, right = WRAPPED[name]
    assert compute().tolist() == [right]


def test_comparisons_are_by_value() -> None:
    """PyTorch wraps the number here too, and finds 5 equal to 261."""
    assert (_bytes(5) == 261).tolist() == [False]
    assert (_bytes(5) < 300).tolist() == (_bytes(5) > -1).tolist() == [True]


def test_dtypes_of_bools() -> None:
    assert mt.square(MASK).dtype == mt.int64
    bounds = mt.tensor(0.0, dtype=mt.float64), mt.tensor([0.5], dtype=mt.float32)
    assert mt.clamp(MASK, *bounds).dtype == mt.float32


def test_adding_bools_at_indices_is_a_union() -> None:
    held, at = mt.tensor([True, False, False]), mt.tensor([0, 1, 1])
    ones = mt.tensor([True, True, True])
    assert held.index_add(0, at, ones).tolist() == [True, True, False]
    assert held.clone().index_put_((at,), ones, accumulate=True).tolist() == [True, True, False]


SEVEN, UNIT = mt.full((1, 1, 1), 7), mt.ones(1, 1, 1, dtype=mt.int64)


@pytest.mark.parametrize(
    ("compute", "right"),
    [
        (lambda **k: mt.baddbmm(SEVEN, UNIT, UNIT, **k), (1, 8)),
        (lambda **k: mt.addbmm(SEVEN[0], UNIT, UNIT, **k), (1, 8)),
        (lambda **k: mt.addmm(SEVEN[0], UNIT[0], UNIT[0], **k), (1, 8)),
        (lambda **k: mt.addmv(SEVEN[0, 0], UNIT[0], UNIT[0, 0], **k), (1, 8)),
    ],
)
def test_factors_beside_integers_are_cut(compute: Any, right: tuple[int, int]) -> None:
    assert compute(beta=0.2).sum() == right[0]
    assert compute(alpha=1.7).sum() == right[1]
    assert compute().dtype == mt.int64


def test_addr_refuses_a_fraction() -> None:
    with pytest.raises(RuntimeError, match="argument beta must not be a floating point number"):
        mt.addr(SEVEN[0], UNIT[0, 0], UNIT[0, 0], beta=0.2)
    assert mt.addcmul(mt.tensor([7]), mt.tensor([2]), mt.tensor([3]), value=0.5).tolist() == [7]


def test_lerp_ends_where_it_should() -> None:
    """``a + 1 * (b - a)`` is 0 for 1e8 and 1."""
    a, b = mt.tensor([1e8]), mt.tensor([1.0])
    assert mt.lerp(a, b, 1.0) == mt.lerp(a, b, mt.tensor([1.0])) == 1
    assert mt.lerp(b, a, 0.0) == mt.lerp(b, a, mt.tensor([0.0])) == 1
    w = mt.tensor([0.25, 0.75], requires_grad=True)
    mt.lerp(a, b, w).sum().backward()
    np.testing.assert_array_equal(w.grad.numpy(), np.float32([1 - 1e8, 1 - 1e8]))


@pytest.mark.parametrize("subtract", [mt.sub, mt.rsub])
def test_a_factor_that_is_no_number_is_not_taken_for_a_mask(subtract: Any) -> None:
    with pytest.raises(TypeError, match="NoneType"):
        subtract(mt.ones(2), mt.ones(2), alpha=None)
