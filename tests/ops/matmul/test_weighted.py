"""Products with a summand: what `beta` and `alpha` of 0 leave out, and dtypes that do not fit."""

from __future__ import annotations

import pytest

import microtensor as mt

M = mt.ones(2, 2)
LOST = mt.full((2, 2), mt.nan)


def test_what_is_multiplied_by_zero_may_be_nan() -> None:
    assert mt.addmm(LOST, M, M, beta=0).tolist() == [[2, 2]] * 2
    assert mt.baddbmm(LOST[None], M[None], M[None], beta=0).tolist() == [[[2, 2]] * 2]
    assert mt.addmv(LOST[0], M, M[0], beta=0).tolist() == [2, 2]
    summand = LOST.clone().requires_grad_()
    mt.addmm(summand, M, M, beta=0).sum().backward()
    assert summand.grad.tolist() == [[0, 0]] * 2


@pytest.mark.parametrize(
    "call",
    [
        lambda x: mt.addmm(x, M, M),
        lambda x: mt.baddbmm(x[None], M[None], M[None]),
        lambda x: mt.addbmm(x, M[None], M[None]),
        lambda x: mt.addmv(x[0], M, M[0]),
    ],
)
def test_a_summand_of_another_dtype_is_refused(call: object) -> None:
    with pytest.raises(RuntimeError, match="must have the same dtype, but got Double and Float"):
        call(M.double())  # type: ignore[operator]


def test_the_outer_product_converts() -> None:
    third = mt.tensor([1 / 3])
    found = mt.addr(mt.zeros(1, 1, dtype=mt.float64), third, third)
    assert found.item() == third.item() ** 2


def test_the_power_0_of_any_matrix_is_the_identity() -> None:
    a = mt.full((2, 2), mt.inf, requires_grad=True)
    found = mt.linalg.matrix_power(a, 0)
    found.sum().backward()
    assert (found.tolist(), a.grad.tolist()) == ([[1, 0], [0, 1]], [[0, 0], [0, 0]])
