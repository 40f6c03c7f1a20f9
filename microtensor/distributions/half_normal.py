"""The normal distribution's absolute values."""

from __future__ import annotations

import math
from typing import Any

from .normal import Normal
from .parametrization.folded import Folded


class HalfNormal(Folded):
    """The absolute value of a normal number around 0.

    >>> mt.distributions.HalfNormal(1.0).cdf(mt.tensor(1.0))
    tensor(0.6827)
    """

    def __init__(self, scale: Any, validate_args: bool | None = None) -> None:
        self._start(Normal(0, scale, validate_args=False), validate_args)

    @property
    def mean(self) -> Any:
        """``scale sqrt(2 / pi)``."""
        return self.scale * math.sqrt(2 / math.pi)

    @property
    def variance(self) -> Any:
        """``scale^2 (1 - 2 / pi)``."""
        return self.scale.pow(2) * (1 - 2 / math.pi)
