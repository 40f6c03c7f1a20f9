"""The Cauchy distribution's absolute values."""

from __future__ import annotations

import math
from typing import Any

from ..creation.from_data import as_tensor
from .cauchy import Cauchy
from .parametrization.folded import Folded


class HalfCauchy(Folded):
    """The absolute value of a Cauchy number around 0.

    >>> mt.distributions.HalfCauchy(1.0).cdf(mt.tensor(1.0))
    tensor(0.5000)
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self._start(Cauchy(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        """Infinite."""
        return self.scale.new_full(self._extended_shape(), math.inf)

    @property
    def variance(self) -> Any:
        """Infinite."""
        return self.base_dist.variance

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        return super().log_prob(as_tensor(value, dtype=self.scale.dtype))
