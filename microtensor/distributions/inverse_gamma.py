"""The inverse gamma distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..ops.elementwise.select import where
from . import constraints
from .gamma import Gamma
from .transformed_distribution import TransformedDistribution
from .transforms.elementwise import PowerTransform
from .utils import of_base


class InverseGamma(TransformedDistribution):
    """One over a gamma number.

    >>> mt.distributions.InverseGamma(3.0, 1.0).mean
    tensor(0.5000)
    """

    arg_constraints: ClassVar[Any] = {"concentration": constraints.positive, "rate": constraints.positive}
    support: Any = constraints.positive
    has_rsample: Any = True

    def __init__(self, concentration: Any, rate: Any, validate_args: bool | None = None) -> None:
        base = Gamma(concentration, rate, validate_args=validate_args)
        power = PowerTransform(-base.rate.new_ones(()))
        super().__init__(base, power, validate_args=validate_args)

    concentration: Any = of_base("concentration", "That of the gamma number.")
    rate: Any = of_base("rate", "That of the gamma number.")

    @property
    def mean(self) -> Any:
        """``rate / (a - 1)``, a being the concentration; infinite up to 1."""
        enough = self.concentration > 1
        return where(enough, self.rate / (where(enough, self.concentration, 2.0) - 1), math.inf)

    @property
    def mode(self) -> Any:
        """``rate / (a + 1)``."""
        return self.rate / (self.concentration + 1)

    @property
    def variance(self) -> Any:
        """``rate^2 / ((a - 1)^2 (a - 2))``; infinite up to 2."""
        enough = self.concentration > 2
        a = where(enough, self.concentration, 3.0)
        return where(enough, self.rate.square() / ((a - 1).square() * (a - 2)), math.inf)

    def entropy(self) -> Any:
        a = self.concentration
        return a + self.rate.log() + a.lgamma() - (1 + a) * a.digamma()
