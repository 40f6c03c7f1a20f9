"""Distributions held to laws that need no other library: sums, moments, gradients, sentences."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import distributions as D


def leaf(data: Any) -> Any:
    return mt.tensor(data, dtype=mt.float64)


CONTINUOUS = [
    (D.Normal(leaf(0.5), leaf(1.5)), -12, 13),
    (D.Laplace(leaf(0.5), leaf(0.7)), -20, 20),
    (D.LogNormal(leaf(0.1), leaf(0.5)), 1e-9, 60),
    (D.HalfNormal(leaf(1.5)), 0, 15),
    (D.Uniform(leaf(-1.0), leaf(2.0)), -1, 2 - 1e-9),
    (D.Exponential(leaf(0.7)), 0, 60),
    (D.Gamma(leaf(2.5), leaf(1.5)), 1e-9, 40),
    (D.Chi2(leaf(5.0)), 1e-9, 90),
    (D.Beta(leaf(2.5), leaf(1.5)), 1e-9, 1 - 1e-9),
    (D.Gumbel(leaf(0.5), leaf(1.5)), -15, 60),
]


@pytest.mark.parametrize(("dist", "low", "high"), CONTINUOUS, ids=lambda d: type(d).__name__)
def test_densities_integrate_to_one_and_to_the_moments(dist: Any, low: float, high: float) -> None:
    x = mt.linspace(low, high, 200_001, dtype=mt.float64)
    p, step = dist.log_prob(x).exp().numpy(), (high - low) / 200_000
    x = x.numpy()
    mean = np.sum(p * x) * step
    assert np.sum(p) * step == pytest.approx(1, abs=2e-4)
    assert mean == pytest.approx(float(dist.mean), abs=2e-3)
    assert np.sum(p * (x - mean) ** 2) * step == pytest.approx(float(dist.variance), abs=1e-2)
    entropy = -np.sum(np.where(p > 0, p * np.log(np.where(p > 0, p, 1)), 0)) * step
    assert entropy == pytest.approx(float(dist.entropy()), abs=2e-3)


DISCRETE = [
    D.Bernoulli(leaf(0.3)),
    D.Binomial(7, leaf(0.3)),
    D.Categorical(leaf([0.2, 0.5, 0.3])),
    D.OneHotCategorical(leaf([0.2, 0.5, 0.3])),
]


@pytest.mark.parametrize("dist", DISCRETE, ids=lambda d: type(d).__name__)
def test_probabilities_sum_to_one(dist: Any) -> None:
    log = dist.log_prob(dist.enumerate_support())
    assert float(log.exp().sum()) == pytest.approx(1)
    assert float(-(log.exp() * log).sum()) == pytest.approx(float(dist.entropy()))


SAMPLED = [
    D.Gamma(leaf([0.3, 2.5, 40.0]), leaf([1.0, 2.0, 3.0])),
    D.Beta(leaf([0.4, 2.5]), leaf([1.5, 0.7])),
    D.Dirichlet(leaf([0.5, 2.0, 3.5])),
    D.Binomial(leaf([3.0, 40.0, 100.0]), leaf([0.3, 0.6, 0.95])),
    D.Poisson(leaf([0.5, 20.0])),
    D.Geometric(leaf([0.3, 0.8])),
    D.StudentT(leaf([5.0, 9.0])),
    D.Multinomial(5, leaf([0.2, 0.5, 0.3])),
    D.MultivariateNormal(leaf([1.0, -1.0]), leaf([[2.0, 0.6], [0.6, 1.0]])),
]


@pytest.mark.parametrize("dist", SAMPLED, ids=lambda d: type(d).__name__)
def test_samples_have_the_moments(dist: Any) -> None:
    mt.manual_seed(0)
    x, n = dist.sample((4000,)), 4000
    spread = (dist.variance / n).sqrt()
    assert ((x.mean(0) - dist.mean).abs() <= 4.5 * spread).all()
    assert mt.allclose(x.var(0), dist.variance, rtol=0.25)


def slope_by_numbers(dist: Any, a: Any, x: Any) -> Any:
    """-(dF/da) / f by central differences."""
    h = 1e-5 * a
    return -(dist(a + h).cdf(x) - dist(a - h).cdf(x)) / (2 * h) / dist(a).log_prob(x).exp()


def test_the_gradient_of_gamma_samples_is_that_of_the_distribution_function() -> None:
    mt.manual_seed(0)
    a = leaf([0.2, 0.9, 2.0, 7.5, 60.0]).requires_grad_()
    x = D.Gamma(a, 1.0).rsample((20,))
    (slope,) = mt.autograd.grad(x.sum(), a)
    numeric = slope_by_numbers(lambda c: D.Gamma(c, leaf(1.0)), a.detach(), x.detach())
    assert mt.allclose(slope, numeric.sum(0), rtol=1e-6)


def test_the_gradient_of_beta_samples_is_that_of_the_distribution_function() -> None:
    """For beta(a, 1), F is x ** a."""
    mt.manual_seed(0)
    a = leaf([0.2, 0.9, 2.0, 7.5, 60.0]).requires_grad_()
    x = D.Beta(a, mt.ones(5, dtype=mt.float64)).rsample((20,))
    (slope,) = mt.autograd.grad(x.sum(), a)
    known = -(x * x.log() / a).detach()
    assert mt.allclose(slope, known.sum(0), rtol=1e-7)


def test_the_distribution_function_of_gamma_has_both_derivatives() -> None:
    a, x = leaf([0.5, 3.0, 20.0]).requires_grad_(), leaf([0.7, 2.0, 25.0]).requires_grad_()
    assert mt.autograd.gradcheck(lambda a, x: D.Gamma(a, leaf(1.5)).cdf(x), (a, x))


@pytest.mark.parametrize(
    ("p", "q"),
    [
        (D.Normal(leaf(0.5), leaf(1.5)), D.Laplace(leaf(0.0), leaf(1.0))),
        (D.Gamma(leaf(2.5), leaf(1.5)), D.Normal(leaf(0.0), leaf(1.0))),
        (D.Beta(leaf(2.5), leaf(1.5)), D.Gamma(leaf(2.0), leaf(1.0))),
        (D.Uniform(leaf(0.2), leaf(0.7)), D.Beta(leaf(2.0), leaf(3.0))),
        (D.Exponential(leaf(2.5)), D.Gumbel(leaf(0.0), leaf(1.0))),
        (D.Cauchy(leaf(0.0), leaf(1.0)), D.Cauchy(leaf(1.0), leaf(2.0))),
    ],
)
def test_divergences_are_means_of_log_ratios(p: Any, q: Any) -> None:
    mt.manual_seed(0)
    x = p.sample((20_000,))
    ratio = p.log_prob(x) - q.log_prob(x)
    error = 5 * float(ratio.std()) / math.sqrt(20_000)
    assert float(D.kl_divergence(p, q)) == pytest.approx(float(ratio.mean()), abs=error)


def test_expanded_distributions_share_memory() -> None:
    loc = mt.zeros(3)
    wide = D.Independent(D.Normal(loc, 1.0), 1).expand((5,))
    assert wide.batch_shape == (5,)
    assert np.shares_memory(wide.base_dist.loc.numpy(), loc.numpy())


def test_a_subclass_expands_and_dispatches_like_its_base() -> None:
    class Mine(D.Normal):
        def __init__(self) -> None:
            super().__init__(mt.zeros(2), 1.0)

    assert Mine().expand((3, 2)).batch_shape == (3, 2)
    assert D.kl_divergence(Mine(), D.Normal(1.0, 1.0)).tolist() == [0.5, 0.5]


def test_ambiguous_divergences_are_told() -> None:
    class P(D.Normal):
        """Special on the left."""

    class Q(D.Normal):
        """Special on the right."""

    D.register_kl(P, D.Normal)(lambda p, q: 1)
    D.register_kl(D.Normal, Q)(lambda p, q: 2)
    with pytest.warns(RuntimeWarning, match=r"Ambiguous kl_divergence\(P, Q\). Please register_kl\(P, Q\)"):
        assert D.kl_divergence(P(0.0, 1.0), Q(0.0, 1.0)) == 1


def test_errors_say_what_was_expected() -> None:
    with pytest.raises(TypeError, match="Expected type_q to be a Distribution subclass but got 3"):
        D.register_kl(D.Normal, 3)
    with pytest.raises(ValueError, match=r"parameter scale .*GreaterThan\(lower_bound=0.0\), but found"):
        D.Normal(0.0, -1.0)
    with pytest.raises(ValueError, match=r"within the support \(Boolean\(\)\) of the distribution Bernoulli"):
        D.Bernoulli(0.5).log_prob(mt.tensor(0.5))
    with pytest.raises(ValueError, match=r"with batch_shape\+event_shape: \(3,\) vs \(2,\)"):
        D.Normal(mt.zeros(2), 1.0).log_prob(mt.zeros(3))
    with pytest.raises(NotImplementedError, match="for p type Normal and q type Poisson"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Poisson(1.0))
    with pytest.raises(NotImplementedError, match="Poisson does not implement rsample"):
        D.Poisson(1.0).rsample()


def test_a_cached_transform_is_undone_exactly() -> None:
    tanh = D.TanhTransform(cache_size=1)
    x = mt.tensor([30.0])
    assert tanh.inv(tanh(x)) is x
    assert D.TanhTransform().with_cache() == tanh


def test_the_validation_can_be_turned_off() -> None:
    assert float(D.Normal(0.0, -1.0, validate_args=False).mean) == 0.0
    D.Distribution.set_default_validate_args(False)
    try:
        D.Uniform(1.0, 0.0)
    finally:
        D.Distribution.set_default_validate_args(True)


def test_three_forms_of_a_covariance() -> None:
    cov = leaf([[2.0, 0.6], [0.6, 1.0]])
    one = D.MultivariateNormal(leaf([1.0, -1.0]), cov)
    for other in (
        D.MultivariateNormal(one.loc, precision_matrix=one.precision_matrix),
        D.MultivariateNormal(one.loc, scale_tril=one.scale_tril).expand((3,)),
    ):
        assert mt.allclose(other.covariance_matrix, cov)
        assert mt.allclose(other.precision_matrix @ cov, mt.eye(2, dtype=mt.float64))
        assert mt.allclose(other.entropy(), one.entropy())
        assert (other.mean == other.mode).all()


def test_the_mode_of_kumaraswamy_is_the_largest_density() -> None:
    dist = D.Kumaraswamy(leaf(3.0), leaf(2.3))
    x = mt.linspace(0.01, 0.99, 9801, dtype=mt.float64)
    assert float(x[dist.log_prob(x).argmax()]) == pytest.approx(float(dist.mode), abs=1e-4)
    assert math.isnan(float(D.Kumaraswamy(0.5, 2.0).mode))


@pytest.mark.parametrize("kind", [D.LowerCholeskyTransform, D.PositiveDefiniteTransform])
def test_matrices_come_back(kind: Any) -> None:
    mt.manual_seed(0)
    x = mt.randn(4, 3, 3, dtype=mt.float64).tril()
    y = kind()(x)
    assert kind().codomain.check(y).all()
    assert mt.allclose(kind().inv(y), x)
    assert kind() == kind() != D.SoftmaxTransform()


def test_relaxed_distributions_keep_their_temperature() -> None:
    cold = D.RelaxedOneHotCategorical(mt.tensor(0.01), mt.tensor([0.5, 0.5])).expand((20,))
    assert cold.temperature == mt.tensor(0.01)
    assert ((cold.sample() > 0.99).sum(-1) == 1).sum() > 15
    assert D.RelaxedBernoulli(mt.tensor(2.0), logits=mt.zeros(3)).temperature == 2


def test_a_distribution_without_its_facts_warns() -> None:
    class Bare(D.Distribution):
        """Defines nothing."""

    with pytest.warns(UserWarning, match="does not define `arg_constraints`"):
        bare = Bare()
    with pytest.warns(UserWarning, match="does not define `support`"):
        bare._validate_sample(mt.zeros(2))
    with pytest.warns(FutureWarning, match=r"Use `sample\(\(n,\)\)` instead"):
        assert D.Normal(0.0, 1.0).sample_n(2).shape == (2,)
