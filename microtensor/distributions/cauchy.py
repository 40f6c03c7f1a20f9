"""The Cauchy distribution, which has neither mean nor variance."""

from __future__ import annotations

import math
from typing import Any

from .parametrization.symmetric import Symmetric


class Cauchy(Symmetric):
    """The distribution of a quotient of two normal numbers, moved to `loc` and widened by `scale`.

    >>> mt.distributions.Cauchy(0.0, 1.0).cdf(mt.tensor(1.0))
    tensor(0.7500)
    """

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self._start(loc, scale, validate_args)

    @property
    def mean(self) -> Any:
        """NaN: there is none."""
        return self.loc.new_full(self._extended_shape(), math.nan)

    @property
    def variance(self) -> Any:
        """Infinite."""
        return self.loc.new_full(self._extended_shape(), math.inf)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + scale * e``, for standard Cauchy numbers e."""
        return self.loc + self.loc.new_empty(self._extended_shape(sample_shape)).cauchy_() * self.scale

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        return -math.log(math.pi) - self.scale.log() - (((value - self.loc) / self.scale) ** 2).log1p()

    def cdf(self, value: Any) -> Any:
        self._check(value)
        return ((value - self.loc) / self.scale).atan() / math.pi + 0.5

    def icdf(self, value: Any) -> Any:
        return (math.pi * (value - 0.5)).tan() * self.scale + self.loc

    def entropy(self) -> Any:
        """``log(4 pi scale)``."""
        return math.log(4 * math.pi) + self.scale.log()
