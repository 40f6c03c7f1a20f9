"""Transforms of parts of a tensor along a dimension, and by a distribution function."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...ops.joining.cat_split import cat, stack
from .. import constraints
from ..utils import sum_rightmost
from . import Transform


class _Parts(Transform):
    """One transform for each part along `dim`."""

    def __init__(self, tseq: Sequence[Transform], dim: int = 0, cache_size: int = 0) -> None:
        if not all(isinstance(t, Transform) for t in tseq):
            raise AssertionError("All elements of tseq must be Transform instances")
        super().__init__(cache_size)
        self.transforms: list[Any] = [t.with_cache(cache_size) for t in tseq] if cache_size else list(tseq)
        self.dim = dim

    @property
    def bijective(self) -> Any:
        """Whether all are."""
        return all(t.bijective for t in self.transforms)

    def _check(self, x: Any, length: int) -> None:
        if not -x.ndim <= self.dim < x.ndim:
            raise AssertionError(f"dim {self.dim} out of range for tensor with {x.ndim} dimensions")
        if x.shape[self.dim] != length:
            raise AssertionError(f"x.size({self.dim}) = {x.shape[self.dim]} must equal length {length}")


class CatTransform(_Parts):
    """Transforms of slices of these `lengths` along `dim`, concatenated."""

    def __init__(
        self, tseq: Sequence[Transform], dim: int = 0, lengths: Sequence[int] | None = None,
        cache_size: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(tseq, dim, cache_size)
        self.lengths = [1] * len(self.transforms) if lengths is None else list(lengths)
        if len(self.lengths) != len(self.transforms):
            raise AssertionError(
                f"lengths ({len(self.lengths)}) must match transforms ({len(self.transforms)})"
            )

    @property
    def event_dim(self) -> Any:
        """The most of all."""
        return max(t.event_dim for t in self.transforms)

    @property
    def length(self) -> int:
        """The sum of the lengths."""
        return sum(self.lengths)

    @constraints.dependent_property
    def domain(self) -> Any:
        """Each part in its own."""
        return constraints.cat([t.domain for t in self.transforms], self.dim, self.lengths)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Each part in its own."""
        return constraints.cat([t.codomain for t in self.transforms], self.dim, self.lengths)

    def _pairs(self, x: Any) -> Any:
        self._check(x, self.length)
        return zip(self.transforms, x.split(self.lengths, self.dim), strict=True)

    def _call(self, x: Any) -> Any:
        return cat([t(part) for t, part in self._pairs(x)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return cat([t.inv(part) for t, part in self._pairs(y)], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The parts' side by side, or their sum if `dim` belongs to the events."""
        terms = [
            sum_rightmost(t.log_abs_det_jacobian(a, b), self.event_dim - t.event_dim)
            for (t, a), (_, b) in zip(self._pairs(x), self._pairs(y), strict=True)
        ]
        dim = (self.dim - x.ndim if self.dim >= 0 else self.dim) + self.event_dim
        return cat(terms, dim) if dim < 0 else sum(terms)


class StackTransform(_Parts):
    """One transform for each index of `dim`."""

    @constraints.dependent_property
    def domain(self) -> Any:
        """Each part in its own."""
        return constraints.stack([t.domain for t in self.transforms], self.dim)

    @constraints.dependent_property
    def codomain(self) -> Any:
        """Each part in its own."""
        return constraints.stack([t.codomain for t in self.transforms], self.dim)

    def _pairs(self, x: Any) -> Any:
        self._check(x, len(self.transforms))
        return zip(self.transforms, x.unbind(self.dim), strict=True)

    def _call(self, x: Any) -> Any:
        return stack([t(part) for t, part in self._pairs(x)], self.dim)

    def _inverse(self, y: Any) -> Any:
        return stack([t.inv(part) for t, part in self._pairs(y)], self.dim)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The parts' side by side."""
        pairs = zip(self._pairs(x), self._pairs(y), strict=True)
        return stack([t.log_abs_det_jacobian(a, b) for (t, a), (_, b) in pairs], self.dim)


class CumulativeDistributionTransform(Transform):
    """The distribution function of a distribution: makes its samples uniform."""

    bijective = True
    codomain = constraints.unit_interval
    sign = +1

    def __init__(self, distribution: Any, cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.distribution = distribution

    @property
    def domain(self) -> Any:
        """The support of the distribution."""
        return self.distribution.support

    def _call(self, x: Any) -> Any:
        return self.distribution.cdf(x)

    def _inverse(self, y: Any) -> Any:
        return self.distribution.icdf(y)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of the density."""
        return self.distribution.log_prob(x)
