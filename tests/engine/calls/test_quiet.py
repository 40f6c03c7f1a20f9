"""No warning of NumPy comes out of a right result, also where warnings are errors, as in these tests."""

from __future__ import annotations

import importlib
import warnings
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.engine.calls import quiet

pytestmark = pytest.mark.fast
INF = float("inf")

CALLS: dict[str, Any] = {
    "an exponential": lambda: mt.tensor(1000.0).exp(),
    "a product": lambda: mt.tensor(3e38) * 10,
    "a quotient": lambda: mt.tensor([1.0]) / 0,
    "by the long way": lambda: mt.tensor([6e4], dtype=mt.float16).to(mt.float32) * mt.tensor(3e38).double(),
    "a sum": lambda: mt.tensor([3e38, 3e38]).sum(),
}


@pytest.mark.parametrize("name", CALLS)
def test_forward(name: str) -> None:
    assert CALLS[name]().max() > 1e38


def test_nan_becomes_an_integer() -> None:
    x = mt.tensor([float("nan")])
    held = mt.zeros(1, dtype=mt.int64).copy_(x)
    assert held.tolist() == x.long().tolist() == mt.add(x, 0, out=mt.empty(1)).long().tolist()


def test_backward() -> None:
    """Each way along which cotangents are added up: in a leaf, at a node, beside others, recorded."""
    x = mt.tensor([0.0], requires_grad=True)
    y = x * 1
    (y.log() - y.log() - y.log()).sum().backward()
    y = x * 1
    (y.log() - x.log() - x.log() - x.log()).sum().backward()
    assert x.grad.isnan().all()  # type: ignore[union-attr]
    (g,) = mt.autograd.grad(x.log().sum(), x, create_graph=True)
    assert g == INF
    assert x.log().grad_fn(mt.ones(1)) == INF  # type: ignore[misc]


def test_a_leaf_whose_gradient_is_recorded_already() -> None:
    x = mt.tensor([0.0], requires_grad=True)
    x.grad = mt.tensor([-INF], requires_grad=True)
    x.log().sum().backward()
    assert x.grad.isnan().all()


def test_the_users_own_warnings_are_the_users() -> None:
    with pytest.raises(RuntimeWarning, match="overflow"):
        np.exp(np.float32(1000))

    class Own(mt.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any) -> Any:
            return x * 1

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            warnings.warn("mine", RuntimeWarning, stacklevel=1)
            return g

    with pytest.raises(RuntimeWarning, match="mine"):
        Own.apply(mt.ones(1, requires_grad=True)).backward()


def test_a_warning_that_is_of_no_number_is_passed_on() -> None:
    def told(x: Any) -> None:
        warnings.warn("not of a number", RuntimeWarning, stacklevel=1)

    def caught() -> None:
        try:
            told(1)
        except RuntimeWarning:
            quiet.again(told, 1)

    with pytest.raises(RuntimeWarning, match="not of a number"):
        caught()
    with np.errstate(all="ignore"), pytest.raises(RuntimeWarning, match="not of a number"):
        caught()


def test_what_a_program_sees_that_sets_nothing() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.resetwarnings()
        importlib.reload(quiet)
        assert mt.tensor(1000.0).exp() == 1 / mt.tensor(0.0) == INF
    assert not seen
