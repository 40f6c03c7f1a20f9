"""Sizes of windows: one number or one for each dimension, checked, and the length of what comes out."""

from __future__ import annotations

from typing import Any

Ints = tuple[int, ...]


Pairs = tuple[tuple[int, int], ...]


def integers(value: Any, name: str, what: str) -> Ints:
    """An integer, or a sequence of them, as a tuple; ``TypeError`` for anything else.

    >>> from microtensor.ops.windows.sizes import integers
    >>> integers([1, 2], "pad", "pad")
    (1, 2)
    """
    values = tuple(value) if isinstance(value, (tuple, list)) else (value,)
    if any(isinstance(n, bool) or not hasattr(n, "__index__") for n in values):
        raise TypeError(f"{name}(): {what} must be an integer or a tuple of integers, not {value!r}")
    return tuple(int(n) for n in values)


def per_dimension(value: Any, dims: int, name: str, what: str) -> Ints:
    """One integer for each dimension, from one for all, or from a sequence.

    Raises ``RuntimeError`` for a wrong number of them, and ``TypeError`` for what is no integer.

    >>> from microtensor.ops.windows.sizes import per_dimension
    >>> per_dimension(3, 2, "max_pool2d", "kernel_size")
    (3, 3)
    """
    values = integers(value, name, what)
    if len(values) not in (1, dims):
        raise RuntimeError(
            f"{name}: expected {what} to be a single integer value or a list of {dims} values to match the "
            f"dimensions, but got {what}={list(values)}"
        )
    return values * dims if len(values) == 1 else values


def length(n: int, kernel: int, stride: int, padding: tuple[int, int], dilation: int) -> int:
    """How many windows there are along a dimension."""
    return (n + sum(padding) - dilation * (kernel - 1) - 1) // stride + 1
