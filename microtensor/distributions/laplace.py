"""The Laplace distribution."""

from __future__ import annotations

from typing import Any

import numpy as np

from .parametrization.symmetric import Symmetric


class Laplace(Symmetric):
    """The two-sided exponential distribution around `loc`.

    >>> mt.distributions.Laplace(0.0, 1.0).log_prob(mt.tensor(1.0))
    tensor(-1.6931)
    """

    def __init__(self, loc: Any, scale: Any, validate_args: bool | None = None) -> None:
        self._start(loc, scale, validate_args)

    @property
    def variance(self) -> Any:
        """``2 scale^2``."""
        return 2 * self.scale.pow(2)

    @property
    def stddev(self) -> Any:
        """``sqrt(2) scale``."""
        return 2**0.5 * self.scale

    def rsample(self, sample_shape: Any = ()) -> Any:
        """By inversion, from uniform numbers between -1 and 1."""
        low = float(np.finfo(self.loc.dtype).eps) - 1
        u = self.loc.new_empty(self._extended_shape(sample_shape)).uniform_(low, 1)
        return self.loc - self.scale * u.sign() * (-u.abs()).log1p()

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        return -(2 * self.scale).log() - (value - self.loc).abs() / self.scale

    def cdf(self, value: Any) -> Any:
        self._check(value)
        away = value - self.loc
        return 0.5 - 0.5 * away.sign() * (-away.abs() / self.scale).expm1()

    def icdf(self, value: Any) -> Any:
        away = value - 0.5
        return self.loc - self.scale * away.sign() * (-2 * away.abs()).log1p()

    def entropy(self) -> Any:
        """``1 + log(2 scale)``."""
        return 1 + (2 * self.scale).log()
