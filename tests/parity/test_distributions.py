"""Distributions against PyTorch's: samples of one seed, densities, entropies, divergences and gradients."""

from __future__ import annotations

import inspect
import math
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

# One line a distribution: an expression in `D` (distributions), `T` (a float64 leaf) and numbers.
TEXTS = """
D.Normal(T([0.5,-1.]),T([1.5,0.3]))
D.Normal(0.,2.)
D.Normal(T([[0.5],[-1.]]),T([1.5,0.3,2.]))
D.LogNormal(T([0.5,-1.]),T([1.5,0.3]))
D.HalfNormal(T([1.5,0.3]))
D.Cauchy(T([0.5,-1.]),T([1.5,0.3]))
D.HalfCauchy(T([1.5,0.3]))
D.Laplace(T([0.5,-1.]),T([1.5,0.3]))
D.Gumbel(T([0.5,-1.]),T([1.5,0.3]))
D.Uniform(T([0.5,-1.]),T([1.5,0.3]))
D.Uniform(0,1)
D.Exponential(T([0.5,3.]))
D.Gamma(T([0.5,3.,20.]),T([1.5,0.3,2.]))
D.Gamma(2.,3.)
D.Chi2(T([0.5,3.]))
D.StudentT(T([1.5,3.,0.7]),T([0.,1.,2.]),T([1.,2.,3.]))
D.StudentT(4.)
D.Beta(T([0.5,3.]),T([1.5,0.3]))
D.Beta(2.,3.)
D.Dirichlet(T([0.5,3.,1.]))
D.Dirichlet(T([[0.5,3.,1.],[2.,0.2,0.1]]))
D.Pareto(T([1.5,0.3]),T([3.5,0.7]))
D.Bernoulli(T([0.3,0.9,0.5]))
D.Bernoulli(logits=T([0.3,-0.9,0.]))
D.Bernoulli(0.25)
D.Geometric(T([0.3,0.9]))
D.Geometric(logits=T([0.3,-0.9]))
D.Binomial(5,T([0.3,0.9]))
D.Binomial(40,logits=T([0.3,-0.9]))
D.Poisson(T([0.3,12.]))
D.Categorical(T([0.3,0.9,0.8]))
D.Categorical(logits=T([[0.3,-0.9],[1.,2.]]))
D.OneHotCategorical(T([0.3,0.9,0.8]))
D.OneHotCategorical(logits=T([[0.3,-0.9],[1.,2.]]))
D.OneHotCategoricalStraightThrough(T([0.3,0.9,0.8]))
D.Multinomial(4,T([0.3,0.9,0.8]))
D.Multinomial(3,logits=T([[0.3,-0.9],[1.,2.]]))
D.MultivariateNormal(T([0.5,-1.]),T([[2.,0.5],[0.5,1.]]))
D.MultivariateNormal(T([0.5,-1.]),precision_matrix=T([[2.,0.5],[0.5,1.]]))
D.MultivariateNormal(T([[0.5,-1.],[1.,2.]]),scale_tril=T([[2.,0.],[0.5,1.]]))
D.MultivariateNormal(T([[0.5,-1.],[1.,2.]]),T([[[2.,0.5],[0.5,1.]],[[1.,0.1],[0.1,3.]]]))
D.Independent(D.Normal(T([[0.5,-1.],[1.,2.]]),T([1.5,0.3])),1)
D.Independent(D.Bernoulli(T([0.5,0.1])),1)
D.Independent(D.Gamma(T([0.5,3.]),T([1.5,0.3])),0)
D.TransformedDistribution(D.Normal(T([0.5,-1.]),T([1.5,0.3])),[D.TanhTransform(),D.AffineTransform(1.,T([2.,-3.]))])
D.TransformedDistribution(D.Uniform(T([0.5,1.]),T([1.5,3.])),D.PowerTransform(T([2.,0.5])))
D.TransformedDistribution(D.Uniform(T(0.),T(1.)),[D.SigmoidTransform().inv,D.AffineTransform(T([1.,2.]),3.)])
D.TransformedDistribution(D.Normal(T([0.5,-1.]),T([1.5,0.3])),D.StickBreakingTransform())
D.TransformedDistribution(D.Normal(T([0.5,-1.,1.,2.]),T(1.5)),D.ReshapeTransform((4,),(2,2)))
D.TransformedDistribution(D.Normal(T([0.5,-1.]),T([1.5,0.3])),[D.SoftplusTransform()])
D.TransformedDistribution(D.Normal(T([0.5,-1.]),T([1.5,0.3])),D.ExpTransform().inv.inv)
D.TransformedDistribution(D.Normal(T([0.5,-1.]),T([1.5,0.3])),[])
D.MixtureSameFamily(D.Categorical(T([0.3,0.7])),D.Normal(T([0.5,-1.]),T([1.5,0.3])))
D.MixtureSameFamily(D.Categorical(T([[0.3,0.7],[1.,2.]])),D.Normal(T([[0.5,-1.],[0.,1.]]),T([1.5,0.3])))
D.MixtureSameFamily(D.Categorical(T([0.3,0.7])),D.Independent(D.Normal(T([[0.5,-1.],[0.,1.]]),T([1.5,0.3])),1))
D.RelaxedBernoulli(T(0.5),T([0.3,0.9]))
D.RelaxedBernoulli(T(0.5),logits=T([0.3,0.9]))
D.RelaxedOneHotCategorical(T(0.5),T([0.3,0.9]))
D.RelaxedOneHotCategorical(T(0.5),logits=T([[0.3,0.9],[1.,2.]]))
D.LogisticNormal(T([0.5,-1.]),T([1.5,0.3]))
D.LogisticNormal(T([[0.5,-1.],[0.,1.]]),T([1.5,0.3]))
D.NegativeBinomial(T([5.,0.5,3.]),T([0.3,0.9,0.]))
D.NegativeBinomial(5,logits=T([0.3,-0.9]))
D.Weibull(T([0.5,1.]),T([1.5,3.3]))
D.InverseGamma(T([0.5,3.,1.5]),T([1.5,0.3,2.]))
D.Kumaraswamy(T([0.5,3.]),T([1.5,2.3]))
D.FisherSnedecor(T([0.5,3.,1.5]),T([1.5,4.3,3.]))
D.ContinuousBernoulli(T([0.3,0.9,0.5,0.4995]))
D.ContinuousBernoulli(logits=T([0.3,-0.9,0.]))
D.ContinuousBernoulli(T(0.25))
D.ContinuousBernoulli(T([[0.3],[0.9]]),lims=(0.2,0.7))
D.GeneralizedPareto(0.,1.,-1.)
D.GeneralizedPareto(0.5,1.5,1.25)
D.LKJCholesky(3,T([0.5,2.]))
D.LKJCholesky(2)
D.LKJCholesky(4,1.5)
D.LowRankMultivariateNormal(T([0.5,-1.,2.]),T([[2.],[0.5],[1.]]),T([1.,2.,0.3]))
D.LowRankMultivariateNormal(T([[0.5,-1.],[1.,2.]]),T([[2.,1.],[0.5,1.]]),T([1.,0.3]))
D.LowRankMultivariateNormal(T([0.5,-1.]),T([[[2.],[0.5]],[[1.],[0.]]]),T([1.,0.3]))
"""
ALL = [line for line in TEXTS.strip().splitlines() if line]
NO_RSAMPLE_PARITY = ("Gamma", "Chi2", "StudentT", "Beta", "Dirichlet", "InverseGamma", "FisherSnedecor")


