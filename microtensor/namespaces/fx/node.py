"""A node: one step of a program, what it works on, and who works on its result."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ..assertions import _assert
from .immutable_collections import immutable_dict, immutable_list
from .writing.node_text import formatted, shown_target
from .writing.torch_names import is_from_torch

if TYPE_CHECKING:
    from .graph import Graph

__all__ = ["Argument", "Node", "Target", "has_side_effect", "map_aggregate", "map_arg"]

Target = Callable[..., Any] | str
Argument = Any
OPS = ("placeholder", "call_method", "call_module", "call_function", "get_attr", "output", "root")

_side_effectful_functions: set[Callable[..., Any]] = {_assert, operator.setitem}


def has_side_effect(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Let dead code elimination keep the calls of `fn`, whose point is not their result; returns `fn`.

    >>> mt.fx.has_side_effect(print) is print
    True
    """
    _side_effectful_functions.add(fn)
    return fn


def map_aggregate(a: Argument, fn: Callable[[Any], Any]) -> Argument:
    """`a` with `fn` of each thing in it: through tuples, lists, dictionaries' values and slices.

    >>> mt.fx.node.map_aggregate((1, [2, {"a": 3}]), lambda x: 10 * x)
    (10, [20, {'a': 30}])
    """
    if isinstance(a, tuple):
        items = [map_aggregate(item, fn) for item in a]
        return type(a)(*items) if hasattr(a, "_fields") else tuple(items)
    if isinstance(a, list):
        return immutable_list([map_aggregate(item, fn) for item in a])
    if isinstance(a, dict):
        return immutable_dict({key: map_aggregate(value, fn) for key, value in a.items()})
    if isinstance(a, slice):
        return slice(*(map_aggregate(part, fn) for part in (a.start, a.stop, a.step)))
    return fn(a)


def map_arg(a: Argument, fn: Callable[[Node], Any]) -> Argument:
    """`a` with `fn` of each node in it.

    >>> mt.fx.map_arg((1, "a"), str)
    (1, 'a')
    """
    return map_aggregate(a, lambda item: fn(item) if isinstance(item, Node) else item)


