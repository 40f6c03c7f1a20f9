"""Special functions: how exact they are, and what SciPy is needed for."""

from __future__ import annotations

import math
import sys
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import special
from microtensor.testing import assert_close, numerical_gradient


def relative(found: Any, expected: Any) -> float:
    """The largest relative error."""
    found, expected = np.asarray(found), np.asarray(expected)
    return float(np.max(np.abs(found - expected) / np.maximum(np.abs(expected), 1e-300)))


GRID = np.concatenate([np.geomspace(1e-300, 1e300, 301), np.linspace(0.01, 12, 400), [1 + 1e-9, 2 - 1e-9]])


def test_lgamma_is_exact_to_the_last_digits_also_near_its_zeros() -> None:
    found = mt.lgamma(mt.tensor(GRID)).array
    near = np.array([1 + 1e-9, 2 - 1e-9])
    far = np.minimum(np.abs(GRID - 1), np.abs(GRID - 2)) > 0.1  # closer, C's own loses digits
    assert relative(found[far], [math.lgamma(x) for x in GRID[far]]) < 4e-14
    euler = 0.57721566490153286
    slopes = np.array([-euler, 1 - euler]) * (near - [1, 2])
    assert relative(found[-2:], slopes) < 1e-8  # the slope there, up to the second order


def test_lgamma_and_digamma_below_zero() -> None:
    x = np.linspace(-9.95, -0.05, 100)
    assert_close(mt.lgamma(mt.tensor(x)), [math.lgamma(v) for v in x], rtol=1e-13, atol=1e-14)
    assert_close(mt.digamma(mt.tensor(x + 1)) - mt.digamma(mt.tensor(x)), 1 / x, rtol=1e-12)


def test_polygammas_obey_their_recurrence() -> None:
    x = mt.tensor(np.linspace(0.1, 30, 100))
    for n in (1, 2, 5, 11):
        step = (-1) ** n * math.factorial(n) / x.array ** (n + 1)
        gap = mt.polygamma(n, x + 1).array - mt.polygamma(n, x).array
        assert np.max(np.abs(gap - step) / np.abs(mt.polygamma(n, x).array)) < 1e-14


def test_zeta_of_known_values_and_at_its_limits() -> None:
    found = special.zeta(mt.tensor([2.0, 4.0, 30.0], dtype=mt.float64), 1.0).array
    assert relative(found, [math.pi**2 / 6, math.pi**4 / 90, 1.000000000931327432]) < 1e-15
    assert special.zeta(mt.tensor([300.0]), 2.0).item() == pytest.approx(2.0**-300, rel=1e-5)
    assert np.isnan(special.zeta(mt.tensor([2.0], dtype=mt.float64), -1e7 - 0.5).item())


def test_erfc_and_its_inverses_are_exact_in_the_tails() -> None:
    x = np.linspace(-5, 26, 400)
    assert relative(mt.erfc(mt.tensor(x)), [math.erfc(v) for v in x]) < 3e-15
    p = np.concatenate([np.geomspace(1e-290, 0.4, 200), np.linspace(0.01, 0.99, 99)])
    back = special.ndtr(special.ndtri(mt.tensor(p))).array
    assert relative(back, p) < 5e-12  # in the tail a rounding of the argument counts 1300 times
    y = np.linspace(-0.999, 0.999, 333)
    assert_close(mt.erf(mt.erfinv(mt.tensor(y))), y, rtol=3e-15)
    assert special.log_ndtr(mt.tensor(-1e5, dtype=mt.float64)).item() == pytest.approx(
        -5000000012.431864, rel=1e-15
    )
    assert special.erfcx(mt.tensor(1e8, dtype=mt.float64)).item() == pytest.approx(
        1e-8 / math.sqrt(math.pi), rel=1e-15
    )


def test_bessel_functions_where_the_series_meet() -> None:
    t = (np.arange(400) + 0.5) * (np.pi / 400)
    x = np.array([0.0, 0.1, 5.0, 29.9, 30.1, 40.0, 100.0])
    for n, function in enumerate((special.i0e, special.i1e)):
        expected = (np.exp(x[:, None] * (np.cos(t) - 1)) * np.cos(n * t)).mean(-1)
        assert_close(function(mt.tensor(x)), expected, rtol=1e-13, atol=1e-15)


def test_the_slopes_of_sinc_near_zero_are_exact() -> None:
    x = mt.tensor([0.0, 1e-8, 0.3], dtype=mt.float64, requires_grad=True)
    (first,) = mt.autograd.grad(mt.sinc(x).sum(), x, create_graph=True)
    (second,) = mt.autograd.grad(first.sum(), x)
    assert_close(second[:2], np.full(2, -(math.pi**2) / 3), rtol=1e-12)


