"""PyTorch's ``torch.utils._pytree``: the trees that `microtensor.func` and other libraries share."""

from __future__ import annotations

import dataclasses
from collections import namedtuple
from typing import Any

from ..func.trees.keys import (
    KeyPath,
    key_get,
    keystr,
    tree_flatten_with_path,
    tree_leaves_with_path,
    tree_map_with_path,
)
from ..func.trees.maps import (
    map_only,
    tree_all,
    tree_all_only,
    tree_any,
    tree_any_only,
    tree_map,
    tree_map_,
    tree_map_only,
    tree_map_only_,
)
from ..func.trees.nodes import (
    SUPPORTED_NODES,
    Context,
    FlattenFunc,
    FlattenWithKeysFunc,
    GetAttrKey,
    MappingKey,
    NodeDef,
    PyTree,
    SequenceKey,
    UnflattenFunc,
    is_namedtuple,
    is_namedtuple_class,
    is_namedtuple_instance,
    is_structseq,
    is_structseq_class,
    is_structseq_instance,
    register_pytree_node,
)
from ..func.trees.nodes import (
    deregister as _deregister_pytree_node,
)
from ..func.trees.nodes import (
    node_type as _get_node_type,
)
from ..func.trees.spec import (
    TreeSpec,
    tree_flatten,
    tree_is_leaf,
    tree_iter,
    tree_leaves,
    tree_structure,
    tree_unflatten,
)
from ..func.trees.spec import (
    broadcast as _broadcast_to_and_flatten,
)
from ..func.trees.spec import (
    leaf_spec as LeafSpec,
)
from ..func.trees.text import treespec_dumps, treespec_loads, treespec_pprint

PyTreeSpec = TreeSpec
FlattenFn, UnflattenFn = FlattenFunc, UnflattenFunc
_register_pytree_node = _private_register_pytree_node = register_pytree_node
_is_leaf, _is_namedtuple_instance = tree_is_leaf, is_namedtuple_instance


_tuple_flatten, _list_flatten, _dict_flatten, _namedtuple_flatten = (
    SUPPORTED_NODES[cls].flatten_fn for cls in (tuple, list, dict, namedtuple)
)
_tuple_unflatten, _list_unflatten, _dict_unflatten, _namedtuple_unflatten = (
    SUPPORTED_NODES[cls].unflatten_fn for cls in (tuple, list, dict, namedtuple)
)
_dict_flatten_with_keys = SUPPORTED_NODES[dict].flatten_with_keys_fn
_list_flatten_with_keys = SUPPORTED_NODES[list].flatten_with_keys_fn


def register_dataclass(
    cls: type, *, field_names: list[str] | None = None, drop_field_names: list[str] | None = None,
    serialized_type_name: str | None = None,
) -> None:  # fmt: skip
    """Make instances of a dataclass nodes, whose children are its fields.

    >>> import dataclasses
    >>> from microtensor.utils import _pytree
    >>> @dataclasses.dataclass
    ... class Point:
    ...     x: float
    ...     y: float
    >>> _pytree.register_dataclass(Point)
    >>> _pytree.tree_map(lambda v: 2 * v, Point(1, 2)).y
    4
    """
    if field_names is None and not dataclasses.is_dataclass(cls):
        raise ValueError(f"register_dataclass: {cls!r} is no dataclass: give field_names")
    declared = [field.name for field in dataclasses.fields(cls) if field.init] if field_names is None else []
    names = [n for n in (field_names or declared) if n not in (drop_field_names or ())]

    def present(obj: Any) -> list[str]:
        return [name for name in names if getattr(obj, name) is not None]

    def flatten(obj: Any) -> tuple[list[Any], Any]:
        return [getattr(obj, name) for name in present(obj)], [present(obj), names]

    def keyed(obj: Any) -> tuple[list[tuple[Any, Any]], Any]:
        children, context = flatten(obj)
        return [(GetAttrKey(name), v) for name, v in zip(context[0], children, strict=True)], context

    def unflatten(children: Any, context: Any) -> Any:
        given = dict(zip(context[0], children, strict=True))
        return cls(**{**dict.fromkeys(names), **given})

    register_pytree_node(
        cls, flatten, unflatten, flatten_with_keys_fn=keyed, serialized_type_name=serialized_type_name
    )


def register_constant(cls: type) -> None:
    """Make instances of a class part of a tree's structure: nodes without children, compared by ``==``.

    >>> from microtensor.utils import _pytree
    >>> class Name(str): ...
    >>> _pytree.register_constant(Name)
    >>> _pytree.tree_leaves([Name("a"), 1])
    [1]
    """
    register_pytree_node(
        cls, lambda obj: ([], obj), lambda children, obj: obj, flatten_with_keys_fn=lambda obj: ([], obj)
    )


def arg_tree_leaves(*args: Any, **kwargs: Any) -> list[Any]:
    """The leaves of a call's arguments."""
    return tree_leaves((args, kwargs))


def pytree_to_str(treespec: TreeSpec) -> str:
    """A spec as text."""
    return treespec_dumps(treespec)


__all__ = [
    "SUPPORTED_NODES", "Context", "FlattenFn", "FlattenFunc", "FlattenWithKeysFunc", "GetAttrKey", "KeyPath",
    "LeafSpec", "MappingKey", "NodeDef", "PyTree", "PyTreeSpec", "SequenceKey", "TreeSpec", "UnflattenFn",
    "UnflattenFunc", "_broadcast_to_and_flatten", "_deregister_pytree_node", "_get_node_type",
    "arg_tree_leaves", "is_namedtuple", "is_namedtuple_class", "is_namedtuple_instance", "is_structseq",
    "is_structseq_class", "is_structseq_instance", "key_get", "keystr", "map_only", "pytree_to_str",
    "register_constant", "register_dataclass", "register_pytree_node", "tree_all", "tree_all_only",
    "tree_any", "tree_any_only", "tree_flatten", "tree_flatten_with_path", "tree_is_leaf", "tree_iter",
    "tree_leaves", "tree_leaves_with_path", "tree_map", "tree_map_", "tree_map_only", "tree_map_only_",
    "tree_map_with_path", "tree_structure", "tree_unflatten", "treespec_dumps", "treespec_loads",
    "treespec_pprint",
]  # fmt: skip