class Node:
    """One step of a graph: an argument of the program, a call, an attribute that is read, or the end.

    By `op`, `target` is

    ``placeholder``    the name of an argument; ``args`` holds its default, if it has one;
    ``get_attr``       the path of a parameter, buffer or module;
    ``call_function``  a function;
    ``call_method``    the name of a method of ``args[0]``;
    ``call_module``    the path of a module;
    ``output``         "output"; ``args[0]`` is what the program returns.

    Nodes are made by a graph's methods, or by tracing.

    >>> graph = mt.fx.symbolic_trace(lambda x: mt.relu(x) + 1).graph
    >>> [(node.op, node.name) for node in graph.nodes][:2]
    [('placeholder', 'x'), ('call_function', 'relu')]
    """

    def __init__(
        self, graph: Graph, name: str, op: str, target: Target, args: tuple[Argument, ...],
        kwargs: dict[str, Argument], return_type: Any = None,
    ) -> None:  # fmt: skip
        _check(op, target)
        self.graph, self.name, self.op, self.target, self.type = graph, name, op, target, return_type
        self.users: dict[Node, None] = {}
        self.meta: dict[str, Any] = {}
        self._input_nodes: dict[Node, None] = {}
        self._prev = self._next = self
        self._erased = False
        self._args: tuple[Argument, ...] = ()
        self._kwargs: dict[str, Argument] = {}
        self._repr_fn: Callable[[Node], str] | None = None
        self._take(args, kwargs)

    def __repr__(self) -> str:
        return self._repr_fn(self) if self._repr_fn else self.name

    def __copy__(self) -> Node:
        return self

    # ------------------------------------------------------------ place

    @property
    def next(self) -> Node:
        """The node that follows; after the last comes the graph's root."""
        return self._next

    @property
    def prev(self) -> Node:
        """The node before; before the first comes the graph's root."""
        return self._prev

    def prepend(self, x: Node) -> None:
        """Move the node `x` to the place before this one.

        Raises ``RuntimeError`` for a node of another graph.
        """
        if self.graph is not x.graph:
            raise RuntimeError(f"prepend: {x} belongs to another graph than {self}")
        if x is self:
            return
        x._unlink()
        before = self._prev
        before._next, x._prev = x, before
        x._next, self._prev = self, x

    def append(self, x: Node) -> None:
        """Move the node `x` to the place after this one.

        Raises ``RuntimeError`` for a node of another graph.
        """
        self._next.prepend(x)

    def _unlink(self) -> None:
        self._prev._next, self._next._prev = self._next, self._prev

    def _remove_from_list(self) -> None:
        self._unlink()
        self._prev = self._next = self

    # ------------------------------------------------------------ arguments

    @property
    def args(self) -> tuple[Argument, ...]:
        """The positional arguments, in which other nodes stand for their results; assign to change them."""
        return self._args

    @args.setter
    def args(self, args: tuple[Argument, ...]) -> None:
        self._take(args, self._kwargs)

    @property
    def kwargs(self) -> dict[str, Argument]:
        """The arguments by name; assign to change them."""
        return self._kwargs

    @kwargs.setter
    def kwargs(self, kwargs: dict[str, Argument]) -> None:
        self._take(self._args, kwargs)

    def _take(self, args: Iterable[Argument], kwargs: dict[str, Argument]) -> None:
        """Let go of the nodes that were arguments, and become a user of those that are."""
        for node in self._input_nodes:
            node.users.pop(self, None)
        self._input_nodes = {}
        self._args = map_arg(tuple(args), self._use)
        self._kwargs = map_arg(dict(kwargs), self._use)

    def _use(self, node: Node) -> Node:
        self._input_nodes[node] = None
        node.users[self] = None
        return node

    @property
    def all_input_nodes(self) -> list[Node]:
        """The nodes among the arguments, each once."""
        return list(self._input_nodes)

    def update_arg(self, idx: int, arg: Argument) -> None:
        """Put `arg` in the place of one positional argument."""
        args = list(self.args)
        args[idx] = arg
        self.args = tuple(args)

    def insert_arg(self, idx: int, arg: Argument) -> None:
        """Put `arg` before the positional argument `idx`; ``AssertionError`` if there is no such place."""
        assert 0 <= idx <= len(self.args), f"insert_arg: {idx} is not between 0 and {len(self.args)}"
        self.args = (*self.args[:idx], arg, *self.args[idx:])

    def update_kwarg(self, key: str, arg: Argument) -> None:
        """Give the argument `key` this value."""
        self.kwargs = {**self.kwargs, key: arg}

    def replace_input_with(self, old_input: Node, new_input: Node) -> None:
        """Let `new_input` stand wherever `old_input` stands among the arguments."""
        swap = lambda node: new_input if node is old_input else node  # noqa: E731
        self._take(map_arg(self.args, swap), map_arg(self.kwargs, swap))

    def replace_all_uses_with(
        self,
        replace_with: Node,
        delete_user_cb: Callable[[Node], bool] = lambda user: True,
        *,
        propagate_meta: bool = False,
    ) -> list[Node]:
        """Let `replace_with` stand wherever this node is an argument; the nodes that used it.

        A user for which `delete_user_cb` is False stays as it is.  With `propagate_meta` the new node gets
        this one's `meta`.

        >>> graph = mt.fx.symbolic_trace(lambda x: mt.relu(x) + 1).graph
        >>> x, relu, add, end = graph.nodes
        >>> relu.replace_all_uses_with(x), add.args
        ([add], (x, 1))
        """
        if propagate_meta:
            replace_with.meta.update(self.meta)
        changed = [user for user in self.users if delete_user_cb(user)]
        for user in changed:
            user.replace_input_with(self, replace_with)
        return changed

    # ------------------------------------------------------------ questions

    def is_impure(self, impure_random: bool = True) -> bool:
        """Whether it has to stay although nobody uses its result: arguments, the end, and side effects."""
        if self.op in ("placeholder", "output"):
            return True
        if self.op == "call_function":
            draws = impure_random and getattr(self.target, "__name__", "") in _RANDOM
            return self.target in _side_effectful_functions or (draws and is_from_torch(self.target))
        module = self._called_module() if self.op == "call_module" else None
        return bool(getattr(module, "_is_impure", False))

    def _called_module(self) -> Any:
        owner = self.graph.owning_module
        assert owner is not None, f"{self} calls a module: set graph.owning_module to the one that holds it"
        return owner.get_submodule(str(self.target))

    @property
    def stack_trace(self) -> str | None:
        """Where the program made this call, if the tracer recorded it."""
        return self.meta.get("stack_trace")

    @stack_trace.setter
    def stack_trace(self, trace: str | None) -> None:
        self.meta["stack_trace"] = trace

    def _pretty_print_target(self, target: object) -> str:
        return shown_target(target)

    def format_node(
        self, placeholder_names: list[str] | None = None, maybe_return_typename: list[str] | None = None,
        **options: Any,
    ) -> str:  # fmt: skip
        """The line that stands for it in the text of a graph."""
        return formatted(self, placeholder_names, maybe_return_typename)

    def _rename(self, candidate: str) -> None:
        if candidate != self.name:
            self.name = self.graph._graph_namespace.create_name(candidate, None)
            self.graph._graph_namespace._rename_object(self, self.name)


_DRAWS = "bernoulli multinomial normal poisson rand rand_like randint randint_like randn randn_like randperm"
_RANDOM = frozenset(_DRAWS.split())
"""Functions whose call moves the generator on, so that leaving one out changes those that follow."""


def _check(op: str, target: Target) -> None:
    if op not in OPS:
        raise AssertionError(f"a node's op is one of {', '.join(OPS[:-1])}: got {op!r}")
    if op == "call_function":
        if not callable(target):
            raise ValueError(f"call_function: expected a function as target, got {target!r}")
    elif not isinstance(target, str):
        raise ValueError(f"{op}: expected a str as target, got {target!r}")
