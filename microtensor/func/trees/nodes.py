"""Which classes are nodes of a tree, and how each is taken apart and put together.

A node's class decides, exactly: an instance of a subclass of ``list`` is a leaf unless its class was
registered. Named tuples are nodes without having been.
"""

from __future__ import annotations

import dataclasses
from collections import OrderedDict, defaultdict, deque, namedtuple
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple, TypeAlias

from ...engine.size_device import Size

PyTree: TypeAlias = Any
Context: TypeAlias = Any
FlattenFunc: TypeAlias = Callable[[Any], tuple[list[Any], Any]]
UnflattenFunc: TypeAlias = Callable[[Iterable[Any], Any], Any]
FlattenWithKeysFunc: TypeAlias = Callable[[Any], tuple[list[tuple[Any, Any]], Any]]


class NodeDef(NamedTuple):
    """How nodes of one class are taken apart, and put together from their children."""

    type: Any
    flatten_fn: FlattenFunc
    unflatten_fn: UnflattenFunc
    flatten_with_keys_fn: FlattenWithKeysFunc | None


class Dumping(NamedTuple):
    """How a node's class and context are written as text."""

    name: str
    to_context: Callable[[Any], Any] | None
    from_context: Callable[[Any], Any] | None


SUPPORTED_NODES: dict[Any, NodeDef] = {}
"""All classes that are nodes, with `collections.namedtuple` for every named tuple."""

DUMPING: dict[Any, Dumping] = {}


def register_pytree_node(
    cls: type, flatten_fn: FlattenFunc, unflatten_fn: UnflattenFunc, *,
    serialized_type_name: str | None = None, to_dumpable_context: Callable[[Any], Any] | None = None,
    from_dumpable_context: Callable[[Any], Any] | None = None,
    flatten_with_keys_fn: FlattenWithKeysFunc | None = None,
) -> None:  # fmt: skip
    """Make instances of `cls` nodes: of trees here, and of what `microtensor.func` differentiates.

    ``flatten_fn(node)`` gives the children and a context, ``unflatten_fn(children, context)`` the node.

    Raises ``ValueError`` if `cls` is registered already.

    >>> from microtensor.utils import _pytree
    >>> class Pair:
    ...     def __init__(self, a, b):
    ...         self.a, self.b = a, b
    >>> _pytree.register_pytree_node(Pair, lambda p: ([p.a, p.b], None), lambda c, _: Pair(*c))
    >>> _pytree.tree_leaves([Pair(1, 2), 3])
    [1, 2, 3]
    """
    if cls in SUPPORTED_NODES:
        raise ValueError(f"{cls!r} is already registered as pytree node.")
    if (to_dumpable_context is None) != (from_dumpable_context is None):
        raise ValueError(
            f"Both to_dumpable_context and from_dumpable_context for {cls!r} must be given, or neither"
        )
    SUPPORTED_NODES[cls] = NodeDef(cls, flatten_fn, unflatten_fn, flatten_with_keys_fn)
    if serialized_type_name is not None:
        DUMPING[cls] = Dumping(serialized_type_name, to_dumpable_context, from_dumpable_context)


def deregister(cls: type) -> None:
    """Undo `register_pytree_node`."""
    del SUPPORTED_NODES[cls]
    DUMPING.pop(cls, None)


def is_namedtuple_class(cls: Any) -> bool:
    """Whether `cls` is what `collections.namedtuple` or `typing.NamedTuple` make, or derives from that.

    >>> is_namedtuple_class(tuple)
    False
    """
    fields = getattr(cls, "_fields", None)
    return (
        isinstance(cls, type)
        and issubclass(cls, tuple)
        and isinstance(fields, tuple)
        and all(isinstance(field, str) for field in fields)
        and callable(getattr(cls, "_make", None))
    )


def is_namedtuple_instance(obj: Any) -> bool:
    """Whether `obj` is a named tuple."""
    return is_namedtuple_class(type(obj))


def is_namedtuple(obj: Any) -> bool:
    """Whether `obj` is a named tuple or the class of one."""
    return is_namedtuple_class(obj if isinstance(obj, type) else type(obj))


