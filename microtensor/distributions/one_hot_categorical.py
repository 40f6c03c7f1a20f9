"""The categorical distribution, with outcomes as unit vectors."""

from __future__ import annotations

from typing import Any

from ..creation.ranges import eye
from . import constraints
from .categorical import OverCategories


class OneHotCategorical(OverCategories):
    """A unit vector, with probabilities in proportion to `probs`, or to ``exp(logits)``.

    >>> _ = mt.manual_seed(0)
    >>> mt.distributions.OneHotCategorical(mt.tensor([1.0, 3.0])).sample()
    tensor([0., 1.])
    """

    support = constraints.one_hot
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._start(probs, logits, validate_args)

    @property
    def mean(self) -> Any:
        """The probabilities."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The likeliest vector."""
        return self._vectors(self.probs.argmax(dim=-1))

    @property
    def variance(self) -> Any:
        """``p (1 - p)``, for each element."""
        return self.probs * (1 - self.probs)

    def _vectors(self, indices: Any) -> Any:
        from ..nn.functional.embedding_table import one_hot

        return one_hot(indices, self._categorical._num_events).to(self.probs.dtype)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Random unit vectors."""
        return self._vectors(self._categorical.sample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        return self._categorical.log_prob(value.max(-1)[1])

    def entropy(self) -> Any:
        return self._categorical.entropy()

    def enumerate_support(self, expand: bool = True) -> Any:
        """All unit vectors."""
        n = self.event_shape[0]
        values = eye(n, dtype=self._param.dtype).view(n, *[1] * len(self.batch_shape), n)
        return values.expand(n, *self.batch_shape, n) if expand else values


class OneHotCategoricalStraightThrough(OneHotCategorical):
    """The same, with samples that pass a gradient on to the probabilities as if they were these.

    Bengio, Leonard and Courville, "Estimating or propagating gradients through stochastic neurons" (2013).

    >>> p = mt.tensor([0.5, 0.5], requires_grad=True)
    >>> mt.distributions.OneHotCategoricalStraightThrough(p).rsample().requires_grad
    True
    """

    has_rsample = True

    def rsample(self, sample_shape: Any = ()) -> Any:
        """Random unit vectors, with the gradient of the probabilities."""
        return self.sample(sample_shape) + (self.probs - self.probs.detach())
