"""Functions that carry one distribution into another, with their inverses and Jacobians.

A transform maps events of its `domain` to events of its `codomain`.  What is here are the base class and
inverses and sequences of transforms; those of numbers are in `number_transforms`, of whole events in
`event_transforms`, of vectors and matrices in `vector_transforms`, and of parts in `part_transforms`.
"""

# Some names come from elsewhere when they are asked for.
from __future__ import annotations

import copy
import functools
import operator
from collections.abc import Sequence
from typing import Any

from ... import _lazy
from ...creation.factories import zeros_like
from .. import constraints
from ..utils import sum_rightmost


class Transform:
    """The base: a subclass gives `_call`, and `_inverse` and `log_abs_det_jacobian` if it is `bijective`.

    With ``cache_size=1`` the last pair of argument and result is kept, so that an inverse costs nothing
    and is exact where the function loses precision.

    Raises ``ValueError`` for another cache size.

    >>> double = mt.distributions.AffineTransform(0.0, 2.0)
    >>> double(mt.tensor(3.0)), double.inv(mt.tensor(3.0))
    (tensor(6.), tensor(1.5000))
    """

    bijective: Any = False
    domain: Any
    codomain: Any

    def __init__(self, cache_size: int = 0) -> None:
        if cache_size not in (0, 1):
            raise ValueError(f"cache_size must be 0 or 1, not {cache_size}")
        self._cache_size = cache_size
        self._inv: Any = None
        self._cached_x_y: Any = (None, None)
        super().__init__()  # of what else a subclass is, such as a Module

    def __getstate__(self) -> dict[str, Any]:
        return vars(self) | {"_inv": None}

    @property
    def event_dim(self) -> Any:
        """The dimensions of an event, where domain and codomain agree; else ``ValueError``."""
        if self.domain.event_dim == self.codomain.event_dim:
            return self.domain.event_dim
        raise ValueError("Please use either .domain.event_dim or .codomain.event_dim")

    @property
    def inv(self) -> Any:
        """The inverse transform."""
        if self._inv is None:
            self._inv = _InverseTransform(self)
        return self._inv

    @property
    def sign(self) -> Any:
        """1 if it grows, -1 if it falls."""
        raise NotImplementedError(f"{type(self).__name__} does not define sign")

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same transform with this cache size."""
        if self._cache_size == cache_size:
            return self
        twin = copy.copy(self)
        Transform.__init__(twin, cache_size)
        return twin

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return self is other

    def __call__(self, x: Any) -> Any:
        """The transform of `x`."""
        if not self._cache_size:
            return self._call(x)
        if x is not self._cached_x_y[0]:
            self._cached_x_y = x, self._call(x)
        return self._cached_x_y[1]

    def _inv_call(self, y: Any) -> Any:
        if not self._cache_size:
            return self._inverse(y)
        if y is not self._cached_x_y[1]:
            self._cached_x_y = self._inverse(y), y
        return self._cached_x_y[0]

    def _call(self, x: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not define _call")

    def _inverse(self, y: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} has no inverse")

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The logarithm of the absolute Jacobian determinant, for a pair of argument and result."""
        raise NotImplementedError(f"{type(self).__name__} does not define log_abs_det_jacobian")

    def forward_shape(self, shape: Any) -> Any:
        """The shape of the result for an argument of this shape."""
        return shape

    def inverse_shape(self, shape: Any) -> Any:
        """The shape of the argument for a result of this shape."""
        return shape

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


class _InverseTransform(Transform):
    def __init__(self, transform: Transform) -> None:
        super().__init__(transform._cache_size)
        self._inv = transform

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        return self._inv.codomain

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        return self._inv.domain

    @property
    def bijective(self) -> Any:
        return self._inv.bijective

    @property
    def sign(self) -> Any:
        return self._inv.sign

    def with_cache(self, cache_size: int = 1) -> Any:
        return self._inv.with_cache(cache_size).inv

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _InverseTransform) and bool(self._inv == other._inv)

    def __call__(self, x: Any) -> Any:
        return self._inv._inv_call(x)

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        return -self._inv.log_abs_det_jacobian(y, x)

    def forward_shape(self, shape: Any) -> Any:
        return self._inv.inverse_shape(shape)

    def inverse_shape(self, shape: Any) -> Any:
        return self._inv.forward_shape(shape)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self._inv!r})"


