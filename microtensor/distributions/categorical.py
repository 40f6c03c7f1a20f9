"""The categorical distribution."""

from __future__ import annotations

import math
from typing import Any, ClassVar

import numpy as np

from ..creation.ranges import arange
from ..ops.views.expand import broadcast_tensors
from ..random.tensors import multinomial
from . import constraints
from .bernoulli import one_of, spread_values
from .distribution import Distribution
from .utils import lazy_property, logits_to_probs, probs_to_logits


class Categorical(Distribution):
    """An index, with probabilities in proportion to the last dimension of `probs`, or of ``exp(logits)``.

    Raises ``ValueError`` unless exactly one of the two is given, and for one without dimensions.

    >>> choice = mt.distributions.Categorical(mt.tensor([1.0, 3.0]))
    >>> choice.probs, choice.log_prob(mt.tensor(1))
    (tensor([0.2500, 0.7500]), tensor(-0.2877))
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        one_of(probs, logits)
        name, given = ("probs", probs) if logits is None else ("logits", logits)
        if given.dim() < 1:
            raise ValueError(f"`{name}` parameter must be at least one-dimensional.")
        if logits is None:
            self.probs = probs / probs.sum(-1, keepdim=True)
        else:
            self.logits = logits - logits.logsumexp(dim=-1, keepdim=True)
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @property
    def _param(self) -> Any:
        held = vars(self)
        return held["probs"] if "probs" in held else held["logits"]

    @property
    def _num_events(self) -> int:
        return int(self._param.shape[-1])

    @constraints.dependent_property(is_discrete=True, event_dim=0)
    def support(self) -> Any:
        """The indices."""
        return constraints.integer_interval(0, self._num_events - 1)

    @lazy_property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return probs_to_logits(self.probs)

    @lazy_property
    def probs(self) -> Any:
        """The probabilities."""
        return logits_to_probs(self.logits)

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape

    @property
    def mean(self) -> Any:
        """NaN: indices have none."""
        return self.probs.new_full(self._extended_shape(), math.nan)

    @property
    def mode(self) -> Any:
        """The likeliest index."""
        return self.probs.argmax(dim=-1)

    @property
    def variance(self) -> Any:
        """NaN: indices have none."""
        return self.probs.new_full(self._extended_shape(), math.nan)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Random indices."""
        rows = self.probs.detach().reshape(-1, self._num_events)
        found = multinomial(rows, math.prod(sample_shape), True).T
        return found.reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        index, logits = broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, index[..., :1]).squeeze(-1)

    def entropy(self) -> Any:
        finite = self.logits.clamp(min=float(np.finfo(self.logits.dtype).min))
        return -(finite * self.probs).sum(-1)

    def enumerate_support(self, expand: bool = True) -> Any:
        """All indices."""
        return spread_values(arange(self._num_events), self.batch_shape, expand)


class OverCategories(Distribution):
    """Vectors with an element for each category, which has the probability that `Categorical` gives it."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}

    def _start(self, probs: Any, logits: Any, validate_args: bool | None) -> None:
        """What a subclass's ``__init__`` does, so that the next one is PyTorch's, that of `Distribution`."""
        self._categorical = Categorical(probs, logits)
        event_shape = self._categorical.param_shape[-1:]
        Distribution.__init__(self, self._categorical.batch_shape, event_shape, validate_args=validate_args)

    @property
    def _param(self) -> Any:
        return self._categorical._param

    @property
    def probs(self) -> Any:
        """The probabilities."""
        return self._categorical.probs

    @property
    def logits(self) -> Any:
        """The logarithms of the probabilities."""
        return self._categorical.logits

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._categorical.param_shape
