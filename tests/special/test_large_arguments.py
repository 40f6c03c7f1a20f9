"""Functions of SciPy at arguments where SciPy gives up, and in float32."""

from __future__ import annotations

import math

import numpy as np
import pytest

import microtensor as mt

special = mt.special
pytest.importorskip("scipy")


def wide(*values: float) -> mt.Tensor:
    return mt.tensor(list(values), dtype=mt.float64)


@pytest.mark.parametrize("function", [special.scaled_modified_bessel_k0, special.scaled_modified_bessel_k1])
def test_scaled_bessel_functions_fall_as_one_over_the_root(function: object) -> None:
    found = function(wide(1e300, math.inf, 1e10)).numpy()  # type: ignore[operator]
    np.testing.assert_allclose(found, [math.sqrt(math.pi / 2e300), 0, math.sqrt(math.pi / 2e10)], rtol=1e-9)


def test_airy_is_zero_far_out() -> None:
    assert special.airy_ai(wide(1e300, math.inf, 2000.0)).tolist() == [0, 0, 0]
    assert special.airy_ai(mt.tensor([1e30])).tolist() == [0]
    assert special.airy_ai(wide(math.nan)).isnan().all()


def test_spherical_bessel() -> None:
    """0 at infinity, exact at large arguments, and smooth at 0."""
    assert special.spherical_bessel_j0(mt.tensor([math.inf, -math.inf, 0.0])).tolist() == [0, 0, 1]
    x = np.float32([1e6, 0.5, 1.0, 40.0])
    right = np.sin(x.astype(float)) / x
    np.testing.assert_allclose(special.spherical_bessel_j0(mt.tensor(x)).numpy(), right, rtol=1e-6)
    at = wide(0.0, 0.5, 2.0).requires_grad_()
    (first,) = mt.autograd.grad(special.spherical_bessel_j0(at).sum(), at, create_graph=True)
    (second,) = mt.autograd.grad(first.sum(), at)
    np.testing.assert_allclose(second.numpy()[0], -1 / 3, rtol=1e-9)
    np.testing.assert_allclose(first.detach().numpy()[2], math.cos(2) / 2 - math.sin(2) / 4, rtol=1e-12)


def test_bessel_functions_in_float32_are_rounded_once() -> None:
    x = np.linspace(2, 10, 200, dtype=np.float32)
    for function in (special.bessel_j0, special.bessel_j1, special.bessel_y0, special.bessel_y1):
        low, high = function(mt.tensor(x)).numpy(), function(mt.tensor(x.astype(float))).numpy()
        np.testing.assert_array_equal(low, high.astype(np.float32))
