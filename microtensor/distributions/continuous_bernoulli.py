"""The continuous Bernoulli distribution, of numbers between 0 and 1."""

from __future__ import annotations

import math
from typing import Any

from .. import random
from ..ops.elementwise.select import where
from ..ops.losses.binary_cross_entropy import binary_cross_entropy_with_logits
from . import constraints
from .bernoulli import BinaryLogits
from .exp_family import ExponentialFamily
from .utils import broadcast_all, clamp_probs, lazy_property, logits_to_probs


class ContinuousBernoulli(BinaryLogits, ExponentialFamily):
    """Numbers from 0 to 1 of a density that is proportional to ``p^x (1 - p)^(1 - x)``.

    Loaiza-Ganem and Cunningham, "The continuous Bernoulli" (2019).  What is 0 / 0 at p = 1 / 2 is a
    polynomial for p between `lims`.  Raises ``ValueError`` unless exactly one of `probs` and
    `logits` is given.

    >>> mt.distributions.ContinuousBernoulli(0.3).mean
    tensor(0.4302)
    """

    support = constraints.unit_interval
    has_rsample = True
    _mean_carrier_measure = 0

    def __init__(
        self, probs: Any = None, logits: Any = None, lims: Any = (0.499, 0.501),
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        self._take(probs, logits)
        if probs is not None:
            if validate_args and not constraints.unit_interval.check(self.probs).all():
                raise ValueError("The parameter probs has invalid values: they lie between 0 and 1")
            self.probs = clamp_probs(self.probs)
        self._lims = tuple(lims)
        super().__init__(self._param.shape, validate_args=validate_args)

    @lazy_property
    def probs(self) -> Any:
        """The probability of 1 that the Bernoulli distribution with these log odds has."""
        return clamp_probs(logits_to_probs(self.logits, is_binary=True))

    def _parts(self) -> tuple[Any, Any, Any]:
        """Where p is not too near to 1 / 2; p there, and a constant elsewhere; and the log odds of that."""
        low, high = self._lims
        far = (self.probs <= low) | (self.probs > high)
        p = where(far, self.probs, low)
        return far, p, p.log() - (-p).log1p()

    def _cont_bern_log_norm(self) -> Any:
        """The logarithm of what makes the density integrate to 1."""
        far, p, odds = self._parts()
        square = (self.probs - 0.5).pow(2)
        near = math.log(2.0) + (4 / 3 + 104 / 45 * square) * square
        return where(far, odds.abs().log() - (1 - 2 * p).abs().log(), near)

    @property
    def mean(self) -> Any:
        """``p / (2 p - 1) - 1 / logits``."""
        far, p, odds = self._parts()
        away = self.probs - 0.5
        return where(far, p / (2 * p - 1) - 1 / odds, 0.5 + (1 / 3 + 16 / 45 * away.pow(2)) * away)

    @property
    def variance(self) -> Any:
        """``p (p - 1) / (1 - 2 p)^2 + 1 / logits^2``."""
        far, p, odds = self._parts()
        square = (self.probs - 0.5).pow(2)
        near = 1 / 12 - (1 / 15 - 128 / 945 * square) * square
        return where(far, p * (p - 1) / (1 - 2 * p).pow(2) + 1 / odds.pow(2), near)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """The inverse of `cdf` at uniform numbers."""
        return self.icdf(random.rand(self._extended_shape(sample_shape), dtype=self.probs.dtype))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        size = binary_cross_entropy_with_logits(logits, value, reduction="none")
        return self._cont_bern_log_norm() - size

    def cdf(self, value: Any) -> Any:
        self._check(value)
        far, p, _ = self._parts()
        inside = (p**value * (1 - p) ** (1 - value) + p - 1) / (2 * p - 1)
        return where(value <= 0, 0.0, where(value >= 1, 1.0, where(far, inside, value)))

    def icdf(self, value: Any) -> Any:
        far, p, odds = self._parts()
        return where(far, ((value * (2 * p - 1) - p).log1p() - (-p).log1p()) / odds, value)

    def entropy(self) -> Any:
        zero, one = (-self.probs).log1p(), self.probs.log()
        return self.mean * (zero - one) - self._cont_bern_log_norm() - zero

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        low, high = (limit - 0.5 for limit in self._lims)
        far = (x <= low) | (x > high)
        cut = where(far, x, low)
        near = 0.5 * x + x.pow(2) / 24 - x.pow(4) / 2880
        return where(far, cut.expm1().abs().log() - cut.abs().log(), near)