def make(library: Any, text: str) -> tuple[Any, list[Any]]:
    """A distribution, and the leaves that its parameters are made of."""
    leaves: list[Any] = []

    def leaf(data: Any) -> Any:
        leaves.append(library.tensor(data, dtype=library.float64, requires_grad=True))
        return leaves[-1]

    return eval(text, {"D": library.distributions, "T": leaf}), leaves


def look(value: Any) -> Any:
    if hasattr(value, "detach"):
        return np.asarray(value.detach().numpy(), np.float64), str(value.dtype).removeprefix("torch.")
    return value


def attempt(function: Callable[[], Any], quiet: bool = False) -> Any:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore" if quiet else "error")
        try:
            return function()
        except Exception as error:
            return error


def agree(ours: Any, theirs: Any, what: str, tolerance: float = 1e-9) -> None:
    """Equal in value, dtype and shape, or the same class of error."""
    if isinstance(theirs, Exception):
        assert isinstance(ours, type(theirs)), f"{what}: PyTorch raises {theirs!r}, and we {ours!r}"
        return
    assert not isinstance(ours, Exception), f"{what}: we raise {ours!r}; PyTorch {theirs!r}"
    (a, dtype), (b, other) = look(ours), look(theirs)
    assert dtype == other, f"{what}: {dtype} and in PyTorch {other}"
    assert a.shape == b.shape, f"{what}: {a.shape} and in PyTorch {b.shape}"
    loose = max(tolerance, 2e-6 if dtype == "float32" else 0)
    assert np.allclose(a, b, loose, loose, equal_nan=True), f"{what}: PyTorch has {b}, and we {a}"


