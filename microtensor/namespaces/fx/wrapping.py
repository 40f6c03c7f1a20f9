"""Functions that a trace does not look into, and what is changed for its length."""

from __future__ import annotations

import builtins
import functools
import inspect
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any

from microtensor.engine.overriding.overridable import asks
from microtensor.utils._pytree import tree_leaves

from .proxy import Proxy

__all__ = ["Patcher", "find_proxy", "wrap"]

_wrapped_fns_to_patch: dict[tuple[int, str], dict[str, Any]] = {}
_wrapped_methods_to_patch: list[tuple[type, str]] = []
_MISSING: Any = object()


def wrap(fn_or_name: Any) -> Any:
    """Record calls of a function as they are, instead of going through it: a decorator, or by name.

    It holds for the module that says so, in which the program finds the function under this name.  Raises
    ``RuntimeError`` for what is neither a function nor a name, and ``NotImplementedError`` if it is not
    called at the top of a module.

    >>> mt.fx.wrap(3)
    Traceback (most recent call last):
    RuntimeError: wrap: expected a function of this module or the name of a global function, got 3
    """
    if not callable(fn_or_name) and not isinstance(fn_or_name, str):
        raise RuntimeError(
            f"wrap: expected a function of this module or the name of a global function, got {fn_or_name!r}"
        )
    name = fn_or_name if isinstance(fn_or_name, str) else fn_or_name.__name__
    frame = inspect.currentframe()
    caller = frame.f_back if frame else None
    if caller is None or caller.f_code.co_name != "<module>":
        raise NotImplementedError(f"wrap({name!r}) must be called at the top level of a module")
    _wrapped_fns_to_patch[(id(caller.f_globals), name)] = caller.f_globals
    return fn_or_name


def find_proxy(*values: Any) -> Proxy | None:
    """The first proxy among values and in the collections among them."""
    for leaf in tree_leaves(values):
        if isinstance(leaf, Proxy):
            return leaf
        inside = find_proxy(leaf.start, leaf.stop, leaf.step) if isinstance(leaf, slice) else None
        if inside is not None:
            return inside
    return None


def _recording(function: Callable[..., Any]) -> Callable[..., Any]:
    """A function that records the call where one of its arguments is a proxy."""

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        proxy = find_proxy(args, kwargs)
        if proxy is None:
            return function(*args, **kwargs)
        made = proxy.tracer.create_proxy("call_function", function, args, kwargs)
        made.node.meta["is_wrapped"] = True
        return made

    return wrapped


def _recording_method(cls: type, name: str) -> Callable[..., Any]:
    function = getattr(cls, name)

    @functools.wraps(function)
    def wrapped(*args: Any, **kwargs: Any) -> Any:
        proxy = find_proxy(args, kwargs)
        if proxy is None:
            return function(*args, **kwargs)
        return proxy.tracer.create_proxy("call_method", name, args, kwargs)

    return wrapped


_OWN = frozenset(
    [
        "__array__", "__array_function__", "__array_ufunc__", "__class_getitem__", "__del__", "__format__",
        "__hash__", "__init__", "__init_subclass__", "__iter__", "__new__", "__reduce__", "__reduce_ex__",
        "__repr__", "__setstate__", "__torch_function__",
    ]
)  # fmt: skip
"""Methods of an object as such, which are no steps of a program."""


class Patcher:
    """Changes of attributes and global names that are taken back at the end of the ``with``."""

    def __init__(self) -> None:
        self._undo: list[Callable[[], None]] = []
        self._seen: set[int] = set()

    def __enter__(self) -> Patcher:
        return self

    def __exit__(self, *error: object) -> None:
        while self._undo:
            self._undo.pop()()

    def attribute(self, owner: Any, name: str, value: Any) -> None:
        """Give `owner` another attribute."""
        before = vars(owner).get(name, _MISSING)
        setattr(owner, name, value)
        self._undo.append(
            lambda: delattr(owner, name) if before is _MISSING else setattr(owner, name, before)
        )

    def glob(self, scope: dict[str, Any], name: str, value: Any) -> None:
        """Give a module another global name."""
        before = scope.get(name, _MISSING)
        scope[name] = value
        self._undo.append(lambda: scope.pop(name) if before is _MISSING else scope.update({name: before}))

    def wrapped(self) -> None:
        """Let all functions and methods that have been wrapped record their calls."""
        for (_, name), scope in list(_wrapped_fns_to_patch.items()):
            function = scope.get(name, getattr(builtins, name, None))
            if function is not None:
                self.glob(scope, name, _recording(function))
        for cls, name in _wrapped_methods_to_patch:
            self.attribute(cls, name, _recording_method(cls, name))

    def methods(self, cls: type) -> None:
        """Let the methods of a class record that would not be asked who overrides them."""
        for name, value in list(vars(cls).items()):
            if isinstance(value, FunctionType) and not asks(value) and name not in _OWN:
                self.attribute(cls, name, _recording_method(cls, name))

    def autowrap(self, scope: dict[str, Any], functions: Iterable[int]) -> None:
        """Let those of a module's global names record that mean one of `functions`, given by `id`."""
        if id(scope) in self._seen:
            return
        self._seen.add(id(scope))
        for name, value in list(scope.items()):
            if not name.startswith("_") and callable(value) and id(value) in functions:
                self.glob(scope, name, _recording(value))
