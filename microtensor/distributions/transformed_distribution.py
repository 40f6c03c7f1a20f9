"""Distributions of functions of random numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, ClassVar

from ..engine.grad_mode import no_grad
from ..engine.size_device import Size
from ..engine.tensor import Tensor
from . import constraints
from .distribution import Distribution
from .independent import Independent
from .transforms import ComposeTransform, Transform
from .utils import sum_rightmost


class TransformedDistribution(Distribution):
    """The distribution of ``transforms(x)``, for x of `base_distribution`.

    Raises ``ValueError`` for what is no transform or list of such, and for a base of too few dimensions.

    >>> uniform = mt.distributions.Uniform(0.0, 1.0)
    >>> twice = mt.distributions.TransformedDistribution(uniform, mt.distributions.AffineTransform(0.0, 2.0))
    >>> twice.log_prob(mt.tensor(1.5))
    tensor(-0.6931)
    """

    arg_constraints: ClassVar[Any] = {}

    def __init__(
        self, base_distribution: Distribution, transforms: Any, validate_args: bool | None = None
    ) -> None:
        self.transforms: list[Any] = _as_list(transforms)
        whole = ComposeTransform(self.transforms)
        base = _prepared(base_distribution, whole)
        shape = whole.forward_shape(base.batch_shape + base.event_shape)
        added = whole.codomain.event_dim - whole.domain.event_dim
        dims = max(whole.codomain.event_dim, len(base.event_shape) + added)
        cut = len(shape) - dims
        self.base_dist = base
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    def expand(self, batch_shape: Any, _instance: Any = None) -> Any:
        new = super().expand(batch_shape, _instance)
        shape: Any = Size((*batch_shape, *self.event_shape))
        for transform in reversed(self.transforms):
            shape = transform.inverse_shape(shape)
        new.base_dist = self.base_dist.expand(shape[: len(shape) - len(self.base_dist.event_shape)])
        return new

    @constraints.dependent_property(is_discrete=False)
    def support(self) -> Any:
        """Where the last transform ends."""
        if not self.transforms:
            return self.base_dist.support
        last, dims = self.transforms[-1].codomain, len(self.event_shape)
        return constraints.independent(last, dims - last.event_dim) if dims > last.event_dim else last

    @property
    def has_rsample(self) -> Any:
        """As the base."""
        return self.base_dist.has_rsample

    def _forward(self, x: Any) -> Any:
        for transform in self.transforms:
            x = transform(x)
        return x

    def sample(self, sample_shape: Any = ()) -> Any:
        """The transforms of samples of the base."""
        with no_grad():
            return self._forward(self.base_dist.sample(sample_shape))

    def rsample(self, sample_shape: Any = ()) -> Any:
        """The transforms of samples of the base, with their gradients."""
        return self._forward(self.base_dist.rsample(sample_shape))

    def log_prob(self, value: Any) -> Any:
        """The base's, at the inverse, less the logarithms of the Jacobian determinants."""
        self._check(value)
        dims, total, y = len(self.event_shape), 0.0, value
        for transform in reversed(self.transforms):
            x = transform.inv(y)
            dims += transform.domain.event_dim - transform.codomain.event_dim
            jacobian = transform.log_abs_det_jacobian(x, y)
            total, y = total - sum_rightmost(jacobian, dims - transform.domain.event_dim), x
        return total + sum_rightmost(self.base_dist.log_prob(y), dims - len(self.base_dist.event_shape))

    def _turned(self, value: Any) -> Any:
        """A probability, or one minus it where the transforms fall."""
        sign = ComposeTransform(self.transforms).sign
        if not isinstance(sign, Tensor) and sign == 1:
            return value
        return sign * (value - 0.5) + 0.5

    def cdf(self, value: Any) -> Any:
        """The base's, at the inverse."""
        for transform in reversed(self.transforms):
            value = transform.inv(value)
        self.base_dist._check(value)
        return self._turned(self.base_dist.cdf(value))

    def icdf(self, value: Any) -> Any:
        """The transforms of the base's."""
        return self._forward(self.base_dist.icdf(self._turned(value)))


def _as_list(transforms: Any) -> list[Any]:
    listed = [transforms] if isinstance(transforms, Transform) else transforms
    if not isinstance(listed, Sequence) or not all(isinstance(t, Transform) for t in listed):
        raise ValueError(f"transforms must be a Transform or a list of Transforms, but was {transforms}")
    return list(listed)


def _prepared(base: Any, whole: ComposeTransform) -> Any:
    """The base in the shape, and with the event dimensions, that the transforms need."""
    shape, needed = base.batch_shape + base.event_shape, whole.domain.event_dim
    if len(shape) < needed:
        raise ValueError(
            f"base_distribution needs to have shape with size at least {needed}, but got {tuple(shape)}."
        )
    wide = whole.inverse_shape(whole.forward_shape(shape))
    if tuple(wide) != tuple(shape):
        base = base.expand(wide[: len(wide) - len(base.event_shape)])
    more = needed - len(base.event_shape)
    return Independent(base, more) if more > 0 else base
