"""The Cauchy distribution's absolute values."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation import as_tensor, zeros_like
from ..ops.joining import where
from . import constraints
from .cauchy import Cauchy
from .number_transforms import AbsTransform
from .transformed_distribution import TransformedDistribution

__all__ = ["HalfCauchy"]


class HalfCauchy(TransformedDistribution):
    """The absolute value of a Cauchy number around 0.

    >>> mt.distributions.HalfCauchy(1.0).cdf(mt.tensor(1.0))
    tensor(0.5000)
    """

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive}
    support: Any = constraints.nonnegative
    has_rsample: Any = True

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        super().__init__(Cauchy(0, scale, validate_args=False), AbsTransform(), validate_args=validate_args)

    @property
    def scale(self) -> Any:
        """The scale of the numbers with their signs."""
        return self.base_dist.scale

    @property
    def mean(self) -> Any:
        """Infinite."""
        return self.scale.new_full(self._extended_shape(), math.inf)

    @property
    def mode(self) -> Any:
        """0."""
        return zeros_like(self.scale)

    @property
    def variance(self) -> Any:
        """Infinite."""
        return self.base_dist.variance

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        value = as_tensor(value, dtype=self.scale.dtype)
        self._check(value)
        return where(value >= 0, self.base_dist.log_prob(value) + math.log(2), -math.inf)

    def cdf(self, value: Any) -> Any:
        """The probability of a value up to `value`."""
        self._check(value)
        return 2 * self.base_dist.cdf(value) - 1

    def icdf(self, value: Any) -> Any:
        """The inverse of `cdf`."""
        return self.base_dist.icdf((value + 1) / 2)

    def entropy(self) -> Any:
        """Less by ``log(2)`` than with the signs."""
        return self.base_dist.entropy() - math.log(2)