def both(text: str) -> Any:
    return make(mt, text), make(torch, text)


def gradients(library: Any, value: Any, leaves: list[Any]) -> list[Any]:
    if not value.requires_grad:
        return [None] * len(leaves)
    w = np.random.default_rng(1).uniform(0.5, 1.5, tuple(value.shape))
    total = (value * library.tensor(w, dtype=value.dtype)).sum()
    with np.errstate(all="ignore"):  # at the edges both give NaN, and only NumPy says so
        return list(library.autograd.grad(total, leaves, retain_graph=True, allow_unused=True))


def agree_on_gradients(ours: Any, theirs: Any, mine: Any, others: Any, what: str, tolerance: float) -> None:
    pairs = zip(gradients(mt, ours, mine), gradients(torch, theirs, others), strict=True)
    for i, (a, b) in enumerate(pairs):
        if a is None or b is None:
            for g in (a, b):
                assert g is None or not np.any(g.detach().numpy()), f"{what}: gradient {i}: {b}, and we {a}"
        else:
            agree(a, b, f"{what}: gradient {i}", tolerance)


@pytest.mark.parametrize("text", ALL)
def test_facts(text: str) -> None:
    """Shapes, moments, entropy, support and how it prints."""
    (ours, mine), (theirs, others) = both(text)
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    assert tuple(ours.event_shape) == tuple(theirs.event_shape)
    assert (ours.has_rsample, ours.has_enumerate_support) == (
        theirs.has_rsample,
        theirs.has_enumerate_support,
    )
    moments = ["mean", "mode", "variance", "stddev"]
    if "Kumaraswamy" in text:
        moments.remove("mode")  # NaN in PyTorch, which takes the logarithm of a negative number
    for name in moments:
        agree(attempt(lambda: getattr(ours, name)), attempt(lambda: getattr(theirs, name)), name)  # noqa: B023
    a, b = attempt(lambda: ours.entropy()), attempt(lambda: theirs.entropy())
    agree(a, b, "entropy")
    if not isinstance(b, Exception):
        agree_on_gradients(a, b, mine, others, "entropy", 1e-8)
        agree(ours.perplexity(), theirs.perplexity(), "perplexity")
    shown = repr(theirs).replace(", dtype=torch.float64", "").replace(", grad_fn", "")
    assert repr(ours).replace(", dtype=torch.float64", "").split("(")[0] == shown.split("(")[0]
    assert repr(ours.support).split("(")[0] == repr(theirs.support).split("(")[0]


@pytest.mark.parametrize("text", ALL)
def test_samples(text: str) -> None:
    """The same from one seed, in every shape, and their gradients."""
    (ours, mine), (theirs, others) = both(text)
    exact = not any(f"D.{name}(" in text for name in NO_RSAMPLE_PARITY)
    for shape in ((), (3,), (2, 9)):
        torch.manual_seed(3)
        mt.manual_seed(3)
        agree(ours.sample(shape), theirs.sample(torch.Size(shape)), f"sample {shape}")
        a, b = attempt(lambda: ours.rsample(shape)), attempt(lambda: theirs.rsample(torch.Size(shape)))  # noqa: B023
        agree(a, b, f"rsample {shape}")
        if not isinstance(b, Exception):
            # PyTorch's gradients of gamma and Dirichlet samples are approximations.
            agree_on_gradients(a, b, mine, others, "rsample", 1e-9 if exact else 2e-2)
        assert mt.rand(1).item() == torch.rand(1).item()


