"""Distributions against PyTorch's where ours are right to more digits, or quieter: von Mises and Wishart."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pytest

import microtensor as mt

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

WISHART = [
    "D.Wishart(T([3.,4.]),T([[2.,.5],[.5,1.]]))",
    "D.Wishart(T(3.5),scale_tril=T([[2.,0.],[0.5,1.]]))",
    "D.Wishart(T([2.5,30.]),precision_matrix=T([[[2.,.5],[.5,1.]],[[1.,0.],[0.,3.]]]))",
    "D.Wishart(5,T([[2.,.5,0.],[.5,1.,0.],[0.,0.,1.]]))",
]
VON_MISES = ["D.VonMises(T([0.5,-1.,3.]),T([1.5,0.3,40.]))", "D.VonMises(0.,1e-6)", "D.VonMises(T(9.),T(4.))"]


def make(library: Any, text: str) -> tuple[Any, list[Any]]:
    leaves: list[Any] = []

    def leaf(data: Any) -> Any:
        leaves.append(library.tensor(data, dtype=library.float64, requires_grad=True))
        return leaves[-1]

    return eval(text, {"D": library.distributions, "T": leaf}), leaves


def agree(ours: Any, theirs: Any, tolerance: float) -> None:
    assert str(theirs.dtype) == str(ours.dtype)
    assert tuple(ours.shape) == tuple(theirs.shape)
    np.testing.assert_allclose(ours.detach().numpy(), theirs.detach().numpy(), tolerance, tolerance)


def agree_on_gradients(ours: Any, theirs: Any, mine: Any, others: Any, tolerance: float) -> None:
    a = mt.autograd.grad(ours.sum(), mine, allow_unused=True, retain_graph=True)
    b = torch.autograd.grad(theirs.sum(), others, allow_unused=True, retain_graph=True)
    for ga, gb in zip(a, b, strict=True):
        assert (ga is None) == (gb is None)
        if ga is not None:
            agree(ga, gb, tolerance)


@pytest.mark.parametrize("text", VON_MISES)
def test_von_mises(text: str) -> None:
    (ours, mine), (theirs, others) = make(mt, text), make(torch, text)
    for name in ("mean", "mode", "variance"):
        agree(getattr(ours, name), getattr(theirs, name), 1e-6)
    for shape in ((), (3,), (2, 50)):
        mt.manual_seed(3)
        torch.manual_seed(3)
        x = theirs.sample(torch.Size(shape))
        agree(ours.sample(shape), x, 1e-6 if x.dtype == torch.float32 else 1e-12)
        a, b = ours.log_prob(mt.tensor(x.numpy())), theirs.log_prob(x)
        agree(a, b, 1e-6)
        if mine:
            agree_on_gradients(a, b, mine, others, 1e-5)
    wide, other = ours.expand((2, *ours.batch_shape)), theirs.expand(torch.Size((2, *theirs.batch_shape)))
    assert tuple(wide.batch_shape) == tuple(other.batch_shape)
    assert repr(ours.support) == repr(theirs.support)


@pytest.mark.parametrize("text", WISHART)
def test_wishart(text: str) -> None:
    (ours, mine), (theirs, others) = make(mt, text), make(torch, text)
    for name in ("mean", "mode", "variance", "stddev", "covariance_matrix", "precision_matrix", "scale_tril"):
        agree(getattr(ours, name), getattr(theirs, name), 1e-9)
    agree(ours.entropy(), theirs.entropy(), 1e-9)
    agree_on_gradients(ours.entropy(), theirs.entropy(), mine, others, 1e-8)
    for shape in ((), (3,), (2, 9)):
        mt.manual_seed(3)
        torch.manual_seed(3)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            x = theirs.rsample(torch.Size(shape))
        y = ours.rsample(shape)
        agree(y, x, 1e-9)
        if shape == () and not theirs.batch_shape:  # else PyTorch overwrites what its gradient needs
            agree_on_gradients(y, x, mine, others, 5e-2)
        x = x.detach()
        a, b = ours.log_prob(mt.tensor(x.numpy())), theirs.log_prob(x)
        agree(a, b, 1e-9)
        if "scale_tril" not in text:  # PyTorch has one in the upper triangle, too, which is not read
            agree_on_gradients(a, b, mine, others, 1e-7)
    wide, other = ours.expand((2, *ours.batch_shape)), theirs.expand(torch.Size((2, *theirs.batch_shape)))
    agree(wide.log_prob(mt.tensor(x.numpy())[0, 0]), other.log_prob(x[0, 0]), 1e-9)
    assert repr(ours) == repr(theirs).replace(", dtype=torch.float64", "")


FAMILIES = [
    "D.Normal(T([0.5,-1.]),T([1.5,0.3]))",
    "D.Exponential(T([0.5,3.]))",
    "D.Gamma(T([0.5,3.]),T([1.5,0.3]))",
    "D.Poisson(T([0.5,3.]))",
    "D.Beta(T([0.5,3.]),T([1.5,0.3]))",
    "D.Dirichlet(T([[0.5,3.],[1.5,0.3]]))",
    "D.Bernoulli(T([0.5,0.3]))",
    "D.ContinuousBernoulli(T([0.5,0.3]))",
    "D.Wishart(T([3.,4.]),T([[2.,.5],[.5,1.]]))",
]


@pytest.mark.parametrize("text", FAMILIES)
def test_exponential_families(text: str) -> None:
    (ours, _), (theirs, _) = make(mt, text), make(torch, text)
    for a, b in zip(ours._natural_params, theirs._natural_params, strict=True):
        agree(a, b, 1e-12)
    agree(ours._log_normalizer(*ours._natural_params), theirs._log_normalizer(*theirs._natural_params), 1e-12)
    family, other = mt.distributions.ExponentialFamily, torch.distributions.ExponentialFamily
    if any(name in text for name in ("Poisson", "Beta", "Dirichlet")):
        with pytest.raises(NotImplementedError, match="does not define _mean_carrier_measure"):
            family.entropy(ours)
        return
    if "Wishart" in text:
        return
    agree(family.entropy(ours), other.entropy(theirs), 1e-10)


def test_the_same_classes_are_exponential_families() -> None:
    for name in dir(torch.distributions):
        theirs = getattr(torch.distributions, name)
        if isinstance(theirs, type) and issubclass(theirs, torch.distributions.Distribution):
            ours = getattr(mt.distributions, name)
            family = issubclass(theirs, torch.distributions.ExponentialFamily)
            assert issubclass(ours, mt.distributions.ExponentialFamily) == family, name


ERRORS = [
    "D.Wishart(T(1.),T([[1.,0.],[0.,1.]]))",
    "D.Wishart(T(4.),T([[1.,0.],[0.,1.]]),T([[1.,0.],[0.,1.]]))",
    "D.Wishart(T(4.),T([1.,0.]))",
    "D.Wishart(T(4.),T([[1.,2.],[2.,1.]]))",
    "D.Wishart(T(1.5),T([[1.,0.],[0.,1.]]))",
    "D.LKJCholesky(1)",
    "D.LKJCholesky(3,-1.)",
    "D.ContinuousBernoulli(T(1.5),validate_args=True)",
    "D.ContinuousBernoulli()",
    "D.ContinuousBernoulli(0.5,0.5)",
    "D.VonMises(0.,-1.)",
    "D.GeneralizedPareto(0.,-1.,1.)",
    "D.LowRankMultivariateNormal(T(0.),T([[1.]]),T([1.]))",
    "D.LowRankMultivariateNormal(T([0.]),T([1.]),T([1.]))",
    "D.LowRankMultivariateNormal(T([0.]),T([[1.],[2.]]),T([1.]))",
    "D.LowRankMultivariateNormal(T([0.]),T([[1.]]),T([1.,2.]))",
    "D.LowRankMultivariateNormal(T([[0.]]*2),T([[[1.]]]*3),T([1.]))",
    "D.VonMises(0.,1.).entropy()",
    "D.Poisson(1.).entropy()",
    "D.ExponentialFamily().entropy()",
    "D.LKJCholesky(3).mean",
    "D.kl_divergence(D.Normal(0.,1.),D.Poisson(1.))",
]


@pytest.mark.parametrize("text", ERRORS)
def test_errors(text: str) -> None:
    found = []
    for library in (mt, torch):
        with pytest.raises(Exception) as caught, warnings.catch_warnings():  # noqa: PT011, PT012
            warnings.simplefilter("error")
            make(library, text)
        found.append(caught.type)
    assert issubclass(*found)


def test_generalized_pareto() -> None:
    """In float32: PyTorch's density and distribution function refuse float64."""
    text = "D.GeneralizedPareto(T([0.1,0.2,0.]).float(),T([1.,2.,3.]).float(),T([0.4,0.,-0.5]).float())"
    (ours, mine), (theirs, others) = make(mt, text), make(torch, text)
    for name in ("mean", "mode", "variance"):
        agree(getattr(ours, name), getattr(theirs, name), 1e-6)
    mt.manual_seed(3)
    torch.manual_seed(3)
    y, x = ours.rsample((2, 9)), theirs.rsample(torch.Size((2, 9)))
    agree(y, x, 1e-5)
    agree_on_gradients(y, x, mine, others, 1e-4)
    for name in ("log_prob", "cdf", "log_cdf", "log_survival_function"):
        a, b = getattr(ours, name)(mt.tensor(x.detach().numpy())), getattr(theirs, name)(x.detach())
        agree(a, b, 1e-5)
        agree_on_gradients(a, b, mine, others, 1e-4)
    agree(ours.entropy(), theirs.entropy(), 1e-6)
    agree(ours.support.upper_bound, theirs.support.upper_bound, 1e-6)
