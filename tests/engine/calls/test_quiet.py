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


def taken_twice(x: Any, g: Any) -> None:
    y = x * 1
    (y * y).backward(g)


SUMS: dict[str, Any] = {
    "an operand that is taken twice": taken_twice,
    "a leaf that is reached twice": lambda x, g: (x + x).backward(g),
    "a leaf that is reached by fresh arrays": lambda x, g: (x * 1 + x * 1 + x * 1).backward(g),
    "a leaf that has a gradient": lambda x, g: [(x * 1).backward(g) for _ in range(2)],
}


@pytest.mark.parametrize("shape", [(), (2,)])
@pytest.mark.parametrize("run", SUMS.values(), ids=SUMS)
def test_gradients_add_up_to_infinity_in_silence(run: Any, shape: Any) -> None:
    x = mt.ones(shape, requires_grad=True)
    run(x, mt.full(shape, 3e38))
    assert (x.grad == INF).all()


def test_a_watched_node_and_one_that_is_called_are_silent() -> None:
    x = mt.zeros((), requires_grad=True)
    y, seen = x.sqrt(), []
    y.register_hook(seen.append)
    y.backward(retain_graph=True)
    assert x.grad.item() == y.grad_fn(mt.ones(())).item() == INF
    assert seen == [1.0]


def test_what_goes_the_long_way_is_silent() -> None:
    assert (mt.ones(1, dtype=mt.float16) / mt.zeros(1, dtype=mt.float16)).item() == INF