@pytest.mark.parametrize("text", ALL)
def test_densities(text: str) -> None:
    """At samples, and what is outside of the support is refused."""
    (ours, mine), (theirs, others) = both(text)
    torch.manual_seed(5)
    x = theirs.sample((4,))
    y = mt.tensor(x.numpy())
    a, b = ours.log_prob(y), theirs.log_prob(x)
    agree(a, b, "log_prob")
    agree_on_gradients(a, b, mine, others, "log_prob", 1e-8)
    for bad in (x - 1000.5, x * math.nan, x.unsqueeze(-1).expand(*x.shape, 7)):
        other = mt.tensor(bad.numpy())
        a, b = attempt(lambda: ours.log_prob(other), True), attempt(lambda: theirs.log_prob(bad))  # noqa: B023
        agree(a, b, "bad")
    a, b = attempt(lambda: ours.cdf(y)), attempt(lambda: theirs.cdf(x))
    agree(a, b, "cdf")
    p = torch.linspace(0.1, 0.9, 4, dtype=torch.float64).reshape(4, *[1] * len(theirs.batch_shape))
    a = attempt(lambda: ours.icdf(mt.tensor(p.numpy())))
    agree(a, attempt(lambda: theirs.icdf(p)), "icdf")
    agree(attempt(lambda: ours.enumerate_support()), attempt(lambda: theirs.enumerate_support()), "enumerate")
    a = attempt(lambda: ours.enumerate_support(False))
    agree(a, attempt(lambda: theirs.enumerate_support(False)), "enumerate")


@pytest.mark.parametrize("text", ALL)
def test_expand(text: str) -> None:
    (ours, _), (theirs, _) = both(text)
    shape = (3, *theirs.batch_shape)
    ours, theirs = ours.expand(shape), theirs.expand(torch.Size(shape))
    assert tuple(ours.batch_shape) == tuple(theirs.batch_shape)
    torch.manual_seed(3)
    mt.manual_seed(3)
    x = theirs.sample((2,))
    agree(ours.sample((2,)), x, "sample")
    agree(ours.log_prob(mt.tensor(x.numpy())), theirs.log_prob(x), "log_prob")
    agree(attempt(lambda: ours.mean), attempt(lambda: theirs.mean), "mean")


