"""What the absolute values of symmetric distributions share."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ...creation.factories import zeros_like
from ...ops.elementwise.select import where
from .. import constraints
from ..transformed_distribution import TransformedDistribution
from ..transforms.elementwise import AbsTransform
from ..utils import of_base
from .symmetric import Symmetric


class Folded(TransformedDistribution):
    """The absolute value of a number from a distribution that is symmetric around 0."""

    arg_constraints: ClassVar[Any] = {"scale": constraints.positive}
    support: Any = constraints.nonnegative
    has_rsample: Any = True

    def _start(self, base: Symmetric, validate_args: bool | None) -> None:
        """What a subclass's ``__init__`` does; the next one is that of `TransformedDistribution`."""
        TransformedDistribution.__init__(self, base, AbsTransform(), validate_args=validate_args)

    scale: Any = of_base("scale", "The scale of the numbers with their signs.")

    @property
    def mode(self) -> Any:
        """0."""
        return zeros_like(self.scale)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
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
