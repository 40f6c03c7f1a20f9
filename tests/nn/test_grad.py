"""``nn.grad``: what autograd gives, as functions."""

from __future__ import annotations

import pytest

import microtensor as mt
import microtensor.nn.functional as F
from microtensor.testing import assert_close


@pytest.mark.parametrize("dims", [1, 2, 3])
def test_it_is_the_gradient(dims: int) -> None:
    options = {"stride": 2, "padding": 1, "groups": 2}
    x = mt.rand(2, 4, *[5] * dims, requires_grad=True)
    w = mt.rand(6, 2, *[2] * dims, requires_grad=True)
    out = getattr(F, f"conv{dims}d")(x, w, **options)
    g = mt.rand(*out.shape)
    out.backward(g)
    by_input = getattr(mt.nn.grad, f"conv{dims}d_input")(tuple(x.shape), w.detach(), g, **options)
    by_weight = getattr(mt.nn.grad, f"conv{dims}d_weight")(x.detach(), tuple(w.shape), g, **options)
    assert_close(by_input, x.grad)
    assert_close(by_weight, w.grad)
    assert not by_input.requires_grad


def test_it_can_be_differentiated() -> None:
    g = mt.rand(1, 1, 2, requires_grad=True)
    mt.nn.grad.conv1d_input((1, 1, 3), mt.ones(1, 1, 2), g).sum().backward()
    assert g.grad.flatten().tolist() == [2.0, 2.0]
