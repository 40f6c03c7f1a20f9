"""Laws of von Mises's, Wishart's and other distributions that need no other library."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import distributions as D


def leaf(data: Any) -> Any:
    return mt.tensor(data, dtype=mt.float64)


DENSITIES = [
    (D.VonMises(leaf(0.5), leaf(1.5)), -math.pi, math.pi),
    (D.VonMises(leaf(0.5), leaf(60.0)), -math.pi, math.pi),
    (D.ContinuousBernoulli(leaf(0.2)), 0, 1),
    (D.ContinuousBernoulli(leaf(0.4995)), 0, 1),
    (D.GeneralizedPareto(leaf(0.5), leaf(1.0), leaf(-0.25)), 0.5, 4.5 - 1e-9),
    (D.GeneralizedPareto(leaf(0.5), leaf(1.0), leaf(0.0)), 0.5, 30),
]


@pytest.mark.parametrize(("dist", "low", "high"), DENSITIES, ids=lambda d: type(d).__name__)
def test_densities_integrate_to_one(dist: Any, low: float, high: float) -> None:
    x = mt.linspace(low, high, 200_001, dtype=mt.float64)
    p, step = dist.log_prob(x).exp().numpy(), (high - low) / 200_000
    assert np.sum(p) * step == pytest.approx(1, abs=2e-4)
    if not isinstance(dist, D.VonMises):
        mean = np.sum(p * x.numpy()) * step
        assert mean == pytest.approx(float(dist.mean), abs=2e-3)
        assert np.sum(p * (x.numpy() - mean) ** 2) * step == pytest.approx(float(dist.variance), abs=1e-3)
        assert mt.allclose(dist.icdf(dist.cdf(x[1:-1:5000])), x[1:-1:5000], rtol=1e-4)


def test_the_resultant_of_von_mises() -> None:
    dist = D.VonMises(leaf(0.5), leaf(1.5))
    x = np.linspace(-math.pi, math.pi, 10_001)[:-1]
    length = (dist.log_prob(mt.tensor(x)).exp().numpy() * np.cos(x - 0.5)).mean() * 2 * math.pi
    assert float(dist.variance) == pytest.approx(1 - length)


def test_wishart_has_its_moments_and_the_divergence_of_each_of_a_batch() -> None:
    mt.manual_seed(0)
    cov = leaf([[2.0, 0.5], [0.5, 1.0]])
    p, q = D.Wishart(leaf([4.0, 9.0]), cov), D.Wishart(leaf([5.0, 6.0]), precision_matrix=cov)
    x = p.sample((6000,))
    assert ((x.mean(0) - p.mean).abs() <= 5 * (p.variance / 6000).sqrt()).all()
    each = [
        D.kl_divergence(D.Wishart(a, cov), D.Wishart(b, precision_matrix=cov))
        for a, b in zip(p.df, q.df, strict=True)
    ]
    assert mt.allclose(D.kl_divergence(p, q), mt.stack(each))
    ratio = p.log_prob(x) - q.log_prob(x)
    assert ((ratio.mean(0) - D.kl_divergence(p, q)).abs() <= 5 * ratio.std(0) / 6000**0.5).all()


def test_singular_samples_are_told() -> None:
    with pytest.warns(UserWarning, match="Low df values detected"):
        dist = D.Wishart(mt.tensor(1.0 + 1e-6), mt.eye(2))
    mt.manual_seed(0)
    with pytest.warns(UserWarning, match="Singular sample detected"):
        dist.rsample((40,), max_try_correction=0)


def test_lkj_of_two_dimensions_is_a_beta_distribution() -> None:
    """The correlation r has the density of ``2 b - 1``, b of beta(c, c)."""
    c, r = leaf(1.7), 0.3
    factor = leaf([[1.0, 0.0], [r, math.sqrt(1 - r * r)]])
    beta = D.Beta(c, c).log_prob(leaf((1 + r) / 2)) - math.log(2)
    jacobian = math.log(math.sqrt(1 - r * r))  # of the triangle's surface
    assert float(D.LKJCholesky(2, c).log_prob(factor) - jacobian) == pytest.approx(float(beta), abs=1.0)
    mt.manual_seed(0)
    x = D.LKJCholesky(4, c).sample((50,))
    assert mt.allclose(x.square().sum(-1), mt.ones(50, 4, dtype=mt.float64))


def test_low_rank_is_a_multivariate_normal() -> None:
    loc, w, d = leaf([0.5, -1.0, 2.0]), leaf([[2.0], [0.5], [1.0]]), leaf([1.0, 2.0, 0.3])
    low = D.LowRankMultivariateNormal(loc, w, d)
    whole = D.MultivariateNormal(loc, low.covariance_matrix)
    x = leaf([[0.1, 0.2, 0.3], [1.0, 2.0, 3.0]])
    assert mt.allclose(low.log_prob(x), whole.log_prob(x))
    assert mt.allclose(low.precision_matrix, whole.precision_matrix)
    assert mt.allclose(low.scale_tril, whole.scale_tril)
    for p, q in ((low, whole), (whole, low), (low, low)):
        assert float(D.kl_divergence(p, q)) == pytest.approx(0, abs=1e-10)


def test_sentences() -> None:
    with pytest.raises(ValueError, match="expected to be greater than ndim - 1 = 1"):
        D.Wishart(1.0, mt.eye(2))
    with pytest.raises(ValueError, match="probs has invalid values: they lie between 0 and 1"):
        D.ContinuousBernoulli(1.5, validate_args=True)
    with pytest.raises(ValueError, match="greater than or equal to 2. Found dim=1"):
        D.LKJCholesky(1)
    with pytest.raises(ValueError, match="a batch of matrices with shape 2 x m"):
        D.LowRankMultivariateNormal(mt.zeros(2), mt.ones(3, 1), mt.ones(2))
    one, two = (D.LowRankMultivariateNormal(mt.zeros(n), mt.ones(n, 1), mt.ones(n)) for n in (1, 2))
    with pytest.raises(ValueError, match="different event shapes cannot be"):
        D.kl_divergence(one, two)
    with pytest.raises(NotImplementedError, match="different exponential families have no general formula"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Poisson(1.0))
    with pytest.raises(NotImplementedError, match="ExponentialFamily does not define _natural_params"):
        D.ExponentialFamily(validate_args=False)._natural_params  # noqa: B018
