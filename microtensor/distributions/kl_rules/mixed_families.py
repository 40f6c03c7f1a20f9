"""Divergences between distributions of different families: ``-entropy(p) - E_p[log q(x)]``.

What q needs to know of p are a few expectations, of x, its square, its logarithm or an exponential, and
so there is one formula for each q, and one expectation for each p.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...creation.factories import full_like
from ...ops.elementwise.select import where
from ...ops.special.entropy_logit import xlogy
from ...ops.special.erf import erf
from ..bernoulli import Bernoulli
from ..beta import Beta
from ..binomial import Binomial
from ..exponential import Exponential
from ..gamma import Gamma
from ..gumbel import Gumbel
from ..laplace import Laplace
from ..normal import Normal
from ..pareto import Pareto
from ..poisson import Poisson
from ..uniform import Uniform
from ..utils import euler_constant
from .registry import Formula, register_kl

__all__: list[str] = []


def _mean_log_between(low: Any, high: Any) -> Any:
    """The expected logarithm of a number that is uniform between two that are not negative."""
    above, below = high.clamp(min=0), low.clamp(min=0)
    return (xlogy(above, above) - xlogy(below, below)) / (high - low) - 1


_MEAN_LOG: dict[type, Any] = {
    Beta: lambda p: p.concentration1.digamma() - (p.concentration1 + p.concentration0).digamma(),
    Exponential: lambda p: -euler_constant - p.rate.log(),
    Gamma: lambda p: p.concentration.digamma() - p.rate.log(),
    Pareto: lambda p: p.scale.log() + p.alpha.reciprocal(),
    Uniform: lambda p: _mean_log_between(p.low, p.high),
}
"""The expected logarithm."""


def _mean_exp_uniform(p: Any, s: Any) -> Any:
    return s * ((-p.low / s).exp() - (-p.high / s).exp()) / (p.high - p.low)


_MEAN_EXP: dict[type, Any] = {
    Exponential: lambda p, s: p.rate * s / (p.rate * s + 1),
    Gamma: lambda p, s: (1 + (p.rate * s).reciprocal()).pow(-p.concentration),
    Normal: lambda p, s: (-p.loc / s + 0.5 * (p.scale / s).pow(2)).exp(),
    Uniform: _mean_exp_uniform,
}
"""The expected value of ``exp(-x / s)``."""


def _mean_of(table: dict[type, Any], p: Any) -> Any:
    return next(function for kind, function in table.items() if isinstance(p, kind))


def _unless(outside: Any, found: Any) -> Any:
    return where(outside, math.inf, found)


def _all(p_kinds: tuple[type, ...], q_kind: type) -> Callable[[Formula], Formula]:
    """Register one formula for several families p."""

    def register(function: Formula) -> Formula:
        for p_kind in p_kinds:
            register_kl(p_kind, q_kind)(function)
        return function

    return register


def _below(p: Any, bound: Any) -> Any:
    """Where p has values below a bound; only the uniform distribution can be moved there."""
    return p.low < bound if isinstance(p, Uniform) else full_like(p.mean, False, dtype=bool)


@_all((Beta, Exponential, Gamma, Gumbel, Laplace, Pareto, Uniform), Normal)
def _normal(p: Any, q: Any) -> Any:
    square = q.scale.pow(2)
    distance = p.variance + (p.mean - q.loc).pow(2)
    return -p.entropy() + 0.5 * (2 * math.pi * square).log() + distance / (2 * square)


@_all((Beta, Gamma, Pareto, Uniform), Exponential)
def _exponential(p: Any, q: Any) -> Any:
    return _unless(_below(p, 0), -p.entropy() - q.rate.log() + q.rate * p.mean)


@_all((Beta, Exponential, Pareto, Uniform), Gamma)
def _gamma(p: Any, q: Any) -> Any:
    a, log = q.concentration, _mean_of(_MEAN_LOG, p)(p)
    size = a.lgamma() - a * q.rate.log() + (1 - a) * log + q.rate * p.mean
    return _unless(_below(p, 0), size - p.entropy())


@_all((Exponential, Gamma, Normal, Uniform), Gumbel)
def _gumbel(p: Any, q: Any) -> Any:
    tail = (q.loc / q.scale).exp() * _mean_of(_MEAN_EXP, p)(p, q.scale)
    return -p.entropy() + q.scale.log() + (p.mean - q.loc) / q.scale + tail


@register_kl(Beta, Uniform)
def _beta_uniform(p: Any, q: Any) -> Any:
    return _unless((q.low > 0) | (q.high < 1), -p.entropy() + (q.high - q.low).log())


@register_kl(Uniform, Beta)
def _uniform_beta(p: Any, q: Any) -> Any:
    a, b = q.concentration1, q.concentration0
    size = a.lgamma() + b.lgamma() - (a + b).lgamma()
    size = size + (1 - a) * _mean_log_between(p.low, p.high)
    size = size + (1 - b) * _mean_log_between(1 - p.high, 1 - p.low)
    return _unless((p.low < 0) | (p.high > 1), size - p.entropy())


@register_kl(Uniform, Pareto)
def _uniform_pareto(p: Any, q: Any) -> Any:
    log = _mean_log_between(p.low, p.high)
    size = (q.alpha + 1) * log - q.alpha.log() - q.alpha * q.scale.log()
    return _unless(p.low < q.scale, size - p.entropy())


@register_kl(Normal, Laplace)
def _normal_laplace(p: Any, q: Any) -> Any:
    away = p.loc - q.loc
    ratio = away / p.scale
    distance = math.sqrt(2 / math.pi) * p.scale * (-0.5 * ratio.pow(2)).exp()
    distance = distance + away * erf(ratio / math.sqrt(2))
    return -p.entropy() + (2 * q.scale).log() + distance / q.scale


@register_kl(Bernoulli, Poisson)
def _bernoulli_poisson(p: Any, q: Any) -> Any:
    return -p.entropy() - (p.probs * q.rate.log() - q.rate)


def _infinite(p: Any, q: Any) -> Any:
    """Where p has values that q has not."""
    return full_like(p.mean, math.inf, requires_grad=False)


for _p, _qs in {
    Beta: (Pareto,),
    Exponential: (Beta, Pareto, Uniform),
    Gamma: (Beta, Pareto, Uniform),
    Gumbel: (Beta, Exponential, Gamma, Pareto, Uniform),
    Laplace: (Beta, Exponential, Gamma, Pareto, Uniform),
    Normal: (Beta, Exponential, Gamma, Pareto, Uniform),
    Pareto: (Beta, Uniform),
    Poisson: (Bernoulli, Binomial),
}.items():
    for _q in _qs:
        register_kl(_p, _q)(_infinite)
