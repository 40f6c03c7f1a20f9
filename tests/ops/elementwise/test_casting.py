"""``to``: the dtype that is asked for, and what a complex number loses on the way to a real one."""

from __future__ import annotations

import warnings

import pytest

import microtensor as mt
from microtensor.ops.elementwise import casting


def test_none_among_the_arguments_asks_for_nothing() -> None:
    x = mt.tensor([1.0, 2.0])
    assert x.to(None) is x
    assert x.to("cpu", None) is x
    copied = x.to("cpu", None, False, True)
    assert copied is not x
    assert copied.tolist() == [1.0, 2.0]


def test_a_complex_number_becomes_its_real_part_with_one_warning_at_the_users_line() -> None:
    casting._warn_of_lost_parts.cache_clear()
    z = mt.tensor([1 + 2j, 3 - 4j], requires_grad=True)
    with pytest.warns(
        UserWarning, match="Casting complex values to real discards the imaginary part"
    ) as caught:
        x = z.to(mt.float32)
    assert [w.filename for w in caught] == [__file__]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert z.to(mt.int64).tolist() == [1, 3]
        assert z.to(mt.bool).tolist() == [True, True]
    x.sum().backward()
    assert x.tolist() == [1.0, 3.0]
    assert z.grad.tolist() == [1 + 0j, 1 + 0j]
    casting._warn_of_lost_parts.cache_clear()
    y = mt.zeros(1)
    with pytest.warns(UserWarning, match="discards the imaginary part") as caught:
        y[0] = mt.tensor(5 + 1j)
    assert [w.filename for w in caught] == [__file__]
    assert y.tolist() == [5.0]


def test_a_dense_tensor_is_its_own_dense_form() -> None:
    x = mt.ones(2)
    assert x.to_dense() is x
    assert x.to_dense(mt.float64).dtype == mt.float64
