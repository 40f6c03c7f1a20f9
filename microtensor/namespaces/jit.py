"""TorchScript's decorators, which leave functions and modules as they are: Python runs them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["export", "ignore", "is_scripting", "is_tracing", "script", "trace", "unused"]


def script(obj: Any, *args: Any, **kwargs: Any) -> Any:
    """`obj` itself.

    >>> mt.jit.script(len) is len
    True
    """
    return obj


trace = script
unused = export = script


def ignore(drop: Any = False, **kwargs: Any) -> Any:
    """The function itself, as a decorator with and without arguments.

    >>> mt.jit.ignore(len) is len
    True
    """
    return drop if callable(drop) else _same


def _same(function: Callable[..., Any]) -> Callable[..., Any]:
    return function


def is_scripting() -> bool:
    """Always False."""
    return False


is_tracing = is_scripting
