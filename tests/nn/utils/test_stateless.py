"""A module with other parameters for the length of a ``with``."""

from __future__ import annotations

import pytest

import microtensor as mt
from microtensor.nn.utils.stateless import _reparametrize_module


def test_the_modules_own_parameters_come_back() -> None:
    layer = mt.nn.Linear(2, 1)
    before = layer.weight
    weight = mt.ones(1, 2, requires_grad=True)
    with _reparametrize_module(layer, {"weight": weight, "bias": mt.zeros(1)}):
        layer(mt.tensor([3.0, 4.0])).backward()
        assert layer.weight is weight
    assert layer.weight is before
    assert weight.grad is not None
    assert weight.grad.tolist() == [[3.0, 4.0]]
    with pytest.raises(RuntimeError, match="missing keys"), _reparametrize_module(layer, {}, strict=True):
        pass