def test_integers_become_the_default_dtype() -> None:
    for function in (mt.lgamma, mt.erfinv, mt.sinc, special.ndtr, mt.logit, special.i1, special.entr):
        assert function(mt.tensor([0, 1])).dtype == mt.float32
    assert mt.lgamma(mt.tensor(3, dtype=mt.float16)).dtype == mt.float16


def test_integers_become_the_default_dtype_of_the_moment(stand: None) -> None:
    mt.set_default_dtype(mt.float64)
    try:
        one = mt.tensor([1])
        for function in (mt.lgamma, special.bessel_j0, lambda x: mt.mvlgamma(x, 1), special.entr):
            assert function(one).dtype == mt.float64
    finally:
        mt.set_default_dtype(mt.float32)


def test_polynomials_are_differentiable_and_take_tensors_of_degrees() -> None:
    x = mt.tensor([0.3, 0.5], dtype=mt.float64, requires_grad=True)
    (g,) = mt.autograd.grad(special.chebyshev_polynomial_t(x, 4).sum(), x)
    assert_close(g, 4 * special.chebyshev_polynomial_u(x.detach(), 3).array)
    degrees = mt.tensor([[0], [3]])
    table = special.legendre_polynomial_p(x, degrees)
    assert_close(table[1].detach(), special.legendre_polynomial_p(x.detach(), 3).array)
    assert table.shape == (2, 2)


# ------------------------------------------------------------------------------ SciPy

OF_SCIPY = (
    "airy_ai", "bessel_j0", "bessel_j1", "bessel_y0", "bessel_y1", "modified_bessel_k0", "modified_bessel_k1",
    "scaled_modified_bessel_k0", "scaled_modified_bessel_k1",
)  # fmt: skip


@pytest.mark.parametrize("name", [*OF_SCIPY, "gammainc", "gammaincc"])
def test_without_scipy_one_sentence_says_what_to_install(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", None)
    x = mt.tensor([1.5])
    with pytest.raises(
        ModuleNotFoundError, match=r'^special: \w+ is computed by SciPy.*"microtensor\[special\]"$'
    ):
        getattr(special, name)(*[x] * (2 if name.startswith("gammainc") else 1))


def test_scipy_is_not_imported_before_it_is_needed() -> None:
    import subprocess

    code = "import sys, microtensor as mt; mt.special.i0(mt.ones(1)); print('scipy' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "False"
    )


class Stand:
    """In the place of SciPy: functions with the same derivatives, all of them sines."""

    @staticmethod
    def jv(order: int, x: Any) -> Any:
        return np.cos(x - order * np.pi / 2) * 1.0 if order % 2 == 0 else np.sin(x) * (-1) ** (order // 2)

    @staticmethod
    def gammainc(a: Any, x: Any) -> Any:
        return 1 - np.exp(-x)  # which it is for a = 1


@pytest.fixture
def stand(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.special", Stand)  # type: ignore[arg-type]


def test_bessels_derivatives_are_half_the_difference_of_the_neighbours(stand: None) -> None:
    x = mt.tensor([0.4, 1.2], dtype=mt.float64, requires_grad=True)
    (g,) = mt.autograd.grad(special.bessel_j0(x).sum(), x, create_graph=True)
    assert_close(g.detach(), -np.sin(x.detach().array))
    (h,) = mt.autograd.grad(g.sum(), x)
    assert_close(h, -np.cos(x.detach().array))


def test_the_incomplete_gamma_function_has_a_derivative_by_its_last_argument_alone(stand: None) -> None:
    a, x = mt.ones(1, dtype=mt.float64), mt.tensor([0.4, 1.2], dtype=mt.float64, requires_grad=True)
    (g,) = mt.autograd.grad(special.gammainc(a, x).sum(), x)
    assert_close(g, np.exp(-x.detach().array))
    with pytest.raises(NotImplementedError, match="by the first argument is not implemented"):
        special.gammainc(a.requires_grad_(), x.detach()).sum().backward()


@pytest.mark.parametrize("name", [*OF_SCIPY, "gammainc", "gammaincc"])
def test_scipys_functions_and_their_second_derivatives(name: str) -> None:
    pytest.importorskip("scipy", reason="these functions are SciPy's")
    first = [mt.tensor([0.7, 2.5], dtype=mt.float64)] if name.startswith("gammainc") else []
    function, point = getattr(special, name), np.array([0.8, 2.3])

    def slope(a: Any) -> mt.Tensor:
        x = mt.tensor(a, requires_grad=True)
        return mt.autograd.grad(function(*first, x).sum(), x, create_graph=True)[0], x

    g, x = slope(point)
    assert_close(
        g.detach(),
        numerical_gradient(lambda a: float(function(*first, mt.tensor(a)).sum()), point),
        atol=1e-8,
    )
    (h,) = mt.autograd.grad(g.sum(), x)
    assert_close(h, numerical_gradient(lambda a: float(slope(a)[0].sum()), point), atol=1e-7)
