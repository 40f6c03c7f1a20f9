"""PyTorch's ``torch.overrides``: what a class with ``__torch_function__`` and those who call it need."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from types import FunctionType, ModuleType
from typing import Any, ClassVar

import microtensor
from microtensor import Tensor, _lazy
from microtensor.engine.overriding import dispatch, overridable

__all__ = [
    "BaseTorchFunctionMode", "TorchFunctionMode", "enable_reentrant_dispatch", "get_default_nowrap_functions",
    "get_ignored_functions", "get_overridable_functions", "handle_torch_function", "has_torch_function",
    "has_torch_function_unary", "has_torch_function_variadic", "is_tensor_like",
    "is_tensor_method_or_property", "resolve_name", "wrap_torch_function",
]  # fmt: skip


def has_torch_function(relevant_args: Iterable[Any]) -> bool:
    """Whether one of the arguments overrides functions, or a mode runs.

    >>> from microtensor import overrides
    >>> overrides.has_torch_function((mt.zeros(1), 3))
    False
    """
    now = dispatch.state()
    return bool(now.asked and now.modes) or (now.subclasses and any(map(dispatch.overrides, relevant_args)))


def has_torch_function_unary(obj: Any) -> bool:
    """Whether `obj` overrides functions, or a mode runs."""
    return has_torch_function((obj,))


def has_torch_function_variadic(*args: Any) -> bool:
    """Whether one of the arguments overrides functions, or a mode runs."""
    return has_torch_function(args)


def handle_torch_function(
    public_api: Callable[..., Any], relevant_args: Iterable[Any], *args: Any, **kwargs: Any
) -> Any:
    """What whoever overrides answers to the call ``public_api(*args, **kwargs)``.

    Raises ``TypeError`` if all of them say NotImplemented, or nobody overrides.

    >>> from microtensor import overrides
    >>> class Nine:
    ...     @classmethod
    ...     def __torch_function__(cls, func, types, args=(), kwargs=None):
    ...         return 9
    >>> overrides.handle_torch_function(mt.exp, (Nine(),), Nine())
    9
    """
    now = dispatch.state()
    found = _get_overloaded_args(relevant_args) if now.subclasses else []
    return dispatch.ask(public_api, now.modes if now.asked else (), found, args, kwargs)


def _get_overloaded_args(
    relevant_args: Iterable[Any], get_type_fn: Callable[[Any], type] | None = None
) -> list[Any]:
    """The arguments that override, one of each class: subclasses before their bases."""
    return dispatch.overloaded(list(relevant_args))


def wrap_torch_function(
    dispatcher: Callable[..., Iterable[Any]],
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Make a function overridable: ``dispatcher(*args)`` gives the arguments that may override it.

    >>> from microtensor import overrides
    >>> @overrides.wrap_torch_function(lambda x: (x,))
    ... def twice(x):
    ...     return x + x
    >>> twice(mt.ones(1))
    tensor([2.])
    """

    def inner(func: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(func)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            relevant = tuple(dispatcher(*args, **kwargs))
            if has_torch_function(relevant):
                return handle_torch_function(wrapped, relevant, *args, **kwargs)
            return func(*args, **kwargs)

        return wrapped

    return inner


def is_tensor_like(inp: Any) -> bool:
    """Whether `inp` is a tensor, or of a class that overrides functions.

    >>> from microtensor import overrides
    >>> overrides.is_tensor_like([1.0])
    False
    """
    return isinstance(inp, Tensor) or hasattr(inp, "__torch_function__")


# ---------------------------------------------------------------- modes


class TorchFunctionMode:
    """A mode: in its ``with``, its ``__torch_function__`` sees every call of this thread.

    In the method itself the mode is off, and the ones outside of it are on.

    >>> from microtensor import overrides
    >>> class Count(overrides.TorchFunctionMode):
    ...     calls = 0
    ...     def __torch_function__(self, func, types, args=(), kwargs=None):
    ...         self.calls += 1
    ...         return func(*args, **(kwargs or {}))
    >>> with Count() as mode:
    ...     _ = mt.ones(2) + 1
    >>> mode.calls
    2
    """

    inner: ClassVar[Any] = None

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What the call is to give; NotImplemented to leave it to others."""
        raise NotImplementedError(f"{type(self).__name__} is a mode without __torch_function__")

    def __enter__(self) -> Any:
        overridable.arm(Tensor)
        overridable.arm_properties(Tensor)
        self._tokens: list[Any] = [*getattr(self, "_tokens", []), dispatch.push(self)]
        return self

    def __exit__(self, *error: object) -> None:
        dispatch.pop(self._tokens.pop())

    @classmethod
    def push(cls, *args: Any, **kwargs: Any) -> Any:
        """A mode of this class."""
        return cls(*args, **kwargs)


class BaseTorchFunctionMode(TorchFunctionMode):
    """The mode that leaves every call as it is."""

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The call itself."""
        return func(*args, **(kwargs or {}))


@contextmanager
def _enable_torch_function() -> Iterator[None]:
    with dispatch.changed(subclasses=True, asked=True):
        yield


@contextmanager
def enable_reentrant_dispatch() -> Iterator[None]:
    """The length of a ``with`` in which calls are answered by subclasses again, inside of an answer."""
    with _enable_torch_function():
        yield


def _get_current_function_mode() -> Any:
    modes = dispatch.state().modes
    return modes[-1] if modes else None


def _get_current_function_mode_stack() -> list[Any]:
    return list(dispatch.state().modes)


# ---------------------------------------------------------------- which functions

_PLACES = {
    "torch": "", "torch.nn.functional": "nn.functional", "torch.linalg": "linalg", "torch.special": "special"
}  # fmt: skip


def _place(path: str) -> Any:
    found: Any = microtensor
    for part in filter(None, path.split(".")):
        found = getattr(found, part)
    return found


@functools.cache
def _functions() -> dict[str, tuple[Any, list[str], list[str]]]:
    """By place: the module or class, and its functions that can and that cannot be overridden."""
    found = {}
    for shown, path in _PLACES.items():
        here = {name: module for name, module, _ in _lazy.entries(path)}
        names = [n for n in here if isinstance(getattr(_place(path), n), FunctionType)]
        asked = [n for n in names if _is_overridable(getattr(_place(path), n)) and n not in _IGNORED]
        found[shown] = (_place(path), asked, [n for n in names if n not in asked])
    overridable.arm(Tensor)
    methods = [name for name in dir(Tensor) if name not in dir(object) or name in vars(Tensor)]
    asked = [name for name in methods if _is_overridable(getattr(Tensor, name, None))]
    found["torch.Tensor"] = (Tensor, asked, [])
    return found


_IGNORED = overridable.CREATION


def _is_overridable(value: Any) -> bool:
    return isinstance(value, property) or (isinstance(value, FunctionType) and overridable.asks(value))


def get_overridable_functions() -> dict[Any, list[Any]]:
    """The functions that a class can override, by the module or class in which they are.

    >>> from microtensor import overrides
    >>> mt.add in overrides.get_overridable_functions()[mt]
    True
    """
    return {place: [_shown(getattr(place, n)) for n in asked] for place, asked, _ in _functions().values()}


def _shown(value: Any) -> Any:
    return value.__get__ if isinstance(value, property) else value


def get_ignored_functions() -> set[Any]:
    """Public functions that no class can override, above all those that make tensors from nothing."""
    return {getattr(place, n) for place, _, rest in _functions().values() for n in rest}


def get_default_nowrap_functions() -> set[Any]:
    """The functions whose results Tensor's own ``__torch_function__`` leaves as they are."""
    return dispatch.unconverted()


@functools.cache
def _names() -> dict[Any, str]:
    found: dict[Any, str] = {}
    for shown, (place, asked, rest) in _functions().items():
        values = [(name, getattr(place, name)) for name in [*asked, *rest]]
        for name, value in sorted(values, key=lambda pair: pair[0] != getattr(pair[1], "__name__", "")):
            found.setdefault(_shown(value), f"{shown}.{name}" + ".__get__" * isinstance(value, property))
    return found


def resolve_name(f: Any) -> str | None:
    """The name under which a program calls a function; None for one that is not PyTorch's.

    A function that is a method as well has the function's name.

    >>> from microtensor import overrides
    >>> overrides.resolve_name(mt.nn.functional.mse_loss)
    'torch.nn.functional.mse_loss'
    """
    if isinstance(f, (str, ModuleType)):
        return str(f)
    try:
        return _names().get(f)
    except TypeError:
        return None


def is_tensor_method_or_property(func: Any) -> bool:
    """Whether `func` is a method of Tensor, or the ``__get__`` of a property."""
    owner = getattr(func, "__self__", None)
    if isinstance(owner, property):
        return owner in vars(Tensor).values()
    return func in vars(Tensor).values()
