"""The Gumbel distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..creation.factories import full_like, ones_like
from . import constraints
from .transformed_distribution import TransformedDistribution
from .transforms.elementwise import AffineTransform, ExpTransform
from .uniform import Uniform
from .utils import broadcast_all, euler_constant


class Gumbel(TransformedDistribution):
    """The distribution of the largest of many numbers.

    >>> mt.distributions.Gumbel(0.0, 1.0).mean
    tensor(0.5772)
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support: Any = constraints.real

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast_all(loc, scale)
        kind = np.finfo(self.loc.dtype)
        low, high = float(kind.tiny), 1 - float(kind.eps)
        like = self.loc.detach()
        base = Uniform(full_like(like, low), full_like(like, high), validate_args=validate_args)
        log = ExpTransform().inv
        turned = AffineTransform(0, -ones_like(self.scale))
        transforms = [log, turned, log, AffineTransform(self.loc, -self.scale)]
        super().__init__(base, transforms, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``loc + 0.5772 scale``."""
        return self.loc + self.scale * euler_constant

    @property
    def mode(self) -> Any:
        """`loc`."""
        return self.loc

    @property
    def stddev(self) -> Any:
        """``pi / sqrt(6) scale``."""
        return math.pi / math.sqrt(6) * self.scale

    @property
    def variance(self) -> Any:
        """The square of that."""
        return self.stddev.pow(2)

    def log_prob(self, value: Any) -> Any:
        """The logarithm of the density."""
        self._check(value)
        y = (self.loc - value) / self.scale
        return (y - y.exp()) - self.scale.log()

    def entropy(self) -> Any:
        """``log(scale) + 1.5772``."""
        return self.scale.log() + (1 + euler_constant)
