"""What tells TorchScript something, and leaves a program that Python runs as it is."""

from __future__ import annotations

import builtins
import types
import typing
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from typing import Any, NamedTuple, NoReturn

__all__ = [
    "Attribute", "Error", "ScriptWarning", "TracerWarning", "annotate", "enable_onednn_fusion", "export",
    "fuser", "ignore", "interface", "is_scripting", "is_tracing", "isinstance", "onednn_fusion_enabled",
    "script_method", "set_fusion_strategy", "strict_fusion", "unused",
]  # fmt: skip


class Error(Exception):
    """What TorchScript raises while it runs; nothing here does."""


class ScriptWarning(Warning):
    """The class of TorchScript's warnings about what it cannot express."""


def _get_trace_graph(f: Any, args: Any = (), kwargs: Any = None, **options: Any) -> NoReturn:
    """Always raises ``NotImplementedError``: there is no graph of TorchScript."""
    raise NotImplementedError(
        "_get_trace_graph: there is no graph of TorchScript; torch.fx.symbolic_trace gives one of calls"
    )


class TracerWarning(Warning):
    """The class of the tracer's warnings about what a trace does not show.

    Python runs a traced function as it is, so there is nothing to warn of; programs filter by the class.
    """

    @staticmethod
    def ignore_lib_warnings() -> None:
        """Nothing: there are none."""


class Attribute(NamedTuple):
    """A value and its type in TorchScript."""

    value: Any
    type: Any


def is_scripting() -> bool:
    """Always False: Python runs the program.

    >>> mt.jit.is_scripting()
    False
    """
    return False


is_tracing = is_scripting


def export(fn: Any) -> Any:
    """The function itself.

    >>> mt.jit.export(len) is len
    True
    """
    return fn


def unused(fn: Any) -> Any:
    """The function itself."""
    return fn


def interface(obj: Any) -> Any:
    """The class itself."""
    return obj


def script_method(fn: Any) -> Any:
    """The method itself."""
    return fn


def _overload(func: Any) -> Any:
    """The function itself: one of several signatures."""
    return func


_overload_method = _overload


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself, as a decorator with and without arguments.

    >>> mt.jit.ignore(len) is len, mt.jit.ignore(drop=True)(len) is len
    (True, True)
    """
    return drop if callable(drop) else _same


def _same(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def annotate(the_type: Any, the_value: Any) -> Any:
    """The value, of which TorchScript is told the type.

    >>> mt.jit.annotate(list[int], [])
    []
    """
    return the_value


def isinstance(obj: Any, target_type: Any) -> bool:
    """Whether `obj` is of a type, what it holds included; a tuple of types means one of them.

    >>> mt.jit.isinstance([1, 2], list[int]), mt.jit.isinstance([1, "a"], list[int])
    (True, False)
    """
    if builtins.isinstance(target_type, tuple):
        return any(isinstance(obj, kind) for kind in target_type)
    origin, inner = typing.get_origin(target_type), typing.get_args(target_type)
    if target_type is Any:
        return True
    if origin in (typing.Union, types.UnionType):
        return any(isinstance(obj, kind) for kind in inner)
    if target_type is None:
        return obj is None
    return builtins.isinstance(obj, origin or target_type) and _holds(obj, inner)


def _holds(obj: Any, inner: tuple[Any, ...]) -> bool:
    """Whether what is in a collection is of these types."""
    if not inner:
        return True
    if builtins.isinstance(obj, dict):
        return all(isinstance(k, inner[0]) and isinstance(v, inner[1]) for k, v in obj.items())
    if builtins.isinstance(obj, tuple) and inner[-1] is not ...:
        return len(obj) == len(inner) and all(map(isinstance, obj, inner))
    return all(isinstance(item, inner[0]) for item in obj)


# ------------------------------------------------------------ settings of a compiler that is not here

_strategy: list[list[tuple[str, int]]] = [[("STATIC", 2), ("DYNAMIC", 10)]]


def set_fusion_strategy(strategy: list[tuple[str, int]]) -> list[tuple[str, int]]:
    """Keep a setting that has no effect; returns the one before.

    >>> before = mt.jit.set_fusion_strategy([("DYNAMIC", 1)])
    >>> mt.jit.set_fusion_strategy(before)
    [('DYNAMIC', 1)]
    """
    before, _strategy[0] = _strategy[0], strategy
    return before


_onednn = [False]


def enable_onednn_fusion(enabled: bool) -> None:
    """Keep a setting that has no effect."""
    _onednn[0] = enabled


def onednn_fusion_enabled() -> bool:
    """The setting that was kept."""
    return _onednn[0]


def fuser(name: str) -> AbstractContextManager[None]:
    """A context manager without effect."""
    return nullcontext()


class strict_fusion:  # noqa: N801 - PyTorch's name
    """A context manager without effect."""

    def __enter__(self) -> None:
        """Nothing is fused."""

    def __exit__(self, *error: object) -> None:
        """Nothing is fused."""
