"""Polygamma far below zero: by reflection, exactly and at once."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microtensor as mt


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_the_recurrence_holds_across_the_reflection(n: int) -> None:
    """``psi_n(x + 1) = psi_n(x) + (-1)^n n! / x^(n + 1)``, from -12 (reflected) to -5 (summed)."""
    x = np.array([-11.75, -10.5, -10.25])
    steps = sum((-1) ** n * math.factorial(n) / (x + k) ** (n + 1) for k in range(6))
    low, high = (mt.polygamma(n, mt.tensor(v)).numpy() for v in (x, x + 6))
    np.testing.assert_allclose(low + steps, high, rtol=1e-12, atol=1e-12)


def test_far_below_zero() -> None:
    """The sum from -1e6 up takes seconds, and ends 0.15 % off."""
    x = mt.tensor([-999999.5, -1e8 - 0.5], dtype=mt.float64, requires_grad=True)
    np.testing.assert_allclose(mt.polygamma(2, x).detach().numpy(), [-1e-12, -1e-16], rtol=1e-5)
    mt.digamma(x).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), math.pi**2, rtol=1e-5)
    assert mt.polygamma(1, mt.tensor([-20.0])) == math.inf
