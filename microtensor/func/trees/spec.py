"""A tree without its leaves, and taking trees apart by it."""

from __future__ import annotations

from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from .nodes import SUPPORTED_NODES, node_type

IsLeaf = Callable[[Any], bool] | None
_MAPPINGS = (dict, OrderedDict, defaultdict)


class TreeSpec:
    """What a tree is without its leaves: a node's class, its context, and the specs of its children.

    The spec of a leaf has no class.  Specs compare by their parts.

    >>> from microtensor.utils._pytree import tree_structure
    >>> tree_structure([1, (2, 3)])
    TreeSpec(list, None, [*,
      TreeSpec(tuple, None, [*,
        *])])
    """

    num_nodes: int
    num_leaves: int
    __slots__ = ("_children", "_context", "num_children", "num_leaves", "num_nodes", "type")

    def __init__(self, type: Any, context: Any = None, children: Iterable[TreeSpec] = ()) -> None:
        children = list(children)
        self.type, self._context, self._children = type, context, children
        self.num_children = len(children)
        self.num_nodes = 1 + sum(child.num_nodes for child in children)
        self.num_leaves = 1 if type is None else sum(child.num_leaves for child in children)

    @property
    def context(self) -> Any:
        """What the node has besides its children."""
        return self._context

    @property
    def children_specs(self) -> list[TreeSpec]:
        """The specs of the children."""
        return self._children

    def children(self) -> list[TreeSpec]:
        """The specs of the children."""
        return list(self._children)

    def child(self, index: int) -> TreeSpec:
        """The spec of one child."""
        return self._children[index]

    def is_leaf(self) -> bool:
        """Whether it is the spec of a leaf."""
        return self.type is None

    def unflatten(self, leaves: Iterable[Any]) -> Any:
        """The tree with these leaves; ``ValueError`` for another number of them.

        >>> from microtensor.utils._pytree import tree_structure
        >>> tree_structure({"a": 1, "b": [2]}).unflatten("xy")
        {'a': 'x', 'b': ['y']}
        """
        leaves = list(leaves)
        if len(leaves) != self.num_leaves:
            raise ValueError(
                f"treespec.unflatten(leaves): `leaves` has length {len(leaves)} but the spec refers to a "
                f"pytree that holds {self.num_leaves} items ({self})."
            )
        return self._built(iter(leaves))

    def _built(self, leaves: Iterator[Any]) -> Any:
        if self.type is None:
            return next(leaves)
        children = [child._built(leaves) for child in self._children]
        return SUPPORTED_NODES[self.type].unflatten_fn(children, self._context)

    def flatten_up_to(self, tree: Any) -> list[Any]:
        """What `tree` has in the places of this spec's leaves; ``ValueError`` if it is another tree above.

        >>> from microtensor.utils._pytree import tree_structure
        >>> tree_structure([1, 2]).flatten_up_to([(3, 4), 5])
        [(3, 4), 5]
        """
        found: list[Any] = []
        self._collect(tree, found)
        return found

    def _collect(self, tree: Any, found: list[Any]) -> None:
        if self.type is None:
            found.append(tree)
            return
        for child, part in zip(self._children, self._parts(tree), strict=True):
            child._collect(part, found)

    def _parts(self, tree: Any) -> list[Any]:
        """The children of a node that must be of this kind."""
        kind = node_type(tree)
        if self.type in _MAPPINGS and kind in _MAPPINGS:
            return self._values(tree)
        if kind is not self.type:
            raise ValueError(f"Node type mismatch; expected {self.type!r}, but got {kind!r}.")
        children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
        if len(children) != self.num_children:
            raise ValueError(f"Node arity mismatch; expected {self.num_children}, but got {len(children)}.")
        if context != self._context:
            raise ValueError(
                f"Node context mismatch for node type {self.type!r}: expected {self._context!r}, "
                f"got {context!r}."
            )
        return list(children)

    def _values(self, tree: Any) -> list[Any]:
        """The values of a dictionary of any class, in the order of this spec's keys."""
        keys = self._context[1] if self.type is defaultdict else self._context
        if len(tree) != len(keys):
            raise ValueError(f"Node arity mismatch; expected {len(keys)}, but got {len(tree)}.")
        missing, extra = [k for k in keys if k not in tree], [k for k in tree if k not in keys]
        if missing:
            raise ValueError(f"Node keys mismatch; missing key(s): {missing}; extra key(s): {extra}.")
        return [tree[key] for key in keys]

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, TreeSpec):
            return NotImplemented
        mine, theirs = (self.type, self._context), (other.type, other._context)
        return self is other or (mine == theirs and self._children == other._children)

    def __hash__(self) -> int:
        context = self._context
        if self.type in _MAPPINGS:
            context = tuple(context[1] if self.type is defaultdict else context)
        return hash((self.type, context, tuple(self._children)))

    def __repr__(self, indent: int = 0) -> str:
        if self.type is None:
            return "*"
        inner = indent + 2
        parts = [child.__repr__(inner) for child in self._children]
        return (
            f"TreeSpec({self.type.__name__}, {self._context}, [{(f',{chr(10)}' + ' ' * inner).join(parts)}])"
        )


