"""``torch._assert`` and ``_assert_async``, and ``torch._check``, by which libraries refuse."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microtensor.engine import dtypes
from microtensor.engine.tensor import Tensor

from .overrides import handle_torch_function, has_torch_function_unary

__all__ = [
    "_assert", "_assert_async", "_check", "_check_index", "_check_not_implemented", "_check_tensor_all",
    "_check_tensor_all_with", "_check_type", "_check_value", "_check_with",
]  # fmt: skip


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
    _check_with(RuntimeError, cond, message)


def _check_index(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``IndexError``."""
    _check_with(IndexError, cond, message)


def _check_type(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``TypeError``."""
    _check_with(TypeError, cond, message)


def _check_value(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``ValueError``."""
    _check_with(ValueError, cond, message)


def _check_not_implemented(cond: bool, message: Callable[[], object] | None = None) -> None:
    """`_check` with ``NotImplementedError``."""
    _check_with(NotImplementedError, cond, message)


def _check_with(
    error_type: type[Exception], cond: bool, message: Callable[[], object] | None = None
) -> None:  # fmt: skip
    """`_check` with an error of a class of one's own."""
    if isinstance(cond, Tensor):
        raise TypeError(
            "cond must be a bool, but got a Tensor: torch._check_tensor_all asks all its elements"
        )
    if not isinstance(cond, bool):
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    if not cond:
        raise error_type("Expected cond to be True, but got False." if message is None else str(message()))


def _check_tensor_all(cond: Tensor, message: Callable[[], object] | None = None) -> None:
    """Raise ``RuntimeError(message())`` unless all elements of a tensor of bool are True.

    >>> mt._check_tensor_all(mt.tensor([2, 0]) > 1, lambda: "one is too small")
    Traceback (most recent call last):
    RuntimeError: one is too small
    """
    _check_tensor_all_with(RuntimeError, cond, message)


def _check_tensor_all_with(
    error_type: type[Exception], cond: Tensor, message: Callable[[], object] | None = None
) -> None:
    """`_check_tensor_all` with an error of a class of one's own."""
    if not isinstance(cond, Tensor):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    if cond.dtype != dtypes.bool:
        raise TypeError(f"cond tensor must have dtype torch.bool, but got {cond.dtype}")
    _check_with(error_type, bool(cond.all()), message)
