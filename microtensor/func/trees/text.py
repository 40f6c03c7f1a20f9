"""A spec as JSON, in PyTorch's form, which another program can read."""

from __future__ import annotations

import json
from typing import Any

from .nodes import DUMPING
from .spec import LEAF, TreeSpec, leaf_spec

PROTOCOL = 1


def treespec_dumps(treespec: TreeSpec, protocol: int | None = None) -> str:
    """A spec as text.

    Raises ``ValueError`` for an unknown protocol and ``NotImplementedError`` for a class that was registered
    without ``serialized_type_name``.

    >>> from microtensor.utils._pytree import tree_structure, treespec_dumps, treespec_loads
    >>> text = treespec_dumps(tree_structure([1, {"a": 2}]))
    >>> treespec_loads(text) == tree_structure([1, {"a": 2}])
    True
    """
    if protocol not in (None, PROTOCOL):
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{PROTOCOL}]")
    return json.dumps((PROTOCOL, _plain(treespec)))


def _plain(spec: TreeSpec) -> dict[str, Any]:
    if spec.is_leaf():
        return {"type": None, "context": None, "children_spec": []}
    how = DUMPING.get(spec.type)
    if how is None or spec.type.__name__ == "namedtuple":
        raise NotImplementedError(
            f"Serializing {spec.type} in pytree is not registered: register it with serialized_type_name"
        )
    context = json.dumps(spec.context) if how.to_context is None else how.to_context(spec.context)
    return {"type": how.name, "context": context, "children_spec": [_plain(c) for c in spec.children()]}


def treespec_loads(serialized: str) -> TreeSpec:
    """The spec that `treespec_dumps` wrote; ``ValueError`` for another protocol."""
    protocol, schema = json.loads(serialized)
    if protocol != PROTOCOL:
        raise ValueError(f"Unknown protocol {protocol}. Available protocols: [{PROTOCOL}]")
    return _spec(schema)


def _spec(schema: dict[str, Any]) -> TreeSpec:
    if schema["type"] is None:
        return LEAF
    found = [cls for cls, how in DUMPING.items() if how.name == schema["type"]]
    if not found:
        raise ValueError(f"{schema['type']} is no registered class of nodes")
    how, text = DUMPING[found[0]], schema["context"]
    context = json.loads(text) if how.from_context is None else how.from_context(text)
    return TreeSpec(found[0], context, [_spec(child) for child in schema["children_spec"]])


def treespec_pprint(treespec: TreeSpec) -> str:
    """A spec as a tree of stars."""
    return repr(treespec.unflatten([leaf_spec()] * treespec.num_leaves))
