"""The log-normal distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from . import constraints
from .normal import Normal
from .transformed_distribution import TransformedDistribution
from .transforms.elementwise import ExpTransform
from .utils import of_base


class LogNormal(TransformedDistribution):
    """The exponential of a normal number of mean `loc` and standard deviation `scale`.

    >>> mt.distributions.LogNormal(0.0, 1.0).mean
    tensor(1.6487)
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.positive
    has_rsample: Any = True

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        base = Normal(loc, scale, validate_args=validate_args)
        super().__init__(base, ExpTransform(), validate_args=validate_args)

    loc: Any = of_base("loc", "The mean of the logarithm.")
    scale: Any = of_base("scale", "The standard deviation of the logarithm.")

    @property
    def mean(self) -> Any:
        """``exp(loc + scale^2 / 2)``."""
        return (self.loc + self.scale.pow(2) / 2).exp()

    @property
    def mode(self) -> Any:
        """``exp(loc - scale^2)``."""
        return (self.loc - self.scale.square()).exp()

    @property
    def variance(self) -> Any:
        """``(exp(scale^2) - 1) exp(2 loc + scale^2)``."""
        square = self.scale.pow(2)
        return square.expm1() * (2 * self.loc + square).exp()

    def entropy(self) -> Any:
        """The normal distribution's, and `loc`."""
        return self.base_dist.entropy() + self.loc
