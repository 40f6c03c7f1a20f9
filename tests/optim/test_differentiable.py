"""Steps that are recorded: derivatives of what training leaves by what it started from."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor import optim
from microtensor.autograd import gradcheck

OPTIONS: dict[str, tuple[Any, dict[str, Any]]] = {
    "SGD": (optim.SGD, {}),
    "SGD with momentum": (optim.SGD, {"momentum": 0.9, "dampening": 0.2, "weight_decay": 0.1}),
    "SGD, Nesterov, upwards": (optim.SGD, {"momentum": 0.9, "nesterov": True, "maximize": True}),
    "Adam": (optim.Adam, {"weight_decay": 0.1}),
    "AdamW": (optim.AdamW, {}),
    "NAdam": (optim.NAdam, {}),
    "RAdam": (optim.RAdam, {}),
    "RMSprop": (optim.RMSprop, {}),
    "Adagrad": (optim.Adagrad, {}),
    "Adadelta": (optim.Adadelta, {}),
    "ASGD": (optim.ASGD, {}),
}


def trained(kind: Any, options: dict[str, Any], start: Any, slope: Any, differentiable: bool) -> Any:
    """A parameter after three steps, by gradients that depend on `slope`."""
    x = start.clone() if differentiable else start.detach().clone().requires_grad_()
    optimizer = kind([x], lr=0.1, differentiable=differentiable, **options)
    for k in range(1, 4):
        x.grad = slope * k + x.detach() * 0.1
        optimizer.step()
    return x


@pytest.mark.parametrize("name", OPTIONS)
def test_a_recorded_step_can_be_differentiated(name: str) -> None:
    kind, options = OPTIONS[name]
    start = mt.tensor([1.0, -2.0, 0.5], dtype=mt.float64, requires_grad=True)
    slope = mt.tensor([0.3, 0.7, -0.2], dtype=mt.float64, requires_grad=True)
    moved = trained(kind, options, start, slope, True)
    plain = trained(kind, options, start, slope.detach(), False)
    assert mt.allclose(moved, plain, rtol=1e-6)
    assert gradcheck(lambda s, g: _undetached(kind, options, s, g), (start, slope), atol=1e-4)


def _undetached(kind: Any, options: dict[str, Any], start: Any, slope: Any) -> Any:
    """The same with gradients that do not depend on the parameter, so that nothing is cut off."""
    x = start.clone()
    optimizer = kind([x], lr=0.1, differentiable=True, **options)
    for k in range(1, 4):
        x.grad = slope * k
        optimizer.step()
    return x


def test_the_state_goes_on() -> None:
    x = mt.ones(2, requires_grad=True) * 1
    optimizer = optim.Adam([x], differentiable=True)
    for expected in (1.0, 2.0):
        x.grad = mt.ones(2)
        optimizer.step()
        assert optimizer.state[x]["step"].item() == expected


def test_a_leaf_is_not_written_while_recording() -> None:
    x = mt.ones(2, requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1, differentiable=True)
    x.grad = mt.ones(2)
    with pytest.raises(RuntimeError, match="a leaf Variable that requires grad"):
        optimizer.step()
    with pytest.raises(ValueError, match="can't optimize a non-leaf Tensor"):
        optim.SGD([x * 2], lr=0.1)
