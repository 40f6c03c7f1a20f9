"""What a composite function gets beside its text: ``out=``, NumPy's ``axis=``, and a place among the methods.

An op has both from `fastpath`; a plain function of ops says ``@offered`` above its name.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from .fastpath import into
from .numpy_keywords import respelled
from .tensor import Tensor


def offered(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function` with ``out=``, and as a method of Tensor under its own name."""
    call = with_out(function)
    setattr(Tensor, function.__name__, call)
    return call


def with_out(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, whose result goes into the tensor (or tensors) named by ``out=`` if there is one.

    >>> x = mt.empty(2)
    >>> _ = mt.deg2rad(mt.tensor([0.0, 180.0]), out=x)
    >>> x
    tensor([0.0000, 3.1416])
    """

    @functools.wraps(function)
    def call(*args: Any, out: Any = None, **kwargs: Any) -> Any:
        result = function(*args, **respelled(kwargs, function)) if kwargs else function(*args)
        return result if out is None else _written(out, result, function.__name__)

    return call


def _written(out: Any, result: Any, name: str) -> Any:
    if isinstance(result, Tensor):
        return into(out, result, name)
    parts = [into(o, r, name) for o, r in zip(out, result, strict=True)]
    return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)
