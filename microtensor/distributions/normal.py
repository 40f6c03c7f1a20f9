"""The normal distribution."""

from __future__ import annotations

import math
from typing import Any

from .. import random
from ..engine.grad_mode import no_grad
from ..ops.special.erf import erf
from .exp_family import ExponentialFamily
from .parametrization.symmetric import Symmetric
from .utils import standard_normal


class Normal(Symmetric, ExponentialFamily):
    """The normal distribution of mean `loc` and standard deviation `scale`.

    >>> _ = mt.manual_seed(0)
    >>> normal = mt.distributions.Normal(1.0, 2.0)
    >>> normal.sample(), normal.log_prob(mt.tensor(1.0))
    (tensor(4.0820), tensor(-1.6121))
    """

    _mean_carrier_measure = 0

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self._start(loc, scale, validate_args)

    @property
    def stddev(self) -> Any:
        """`scale`."""
        return self.scale

    @property
    def variance(self) -> Any:
        """The square of `scale`."""
        return self.scale.pow(2)

    def sample(self, sample_shape: Any = ()) -> Any:
        shape = self._extended_shape(sample_shape)
        with no_grad():
            return random.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """``loc + scale * e``, for standard normal numbers e."""
        return self.loc + standard_normal(self._extended_shape(sample_shape), self.loc) * self.scale

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        square = (value - self.loc) ** 2
        return -square / (2 * self.scale**2) - self.scale.log() - math.log(math.sqrt(2 * math.pi))

    def cdf(self, value: Any) -> Any:
        self._check(value)
        return 0.5 * (1 + erf((value - self.loc) * self.scale.reciprocal() / math.sqrt(2)))

    def icdf(self, value: Any) -> Any:
        return self.loc + self.scale * (2 * value - 1).erfinv() * math.sqrt(2)

    def entropy(self) -> Any:
        """``log(scale * sqrt(2 pi e))``."""
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()

    @property
    def _natural_params(self) -> Any:
        return self.loc / self.scale.pow(2), -0.5 * self.scale.pow(2).reciprocal()

    def _log_normalizer(self, x: Any, y: Any) -> Any:
        return -0.25 * x.pow(2) / y + 0.5 * (-math.pi / y).log()
