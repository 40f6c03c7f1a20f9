"""``torch._assert`` and ``_assert_async``, and ``torch._check``, by which libraries refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .overrides import handle_torch_function, has_torch_function_unary

__all__ = ["_assert", "_assert_async", "_check", "_check_index", "_check_type", "_check_value"]


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


def _assert_async(input: Any, assert_msg: str = "") -> Any:
    """Raise ``RuntimeError(assert_msg)`` unless a tensor of one element is nonzero; at once, not later.

    >>> mt._assert_async(mt.tensor(False), "not finite")
    Traceback (most recent call last):
    RuntimeError: not finite
    """
    if has_torch_function_unary(input):
        return handle_torch_function(_assert_async, (input,), input, assert_msg)
    if not input:
        raise RuntimeError(assert_msg or "Expected Tensor with single nonzero value, but got zero")
    return None


def _check(cond: bool, message: Callable[[], object] | None = None) -> None:
    """Raise ``RuntimeError(message())`` unless `cond` is True.

    >>> mt._check(2 > 3, lambda: "2 is not more than 3")
    Traceback (most recent call last):
    RuntimeError: 2 is not more than 3
    """
    _raise_unless(cond, message, RuntimeError)


def _check_index(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``IndexError``."""
    _raise_unless(cond, message, IndexError)


def _check_type(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``TypeError``."""
    _raise_unless(cond, message, TypeError)


def _check_value(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``ValueError``."""
    _raise_unless(cond, message, ValueError)


def _raise_unless(cond: bool, message: Callable[[], object] | None, error: type[Exception]) -> None:
    if not isinstance(cond, bool):
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    if not cond:
        raise error("Expected cond to be True, but got False." if message is None else str(message()))
