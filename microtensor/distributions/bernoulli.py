"""The Bernoulli distribution, and what all distributions by probability or log odds share."""

from __future__ import annotations

import math
from typing import Any, ClassVar

from ..creation.ranges import arange
from ..engine.grad_mode import no_grad
from ..ops.activations.smooth import softplus
from ..ops.elementwise.select import where
from ..ops.losses.binary_cross_entropy import binary_cross_entropy_with_logits
from ..random.tensors import bernoulli
from . import constraints
from .distribution import Distribution
from .exp_family import ExponentialFamily
from .utils import broadcast_all, lazy_property, logits_to_probs, probs_to_logits


class BinaryLogits(Distribution):
    """A distribution with a parameter that is given as `probs` or as `logits`, and known as both."""

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}

    def _take(self, probs: Any, logits: Any, *others: Any) -> Any:
        """Set the one that is given; returns the others, of the same shape."""
        one_of(probs, logits)
        param, *rest = broadcast_all(logits if probs is None else probs, *others)
        setattr(self, "logits" if probs is None else "probs", param)
        return rest

    @lazy_property
    def logits(self) -> Any:
        """The log odds."""
        return probs_to_logits(self.probs, is_binary=True)

    @lazy_property
    def probs(self) -> Any:
        """The probability."""
        return logits_to_probs(self.logits, is_binary=True)

    @property
    def _param(self) -> Any:
        held = vars(self)
        return held["probs"] if "probs" in held else held["logits"]

    @property
    def param_shape(self) -> Any:
        """The shape of the parameter."""
        return self._param.shape


def one_of(probs: Any, logits: Any) -> None:
    """Raise ``ValueError`` unless exactly one of the two is given."""
    if (probs is None) == (logits is None):
        raise ValueError("Either `probs` or `logits` must be specified, but not both.")


def spread_values(values: Any, batch_shape: Any, expand: bool) -> Any:
    """Values along a new first dimension, the same for the whole batch."""
    values = values.view(-1, *[1] * len(batch_shape))
    return values.expand(-1, *batch_shape) if expand else values


class Bernoulli(BinaryLogits, ExponentialFamily):
    """1 with the probability `probs`, or log odds `logits`, else 0.

    Raises ``ValueError`` unless exactly one of the two is given.

    >>> mt.distributions.Bernoulli(0.3).log_prob(mt.tensor(1.0))
    tensor(-1.2040)
    """

    support = constraints.boolean
    has_enumerate_support = True
    _mean_carrier_measure = 0

    def __init__(self, probs: Any = None, logits: Any = None, validate_args: bool | None = None) -> None:
        self._take(probs, logits)
        super().__init__(self._param.shape, validate_args=validate_args)

    @property
    def mean(self) -> Any:
        """The probability."""
        return self.probs

    @property
    def mode(self) -> Any:
        """The likelier value; NaN for equal ones."""
        return where(self.probs == 0.5, math.nan, (self.probs >= 0.5).to(self.probs.dtype))

    @property
    def variance(self) -> Any:
        """``p (1 - p)``."""
        return self.probs * (1 - self.probs)

    def sample(self, sample_shape: Any = ()) -> Any:
        """Zeros and ones."""
        with no_grad():
            return bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Any) -> Any:
        self._check(value)
        logits, value = broadcast_all(self.logits, value)
        return -binary_cross_entropy_with_logits(logits, value, reduction="none")

    def entropy(self) -> Any:
        return binary_cross_entropy_with_logits(self.logits, self.probs, reduction="none")

    def enumerate_support(self, expand: bool = True) -> Any:
        """0 and 1."""
        return spread_values(arange(2, dtype=self._param.dtype), self.batch_shape, expand)

    @property
    def _natural_params(self) -> Any:
        return (self.logits,)

    def _log_normalizer(self, x: Any) -> Any:
        return softplus(x)
