"""``torch._assert``: an assertion that a traced program keeps."""

from __future__ import annotations

from typing import Any

from .overrides import handle_torch_function, has_torch_function_unary

__all__ = ["_assert"]


def _assert(condition: Any, message: str) -> Any:
    """Raise ``AssertionError(message)`` unless `condition` holds; traced, it becomes a node of the graph.

    >>> mt._assert(1 + 1 == 3, "no sum")
    Traceback (most recent call last):
    AssertionError: no sum
    """
    if has_torch_function_unary(condition):
        return handle_torch_function(_assert, (condition,), condition, message)
    if not condition:
        raise AssertionError(message)
    return None
