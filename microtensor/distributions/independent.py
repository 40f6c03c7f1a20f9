"""Batch dimensions taken as dimensions of the event."""

from __future__ import annotations

from typing import Any, ClassVar

from . import constraints
from .distribution import Distribution
from .utils import sum_rightmost


class Independent(Distribution):
    """A distribution whose last batch dimensions make one event, of independent parts.

    Raises ``ValueError`` for more dimensions than the batch has.

    >>> normal = mt.distributions.Normal(mt.zeros(2, 3), 1.0)
    >>> both = mt.distributions.Independent(normal, 1)
    >>> both.batch_shape, both.event_shape, both.log_prob(mt.zeros(3)).shape
    (torch.Size([2]), torch.Size([3]), torch.Size([2]))
    """

    arg_constraints: ClassVar[Any] = {}

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int,
        validate_args: bool | None = None,
    ) -> None:  # fmt: skip
        base, n = base_distribution, reinterpreted_batch_ndims
        if n > len(base.batch_shape):
            raise ValueError(
                "Expected reinterpreted_batch_ndims <= len(base_distribution.batch_shape), actual "
                f"{n} vs {len(base.batch_shape)}"
            )
        shape, cut = base.batch_shape + base.event_shape, len(base.batch_shape) - n
        self.base_dist, self.reinterpreted_batch_ndims = base, n
        super().__init__(shape[:cut], shape[cut:], validate_args=validate_args)

    @property
    def has_rsample(self) -> Any:
        """As the base."""
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self) -> Any:
        """As the base, if no dimension is taken."""
        return not self.reinterpreted_batch_ndims and self.base_dist.has_enumerate_support

    @constraints.dependent_property
    def support(self) -> Any:
        """The base's, for all parts of an event."""
        base, n = self.base_dist.support, self.reinterpreted_batch_ndims
        return constraints.independent(base, n) if n else base

    @property
    def mean(self) -> Any:
        """As the base."""
        return self.base_dist.mean

    @property
    def mode(self) -> Any:
        """As the base."""
        return self.base_dist.mode

    @property
    def variance(self) -> Any:
        """As the base."""
        return self.base_dist.variance

    def sample(self, sample_shape: Any = ()) -> Any:
        """As the base."""
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Any = ()) -> Any:
        """As the base."""
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Any) -> Any:
        """The sum of the parts'."""
        return sum_rightmost(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Any:
        """The sum of the parts'."""
        return sum_rightmost(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> Any:
        """As the base; ``NotImplementedError`` if dimensions are taken."""
        if self.reinterpreted_batch_ndims > 0:
            raise NotImplementedError("Enumeration over cartesian product is not implemented")
        return self.base_dist.enumerate_support(expand=expand)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist}, {self.reinterpreted_batch_ndims})"