FAMILIES = """
D.Normal(T([0.5,-1.,0.2]),T([1.5,0.3,1.]))
D.Normal(T([0.1,-2.,0.2]),T([0.5,1.3,1.]))
D.LogNormal(T([0.5,-1.,0.2]),T([1.5,0.3,1.]))
D.LogNormal(T([0.1,-2.,0.2]),T([0.5,1.3,1.]))
D.HalfNormal(T([1.5,0.3,1.]))
D.HalfNormal(T([0.5,1.3,1.]))
D.Cauchy(T([0.5,-1.,0.2]),T([1.5,0.3,1.]))
D.Cauchy(T([0.1,-2.,0.2]),T([0.5,1.3,1.]))
D.HalfCauchy(T([1.5,0.3,1.]))
D.Laplace(T([0.5,-1.,0.2]),T([1.5,0.3,1.]))
D.Laplace(T([0.1,-2.,0.2]),T([0.5,1.3,1.]))
D.Gumbel(T([0.5,-1.,0.2]),T([1.5,0.3,1.]))
D.Gumbel(T([0.1,-2.,0.2]),T([0.5,1.3,1.]))
D.Uniform(T([0.1,0.2,-1.]),T([0.5,0.9,2.]))
D.Uniform(T([0.,-1.,0.]),T([1.,2.,1.]))
D.Uniform(T([2.,3.,0.]),T([4.,7.,0.5]))
D.Exponential(T([0.5,3.,1.]))
D.Exponential(T([1.5,0.3,1.]))
D.Gamma(T([0.5,3.,1.]),T([1.5,0.3,2.]))
D.Gamma(T([1.5,2.,1.]),T([0.5,1.3,1.]))
D.Chi2(T([0.5,3.,1.]))
D.Beta(T([0.5,3.,1.]),T([1.5,0.3,2.]))
D.Beta(T([1.5,2.,1.]),T([0.5,1.3,1.]))
D.StudentT(T([0.5,3.,1.]))
D.Pareto(T([1.5,0.3,1.]),T([3.5,0.7,1.5]))
D.Pareto(T([1.0,0.5,1.]),T([2.5,1.7,1.5]))
D.Bernoulli(T([0.3,0.9,0.]))
D.Bernoulli(T([0.5,1.,0.2]))
D.Bernoulli(logits=T([0.5,1.,-2.]))
D.Geometric(T([0.3,0.9,0.5]))
D.Geometric(T([0.5,0.1,0.5]))
D.Binomial(5,T([0.3,0.9,0.4]))
D.Binomial(T([5.,4.,3.]),T([0.5,0.1,0.4]))
D.Poisson(T([0.3,12.,1.]))
D.Poisson(T([0.5,2.,3.]))
D.Categorical(T([0.3,0.9,0.]))
D.Categorical(T([0.5,1.,0.2]))
D.OneHotCategorical(T([0.3,0.9,0.8]))
D.OneHotCategorical(logits=T([0.3,0.9,0.8]))
D.Dirichlet(T([0.5,3.,1.]))
D.Dirichlet(T([[1.5,2.,1.],[0.1,0.2,0.3]]))
D.MultivariateNormal(T([0.5,-1.]),T([[2.,0.5],[0.5,1.]]))
D.MultivariateNormal(T([[0.1,-2.],[1.,1.]]),scale_tril=T([[2.,0.],[0.5,1.]]))
D.MultivariateNormal(T([[0.1,-2.],[1.,1.]]),precision_matrix=T([[[2.,0.5],[0.5,1.]],[[1.,0.],[0.,1.]]]))
D.MultivariateNormal(T([0.5,-1.,2.]),T([[2.,0.5,0.],[0.5,1.,0.],[0.,0.,1.]]))
D.Independent(D.Normal(T([0.5,-1.,0.2]),T([1.5,0.3,1.])),1)
D.Independent(D.Normal(T([0.1,-2.,0.2]),T([0.5,1.3,1.])),1)
D.Independent(D.Exponential(T([0.5,3.,1.])),1)
D.Independent(D.Normal(T([0.1,-2.,0.2]),T([0.5,1.3,1.])),0)
D.Multinomial(4,T([0.3,0.9,0.8]))
D.Weibull(T([0.5,1.,2.]),T([1.5,3.3,1.]))
D.InverseGamma(T([0.5,3.,1.5]),T([1.5,0.3,2.]))
D.InverseGamma(T([1.5,2.,0.5]),T([0.5,0.3,1.]))
D.TransformedDistribution(D.Normal(T([0.1,-2.,0.2]),T([0.5,1.3,1.])),D.SigmoidTransform())
D.ContinuousBernoulli(T([0.3,0.9,0.4995]))
D.ContinuousBernoulli(logits=T([0.5,1.,-2.]))
D.LowRankMultivariateNormal(T([0.5,-1.]),T([[2.],[0.5]]),T([1.,2.]))
D.LowRankMultivariateNormal(T([[0.1,-2.],[1.,1.]]),T([[2.,0.],[0.5,1.]]),T([0.5,1.]))
D.Wishart(T(4.),T([[2.,.5],[.5,1.]]))
D.Wishart(T(3.5),scale_tril=T([[2.,0.],[0.5,1.]]))
D.TransformedDistribution(D.Normal(T([0.5,-1.,0.2]),T([1.5,0.3,1.])),D.SigmoidTransform())
"""
PARTNERS = FAMILIES.strip().splitlines()


@pytest.mark.parametrize("text", PARTNERS)
def test_divergences(text: str) -> None:
    """From every distribution to every other, where PyTorch has a formula, and its gradients."""
    for other in PARTNERS:
        what = f"{text} to {other}"
        values, leaves = [], []
        for library in (mt, torch):
            p, first = make(library, text)
            q, second = make(library, other)
            values.append(attempt(lambda: library.distributions.kl_divergence(p, q)))  # noqa: B023
            leaves.append(first + second)
        agree(*values, what)
        if not isinstance(values[1], Exception) and np.isfinite(values[1].detach().numpy()).all():
            agree_on_gradients(*values, *leaves, what, 1e-8)


def names(library: Any) -> set[str]:
    return {n for n in dir(library.distributions) if n[0].isupper() and n != "TYPE_CHECKING"}


def test_what_is_here() -> None:
    assert names(torch) - names(mt) == set()