LEAF = TreeSpec(None)


def leaf_spec() -> TreeSpec:
    """The spec of a leaf."""
    return LEAF


def tree_is_leaf(tree: Any, is_leaf: IsLeaf = None) -> bool:
    """Whether `tree` is a leaf: it is of no registered class, or `is_leaf` says so.

    >>> from microtensor.utils._pytree import tree_is_leaf
    >>> tree_is_leaf([]), tree_is_leaf(None)
    (False, True)
    """
    if is_leaf is not None and is_leaf(tree):
        return True
    return node_type(tree) not in SUPPORTED_NODES


def tree_flatten(tree: Any, is_leaf: IsLeaf = None) -> tuple[list[Any], TreeSpec]:
    """The leaves of a tree in order, and what it is without them.

    >>> from microtensor.utils._pytree import tree_flatten
    >>> tree_flatten({"a": 1, "b": (2, 3)})[0]
    [1, 2, 3]
    """
    leaves: list[Any] = []
    return leaves, _flatten(tree, is_leaf, leaves)


def _flatten(tree: Any, is_leaf: IsLeaf, leaves: list[Any]) -> TreeSpec:
    kind = node_type(tree)
    if kind not in SUPPORTED_NODES or (is_leaf is not None and is_leaf(tree)):
        leaves.append(tree)
        return LEAF
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    return TreeSpec(kind, context, [_flatten(child, is_leaf, leaves) for child in children])


def tree_unflatten(leaves: Iterable[Any], treespec: TreeSpec) -> Any:
    """The tree of this structure with these leaves.

    Raises ``TypeError`` if `treespec` is none, and ``ValueError`` for another number of leaves.
    """
    if not isinstance(treespec, TreeSpec):
        raise TypeError(
            "Expected `treespec` to be an instance of PyTreeSpec but got item of type "
            f"{type(treespec)}: tree_unflatten(leaves, treespec)"
        )
    return treespec.unflatten(leaves)


def tree_leaves(tree: Any, is_leaf: IsLeaf = None) -> list[Any]:
    """The leaves of a tree, in order."""
    return tree_flatten(tree, is_leaf)[0]


def tree_iter(tree: Any, is_leaf: IsLeaf = None) -> Iterator[Any]:
    """The leaves of a tree, in order, one after the other."""
    yield from tree_leaves(tree, is_leaf)


def tree_structure(tree: Any, is_leaf: IsLeaf = None) -> TreeSpec:
    """What a tree is without its leaves."""
    return tree_flatten(tree, is_leaf)[1]


def broadcast(tree: Any, treespec: TreeSpec, is_leaf: IsLeaf = None) -> list[Any] | None:
    """The leaves of `tree`, each as often as `treespec` has leaves in its place; None if they do not fit."""
    if tree_is_leaf(tree, is_leaf):
        return [tree] * treespec.num_leaves
    kind = node_type(tree)
    if treespec.type is not kind:
        return None
    children, context = SUPPORTED_NODES[kind].flatten_fn(tree)
    if len(children) != treespec.num_children or context != treespec._context:
        return None
    parts = [broadcast(*pair, is_leaf) for pair in zip(children, treespec._children, strict=True)]
    return None if None in parts else [leaf for part in parts for leaf in part or ()]
