"""What turns values into arguments of nodes, and calls into nodes: the base of every tracer."""

from __future__ import annotations

import copy
import enum
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from typing import Any

import microtensor
from microtensor import Tensor

from .graph import Graph
from .node import Argument, Node, Target, map_arg
from .proxy import Proxy, TraceError

__all__ = ["GraphAppendingTracer", "Scope", "TracerBase"]

BASE_TYPES: tuple[type, ...] = (
    str, int, float, bool, complex, microtensor.dtype, Tensor, microtensor.device, microtensor.memory_format,
    microtensor.layout,
)  # fmt: skip
"""Values that stand in a node as they are."""


class Scope:
    """The module in which the program is: its path and its class."""

    def __init__(self, module_path: str, module_type: Any) -> None:
        self.module_path, self.module_type = module_path, module_type

    @contextmanager
    def inside(self, path: str, kind: Any) -> Iterator[Scope]:
        """The length of a ``with`` in which the program is in another module."""
        before = self.module_path, self.module_type
        self.module_path, self.module_type = path, kind
        try:
            yield self
        finally:
            self.module_path, self.module_type = before


class TracerBase:
    """What every tracer does with values and calls; `Tracer` goes through modules besides."""

    graph: Graph
    record_stack_traces = False
    check_mutable_operations = False
    trace_asserts = False
    proxy_buffer_attributes = False
    traced_func_name = "forward"

    def __init__(self) -> None:
        self.scope = Scope("", None)
        self.module_stack: dict[str, tuple[str, Any]] = {}
        self.node_name_to_scope: dict[str, tuple[str, Any]] = {}

    def create_node(
        self, kind: str, target: Target, args: tuple[Argument, ...], kwargs: dict[str, Argument],
        name: str | None = None, type_expr: Any = None,
    ) -> Node:  # fmt: skip
        """A node of the graph; override it to check or change what is recorded."""
        node = self.graph.create_node(kind, target, args, kwargs, name, type_expr)
        self.node_name_to_scope[node.name] = self.scope.module_path, self.scope.module_type
        if self.module_stack:
            node.meta["nn_module_stack"] = copy.copy(self.module_stack)
        if self.record_stack_traces:
            node.stack_trace = _users_frames()
        return node

    def proxy(self, node: Node) -> Any:
        """What stands for a node's result while the program runs."""
        return Proxy(node, self)

    def create_proxy(
        self, kind: str, target: Target, args: tuple[Any, ...], kwargs: dict[str, Any],
        name: str | None = None, type_expr: Any = None, proxy_factory_fn: Any = None,
    ) -> Any:  # fmt: skip
        """A node of these values, and what stands for its result."""
        node = self.create_node(kind, target, self.create_arg(args), self.create_arg(kwargs), name, type_expr)
        return (proxy_factory_fn or self.proxy)(node)

    def create_arg(self, a: Any) -> Argument:
        """What stands in a node for a value: for a proxy its node, for a collection one of such things.

        Raises ``NotImplementedError`` for a value that has no place in a graph.
        """
        if isinstance(a, Proxy):
            return a.node
        if hasattr(a, "__fx_create_arg__"):
            return a.__fx_create_arg__(self)
        if isinstance(a, (tuple, list)):
            return self._several(a)
        if isinstance(a, dict):
            return {self._key(key): self.create_arg(value) for key, value in a.items()}
        if isinstance(a, (slice, range)):
            return type(a)(*(self.create_arg(part) for part in (a.start, a.stop, a.step)))
        if is_dataclass(a) and not isinstance(a, type):
            named = {field.name: self.create_arg(getattr(a, field.name)) for field in fields(a)}
            return self.create_node("call_function", type(a), (), named)
        if isinstance(a, (*BASE_TYPES, enum.Enum)) or a is None or a is ...:
            return a
        raise NotImplementedError(f"argument of type: {type(a)}")

    def _several(self, a: Any) -> Argument:
        items = [self.create_arg(item) for item in a]
        if hasattr(a, "_fields"):
            return type(a)(*items)
        return items if isinstance(a, list) else tuple(items)

    def _key(self, key: Any) -> Any:
        if not isinstance(key, str):
            key = self.create_arg(key)
            map_arg(key, _refuse_key)
        return key

    def to_bool(self, obj: Proxy) -> bool:
        """Whether `obj` holds, for an ``if``: not known.

        Raises `TraceError`, unless a subclass knows better.
        """
        raise TraceError("symbolically traced variables cannot be used as inputs to control flow")

    def iter(self, obj: Proxy) -> Iterator[Any]:
        """What a loop over `obj` goes through: not known.

        Raises `TraceError`, unless a subclass knows better.
        """
        raise TraceError(
            "Proxy object cannot be iterated. While a program is traced it is not known how long a value is: "
            "write x[i] for a known number of i, unpack it into names, or put the loop into a function that "
            "torch.fx.wrap keeps whole"
        )

    def keys(self, obj: Proxy) -> Any:
        """What ``**obj`` goes through."""
        return obj.__getattr__("keys")()


def _refuse_key(node: Node) -> Any:
    raise RuntimeError(
        f"Keys for dictionaries used as an argument cannot contain a Node. Got key: {node}, whose value is "
        "not known while the program is traced"
    )


def _users_frames() -> str | None:
    """From the first ``forward`` on, where the program is."""
    frames = [f for f in traceback.extract_stack() if "/microtensor/" not in f.filename]
    first = next((i for i, f in enumerate(frames) if f.name == "forward"), None)
    return None if first is None else "".join(traceback.format_list(frames[first:])).strip()


class GraphAppendingTracer(TracerBase):
    """The tracer of proxies that one makes by hand: what is done with them is added to their graph."""

    def __init__(self, graph: Graph) -> None:
        super().__init__()
        self.graph = graph