@pytest.mark.parametrize("name", sorted(names(torch)))
def test_arguments(name: str) -> None:
    ours, theirs = (getattr(library.distributions, name) for library in (mt, torch))
    a, b = (list(inspect.signature(c).parameters) for c in (ours, theirs))
    assert a == b
    for method in ("log_prob", "sample", "rsample", "cdf", "icdf", "expand", "enumerate_support", "entropy"):
        if hasattr(theirs, method) and inspect.isfunction(getattr(theirs, method)):
            a, b = (list(inspect.signature(getattr(c, method)).parameters) for c in (ours, theirs))
            assert a == [n.replace("prob", "value") for n in b] or a == b, method


CONSTRAINTS = [
    "boolean",
    "nonnegative",
    "nonnegative_integer",
    "positive",
    "positive_integer",
    "real",
    "unit_interval",
    "greater_than(0.5)",
    "greater_than_eq(0.5)",
    "less_than(0.5)",
    "interval(-0.5,1.)",
    "half_open_interval(0,1)",
    "integer_interval(0,2)",
    "real_vector",
    "simplex",
    "one_hot",
    "multinomial(2)",
    "independent(positive,1)",
    "lower_triangular",
    "lower_cholesky",
    "corr_cholesky",
    "square",
    "symmetric",
    "positive_definite",
    "positive_semidefinite",
    "cat([positive,real])",
    "cat([positive,real],-1,[1,2])",
    "stack([positive,real])",
]
VALUES: list[Any] = [
    [[0.0, 1.0], [2.0, 0.5]],
    [[1.0, 0.0], [0.0, 1.0]],
    [[1.0, 0.0], [0.6, 0.8]],
    [[-1.0, math.nan], [0.5, 1.5]],
    [[0.25, 0.75], [0.5, 0.6]],
    [[2.0, 1.0], [1.0, 0.5]],
    [[1.0, 0.0], [2.0, -1.0]],
    [[1.0, 2.0], [2.0, 4.0]],
    [[0.0, 1.0, 2.0], [2.0, 0.5, 0.1]],
    [[[1.0, 0.5], [0.5, 2.0]], [[1.0, 3.0], [3.0, 1.0]]],
]


@pytest.mark.parametrize("text", CONSTRAINTS)
def test_constraints(text: str) -> None:
    ours, theirs = (eval(text, vars(library.distributions.constraints).copy()) for library in (mt, torch))
    assert repr(ours) == repr(theirs)
    assert (ours.is_discrete, ours.event_dim) == (theirs.is_discrete, theirs.event_dim)
    for data in VALUES:
        a = attempt(lambda: ours.check(mt.tensor(data, dtype=mt.float64)))  # noqa: B023
        b = attempt(lambda: theirs.check(torch.tensor(data, dtype=torch.float64)))  # noqa: B023
        agree(a, b, f"{text} {data}")
    for registry in ("biject_to", "transform_to"):
        a = attempt(lambda: getattr(mt.distributions, registry)(ours))  # noqa: B023
        b = attempt(lambda: getattr(torch.distributions, registry)(theirs))  # noqa: B023
        if isinstance(b, Exception):
            assert isinstance(a, type(b))
            continue
        assert repr(a) == repr(b)
        for data in VALUES:
            u = attempt(lambda: a(mt.tensor(data, dtype=mt.float64)), True)  # noqa: B023
            v = attempt(lambda: b(torch.tensor(data, dtype=torch.float64)))  # noqa: B023
            agree(u, v, f"{registry} {text}")


