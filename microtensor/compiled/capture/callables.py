"""Functions that stand for one result of several, a method, or an operator: the same object each time.

Two captures are compared by the functions that they called, so a function must not be made anew.
"""

from __future__ import annotations

import operator
from typing import Any

from .traced import ND

__all__ = ["SCALAR_POWER", "bound", "method_of", "picked"]


def by_operator(name: str) -> Any:
    """The operator of NumPy's scalars, whose powers are not always the ufunc's to the last bit."""
    calculate = getattr(operator, name)

    def scalars(*operands: Any) -> Any:
        return calculate(*(x[()] if isinstance(x, ND) else x for x in operands))

    scalars.__name__ = name
    return scalars


SCALAR_POWER = by_operator("pow")


def picked(function: Any, index: int) -> Any:
    """One of a function's several results."""

    def pick(*args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)[index]

    pick.__name__ = f"{getattr(function, '__name__', 'function')}_{index}"
    return _picks.setdefault((function, index), pick)


_picks: dict[Any, Any] = {}


def method_of(name: str) -> Any:
    """A method of arrays as a function, the same one each time."""
    if name not in _methods:

        def call(array: Any, *args: Any, **kwargs: Any) -> Any:
            return getattr(array, name)(*args, **kwargs)

        call.__name__ = name
        _methods[name] = call
    return _methods[name]


_methods: dict[str, Any] = {}


def bound(ufunc: Any, method: str) -> Any:
    """A ufunc's method as a function that is the same one each time."""
    if method == "__call__":
        return ufunc
    if (ufunc, method) not in _bounds:

        def call(*args: Any, **kwargs: Any) -> Any:
            return getattr(ufunc, method)(*args, **kwargs)

        call.__name__ = f"{ufunc.__name__}_{method}"
        _bounds[ufunc, method] = call
    return _bounds[ufunc, method]


_bounds: dict[Any, Any] = {}
