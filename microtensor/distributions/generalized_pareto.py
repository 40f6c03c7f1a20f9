"""The generalized Pareto distribution, of what exceeds a threshold."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from .. import random
from ..ops.elementwise.select import where
from . import constraints
from .distribution import Distribution
from .utils import broadcast_all


class GeneralizedPareto(Distribution):
    """``loc + scale * ((1 - u) ** -k - 1) / k`` for uniform numbers u and a concentration k.

    It is exponential for k = 0, uniform for k = -1, and has Pareto's tails for k > 0.

    >>> mt.distributions.GeneralizedPareto(0.0, 1.0, 0.25).mean
    tensor(1.3333)
    """

    arg_constraints: ClassVar[Any] = {
        "loc": constraints.real,
        "scale": constraints.positive,
        "concentration": constraints.real,
    }
    has_rsample = True

    def __init__(self, loc: Any, scale: Any, concentration: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale, self.concentration = broadcast_all(loc, scale, concentration)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=False, event_dim=0)
    def support(self) -> Any:
        """What is above `loc`, and for a negative concentration below ``loc - scale / k``."""
        ends = self.concentration < 0
        end = self.loc - self.scale / where(ends, self.concentration, 1.0)
        return constraints.interval(self.loc, where(ends, end, math.inf))

    @property
    def mean(self) -> Any:
        """``loc + scale / (1 - k)``; NaN from k = 1 on."""
        return self._below(1.0, lambda k: self.loc + self.scale / (1 - k))

    @property
    def mode(self) -> Any:
        """`loc`."""
        return self.loc

    @property
    def variance(self) -> Any:
        """``scale^2 / ((1 - k)^2 (1 - 2 k))``; NaN from k = 1 / 2 on."""
        return self._below(0.5, lambda k: self.scale**2 / ((1 - k) ** 2 * (1 - 2 * k)))

    def _below(self, bound: float, moment: Any) -> Any:
        there = self.concentration < bound
        return where(there, moment(where(there, self.concentration, bound / 2)), math.nan)

    def _tail(self) -> tuple[Any, Any]:
        """Where the concentration is 0, up to rounding, and the concentration with 1 in its place."""
        none = self.concentration.abs() <= 1e-8
        return none, where(none, 1.0, self.concentration)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """The inverse of `cdf` at uniform numbers."""
        return self.icdf(random.rand(self._extended_shape(sample_shape), dtype=self.loc.dtype))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        z, (none, k) = (value - self.loc) / self.scale, self._tail()
        power = 1 / k + 1
        return -self.scale.log() - where(none, z, where(power == 0, 0.0, power * (k * z).log1p()))

    def log_survival_function(self, value: Any) -> Any:
        """The logarithm of the probability of a value above `value`."""
        self._check(value)
        z, (none, k) = (value - self.loc) / self.scale, self._tail()
        return where(none, -z, -(k * z).log1p() / k)

    def log_cdf(self, value: Any) -> Any:
        """The logarithm of `cdf`."""
        return (-self.log_survival_function(value).exp()).log1p()

    def cdf(self, value: Any) -> Any:
        return -self.log_survival_function(value).expm1()

    def icdf(self, value: Any) -> Any:
        (none, k), log = self._tail(), (-value).log1p()
        return where(none, self.loc - self.scale * log, self.loc + self.scale / k * (-k * log).expm1())

    def entropy(self) -> Any:
        """``log(scale) + k + 1``."""
        return self.scale.log() + self.concentration + 1
