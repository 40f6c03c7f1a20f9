"""Losses that keep the digits of small arguments."""

from __future__ import annotations

import numpy as np
import pytest

import microtensor as mt


@pytest.mark.parametrize("p", [1e-7, 1e-12, 1e-30])
def test_binary_cross_entropy_of_a_small_probability(p: float) -> None:
    """``log(1 - x)`` is 19 % off at 1e-7 and 0 below."""
    x = mt.tensor([p, p], requires_grad=True)
    loss = mt.nn.functional.binary_cross_entropy(x, mt.zeros(2))
    np.testing.assert_allclose(loss.item(), p, rtol=1e-6)


def test_binary_cross_entropy_at_its_ends() -> None:
    """Logarithms are at least -100, without a warning."""
    x, y = mt.tensor([0.0, 1.0, 0.0, 1.0, 1e-7]), mt.tensor([0.0, 1.0, 1.0, 0.0, 0.0])
    y.requires_grad_()
    losses = mt.nn.functional.binary_cross_entropy(x, y, reduction="none")
    np.testing.assert_allclose(losses.detach().numpy(), [0, 0, 100, 100, 1e-7], rtol=1e-6)
    losses.sum().backward()
    np.testing.assert_allclose(y.grad.numpy(), [100, -100, 100, -100, 16.118], rtol=1e-4)