TRANSFORMS = """
D.ExpTransform()
D.ExpTransform().inv
D.ExpTransform(cache_size=1)
D.SigmoidTransform()
D.SigmoidTransform().inv
D.SoftplusTransform()
D.SoftplusTransform().inv
D.TanhTransform()
D.TanhTransform().inv
D.AbsTransform()
D.PowerTransform(T(2.))
D.PowerTransform(T([2.,-1.,0.5])).inv
D.AffineTransform(1.,-2.)
D.AffineTransform(T([1.,2.,3.]),T([1.,2.,-3.]))
D.AffineTransform(T([1.,2.,3.]),T([1.,2.,-3.]),event_dim=1)
D.AffineTransform(1.,-2.,event_dim=1).inv
D.ComposeTransform([D.ExpTransform(),D.AffineTransform(1.,2.)])
D.ComposeTransform([D.ExpTransform(),D.AffineTransform(1.,2.,event_dim=1)]).inv
D.ComposeTransform([D.StickBreakingTransform(),D.AffineTransform(1.,2.)])
D.ComposeTransform([D.AffineTransform(1.,2.),D.SoftmaxTransform()],cache_size=1)
D.ComposeTransform([])
D.IndependentTransform(D.ExpTransform(),1)
D.IndependentTransform(D.ExpTransform(),1).inv
D.ReshapeTransform((3,),(3,1))
D.ReshapeTransform((3,1),(3,)).inv
D.SoftmaxTransform()
D.SoftmaxTransform().inv
D.StickBreakingTransform()
D.StickBreakingTransform().inv
D.CorrCholeskyTransform()
D.CatTransform([D.ExpTransform(),D.TanhTransform()],dim=-1,lengths=[1,2])
D.CatTransform([D.ExpTransform(),D.AffineTransform(0.,2.,event_dim=1)],dim=-1,lengths=[1,2])
D.CatTransform([D.ExpTransform(),D.TanhTransform()],dim=0)
D.StackTransform([D.ExpTransform(),D.TanhTransform()])
D.StackTransform([D.ExpTransform(),D.TanhTransform(),D.SigmoidTransform()],dim=-1)
D.CumulativeDistributionTransform(D.Normal(0.,1.))
D.CumulativeDistributionTransform(D.Normal(0.,1.)).inv
"""


@pytest.mark.parametrize("text", TRANSFORMS.strip().splitlines())
def test_transforms(text: str) -> None:
    (ours, _), (theirs, _) = both(text)
    assert repr(ours) == repr(theirs)
    for name in ("bijective", "sign", "event_dim"):
        a, b = attempt(lambda: getattr(ours, name)), attempt(lambda: getattr(theirs, name))  # noqa: B023
        if hasattr(b, "detach") or isinstance(b, Exception):
            agree(a, b, name)
        else:
            assert a == b, name
    for side in ("domain", "codomain"):
        assert repr(getattr(ours, side)) == repr(getattr(theirs, side))
        assert getattr(ours, side).event_dim == getattr(theirs, side).event_dim
    x = torch.tensor([[0.2, 0.3, 0.5], [0.6, 0.3, 0.1]], dtype=torch.float64)
    y = mt.tensor(x.numpy())
    u, v = attempt(lambda: ours(y), True), attempt(lambda: theirs(x))
    agree(u, v, "forward")
    a = attempt(lambda: ours.log_abs_det_jacobian(y, u), True)
    agree(a, attempt(lambda: theirs.log_abs_det_jacobian(x, v)), "jacobian")
    agree(attempt(lambda: ours.inv(u), True), attempt(lambda: theirs.inv(v)), "inverse")
    for shape in ((2, 3), (3,), (), (4, 4), (3, 1)):
        for name in ("forward_shape", "inverse_shape"):
            a = attempt(lambda: tuple(getattr(ours, name)(shape)))  # noqa: B023
            b = attempt(lambda: tuple(getattr(theirs, name)(torch.Size(shape))))  # noqa: B023
            assert isinstance(a, type(b)) if isinstance(b, Exception) else a == b, (name, shape)


def test_equal_transforms() -> None:
    texts = TRANSFORMS.strip().splitlines()
    for one in texts:
        for two in texts:
            (a, _), (c, _) = both(one)
            (b, _), (d, _) = both(two)
            mine, other = attempt(lambda: bool(a == b)), attempt(lambda: bool(c == d))  # noqa: B023
            assert mine == other or isinstance(other, Exception), (one, two)


