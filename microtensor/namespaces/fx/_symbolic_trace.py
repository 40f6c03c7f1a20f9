"""Tracing: running a program on stand-ins, so that what it does becomes a graph."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any

from microtensor import Tensor, nn
from microtensor.engine.overriding import dispatch

from .graph import Graph
from .graph_module import GraphModule
from .node import Argument
from .proxy import ParameterProxy, recorded
from .root_arguments import PH, PHBase, arguments
from .tracer_base import TracerBase
from .wrapping import Patcher, find_proxy, wrap

__all__ = ["PH", "PHBase", "Tracer", "is_fx_symbolic_tracing", "is_fx_tracing", "symbolic_trace", "wrap"]

_tracing = [0]


def is_fx_tracing() -> bool:
    """Whether a program is being traced.

    >>> from microtensor.fx._symbolic_trace import is_fx_tracing
    >>> is_fx_tracing()
    False
    """
    return _tracing[0] > 0


is_fx_symbolic_tracing = is_fx_tracing


class _Recording:
    """A mode that records what is called with stand-ins, those functions too that no class can override."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        return func(*args, **kwargs) if find_proxy(args, kwargs) is None else recorded(func, args, kwargs)


class Tracer(TracerBase):
    """What traces a program, and says which modules it does not go through; subclass it to say otherwise.

    The layers of ``nn``, Sequential aside, are leaves.

    >>> class Whole(mt.fx.Tracer):
    ...     def is_leaf_module(self, m, module_qualified_name):
    ...         return True
    >>> graph = Whole().trace(mt.nn.Sequential(mt.nn.ReLU()))
    >>> [node.op for node in graph.nodes]
    ['placeholder', 'call_module', 'output']
    """

    def __init__(
        self, autowrap_modules: tuple[ModuleType, ...] = (math,), autowrap_functions: tuple[Any, ...] = (),
        param_shapes_constant: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self._autowrap_search = list(autowrap_modules)
        public = [f for m in autowrap_modules for name, f in vars(m).items() if not name.startswith("_")]
        self._autowrap_function_ids = {id(f) for f in (*public, *autowrap_functions) if callable(f)}
        self.param_shapes_constant = param_shapes_constant
        self.submodule_paths: dict[Any, str] | None = None
        self.root_module_name = ""
        self.num_calls: dict[str, int] = {}
        self.root: Any = None
        self.tensor_attrs: dict[int, tuple[Any, str]] = {}

    # ------------------------------------------------------------ what subclasses say otherwise

    def is_leaf_module(self, m: nn.Module, module_qualified_name: str) -> bool:
        """Whether calls of the module are recorded, instead of what it does."""
        return type(m).__module__.startswith("microtensor.nn.") and not isinstance(m, nn.Sequential)

    def path_of_module(self, mod: nn.Module) -> str:
        """Under which path the root holds a module.

        Raises ``NameError`` if it does not.
        """
        paths = self.submodule_paths or {m: name for name, m in self.root.named_modules()}
        if mod not in paths:
            raise NameError(
                f"module is not installed as a submodule: {type(mod).__name__} is used in the program"
            )
        return paths[mod]

    def call_module(self, m: nn.Module, forward: Callable[..., Any], args: Any, kwargs: Any) -> Any:
        """What calling a module gives: a node of a leaf, else what it does."""
        path = self.path_of_module(m)
        with self.scope.inside(path, type(m)), self._inside(path, type(m)):
            if self.is_leaf_module(m, path):
                return self.create_proxy("call_module", path, args, kwargs)
            return forward(*args, **kwargs)

    @contextmanager
    def _inside(self, path: str, kind: type) -> Iterator[None]:
        calls = self.num_calls.get(path, 0)
        self.num_calls[path] = calls + 1
        key = f"{path}@{calls}" if calls else path
        self.module_stack[key] = path, kind
        try:
            yield
        finally:
            self.module_stack.pop(key, None)

    def getattr(self, attr: str, attr_val: Any, parameter_proxy_cache: dict[str, Any]) -> Any:
        """What reading a module's attribute gives: of a parameter a node, of anything else the value."""
        if isinstance(attr_val, nn.Parameter):
            return self._held(attr_val, self.root.named_parameters(), parameter_proxy_cache)
        if self.proxy_buffer_attributes and isinstance(attr_val, Tensor):
            return self._held(attr_val, self.root.named_buffers(), parameter_proxy_cache)
        return attr_val

    def _held(self, value: Any, named: Any, cache: dict[str, Any]) -> Any:
        path = next((name for name, held in named if held is value), None)
        if path is None:
            return value
        if path not in cache:
            further: dict[str, Any] = {}
            if self.param_shapes_constant and isinstance(value, nn.Parameter):
                further["proxy_factory_fn"] = lambda node: ParameterProxy(self, node, path, value)
            cache[path] = self.create_proxy("get_attr", path, (), {}, **further)
        return cache[path]

    def create_arg(self, a: Any) -> Argument:
        """What stands in a node for a value; a tensor or module is read from the root, which may get it.

        Raises ``NameError`` for a parameter that is not the root's.
        """
        if isinstance(a, nn.Parameter):
            return self._read(a, self.root.named_parameters()) or _not_a_member()
        if isinstance(a, (Tensor, nn.Module)):
            named = self.root.named_buffers() if isinstance(a, Tensor) else self.root.named_modules()
            found = self._read(a, named)
            return found or (self._constant(a) if isinstance(a, Tensor) else super().create_arg(a))
        if isinstance(a, tuple) and hasattr(a, "_fields"):
            return self.create_node("call_function", type(a), tuple(map(self.create_arg, a)), {})
        return super().create_arg(a)

    def _read(self, value: Any, named: Any) -> Any:
        path = next((name for name, held in named if held is value), None)
        return None if path is None else self.create_node("get_attr", path, (), {})

    def _constant(self, value: Tensor) -> Any:
        """A tensor that is no parameter and no buffer: a module's attribute, or one that the root gets."""
        if id(value) not in self.tensor_attrs:
            path = self.get_fresh_qualname("_tensor_constant")
            self.tensor_attrs[id(value)] = value, path
            setattr(self.root, path, value)
        return self.create_node("get_attr", self.tensor_attrs[id(value)][1], (), {})

    def get_fresh_qualname(self, prefix: str) -> str:
        """The prefix with the first number behind it that is no attribute of the root."""
        number = 0
        while hasattr(self.root, f"{prefix}{number}"):
            number += 1
        return f"{prefix}{number}"

    def create_args_for_root(self, root_fn: Any, is_module: bool, concrete_args: Any = None) -> Any:
        """The function to call and what to call it with: a node for each argument."""
        return arguments(self, root_fn, is_module, concrete_args)

    # ------------------------------------------------------------ tracing

    def trace(self, root: Any, concrete_args: Any = None) -> Graph:
        """The graph of what a module or a function does.

        `concrete_args` are arguments whose values are known: a dictionary by name, or a tuple of all.  Raises
        `TraceError` where the program's course depends on a value that is not.
        """
        is_module = isinstance(root, nn.Module)
        self.root = root if is_module else nn.Module()
        function = getattr(type(root), self.traced_func_name) if is_module else root
        assert isinstance(function, FunctionType), (
            f"expected a module or a function, got {type(root).__name__}"
        )
        self.root_module_name = type(root).__name__ if is_module else ""
        self.submodule_paths = {mod: name for name, mod in root.named_modules()} if is_module else None
        self.graph = Graph(tracer_cls=type(self))
        self.tensor_attrs = dict(_tensors_of(self.root, ""))
        with self._patched(function):
            self._record(function, is_module, concrete_args)
        self.submodule_paths = None
        return self.graph

    def _record(self, function: Any, is_module: bool, concrete_args: Any) -> None:
        called, args = self.create_args_for_root(function, is_module, concrete_args)
        hint = inspect.get_annotations(inspect.unwrap(called)).get("return")
        self.create_node("output", "output", (self.create_arg(called(*args)),), {}, type_expr=hint)

    @contextmanager
    def _patched(self, function: Any) -> Iterator[None]:
        """The length of a ``with`` in which calls of modules and what is done with parameters is recorded."""
        _tracing[0] += 1
        mode = dispatch.push(_Recording())
        try:
            with Patcher() as patcher:
                self._patch(patcher, function)
                yield
        finally:
            dispatch.pop(mode)
            _tracing[0] -= 1

    def _patch(self, patcher: Patcher, function: Any) -> None:
        cache: dict[str, Any] = {}
        original = nn.Module.__call__

        def read(module: Any, name: str) -> Any:
            value = object.__getattribute__(module, name)
            return self.getattr(name, value, cache) if isinstance(value, (Tensor, nn.Module)) else value

        def call(module: Any, *args: Any, **kwargs: Any) -> Any:
            scope = getattr(getattr(module, "forward", None), "__globals__", {})
            patcher.autowrap(scope, self._autowrap_function_ids)
            return self.call_module(module, lambda *a, **k: original(module, *a, **k), args, kwargs)

        patcher.attribute(nn.Module, "__getattribute__", read)
        patcher.attribute(nn.Module, "__call__", call)
        patcher.methods(Tensor)
        patcher.wrapped()
        for scope in (function.__globals__, *map(vars, self._autowrap_search)):
            patcher.autowrap(scope, self._autowrap_function_ids)


def _not_a_member() -> Any:
    raise NameError("parameter is not a member of this module: assign it to an attribute in __init__")


def _tensors_of(module: Any, prefix: str) -> Iterator[tuple[int, tuple[Any, str]]]:
    """The tensors that are plain attributes of a module and of those in it, by `id`."""
    for name, value in vars(module).items():
        if isinstance(value, Tensor):
            yield id(value), (value, prefix + name)
    for name, child in module.named_children():
        yield from _tensors_of(child, f"{prefix}{name}.")


def _assert_is_none(value: Any, msg: str) -> None:
    assert value is None, msg


def symbolic_trace(root: Any, concrete_args: Any = None) -> GraphModule:
    """A module that does what `root`, a module or a function, does: with its graph, and code to be read.

    `concrete_args` are arguments whose values are known.  Raises `TraceError` where the course of the program
    depends on a value that is not.

    >>> traced = mt.fx.symbolic_trace(lambda x, y=2.0: mt.relu(x) * y)
    >>> print(traced.code.strip())
    def forward(self, x, y = 2.0):
        relu = torch.relu(x);  x = None
        mul = relu * y;  relu = y = None
        return mul
    >>> traced(mt.tensor([-1.0, 2.0]))
    tensor([0., 4.])
    """
    tracer = Tracer()
    graph = tracer.trace(root, concrete_args)
    name = type(root).__name__ if isinstance(root, nn.Module) else root.__name__
    return GraphModule(tracer.root, graph, name)
