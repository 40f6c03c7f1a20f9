"""The binomial distribution."""

from __future__ import annotations

from typing import Any, ClassVar

from ..creation.ranges import arange
from ..engine.tensor import Tensor
from . import constraints
from .bernoulli import BinaryLogits, spread_values
from .sampling import gamma_poisson as sampling


class Binomial(BinaryLogits):
    """The number of successes in `total_count` trials.

    Samples are PyTorch's for the same seed.  Raises ``ValueError`` unless exactly one of `probs` and
    `logits` is given.

    >>> mt.distributions.Binomial(4, mt.tensor([0.25, 0.5])).mean
    tensor([1., 2.])
    """

    arg_constraints: ClassVar[Any] = {
        "total_count": constraints.nonnegative_integer,
        "probs": constraints.unit_interval,
        "logits": constraints.real,
    }
    has_enumerate_support = True

    def __init__(
        self, total_count: Any = 1, probs: Any = None, logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        (count,) = self._take(probs, logits, total_count)
        self.total_count = count.to(self._param.dtype)
        super().__init__(self._param.shape, validate_args=validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """The integers up to the number of trials."""
        return constraints.integer_interval(0, self.total_count)

    @property
    def mean(self) -> Any:
        """``n p``."""
        return self.total_count * self.probs

    @property
    def mode(self) -> Any:
        """The largest integer up to ``(n + 1) p``."""
        return ((self.total_count + 1) * self.probs).floor().clamp(max=self.total_count)

    @property
    def variance(self) -> Any:
        """``n p (1 - p)``."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Numbers of successes."""
        shape = self._extended_shape(sample_shape)
        both = [t.detach().expand(shape).array for t in (self.total_count, self.probs)]
        return Tensor._of(sampling.binomial(*both))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        n, logits = self.total_count, self.logits
        ways = (n + 1).lgamma() - (value + 1).lgamma() - (n - value + 1).lgamma()
        above = (logits.clamp(min=0) + logits - logits.clamp(max=0)) / 2  # of slope 1/2 at 0
        return value * logits + ways - n * above - n * (-logits.abs()).exp().log1p()

    def entropy(self) -> Any:
        """The expected value of ``-log_prob``; one number of trials for all, else ``NotImplementedError``."""
        log_prob = self.log_prob(self.enumerate_support(False))
        return -(log_prob.exp() * log_prob).sum(0)

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 to the number of trials; one for all, else ``NotImplementedError``."""
        count = int(self.total_count.max())
        if int(self.total_count.min()) != count:
            raise NotImplementedError("Inhomogeneous total count not supported by `enumerate_support`.")
        return spread_values(arange(1 + count, dtype=self._param.dtype), self.batch_shape, expand)
