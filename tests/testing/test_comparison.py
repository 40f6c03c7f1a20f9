"""`assert_close` and `numerical_gradient`: what the other tests stand on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.testing import assert_close, numerical_gradient, samples_of
from microtensor.testing.finite_differences import directional


@pytest.mark.parametrize(
    ("a", "b", "text"),
    [
        (mt.ones(2), mt.ones(3), r"shapes \(2,\) and \(3,\)"),
        (mt.ones(2), mt.ones(2).double(), "dtypes float32 and float64"),
        (mt.ones(2), mt.tensor([1.0, 1.1]), r"1 of 2.*0\.1 at \(1,\): 1\.0 and 1\.1"),
        (mt.tensor([np.nan]), mt.tensor([np.nan]), "nan"),
        ([mt.ones(1)], [mt.ones(1)] * 2, "1 items, expected 2"),
        (mt.tensor([1]), mt.tensor([2]), "1 of 1"),
        (mt.tensor([np.inf]), mt.tensor([-np.inf]), "inf"),
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_what_is_not_close_is_described(a: Any, b: Any, text: str) -> None:
    with pytest.raises(AssertionError, match=text):
        assert_close(a, b)


def test_what_is_close() -> None:
    assert_close(mt.tensor([1.0]), mt.tensor([1.0 + 1e-6]))
    assert_close(mt.ones(2), mt.ones(2).double(), check_dtype=False)
    assert_close(mt.tensor([np.nan, np.inf]), mt.tensor([np.nan, np.inf]), equal_nan=True)
    assert_close([mt.ones(1), np.zeros(2)], (mt.ones(1), np.zeros(2)))
    assert_close(mt.tensor([1.0]), mt.tensor([1.5]), atol=1.0)
    assert_close(mt.ones(0), mt.ones(0))
    assert_close(mt.ones(2, requires_grad=True), mt.ones(2))


def test_tolerances_follow_the_dtype() -> None:
    gap = 1e-4
    assert_close(mt.ones(1).half(), mt.tensor([1 + gap]).half())
    for dtype in (mt.float32, mt.float64):
        with pytest.raises(AssertionError):
            assert_close(mt.ones(1, dtype=dtype), mt.full((1,), 1 + gap, dtype=dtype))


def test_differences_are_of_the_fourth_order() -> None:
    x = np.array([[0.3, 1.2], [-0.7, 2.0]])
    np.testing.assert_allclose(numerical_gradient(lambda a: float(np.sin(a).sum()), x), np.cos(x), atol=1e-9)
    errors = [abs(directional(lambda t: np.exp(1 + t), h) - np.e) for h in (0.1, 0.05)]
    assert 14 < errors[0] / errors[1] < 18, "halving the step divides the error by 16"


def test_differences_do_not_change_their_point() -> None:
    x = np.array([1.0, 2.0])
    numerical_gradient(lambda a: float((a**2).sum()), x)
    assert x.tolist() == [1.0, 2.0]
    assert numerical_gradient(lambda a: 1.0, np.zeros((0, 3))).shape == (0, 3)


def test_samples_lie_in_the_domain_are_distinct_and_repeat() -> None:
    for name in ("log", "pow", "exp"):
        entry = mt.registry[name]
        domain = entry.domain if isinstance(entry.domain, dict) else dict.fromkeys(entry.arrays, entry.domain)
        for (arrays, _), (again, _) in zip(samples_of(entry), samples_of(entry), strict=True):
            for argument, array, same in zip(entry.arrays, arrays, again, strict=True):
                low, high = domain[argument]
                assert ((array >= low) & (array <= high)).all()
                assert len(np.unique(array)) == array.size
                np.testing.assert_array_equal(array, same)


def test_samples_of_elementwise_ops_broadcast_every_way() -> None:
    shapes = {tuple(a.shape for a in arrays) for arrays, _ in samples_of(mt.registry["add"])}
    assert {((2, 3), (3,)), ((2, 1), (1, 3)), ((), (2,)), ((0, 3), (3,))} <= shapes
