"""Second derivatives of piecewise linear ops: zeros that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

import microtensor as mt
import microtensor.nn.functional as F
from microtensor import nn
from microtensor.testing import assert_close

PIECEWISE: dict[str, Callable[[Any], Any]] = {
    "relu": mt.relu,
    "leaky_relu": F.leaky_relu,
    "relu6": F.relu6,
    "hardtanh": F.hardtanh,
    "threshold": lambda x: F.threshold(x, 0.1, 2.0),
    "hardshrink": F.hardshrink,
    "softshrink": F.softshrink,
    "hardsigmoid": F.hardsigmoid,
    "rrelu": lambda x: F.rrelu(x, training=True),
    "rrelu, not in training": F.rrelu,
    "prelu": lambda x: F.prelu(x, mt.tensor([0.3])),
    "max_pool1d": lambda x: F.max_pool1d(x, 2),
    "max_pool2d": lambda x: F.max_pool2d(x, (1, 2)),
    "avg_pool1d": lambda x: F.avg_pool1d(x, 2),
    "adaptive_avg_pool1d": lambda x: F.adaptive_avg_pool1d(x, 3),
    "adaptive_max_pool1d": lambda x: F.adaptive_max_pool1d(x, 3),
    "fractional_max_pool2d": lambda x: F.fractional_max_pool2d(x, (1, 2), output_size=(1, 2)),
    "reflected border": lambda x: F.pad(x, (1, 1), mode="reflect"),
    "repeated border": lambda x: F.pad(x, (1, 1), mode="replicate"),
    "nll_loss": lambda x: F.nll_loss(x, mt.tensor([[0, 0, 0, 0]])),
}


@pytest.mark.parametrize("name", PIECEWISE)
def test_the_second_derivative_is_zeros_that_are_there(name: str) -> None:
    x = mt.tensor([[[-1.5, -0.2, 0.7, 2.5]]], requires_grad=True)
    (slope,) = mt.autograd.grad(PIECEWISE[name](x).sum(), x, create_graph=True)
    assert slope.requires_grad
    (bend,) = mt.autograd.grad(slope.sum(), x)
    assert_close(bend, mt.zeros(1, 1, 4))


@pytest.mark.parametrize("name", ["relu", "max_pool1d", "nll_loss"])
def test_the_first_derivative_is_the_same_with_and_without_a_graph(name: str) -> None:
    x = mt.tensor([[[-1.5, -0.2, 0.7, 2.5]]], requires_grad=True)
    plain, recorded = (
        mt.autograd.grad(PIECEWISE[name](x).sum(), x, create_graph=c)[0].detach() for c in (False, True)
    )
    assert_close(plain, recorded, rtol=0, atol=0)


def test_both_operands_of_prelu_are_tied_to_both_cotangents() -> None:
    x, weight = mt.tensor([-1.0, 2.0], requires_grad=True), mt.tensor([0.5], requires_grad=True)
    (by_x,) = mt.autograd.grad(F.prelu(x, weight).sum(), x, create_graph=True)
    by_x_x, by_x_weight = mt.autograd.grad(by_x.sum(), (x, weight))
    assert_close(by_x_x, mt.zeros(2))
    assert_close(by_x_weight, mt.ones(1))


def test_a_cotangent_is_differentiated_as_well() -> None:
    x, g = mt.tensor([-1.0, 2.0], requires_grad=True), mt.tensor([3.0, 5.0], requires_grad=True)
    (slope,) = mt.autograd.grad(mt.relu(x), x, g, create_graph=True)
    by_x, by_g = mt.autograd.grad(slope, (x, g), mt.tensor([7.0, 11.0]))
    assert_close(by_x, mt.zeros(2))
    assert_close(by_g, mt.tensor([0.0, 11.0]))


def test_a_gradient_penalty_through_relu_reaches_every_parameter() -> None:
    model = nn.Sequential(nn.Linear(2, 3), nn.ReLU(), nn.Linear(3, 1))
    x = mt.randn(4, 2, requires_grad=True)
    (slope,) = mt.autograd.grad(model(x).sum(), x, create_graph=True)
    slope.pow(2).sum().backward()
    first = model[0].bias.grad
    assert first is not None
    assert_close(first, mt.zeros(3))
    assert_close(x.grad, mt.zeros(4, 2))


@pytest.mark.parametrize("activation", [F.elu, F.celu, F.selu])
def test_exponential_units_do_not_bend_at_0(activation: Callable[[Any], Any]) -> None:
    """PyTorch's convention: the second derivative at the joint is that of the straight side."""
    x = mt.tensor([0.0, -0.0], requires_grad=True)
    (slope,) = mt.autograd.grad(activation(x).sum(), x, create_graph=True)
    assert_close(mt.autograd.grad(slope.sum(), x)[0], mt.zeros(2))


def test_one_node_by_itself_ties_its_cotangent_too() -> None:
    x = mt.tensor([-1.0, 2.0], requires_grad=True)
    slope = mt.relu(x).grad_fn(mt.ones(2))
    assert_close(mt.autograd.grad(slope.sum(), x)[0], mt.zeros(2))


def test_the_zeros_come_out_of_a_batch_of_pullbacks() -> None:
    hessian = mt.func.hessian(lambda x: mt.relu(x).sum())
    assert_close(hessian(mt.tensor([-1.0, 2.0])), mt.zeros(2, 2))
    rows = mt.func.jacrev(mt.func.jacrev(mt.relu))(mt.tensor([-1.0, 2.0]))
    assert_close(rows, mt.zeros(2, 2, 2))


def test_an_operand_that_needs_no_gradient_is_not_tied() -> None:
    @mt.op(
        x=lambda g, x, y: g * y * (x > 0),
        y=lambda g, x: g * (x * (x > 0)),
        elementwise=True,
        piecewise=("x",),
    )
    def gated(x: Any, y: Any, /) -> Any:
        return (x > 0) * x * y

    try:
        x, y = mt.tensor([-1.0, 2.0]), mt.tensor([3.0, 4.0], requires_grad=True)
        (slope,) = mt.autograd.grad(gated(x, y).sum(), y, create_graph=True)
        assert slope.tolist() == [0.0, 2.0]
        assert not slope.requires_grad
    finally:
        del mt.registry["gated"]
