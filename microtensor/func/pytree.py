"""Nested tuples, lists and dictionaries of tensors, taken apart and put together again."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..engine.dtypes import is_differentiable
from ..engine.tensor import Tensor

Rebuild = Callable[[Sequence[Any]], Any]


def flatten(tree: Any) -> tuple[list[Any], Rebuild]:
    """The leaves of a tree in order, and the function that puts others in their places.

    >>> from microtensor.func.pytree import flatten
    >>> leaves, rebuild = flatten({"a": 1, "b": (2, 3)})
    >>> leaves, rebuild([4, 5, 6])
    ([1, 2, 3], {'a': 4, 'b': (5, 6)})
    """
    if not isinstance(tree, (tuple, list, dict)):
        return [tree], lambda leaves: leaves[0]
    keys = list(tree) if isinstance(tree, dict) else None
    parts = [flatten(tree[key]) for key in keys] if keys is not None else [flatten(item) for item in tree]
    sizes = [len(leaves) for leaves, _ in parts]

    def rebuild(leaves: Sequence[Any]) -> Any:
        built, start = [], 0
        for (_, make), size in zip(parts, sizes, strict=True):
            built.append(make(leaves[start : start + size]))
            start += size
        return _like(tree, keys, built)

    return [leaf for leaves, _ in parts for leaf in leaves], rebuild


def _like(tree: Any, keys: list[Any] | None, items: list[Any]) -> Any:
    if keys is not None:
        return type(tree)(zip(keys, items, strict=True))
    return type(tree)(*items) if hasattr(tree, "_fields") else type(tree)(items)


def tree_map(function: Callable[..., Any], tree: Any, *others: Any) -> Any:
    """`function` of every leaf (and the leaves in the same places of other trees)."""
    leaves, rebuild = flatten(tree)
    columns = [leaves, *[flatten(other)[0] for other in others]]
    return rebuild([function(*row) for row in zip(*columns, strict=True)])


def tensors_of(tree: Any, what: str) -> list[Tensor]:
    """The leaves, all of which must be tensors of real or complex numbers."""
    leaves, _ = flatten(tree)
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