class Plain(Transform):
    """A transform without parameters: equal to every other of its class."""

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other)


class ComposeTransform(Transform):
    """Several transforms, one after the other.

    >>> D = mt.distributions
    >>> both = D.ComposeTransform([D.ExpTransform(), D.AffineTransform(1.0, 2.0)])
    >>> both(mt.tensor(0.0)), both.inv(mt.tensor(3.0))
    (tensor(3.), tensor(0.))
    """

    def __init__(self, parts: Sequence[Transform], cache_size: int = 0) -> None:
        super().__init__(cache_size)
        self.parts = [part.with_cache(cache_size) for part in parts] if cache_size else list(parts)

    __hash__ = object.__hash__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, ComposeTransform) and self.parts == other.parts

    @constraints.dependent_property(is_discrete=False)
    def domain(self) -> Any:
        """The first part's, with as many event dimensions as all parts need."""
        return _with_dims([(part.domain, part.codomain) for part in self.parts])

    @constraints.dependent_property(is_discrete=False)
    def codomain(self) -> Any:
        """The last part's, with as many event dimensions as all parts need."""
        return _with_dims([(part.codomain, part.domain) for part in reversed(self.parts)])

    @property
    def bijective(self) -> Any:
        """Whether all parts are."""
        return all(part.bijective for part in self.parts)

    @property
    def sign(self) -> Any:
        """The product of the parts'."""
        return functools.reduce(operator.mul, [part.sign for part in self.parts], 1)

    @property
    def inv(self) -> Any:
        """The inverses in reverse order."""
        if self._inv is None:
            self._inv = ComposeTransform([part.inv for part in reversed(self.parts)])
            self._inv._inv = self
        return self._inv

    def with_cache(self, cache_size: int = 1) -> Any:
        """The same parts, each with this cache size."""
        return self if self._cache_size == cache_size else ComposeTransform(self.parts, cache_size)

    def __call__(self, x: Any) -> Any:
        """All parts of `x`."""
        for part in self.parts:
            x = part(x)
        return x

    def log_abs_det_jacobian(self, x: Any, y: Any) -> Any:
        """The sum of the parts'."""
        if not self.parts:
            return zeros_like(x)
        xs = [x]
        for part in self.parts[:-1]:
            xs.append(part(xs[-1]))
        return self._sum_of_jacobians([*xs, y])

    def _sum_of_jacobians(self, xs: list[Any]) -> Any:
        terms, dims = [], self.domain.event_dim
        for part, a, b in zip(self.parts, xs[:-1], xs[1:], strict=True):
            terms.append(sum_rightmost(part.log_abs_det_jacobian(a, b), dims - part.domain.event_dim))
            dims += part.codomain.event_dim - part.domain.event_dim
        return functools.reduce(operator.add, terms)

    def forward_shape(self, shape: Any) -> Any:
        """Through all parts."""
        return functools.reduce(lambda s, part: part.forward_shape(s), self.parts, shape)

    def inverse_shape(self, shape: Any) -> Any:
        """Back through all parts."""
        return functools.reduce(lambda s, part: part.inverse_shape(s), reversed(self.parts), shape)

    def __repr__(self) -> str:
        inside = ",\n    ".join(map(repr, self.parts))
        return f"{type(self).__name__}(\n    {inside}\n)"


def _with_dims(sides: list[tuple[Any, Any]]) -> Any:
    """The near side of the first pair; pairs are the near and the far side of each part in turn."""
    if not sides:
        return constraints.real
    near, dims = sides[0][0], sides[-1][1].event_dim
    for mine, other in reversed(sides):
        dims = max(dims + mine.event_dim - other.event_dim, mine.event_dim)
    return constraints.independent(near, dims - near.event_dim) if dims > near.event_dim else near


identity_transform = ComposeTransform([])


__getattr__, __dir__ = _lazy.publish(__name__)  # the transforms themselves

from .elementwise import _clipped_sigmoid as _clipped_sigmoid  # noqa: E402 - which needs Transform
