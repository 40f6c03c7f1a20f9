"""Mixtures of distributions of one family."""

from __future__ import annotations

from typing import Any, ClassVar

from ..engine.grad_mode import no_grad
from . import constraints
from .categorical import Categorical
from .distribution import Distribution


class MixtureSameFamily(Distribution):
    """One of the last batch dimension's distributions, chosen by `mixture_distribution`, a `Categorical`.

    Raises ``ValueError`` if the numbers of components differ, or the batches do not fit.

    >>> parts = mt.distributions.Normal(mt.tensor([-1.0, 1.0]), 0.1)
    >>> mixture = mt.distributions.MixtureSameFamily(mt.distributions.Categorical(mt.ones(2)), parts)
    >>> mixture.mean, mixture.variance
    (tensor(0.), tensor(1.0100))
    """

    arg_constraints: ClassVar[Any] = {}

    def __init__(
        self, mixture_distribution: Categorical, component_distribution: Distribution,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        _check(mixture_distribution, component_distribution)
        self.mixture_distribution: Any = mixture_distribution
        self.component_distribution: Any = component_distribution
        self._event_ndims = len(component_distribution.event_shape)
        batch, event = component_distribution.batch_shape[:-1], component_distribution.event_shape
        super().__init__(batch, event, validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        new.mixture_distribution = self.mixture_distribution.expand(batch_shape)
        return new

    @constraints.dependent_property
    def support(self) -> Any:
        """The components'."""
        return constraints.MixtureSameFamilyConstraint(self.component_distribution.support)

    def _mixed(self, values: Any) -> Any:
        """The mean of the components' values, by their probabilities."""
        probs = self.mixture_distribution.probs
        wide = probs.reshape(*probs.shape, *[1] * self._event_ndims)
        return (wide * values).sum(-1 - self._event_ndims)

    def _padded(self, x: Any) -> Any:
        return x.unsqueeze(-1 - self._event_ndims)

    @property
    def mean(self) -> Any:
        """The mean of the components' means."""
        return self._mixed(self.component_distribution.mean)

    @property
    def variance(self) -> Any:
        """The mean of the variances, and the variance of the means."""
        away = self.component_distribution.mean - self._padded(self.mean)
        return self._mixed(self.component_distribution.variance) + self._mixed(away.pow(2.0))

    def cdf(self, x: Any) -> Any:
        """The mean of the components'."""
        parts = self.component_distribution.cdf(self._padded(x))
        return (parts * self.mixture_distribution.probs).sum(-1)

    def log_prob(self, x: Any) -> Any:
        """The logarithm of the mean of the densities."""
        self._check(x)
        parts = self.component_distribution.log_prob(self._padded(x))
        return (parts + self.mixture_distribution.logits.log_softmax(-1)).logsumexp(-1)

    def sample(self, sample_shape: Any = ()) -> Any:
        """A sample of each component, of which one is taken."""
        with no_grad():
            chosen = self.mixture_distribution.sample(sample_shape)
            parts = self.component_distribution.sample(sample_shape)
            dim, n = chosen.ndim, self._event_ndims
            index = chosen.reshape(*chosen.shape, *[1] * (n + 1))
            return parts.gather(dim, index.expand(*chosen.shape, 1, *self.event_shape)).squeeze(dim)

    def __repr__(self) -> str:
        return f"MixtureSameFamily(\n  {self.mixture_distribution},\n  {self.component_distribution})"


def _check(mixture: Any, components: Any) -> None:
    if not isinstance(mixture, Categorical):
        raise ValueError("The Mixture distribution needs to be an instance of distributions.Categorical")
    if not isinstance(components, Distribution):
        raise ValueError("The Component distribution needs to be an instance of distributions.Distribution")
    pairs = zip(reversed(mixture.batch_shape), reversed(components.batch_shape[:-1]), strict=False)
    if any(1 not in pair and pair[0] != pair[1] for pair in pairs):
        raise ValueError(
            f"`mixture_distribution.batch_shape` ({tuple(mixture.batch_shape)}) is not compatible with "
            f"`component_distribution.batch_shape` ({tuple(components.batch_shape[:-1])})"
        )
    if mixture._num_events != components.batch_shape[-1]:
        raise ValueError(
            f"`mixture_distribution component` ({mixture._num_events}) does not equal "
            f"`component_distribution.batch_shape[-1]` ({components.batch_shape[-1]})"
        )
