"""The negative binomial distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from ..engine.grad_mode import no_grad
from ..ops.activations.smooth import logsigmoid
from ..ops.elementwise.select import where
from . import constraints
from .bernoulli import BinaryLogits
from .gamma import Gamma
from .poisson import Poisson


class NegativeBinomial(BinaryLogits):
    """The number of successes before `total_count` failures, which need be no integer.

    Samples are PyTorch's for the same seed.

    >>> mt.distributions.NegativeBinomial(3.0, mt.tensor([0.5, 0.25])).mean
    tensor([3., 1.])
    """

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.greater_than_eq(0),
        "probs": constraints.half_open_interval(0.0, 1.0),
        "logits": constraints.real,
    }
    support = constraints.nonnegative_integer

    def __init__(
        self, total_count: Any, probs: Any = None, logits: Any = None, validate_args: bool | None = None
    ) -> None:
        (count,) = self._take(probs, logits, total_count)
        self.total_count = count.to(self._param.dtype)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """``n p / (1 - p)``."""
        return self.total_count * self.logits.exp()

    @property
    def mode(self) -> Any:
        """The likeliest number."""
        return ((self.total_count - 1) * self.logits.exp()).floor().clamp(min=0.0)

    @property
    def variance(self) -> Any:
        """``n p / (1 - p)^2``."""
        return self.mean / (-self.logits).sigmoid()

    def sample(self, sample_shape: Any = ()) -> Any:
        """Poisson numbers, of rates that are gamma numbers."""
        with no_grad():
            gamma = Gamma(self.total_count, (-self.logits).exp(), validate_args=False)
            return Poisson(gamma.sample(sample_shape), validate_args=False).sample()

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        n = self.total_count
        sure = n + value == 0  # of 0, whose number of ways would be 0 / 0
        safe = where(sure, 1.0, n)
        ways = (safe + value).lgamma() - (1.0 + value).lgamma() - safe.lgamma()
        return n * logsigmoid(-self.logits) + value * logsigmoid(self.logits) + where(sure, 0.0, ways)
