"""The table of operators as NumPy expressions, which the families fill when they are imported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

__all__ = ["axes_of", "writers", "written"]

writers: dict[str, Callable[..., Any]] = {}


def written(*ops: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Register the function that writes these operators."""

    def register(function: Callable[..., Any]) -> Callable[..., Any]:
        writers.update(dict.fromkeys(ops, function))
        return function

    return register


def axes_of(w: Any, node: Any) -> Any:
    """The dimensions that operand 1 names, as NumPy's ``axis``; None for all."""
    axes = w.known(node, 1)
    if axes is None:
        return None
    return int(axes[0]) if len(axes) == 1 else tuple(map(int, axes))
