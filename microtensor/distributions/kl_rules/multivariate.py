"""Divergences of exponential families, of normal vectors of low rank, and of continuous Bernoulli numbers."""

from __future__ import annotations

import math
from typing import Any

from ...linalg import solve_triangular
from ...ops.elementwise.select import where
from ..beta import Beta
from ..continuous_bernoulli import ContinuousBernoulli
from ..exp_family import ExponentialFamily
from ..exponential import Exponential
from ..gamma import Gamma
from ..gumbel import Gumbel
from ..laplace import Laplace
from ..lowrank_multivariate_normal import LowRankMultivariateNormal
from ..multivariate_normal import MultivariateNormal, mahalanobis
from ..normal import Normal
from ..parametrization.covariance import half_log_det
from ..pareto import Pareto
from ..uniform import Uniform
from ..utils import sum_rightmost
from .mixed_families import _infinite
from .registry import register_kl

__all__: list[str] = []


@register_kl(ExponentialFamily, ExponentialFamily)
def _exponential_family(p: Any, q: Any) -> Any:
    """The Bregman divergence of the log normalizer, between the natural parameters."""
    if type(p) is not type(q):
        raise NotImplementedError(
            f"No KL(p || q) is implemented for p type {type(p).__name__} and q type {type(q).__name__}: "
            "different exponential families have no general formula"
        )
    params, normalizer, slopes = p._at_natural_params()
    found = q._log_normalizer(*q._natural_params) - normalizer
    for mine, theirs, slope in zip(params, q._natural_params, slopes, strict=True):
        found = found - sum_rightmost((theirs - mine) * slope, max(0, slope.ndim - len(p.batch_shape)))
    return found


# ------------------------------------------------------------------- normal vectors


def _check_sizes(p: Any, q: Any) -> None:
    if p.event_shape != q.event_shape:
        raise ValueError(
            "KL-divergence between two (Low Rank) Multivariate Normals with different event shapes cannot be "
            "computed"
        )


def _squares(x: Any) -> Any:
    return x.square().sum((-2, -1))


@register_kl(LowRankMultivariateNormal, LowRankMultivariateNormal)
def _low_rank(p: Any, q: Any) -> Any:
    _check_sizes(p, q)
    (w, d, _), other, rows = p._held, q._held[1], q._solved()
    relative = (d / other).sum(-1) + _squares(w * other.rsqrt().unsqueeze(-1))
    relative = relative - _squares(rows * d.sqrt().unsqueeze(-2)) - _squares(rows @ w)
    size = q._log_det() - p._log_det()
    return 0.5 * (size + relative + q._square(q.loc - p.loc) - p.event_shape[0])


@register_kl(MultivariateNormal, LowRankMultivariateNormal)
def _to_low_rank(p: Any, q: Any) -> Any:
    _check_sizes(p, q)
    relative = _squares(p._unbroadcasted_scale_tril * q._held[1].rsqrt().unsqueeze(-1)) - _squares(
        q._solved() @ p._unbroadcasted_scale_tril
    )
    size = q._log_det() - 2 * half_log_det(p._unbroadcasted_scale_tril)
    return 0.5 * (size + relative + q._square(q.loc - p.loc) - p.event_shape[0])


@register_kl(LowRankMultivariateNormal, MultivariateNormal)
def _from_low_rank(p: Any, q: Any) -> Any:
    _check_sizes(p, q)
    relative = _squares(solve_triangular(q._unbroadcasted_scale_tril, p.scale_tril, upper=False))
    size = 2 * half_log_det(q._unbroadcasted_scale_tril) - p._log_det()
    return 0.5 * (
        size + relative + mahalanobis(q._unbroadcasted_scale_tril, q.loc - p.loc) - p.event_shape[0]
    )


# ------------------------------------------------------------ continuous Bernoulli numbers


@register_kl(ContinuousBernoulli, ContinuousBernoulli)
def _continuous_bernoulli(p: Any, q: Any) -> Any:
    mine, theirs = (d._cont_bern_log_norm() + (-d.probs).log1p() for d in (p, q))
    return p.mean * (p.logits - q.logits) + mine - theirs


@register_kl(Beta, ContinuousBernoulli)
def _beta_continuous_bernoulli(p: Any, q: Any) -> Any:
    return -p.entropy() - p.mean * q.logits - (-q.probs).log1p() - q._cont_bern_log_norm()


@register_kl(Uniform, ContinuousBernoulli)
def _uniform_continuous_bernoulli(p: Any, q: Any) -> Any:
    """As in PyTorch, infinite also for an end that is 0 or 1."""
    return where((p.high >= 1) | (p.low <= 0), math.inf, _beta_continuous_bernoulli(p, q))


@register_kl(ContinuousBernoulli, Exponential)
def _continuous_bernoulli_exponential(p: Any, q: Any) -> Any:
    return -p.entropy() - q.rate.log() + q.rate * p.mean


@register_kl(ContinuousBernoulli, Normal)
def _continuous_bernoulli_normal(p: Any, q: Any) -> Any:
    square = q.scale.square()
    distance = (p.variance + (p.mean - q.loc).square()) / (2 * square)
    return -p.entropy() + 0.5 * (2 * math.pi * square).log() + distance


@register_kl(ContinuousBernoulli, Uniform)
def _continuous_bernoulli_uniform(p: Any, q: Any) -> Any:
    """As in PyTorch, infinite also for an end that is 0 or 1."""
    return where((q.low >= 0) | (q.high <= 1), math.inf, -p.entropy() + (q.high - q.low).log())


for _p in (Exponential, Gamma, Gumbel, Laplace, Normal, Pareto):
    register_kl(_p, ContinuousBernoulli)(_infinite)
register_kl(ContinuousBernoulli, Pareto)(_infinite)
