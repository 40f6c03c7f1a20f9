"""Stand-ins for values: what a program does with them is recorded instead of computed."""

from __future__ import annotations

import dis
import inspect
import operator
from collections.abc import Iterator
from itertools import chain
from typing import TYPE_CHECKING, Any

from microtensor import _lazy
from microtensor.utils._pytree import tree_leaves

from ..overrides import is_tensor_method_or_property
from .call_shape import arranged, caller, instructions_of, running
from .writing.operators import magic_methods, reflectable_magic_methods
from .writing.torch_names import known

if TYPE_CHECKING:
    from .node import Node
    from .tracer_base import TracerBase

__all__ = ["Attribute", "ParameterProxy", "Proxy", "TraceError"]


class TraceError(ValueError):
    """A program does something whose course depends on a value that is not there while it is traced."""


class Proxy:
    """A value of the program that is traced: its operators, methods, attributes and functions become nodes.

    Raises `TraceError` where the program wants to know the value: in an ``if``, or to go through it.

    >>> graph = mt.fx.Graph()
    >>> x = mt.fx.Proxy(graph.placeholder("x"))
    >>> mt.relu(x + 1).sum()
    Proxy(sum_1)
    """

    node: Any

    def __init__(self, node: Node, tracer: TracerBase | None = None) -> None:
        from .tracer_base import GraphAppendingTracer

        self.tracer: Any = GraphAppendingTracer(node.graph) if tracer is None else tracer
        self.node = node

    def __repr__(self) -> str:
        return f"Proxy({self.node.name})"

    def __getattr__(self, k: str) -> Attribute:
        return Attribute(self, k)

    def __getstate__(self) -> dict[str, Any]:
        return vars(self)

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)

    def __deepcopy__(self, memo: dict[int, Any]) -> Proxy:
        return Proxy(self.node, self.tracer)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The call of the value."""
        return self.tracer.create_proxy("call_method", "__call__", (self, *args), kwargs)

    def __abs__(self) -> Any:
        return self.tracer.create_proxy("call_function", operator.abs, (self,), {})

    def __bool__(self) -> bool:
        if self.tracer.trace_asserts and _in_assert():
            self.tracer.create_proxy("call_function", assert_fn, (self,), {})
            return True
        return bool(self.tracer.to_bool(self))

    def __iter__(self) -> Iterator[Any]:
        count = _unpacked()
        return self.tracer.iter(self) if count is None else (self[i] for i in range(count))  # type: ignore[index]

    def keys(self) -> Any:
        """What ``**x`` goes through: what the tracer says."""
        return self.tracer.keys(self)

    def __len__(self) -> int:
        raise RuntimeError(
            "'len' is not supported in symbolic tracing by default: call torch.fx.wrap('len') in the module "
            "that defines the program, and it is recorded"
        )

    @classmethod
    def __torch_function__(cls, orig_method: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The call as a node."""
        return recorded(orig_method, tuple(args), kwargs or {})