def is_structseq_class(cls: Any) -> bool:
    """Whether `cls` is of the kind of `time.struct_time`: a tuple with names, made in C."""
    return (
        isinstance(cls, type)
        and cls.__bases__ == (tuple,)
        and all(isinstance(getattr(cls, f"n_{name}", None), int) for name in _COUNTS)
    )


_COUNTS = ("fields", "sequence_fields", "unnamed_fields")


def is_structseq_instance(obj: Any) -> bool:
    """Whether `obj` is of the kind of `time.struct_time`."""
    return is_structseq_class(type(obj))


def is_structseq(obj: Any) -> bool:
    """Whether `obj` is of the kind of `time.struct_time`, or the class of one."""
    return is_structseq_class(obj if isinstance(obj, type) else type(obj))


def node_type(tree: Any) -> Any:
    """Under what `tree` is found in `SUPPORTED_NODES`, if it is a node."""
    cls = type(tree)
    return namedtuple if cls not in SUPPORTED_NODES and is_namedtuple_class(cls) else cls


# ---------------------------------------------------------------- the path to a child


@dataclasses.dataclass(frozen=True)
class SequenceKey:
    """The child at a place in a list or tuple: ``[0]``."""

    idx: int

    def __str__(self) -> str:
        return f"[{self.idx!r}]"

    def get(self, sequence: Any) -> Any:
        """The child."""
        return sequence[self.idx]


@dataclasses.dataclass(frozen=True)
class MappingKey:
    """The child under a key of a dictionary: ``['a']``."""

    key: Any

    def __str__(self) -> str:
        return f"[{self.key!r}]"

    def get(self, mapping: Any) -> Any:
        """The child."""
        return mapping[self.key]


@dataclasses.dataclass(frozen=True)
class GetAttrKey:
    """The child that is an attribute: ``.a``."""

    name: str

    def __str__(self) -> str:
        return f".{self.name}"

    def get(self, obj: Any) -> Any:
        """The child."""
        return getattr(obj, self.name)


# ---------------------------------------------------------------- Python's own containers


def _sequence_keys(node: Any) -> list[tuple[Any, Any]]:
    return [(SequenceKey(i), child) for i, child in enumerate(node)]


def _mapping_keys(node: Any) -> list[tuple[Any, Any]]:
    return [(MappingKey(key), child) for key, child in node.items()]


def _field_keys(node: Any) -> list[tuple[Any, Any]]:
    return [(GetAttrKey(name), child) for name, child in zip(node._fields, node, strict=True)]


def _own(cls: Any, context: Callable[[Any], Any], make: UnflattenFunc, keys: Callable[[Any], Any]) -> None:
    """Register one of Python's classes: `keys` gives its children with their keys."""

    def flatten(node: Any) -> tuple[list[Any], Any]:
        return list(node.values() if isinstance(node, dict) else node), context(node)

    register_pytree_node(
        cls, flatten, make, flatten_with_keys_fn=lambda node: (keys(node), context(node)),
        serialized_type_name=f"{cls.__module__}.{cls.__name__}",
    )  # fmt: skip


def _default_dict(children: Iterable[Any], context: Any) -> Any:
    factory, keys = context
    return defaultdict(factory, zip(keys, children, strict=True))


_own(tuple, lambda node: None, lambda children, context: tuple(children), _sequence_keys)
_own(list, lambda node: None, lambda children, context: list(children), _sequence_keys)
_own(dict, list, lambda children, keys: dict(zip(keys, children, strict=True)), _mapping_keys)
_own(namedtuple, type, lambda children, cls: cls._make(children), _field_keys)
_own(OrderedDict, list, lambda children, keys: OrderedDict(zip(keys, children, strict=True)), _mapping_keys)
_own(defaultdict, lambda node: [node.default_factory, list(node)], _default_dict, _mapping_keys)
_own(deque, lambda node: node.maxlen, lambda children, maxlen: deque(children, maxlen), _sequence_keys)
_own(Size, lambda node: None, lambda children, context: tuple(children), _sequence_keys)
