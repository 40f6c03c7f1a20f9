"""The path to each leaf of a tree, by the keys of the containers on the way."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from .nodes import SUPPORTED_NODES, node_type
from .spec import IsLeaf, TreeSpec, tree_is_leaf, tree_structure

KeyPath = tuple[Any, ...]


def tree_leaves_with_path(tree: Any, is_leaf: IsLeaf = None) -> list[tuple[KeyPath, Any]]:
    """The leaves of a tree, each with the path to it.

    Raises ``ValueError`` for a node of a class that was registered without ``flatten_with_keys_fn``.

    >>> from microtensor.utils import _pytree
    >>> [(_pytree.keystr(path), leaf) for path, leaf in _pytree.tree_leaves_with_path({"a": [1, 2]})]
    [("['a'][0]", 1), ("['a'][1]", 2)]
    """
    return list(_walk((), tree, is_leaf))


def _walk(path: KeyPath, tree: Any, is_leaf: IsLeaf) -> Iterator[tuple[KeyPath, Any]]:
    if tree_is_leaf(tree, is_leaf):
        yield path, tree
        return
    kind = node_type(tree)
    keyed = SUPPORTED_NODES[kind].flatten_with_keys_fn
    if keyed is None:
        raise ValueError(
            f"Did not find a flatten_with_keys_fn for type: {kind}. Please pass a flatten_with_keys_fn "
            "argument to register_pytree_node."
        )
    for key, child in keyed(tree)[0]:
        yield from _walk((*path, key), child, is_leaf)


def tree_flatten_with_path(tree: Any, is_leaf: IsLeaf = None) -> tuple[list[tuple[KeyPath, Any]], TreeSpec]:
    """The leaves of a tree, each with the path to it, and what the tree is without them."""
    return tree_leaves_with_path(tree, is_leaf), tree_structure(tree, is_leaf)


def tree_map_with_path(func: Callable[..., Any], tree: Any, *rests: Any, is_leaf: IsLeaf = None) -> Any:
    """``func(path, leaf, ...)`` of every leaf, as a tree like the first.

    >>> from microtensor.utils import _pytree
    >>> _pytree.tree_map_with_path(lambda path, n: _pytree.keystr(path) * n, [1, 2])
    ['[0]', '[1][1]']
    """
    found, spec = tree_flatten_with_path(tree, is_leaf)
    columns = [list(column) for column in zip(*found, strict=True)] or [[], []]
    return spec.unflatten(map(func, *columns, *(spec.flatten_up_to(other) for other in rests)))


def keystr(kp: KeyPath) -> str:
    """A path as Python would write it."""
    return "".join(map(str, kp))


def key_get(obj: Any, kp: KeyPath) -> Any:
    """What lies at the end of a path."""
    for key in kp:
        obj = key.get(obj)
    return obj