def recorded(function: Any, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The node of a call of one of this package's functions, as a proxy.

    Raises ``RuntimeError`` for proxies of different tracers.
    """
    tracer = _tracer_of(function, args, kwargs)
    shape = caller(function) if hasattr(function, "__code__") else None
    if shape is not None and shape.method:
        return tracer.create_proxy("call_method", _OPERATOR_METHODS.get(function.__name__, function.__name__),
                                   args, kwargs)  # fmt: skip
    found = known(function, shape.owner if shape else None)
    if found is None and is_tensor_method_or_property(function):
        return tracer.create_proxy("call_method", function.__name__, args, kwargs)
    if found is None:
        return tracer.create_proxy("call_function", function, args, kwargs)
    if found.method:
        return tracer.create_proxy("call_method", found.name, args, kwargs)
    order = arranged if found.compiled else _all_by_name
    args, kwargs = order(function, args, kwargs, shape)
    name = tracer.graph._target_to_str(found.name)
    return tracer.create_proxy("call_function", function, args, kwargs, name=name)


_OPERATOR_METHODS = {
    "bitwise_and": "__and__",
    "bitwise_left_shift": "__lshift__",
    "bitwise_or": "__or__",
    "bitwise_right_shift": "__rshift__",
    "bitwise_xor": "__xor__",
    "floor_divide": "__floordiv__",
    "getitem": "__getitem__",
}
"""Operators of tensors whose method has no other name in PyTorch."""


def _all_by_name(
    function: Any, args: tuple[Any, ...], kwargs: dict[str, Any], shape: Any
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """What is required by position, the rest by name: so PyTorch's Python functions ask their arguments."""
    try:
        bound = inspect.signature(function).bind(*args, **kwargs)
    except (TypeError, ValueError):
        return args, kwargs
    bound.apply_defaults()
    first: list[Any] = []
    named: dict[str, Any] = {}
    for p in inspect.signature(function).parameters.values():
        value = bound.arguments[p.name]
        if p.kind is p.VAR_POSITIONAL:
            first += value[0] if len(value) == 1 and isinstance(value[0], (tuple, list)) else value
        elif p.kind is p.VAR_KEYWORD:
            named |= value
        elif p.default is p.empty:
            first.append(value)
        elif p.name not in _NOT_THEIRS.get(function.__name__, ()):
            named[p.name] = value
    if "_stacklevel" in named:
        named["dtype"] = named.pop("dtype")
    return tuple(first), named


_NOT_THEIRS = {"softmax": ("axis", "out"), "log_softmax": ("axis", "out"), "l1_loss": ("weight",)}
"""Parameters that PyTorch's function of the name does not have."""


def _tracer_of(function: Any, args: Any, kwargs: Any) -> Any:
    leaves = chain.from_iterable(map(_within, tree_leaves((args, kwargs))))
    tracers = {id(x.tracer): x.tracer for x in leaves if isinstance(x, Proxy)}
    if len(tracers) > 1:
        raise RuntimeError(
            f"Found multiple different tracers in the arguments of {function.__name__}: {list(tracers)}"
        )
    return next(iter(tracers.values()))


def _within(x: Any) -> tuple[Any, ...]:
    """What stands in a slice; anything else itself."""
    return (x.start, x.stop, x.step) if isinstance(x, slice) else (x,)


def assert_fn(x: object) -> None:
    """Raise ``AssertionError`` if `x` does not hold."""
    if not x:
        raise AssertionError("Assertion failed")


def _calling_instructions(depth: int) -> tuple[list[dis.Instruction], int]:
    """The instructions of the function that called, and which of them runs."""
    frame = inspect.currentframe()
    for _ in range(depth):
        frame = frame.f_back if frame else None
    assert frame is not None
    found = instructions_of(frame.f_code)
    return found, running(found, frame.f_lasti)


def _unpacked() -> int | None:
    """Into how many names a value is being unpacked, if it is."""
    found, here = _calling_instructions(3)
    return found[here].argval if found[here].opname == "UNPACK_SEQUENCE" else None


def _in_assert() -> bool:
    found, here = _calling_instructions(3)
    after = [x.opname for x in found[here : here + 4]]
    return any(name == "LOAD_ASSERTION_ERROR" for name in after)


class Attribute(Proxy):
    """An attribute of a value: a node when it is used, unless it is a method that is called."""

    def __init__(self, root: Proxy, attr: str) -> None:
        self.root, self.attr, self.tracer = root, attr, root.tracer
        self._node: Any = None

    @property
    def node(self) -> Any:
        """The node that reads the attribute."""
        if self._node is None:
            made = self.tracer.create_proxy("call_function", getattr, (self.root, self.attr), {})
            self._node = made.node
        return self._node

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The call of the method."""
        return self.tracer.create_proxy("call_method", self.attr, (self.root, *args), kwargs)


class ParameterProxy(Proxy):
    """A parameter whose shape is known while the program is traced."""

    def __init__(self, tracer: Any, node: Node, name: str, param: Any) -> None:
        super().__init__(node, tracer)
        self.param, self.name = param, name

    def __repr__(self) -> str:
        return f"ParameterProxy({self.name})"


def _pass_on(name: str) -> None:
    def get(self: Any) -> Any:
        found = getattr(self.param, name)
        return found() if callable(found) else found

    called = name in ("size", "dim", "numel", "nelement")
    setattr(ParameterProxy, name, get if called else property(get))


for _word in ("shape", "ndim", "size", "dim", "numel", "nelement"):
    _pass_on(_word)


def _define(name: str, reflected: bool) -> None:
    target = getattr(operator, name)

    def method(self: Any, *args: Any) -> Any:
        given = (*args, self) if reflected else (self, *args)
        return self.tracer.create_proxy("call_function", target, given, {})

    method.__name__ = method.__qualname__ = f"__{'r' * reflected}{name.strip('_')}__"
    setattr(Proxy, method.__name__, method)


for _word in magic_methods:
    _define(_word, reflected=False)
for _word in reflectable_magic_methods:
    _define(_word, reflected=True)

__getattr__, __dir__ = _lazy.beside(__name__, "tracer_base")
