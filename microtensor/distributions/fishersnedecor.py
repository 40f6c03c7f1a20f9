"""The F distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..ops.elementwise.select import where
from . import constraints
from .distribution import Distribution
from .gamma import Gamma
from .utils import broadcast_all


class FisherSnedecor(Distribution):
    """The ratio of two means of squares of normal numbers, of `df1` and of `df2`.

    >>> mt.distributions.FisherSnedecor(1.0, 4.0).mean
    tensor(2.)
    """

    arg_constraints: ClassVar[Any] = {"df1": constraints.positive, "df2": constraints.positive}
    support = constraints.positive
    has_rsample = True

    def __init__(self, df1: Any, df2: Any, validate_args: bool | None = None) -> None:
        self.df1, self.df2 = broadcast_all(df1, df2)
        self._gamma1, self._gamma2 = (Gamma(df * 0.5, df) for df in (self.df1, self.df2))
        super().__init__(self.df1.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``df2 / (df2 - 2)``; NaN up to 2."""
        enough = self.df2 > 2
        safe = where(enough, self.df2, 3.0)
        return where(enough, safe / (safe - 2), math.nan)

    @property
    def mode(self) -> Any:
        """The most likely value; NaN up to a `df1` of 2."""
        found = (self.df1 - 2) / self.df1 * self.df2 / (self.df2 + 2)
        return where(self.df1 <= 2, math.nan, found)

    @property
    def variance(self) -> Any:
        """NaN up to a `df2` of 4."""
        enough = self.df2 > 4
        n = where(enough, self.df2, 5.0)
        found = 2 * n.pow(2) * (self.df1 + n - 2) / (self.df1 * (n - 2).pow(2) * (n - 4))
        return where(enough, found, math.nan)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """The ratio of two gamma numbers."""
        tiny = float(np.finfo(self.df1.dtype).tiny)
        top, bottom = self._gamma1.rsample(sample_shape), self._gamma2.rsample(sample_shape)
        return (top / bottom.clamp(min=tiny)).clamp(min=tiny)

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        a, b, ratio = self.df1 * 0.5, self.df2 * 0.5, self.df1 / self.df2
        size = (a + b).lgamma() - a.lgamma() - b.lgamma()
        return size + a * ratio.log() + (a - 1) * value.log() - (a + b) * (ratio * value).log1p()
