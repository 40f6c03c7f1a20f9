"""`assert_allclose`."""

from __future__ import annotations

import pytest

import microtensor as mt

pytestmark = pytest.mark.filterwarnings("ignore:.*assert_allclose:FutureWarning")


def test_any_dtypes_and_data_are_compared() -> None:
    mt.testing.assert_allclose(mt.ones(2), [1.00005, 1.0])
    mt.testing.assert_allclose([1, 2], mt.tensor([1.0, 2.0]))
    mt.testing.assert_allclose(mt.tensor([float("nan")]), mt.tensor([float("nan")]))
    mt.testing.assert_allclose(1.0, 1.5, rtol=0.5, atol=0.0)


def test_differences_are_told() -> None:
    with pytest.raises(AssertionError, match="mine: 1 of 2 elements differ"):
        mt.testing.assert_allclose(mt.ones(2), [1.001, 1.0], msg="mine: ")
    with pytest.raises(AssertionError, match="1 of 1 elements differ"):
        mt.testing.assert_allclose(mt.ones(1).double(), mt.tensor([1.0001], dtype=mt.float64))
    with pytest.raises(ValueError, match="both be unspecified, and are 0.1 and None"):
        mt.testing.assert_allclose(1.0, 1.0, rtol=0.1)


def test_it_is_deprecated() -> None:
    with pytest.warns(FutureWarning, match="use `testing.assert_close"):
        mt.testing.assert_allclose(1.0, 1.0)
