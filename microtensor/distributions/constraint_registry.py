"""Which transform leads from all real numbers to a constraint.

`biject_to` gives bijections, for Hamiltonian Monte Carlo and the like; `transform_to` any transform that
is easy to optimise through.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.tensor import Tensor
from . import constraints, transforms


class ConstraintRegistry:
    """Constraints with the functions that make their transforms; calling it looks one up.

    Raises ``NotImplementedError`` for a constraint that has none, and ``TypeError`` for registering
    what is no constraint.

    >>> mt.distributions.transform_to(mt.distributions.constraints.unit_interval)
    SigmoidTransform()
    """

    def __init__(self) -> None:
        self._registry: dict[type, Callable[[Any], Any]] = {}

    def register(self, constraint: Any, factory: Any = None) -> Any:
        """Say what makes the transform to `constraint`, a class or an instance; also as a decorator."""
        if factory is None:
            return lambda function: self.register(constraint, function)
        kind = type(constraint) if isinstance(constraint, constraints.Constraint) else constraint
        if not isinstance(kind, type) or not issubclass(kind, constraints.Constraint):
            raise TypeError(
                f"Expected constraint to be either a Constraint subclass or instance, but got {constraint}"
            )
        self._registry[kind] = factory
        return factory

    def __call__(self, constraint: Any) -> Any:
        """The transform to `constraint`."""
        if type(constraint) not in self._registry:
            raise NotImplementedError(f"Cannot transform {type(constraint).__name__} constraints")
        return self._registry[type(constraint)](constraint)


biject_to, transform_to = ConstraintRegistry(), ConstraintRegistry()


def _both(*kinds: Any) -> Callable[[Any], Any]:
    """Register a function for several constraints in both; it gets the registry that asks."""

    def register(function: Any) -> Any:
        for registry in (biject_to, transform_to):
            for kind in kinds:
                registry.register(kind, lambda c, registry=registry: function(c, registry))
        return function

    return register


@_both(constraints.real)
def _to_real(constraint: Any, registry: Any) -> Any:
    return transforms.identity_transform


@_both(constraints.independent)
def _to_independent(constraint: Any, registry: Any) -> Any:
    base = registry(constraint.base_constraint)
    return transforms.IndependentTransform(base, constraint.reinterpreted_batch_ndims)


@_both(constraints.greater_than, constraints.greater_than_eq)
def _to_greater_than(constraint: Any, registry: Any) -> Any:
    moved = transforms.AffineTransform(constraint.lower_bound, 1)
    return transforms.ComposeTransform([transforms.ExpTransform(), moved])


@_both(constraints.less_than)
def _to_less_than(constraint: Any, registry: Any) -> Any:
    moved = transforms.AffineTransform(constraint.upper_bound, -1)
    return transforms.ComposeTransform([transforms.ExpTransform(), moved])


@_both(constraints.interval, constraints.half_open_interval)
def _to_interval(constraint: Any, registry: Any) -> Any:
    low, high = constraint.lower_bound, constraint.upper_bound
    if not isinstance(low, Tensor) and not isinstance(high, Tensor) and (low, high) == (0, 1):
        return transforms.SigmoidTransform()
    moved = transforms.AffineTransform(low, high - low)
    return transforms.ComposeTransform([transforms.SigmoidTransform(), moved])


@_both(constraints.corr_cholesky)
def _to_corr_cholesky(constraint: Any, registry: Any) -> Any:
    return transforms.CorrCholeskyTransform()


@_both(constraints.cat)
def _to_cat(constraint: Any, registry: Any) -> Any:
    parts = [registry(c) for c in constraint.cseq]
    return transforms.CatTransform(parts, constraint.dim, constraint.lengths)


@_both(constraints.stack)
def _to_stack(constraint: Any, registry: Any) -> Any:
    return transforms.StackTransform([registry(c) for c in constraint.cseq], constraint.dim)


biject_to.register(constraints.simplex, lambda c: transforms.StickBreakingTransform())
transform_to.register(constraints.simplex, lambda c: transforms.SoftmaxTransform())
transform_to.register(constraints.lower_cholesky, lambda c: transforms.LowerCholeskyTransform())
for _kind in (constraints.positive_definite, constraints.positive_semidefinite):
    transform_to.register(_kind, lambda c: transforms.PositiveDefiniteTransform())
