"""Trees of tensors as the transforms take them: leaves, and what rebuilds the tree from others."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.dtypes import is_differentiable
from ..engine.tensor import Tensor
from .trees.maps import tree_map
from .trees.spec import tree_flatten, tree_leaves

Rebuild = Callable[[Sequence[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of a tree in order, and the function that puts others in their places.

    >>> from microtensor.func.pytree import flatten
    >>> leaves, rebuild = flatten({"a": 1, "b": (2, 3)})
    >>> leaves, rebuild([4, 5, 6])
    ([1, 2, 3], {'a': 4, 'b': (5, 6)})
    """
    leaves, spec = tree_flatten(tree)
    return leaves, spec.unflatten


def tensors_of(tree: Any, what: str) -> list[Tensor]:
    """The leaves, all of which must be tensors of real or complex numbers."""
    leaves = tree_leaves(tree)
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            found = f"{type(leaf).__name__} {leaf!r}"
            raise ValueError(
                f"{what}: expected floating-point tensors, got {found}: make one with tensor(data)"
            )
        if not is_differentiable(leaf.dtype):
            found = f"one of {leaf.dtype}: convert it with x.float()"
            raise RuntimeError(f"{what}: only floating-point tensors can have derivatives, got {found}")
    return leaves


__all__ = ["Rebuild", "flatten", "tensors_of", "tree_map"]
