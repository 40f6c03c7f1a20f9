"""The multinomial distribution."""

from __future__ import annotations

import math
from typing import Any

from ..creation.factories import ones_like
from ..creation.from_data import tensor
from ..ops.elementwise.select import where
from . import constraints
from .binomial import Binomial
from .categorical import OverCategories
from .utils import broadcast_all


class Multinomial(OverCategories):
    """How often each category comes up in `total_count` trials.

    Raises ``NotImplementedError`` if that is no single integer.

    >>> mt.distributions.Multinomial(4, mt.tensor([1.0, 3.0])).mean
    tensor([1., 3.])
    """

    def __init__(
        self, total_count: int = 1, probs: Any = None, logits: Any = None,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        if not isinstance(total_count, int):
            raise NotImplementedError("inhomogeneous total_count is not supported")
        self.total_count = total_count
        self._start(probs, logits, validate_args)

    @constraints.dependent_property(is_discrete=True, event_dim=1)
    def support(self) -> Any:
        """Counts of that sum at most."""
        return constraints.multinomial(self.total_count)

    @property
    def mean(self) -> Any:
        """``n p``."""
        return self.probs * self.total_count

    @property
    def variance(self) -> Any:
        """``n p (1 - p)``, for each count."""
        return self.total_count * self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Random counts."""
        found = self._categorical.sample((self.total_count, *sample_shape))
        found = found.movedim(0, -1)
        counts = found.new_zeros(self._extended_shape(sample_shape))
        return counts.scatter_add(-1, found, ones_like(found)).to(self.probs.dtype)

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        logits = where((value == 0) & (logits == -math.inf), 0.0, logits)
        ways = (value.sum(-1) + 1).lgamma() - (value + 1).lgamma().sum(-1)
        return ways + (logits * value).sum(-1)

    def entropy(self) -> Any:
        n = tensor(self.total_count)
        counts = Binomial(self.total_count, self.probs)
        support = counts.enumerate_support(expand=False)[1:]
        weights = counts.log_prob(support).exp() * (support + 1).lgamma()
        return n * self._categorical.entropy() - (n + 1).lgamma() + weights.sum((0, -1))