BAD = """
D.Normal(0.,-1.)
D.Normal(T([0.,1.]),T([1.,math.nan]))
D.Normal('a',1.)
D.Normal(T([0.,1.]),T([1.,1.,1.]))
D.Normal(0.,-1.,validate_args=False)
D.Uniform(1.,0.)
D.Bernoulli()
D.Bernoulli(0.5,0.5)
D.Bernoulli(1.5)
D.Categorical(T(0.5))
D.Categorical(T([-1.,2.]))
D.Categorical(T([0.5]),T([0.5]))
D.Geometric(0.)
D.Binomial(-1,T(0.5))
D.Binomial(3)
D.Poisson(-1.)
D.Multinomial(2.5,T([1.,2.]))
D.Gamma(0.,1.)
D.Beta(1.,-1.)
D.Dirichlet(T(1.))
D.Dirichlet(T([1.,0.]))
D.MultivariateNormal(T(0.),T([[1.]]))
D.MultivariateNormal(T([0.,0.]))
D.MultivariateNormal(T([0.,0.]),T([1.]))
D.MultivariateNormal(T([0.,0.]),T([[1.,2.],[2.,1.]]))
D.MultivariateNormal(T([0.,0.]),scale_tril=T([[1.,2.],[2.,1.]]))
D.Independent(D.Normal(0.,1.),1)
D.TransformedDistribution(D.Normal(0.,1.),3)
D.TransformedDistribution(D.Normal(0.,1.),[3])
D.TransformedDistribution(D.Normal(0.,1.),D.StickBreakingTransform())
D.Normal(0.,1.).mean.log_prob
D.Poisson(1.).entropy()
D.Poisson(1.).rsample()
D.Binomial(T([1.,2.]),T(0.5)).enumerate_support()
D.Binomial(T([1.,2.]),T(0.5)).entropy()
D.Independent(D.Bernoulli(T([0.5])),1).enumerate_support()
D.Normal(0.,1.).log_prob(1.)
D.Normal(T([0.,1.]),1.).log_prob(T([0.,1.,2.]))
D.Dirichlet(T([1.,1.])).log_prob(T([0.5,0.6]))
D.MixtureSameFamily(D.Normal(0.,1.),D.Normal(T([0.]),1.))
D.MixtureSameFamily(D.Categorical(T([1.,2.])),3)
D.MixtureSameFamily(D.Categorical(T([1.,2.])),D.Normal(T([0.,1.,2.]),1.))
D.MixtureSameFamily(D.Categorical(T([[1.,2.],[1.,2.]])),D.Normal(T([[0.,1.],[0.,1.],[0.,1.]]),1.))
D.NegativeBinomial(3,T([1.5]))
D.ReshapeTransform((2,),(3,))
D.ExpTransform(cache_size=2)
D.StickBreakingTransform().event_dim
D.CatTransform([3])
D.CatTransform([D.ExpTransform()],lengths=[1,2])
D.CatTransform([D.ExpTransform()],dim=2)(T([1.]))
D.StackTransform([D.ExpTransform()])(T([1.,2.]))
D.StackTransform([D.ExpTransform()]).event_dim
D.register_kl(3,D.Normal)
D.kl_divergence(D.Normal(0.,1.),D.Categorical(T([1.,2.])))
D.kl_divergence(D.Binomial(2,T(0.5)),D.Binomial(3,T(0.5)))
D.constraints.dependent.check(3)
D.constraints.dependent.event_dim
D.transform_to(D.constraints.boolean)
D.transform_to.register(3,lambda c: c)
D.Distribution().mean
D.Distribution.set_default_validate_args(3)
D.kl_divergence(D.Independent(D.Normal(T([0.]),1.),1),D.Independent(D.Normal(T([0.]),1.),0))
"""


@pytest.mark.parametrize("text", BAD.strip().splitlines())
def test_what_is_refused(text: str) -> None:
    mine, theirs = (attempt(lambda lib=lib: make(lib, text)) for lib in (mt, torch))
    if isinstance(theirs, Exception):
        assert isinstance(mine, type(theirs)), f"PyTorch raises {theirs!r}, and we {mine!r}"
    else:
        assert not isinstance(mine, Exception), f"we raise {mine!r}"


def test_samples_can_be_differentiated_once() -> None:
    for library in (mt, torch):
        a = library.tensor(2.0, requires_grad=True)
        for kind in (library.distributions.Gamma(a, 1.0), library.distributions.Beta(a, 1.0)):
            (g,) = library.autograd.grad(kind.rsample() ** 2, a, create_graph=True)
            with pytest.raises(RuntimeError):
                g.backward()


def test_in_place_samplers() -> None:
    for name, args in (("cauchy_", (1.0, 2.0)), ("log_normal_", (0.5, 0.3)), ("geometric_", (0.3,))):
        for dtype in ("float32", "float64", "float16"):
            found = []
            for library in (mt, torch):
                library.manual_seed(1)
                found.append(getattr(library.empty(40, dtype=getattr(library, dtype)), name)(*args))
            agree(*found, name, 1e-12)
