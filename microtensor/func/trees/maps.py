"""A function of every leaf of a tree, or of those that are of some class."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from types import UnionType
from typing import Any

from .spec import IsLeaf, tree_flatten, tree_leaves

Types = type | tuple[type, ...] | UnionType | Callable[[Any], bool]


def tree_map(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """`func` of every leaf, and of what the other trees have in its place, as a tree like the first.

    Raises ``ValueError`` if another tree differs above the first one's leaves.

    >>> from microtensor.utils._pytree import tree_map
    >>> tree_map(lambda a, b: a + b, {"x": 1, "y": [2]}, {"x": 3, "y": [4]})
    {'x': 4, 'y': [6]}
    """
    leaves, spec = tree_flatten(tree, is_leaf)
    columns = [leaves, *(spec.flatten_up_to(other) for other in rests)]
    return spec.unflatten(map(func, *columns))


def tree_map_(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """`func` of every leaf for what it does; the tree itself is returned."""
    leaves, spec = tree_flatten(tree, is_leaf)
    for row in zip(leaves, *(spec.flatten_up_to(other) for other in rests), strict=True):
        func(*row)
    return tree


def map_only(type_or_types_or_pred: Types, /) -> Callable[[Callable[[Any], Any]], Callable[[Any], Any]]:
    """A decorator: the function for values of a class, or of which a predicate holds; others stay."""
    chosen = _predicate(type_or_types_or_pred)

    def decorated(func: Callable[[Any], Any]) -> Callable[[Any], Any]:
        @wraps(func)
        def wrapped(value: Any) -> Any:
            return func(value) if chosen(value) else value

        return wrapped

    return decorated


def _predicate(types: Types) -> Callable[[Any], bool]:
    if isinstance(types, (type, tuple, UnionType)):
        return lambda value: isinstance(value, types)
    if callable(types):
        return types
    raise TypeError("Argument must be a type, a tuple of types, or a callable.")


def tree_map_only(
    type_or_types_or_pred: Types, /, func: Callable[[Any], Any], tree: Any, is_leaf: IsLeaf = None
) -> Any:
    """`func` of the leaves that are of a class, or of which a predicate holds; others stay.

    >>> from microtensor.utils._pytree import tree_map_only
    >>> tree_map_only(int, lambda n: -n, [1, "a", (2,)])
    [-1, 'a', (-2,)]
    """
    return tree_map(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_map_only_(
    type_or_types_or_pred: Types, /, func: Callable[[Any], Any], tree: Any, is_leaf: IsLeaf = None
) -> Any:
    """`func` of the leaves that are of a class, for what it does; the tree itself is returned."""
    return tree_map_(map_only(type_or_types_or_pred)(func), tree, is_leaf=is_leaf)


def tree_all(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether `pred` holds of every leaf."""
    return all(map(pred, tree_leaves(tree, is_leaf)))


def tree_any(pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether `pred` holds of some leaf."""
    return any(map(pred, tree_leaves(tree, is_leaf)))


def tree_all_only(types: Any, /, pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether `pred` holds of every leaf of a class."""
    return all(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if isinstance(leaf, types))


def tree_any_only(types: Any, /, pred: Callable[[Any], bool], tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether `pred` holds of some leaf of a class."""
    return any(pred(leaf) for leaf in tree_leaves(tree, is_leaf) if isinstance(leaf, types))
