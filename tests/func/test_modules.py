"""Modules as functions of their parameters, and their states stacked."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import nn
from microtensor.func import functional_call, grad, stack_module_state
from microtensor.testing import assert_close


class Tied(nn.Module):
    """One weight under two names, and a buffer."""

    def __init__(self) -> None:
        super().__init__()
        self.first = nn.Linear(2, 2, bias=False)
        self.second = nn.Linear(2, 2, bias=False)
        self.second.weight = self.first.weight
        self.register_buffer("shift", mt.ones(2))
        self.register_buffer("nothing", None)

    def forward(self, x: Any, scale: float = 1.0) -> Any:
        if scale < 0:
            raise ArithmeticError("negative")
        return self.second(self.first(x)) * scale + self.shift


@pytest.fixture
def linear() -> Any:
    return nn.Linear(3, 2)


def test_given_values_take_the_place_of_the_modules_own(linear: Any) -> None:
    x, weight, bias = mt.randn(4, 3), mt.randn(2, 3), mt.randn(2)
    assert_close(functional_call(linear, {"weight": weight, "bias": bias}, (x,)), x @ weight.T + bias)
    partly = functional_call(linear, {"weight": weight}, x)
    assert_close(partly.detach(), (x @ weight.T + linear.bias).detach())


def test_the_module_is_as_before(linear: Any) -> None:
    before = dict(linear.named_parameters())
    functional_call(linear, {"weight": mt.zeros(2, 3)}, mt.ones(3))
    after = dict(linear.named_parameters())
    assert all(after[name] is before[name] for name in before)
    assert isinstance(linear.weight, nn.Parameter)
    assert linear.weight.grad is None


def test_the_module_is_as_before_an_error() -> None:
    module = Tied()
    weight, shift = module.first.weight, module.shift
    with pytest.raises(ArithmeticError):
        functional_call(
            module, {"first.weight": mt.zeros(2, 2), "shift": mt.zeros(2)}, (mt.ones(2),), {"scale": -1.0}
        )
    assert module.first.weight is weight
    assert module.second.weight is weight
    assert module.shift is shift


def test_a_tied_weight_is_given_under_any_of_its_names() -> None:
    module, x, weight = Tied(), mt.randn(2), mt.randn(2, 2)
    both = weight @ weight @ x + 1
    for name in ("first.weight", "second.weight"):
        assert_close(functional_call(module, {name: weight}, x), both)
    once = functional_call(module, {"second.weight": weight}, x, tie_weights=False)
    assert_close(once.detach(), (weight @ (module.first.weight @ x) + 1).detach())


def test_a_tied_weight_has_one_value() -> None:
    module, values = Tied(), {"first.weight": mt.zeros(2, 2), "second.weight": mt.ones(2, 2)}
    with pytest.raises(
        ValueError, match=r"multiple values for keys \['first.weight', 'second.weight'\], which are tied"
    ):
        functional_call(module, values, mt.ones(2))
    assert_close(functional_call(module, values, mt.ones(2), tie_weights=False), mt.ones(2))


def test_buffers_and_keyword_arguments() -> None:
    module, x = Tied(), mt.ones(2)
    found = functional_call(
        module, ({"first.weight": mt.eye(2)}, {"shift": mt.zeros(2)}), (x,), {"scale": 3.0}
    )
    assert_close(found, mt.full((2,), 3.0))


def test_strict_wants_every_name_and_no_other(linear: Any) -> None:
    x = mt.ones(3)
    with pytest.raises(RuntimeError, match=r"unexpected keys \['foo'\], missing keys \['bias', 'weight'\]"):
        functional_call(linear, {"foo": x}, x, strict=True)
    functional_call(linear, dict(linear.named_parameters()), x, strict=True)
    functional_call(Tied(), {"first.weight": mt.eye(2), "shift": mt.zeros(2)}, mt.ones(2), strict=True)
    assert_close(functional_call(linear, {"foo": x}, x).detach(), linear(x).detach())


def test_dictionaries_must_not_overlap(linear: Any) -> None:
    with pytest.raises(ValueError, match=r"\['weight'\] appeared in multiple dictionaries"):
        functional_call(linear, [{"weight": mt.ones(2, 3)}, {"weight": mt.ones(2, 3)}], mt.ones(3))
    with pytest.raises(ValueError, match="to be a dict, or a list/tuple of dicts"):
        functional_call(linear, 3, mt.ones(3))


def test_the_gradient_of_a_module(linear: Any) -> None:
    x, values = mt.randn(3), {k: v.detach() for k, v in linear.named_parameters()}
    found = grad(lambda p: (functional_call(linear, p, x) ** 2).sum())(values)
    (linear(x) ** 2).sum().backward()
    assert_close(found["weight"], linear.weight.grad)
    assert_close(found["bias"], linear.bias.grad)


def test_states_are_stacked() -> None:
    models = [nn.BatchNorm1d(3) for _ in range(4)]
    params, buffers = stack_module_state(models)
    assert {k: tuple(v.shape) for k, v in params.items()} == {"weight": (4, 3), "bias": (4, 3)}
    assert set(buffers) == {"running_mean", "running_var", "num_batches_tracked"}
    assert all(p.is_leaf and p.requires_grad for p in params.values())
    params["weight"].detach().zero_()
    assert models[0].weight.sum().item() == 3


def test_a_frozen_parameter_stays_frozen() -> None:
    models = [nn.Linear(2, 2).requires_grad_(False) for _ in range(2)]
    assert not stack_module_state(models)[0]["weight"].requires_grad


def test_states_that_do_not_stack() -> None:
    with pytest.raises(RuntimeError, match="at least one model, got 0"):
        stack_module_state([])
    with pytest.raises(RuntimeError, match="of the same class"):
        stack_module_state([nn.Linear(2, 2), nn.Tanh()])
    with pytest.raises(RuntimeError, match="same training/eval mode"):
        stack_module_state([nn.Linear(2, 2), nn.Linear(2, 2).eval()])
    frozen = nn.Linear(2, 2)
    frozen.weight.requires_grad_(False)
    with pytest.raises(RuntimeError, match=r"weight from each model to have the same .requires_grad"):
        stack_module_state([nn.Linear(2, 2), frozen])
