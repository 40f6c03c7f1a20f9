"""The table of lowerings, which the families fill when they are imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["Handler", "Unsayable", "accepts", "lowerings", "lowers"]

Handler = Callable[..., Any]
lowerings: dict[str, Handler] = {}
_conditions: dict[str, Callable[[dict[str, Any]], bool]] = {}


class Unsayable(Exception):
    """Raised by a handler: why a call cannot be said in ONNX."""


def lowers(*names: str, when: Callable[[dict[str, Any]], bool] | None = None) -> Callable[[Handler], Handler]:
    """Register a handler for ops, or for functions recorded whole `when` their arguments allow it."""

    def register(handler: Handler) -> Handler:
        for name in names:
            lowerings[name] = handler
            if when is not None:
                _conditions[name] = when
        return handler

    return register


def accepts(name: str, arguments: dict[str, Any]) -> bool:
    """Whether a function with these arguments is to be recorded whole."""
    return name in lowerings and (name not in _conditions or _conditions[name](arguments))
