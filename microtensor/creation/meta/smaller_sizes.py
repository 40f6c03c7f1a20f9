"""The shape of a result without its numbers: from operands of which large sizes were made smaller.

A product of two matrices of 4096 rows costs a second, and its shape is that of a product of matrices of 101
rows, with 4096 in the place of 101.  Each large size gets a prime; integers among the arguments that name a
size follow.  Two runs with different primes have to agree, else the function is computed as it is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor
from .reserved_memory import reserved

KEPT = 16
"""Sizes up to this one stay as they are: dimensions, heads, kernels."""

_PRIMES = (
    (101, 103, 107, 109, 113, 127, 131, 137, 139, 149, 151, 157),
    (163, 167, 173, 179, 181, 191, 193, 197, 199, 211, 223, 227),
)


class UnclearError(Exception):
    """The shape does not follow from smaller operands."""


def shapes_of(function: Callable[..., Any], args: Any, kwargs: Any) -> Any:
    """The result of a function of tensors, whose tensors have shape and dtype and no numbers.

    Raises `UnclearError` if the sizes of the result are not those of operands.
    """
    sizes = sorted({n for x in _tensors((args, kwargs)) for n in x.shape if n > KEPT})
    if len(sizes) > len(_PRIMES[0]):
        raise UnclearError
    first, second = (_run(function, args, kwargs, dict(zip(sizes, p, strict=False))) for p in _PRIMES)
    if [x.shape for x in _tensors(first)] != [x.shape for x in _tensors(second)]:
        raise UnclearError
    return first


def _run(function: Callable[..., Any], args: Any, kwargs: Any, small: dict[int, int]) -> Any:
    try:
        with no_grad(), np.errstate(all="ignore"):
            result = function(*_mapped(args, small), **_mapped(kwargs, small))
    except (RuntimeError, ValueError, IndexError, TypeError) as error:
        raise UnclearError from error
    return _restored(result, {n: size for size, n in small.items()})


def _mapped(value: Any, small: dict[int, int]) -> Any:
    if isinstance(value, Tensor):
        return Tensor._of(np.zeros([small.get(n, n) for n in value.shape], value.dtype))
    if type(value) is int:
        return small.get(value, value)
    if isinstance(value, (tuple, list)) and not hasattr(value, "_fields"):
        return type(value)(_mapped(item, small) for item in value)
    return {k: _mapped(v, small) for k, v in value.items()} if isinstance(value, dict) else value


def _restored(value: Any, size_of: dict[int, int]) -> Any:
    if isinstance(value, Tensor):
        if any(n > KEPT and n not in size_of for n in value.shape):
            raise UnclearError
        return Tensor._of(reserved([size_of.get(n, n) for n in value.shape], value._data.dtype))
    if not isinstance(value, (tuple, list)):
        return value
    items = [_restored(item, size_of) for item in value]
    return type(value)(*items) if hasattr(value, "_fields") else type(value)(items)


def _tensors(value: Any) -> list[Tensor]:
    if isinstance(value, Tensor):
        return [value]
    if isinstance(value, dict):
        value = tuple(value.values())
    return [x for item in value for x in _tensors(item)] if isinstance(value, (tuple, list)) else []
