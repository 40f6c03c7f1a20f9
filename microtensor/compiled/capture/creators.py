"""How arrays come into being in the package's own code, where a capture has to see it.

NumPy's creators do not dispatch to a subclass.  `Creators` stands for the module ``numpy`` under the name
``np`` of the package's modules while a capture runs: it hands everything through, but for functions, whose
arrays are made known.  The wrappers of this module do the same for the package's caches and its scratch
memory, and let what draws random numbers or adds at positions be one call in the replay.
"""

from __future__ import annotations

from collections.abc import Callable
from types import BuiltinFunctionType, FunctionType
from typing import Any

import numpy as np

from .traced import ND, Traced, active, has_traced, plain, plainly

__all__ = ["DRAWS", "Creators", "add_at", "cached", "drawn", "opaque", "stretched", "taken"]

DRAWS = ("uniform", "normal", "log_normal", "integers", "full_range", "permutation", "bernoulli",
         "bernoulli_each", "exponential", "geometric", "cauchy", "multinomial")  # fmt: skip
"""The methods of a generator's stream that draw."""

_FUNCTION_TYPES = (FunctionType, BuiltinFunctionType, type(np.concatenate))


class Creators:
    """The module ``numpy``, as the package's modules see it during a capture."""

    def __getattr__(self, name: str) -> Any:
        value = getattr(np, name)
        if isinstance(value, _FUNCTION_TYPES):
            value = _told(value)
        self.__dict__[name] = value
        return value


def _told(function: Any) -> Callable[..., Any]:
    special = _SPECIAL.get(function)

    def call(*args: Any, **kwargs: Any) -> Any:
        capture = active()
        if capture is None:
            return function(*plainly(args), **plainly(kwargs))
        if special is not None:
            return special(capture, *args, **kwargs)
        result = function(*args, **kwargs)
        if type(result) is not Traced and isinstance(result, ND) and not has_traced((args, kwargs)):
            return _constant(capture, function, args, kwargs, result)
        return result

    call.__name__ = function.__name__
    return call


def _constant(capture: Any, function: Any, args: Any, kwargs: Any, result: Any) -> Any:
    """An array that depends on no traced one: made by a call that a pass may take out of the replay."""
    if capture.is_view(result, (args, kwargs)):
        return capture.wrap(result)
    if result.base is not None and 0 in result.strides:  # a number that was stretched
        result = np.array(result)
    return capture.emit_fresh("function", function, args, result, kwargs)


def _empty(capture: Any, *args: Any, **kwargs: Any) -> Any:
    return capture.fresh(np.empty(*args, **kwargs))[1]


def _full(function: Any) -> Callable[..., Any]:
    def make(capture: Any, shape: Any, *args: Any, **kwargs: Any) -> Any:
        result = function(shape, *plainly(args), **plainly(kwargs))
        value = args[0] if args and function is np.full else kwargs.get("fill_value", function is np.ones)
        if isinstance(value, ND):
            return capture.filled(result, plain(value))
        return capture.filled(result, result.reshape(-1)[0].item() if result.size else 0)

    return make


def _array(capture: Any, x: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """``np.array``: a copy, also of a list of traced arrays."""
    if isinstance(x, ND):
        if kwargs.get("copy", True) is not True:
            return _asarray(capture, x, dtype)
        return capture.filled(np.array(plain(x), dtype, **kwargs), plain(x))
    if has_traced(x):
        stacked = np.stack([_asarray(capture, item) for item in x])
        return stacked if dtype is None else stacked.astype(dtype, copy=False)
    result = np.array(x, dtype, **kwargs)
    if isinstance(x, (int, float, np.generic)):
        return capture.filled(result, x)
    return capture.emit_fresh("function", np.array, (x, dtype), result, kwargs)


def _asarray(capture: Any, x: Any, dtype: Any = None, **kwargs: Any) -> Any:
    """``np.asarray``: the array itself where it is one of the dtype."""
    if type(x) is Traced:
        return x if dtype is None else x.astype(dtype, copy=False)
    if isinstance(x, ND):
        result = np.asarray(x, dtype, **kwargs)
        return capture.wrap(result) if result is x else capture.filled(result, x)
    return _array(capture, x, dtype, **kwargs)


def _contiguous(capture: Any, x: Any, dtype: Any = None) -> Any:
    x = _asarray(capture, x, dtype)
    return x if plain(x).flags.c_contiguous else x.copy()


_SPECIAL: dict[Any, Any] = {
    np.empty: _empty, np.zeros: _full(np.zeros), np.ones: _full(np.ones), np.full: _full(np.full),
    np.array: _array, np.asarray: _asarray, np.ascontiguousarray: _contiguous,
}  # fmt: skip


# ------------------------------------------------------------ the package's own


def cached(function: Any) -> Callable[..., Any]:
    """A function that remembers its results: unobserved, and what it returns is a constant."""

    def call(*args: Any, **kwargs: Any) -> Any:
        capture = active()
        if capture is None:
            return function(*args, **kwargs)
        with capture.aside():
            result = function(*args, **kwargs)
        return _wrapped(capture, result)

    call.__name__ = getattr(function, "__name__", "cached")
    return call


def _wrapped(capture: Any, value: Any) -> Any:
    if isinstance(value, ND):
        return capture.wrap(value)
    return type(value)(_wrapped(capture, x) for x in value) if type(value) in (tuple, list) else value


def stretched(function: Any) -> Callable[..., Any]:
    """A function that makes a view by its strides out of a plain array's buffer."""

    def call(x: Any, *layout: Any) -> Any:
        capture = active()
        if capture is None:
            return function(plain(x), *layout)
        array = plain(_asarray(capture, x))
        with capture.aside():
            view = function(array, *layout)
        return capture.wrap(view)

    return call


def opaque(function: Any) -> Callable[..., Any]:
    """A function of arrays that branches and masks on their values: one call in the replay."""

    def call(*args: Any, **kwargs: Any) -> Any:
        capture = active()
        if capture is None or not has_traced((args, kwargs)):
            return function(*plainly(args), **plainly(kwargs))
        args, kwargs = plainly(args), plainly(kwargs)
        with capture.aside():
            result = function(*args, **kwargs)
        if not isinstance(result, (ND, np.generic)):
            capture.refuse(f"{function.__name__} gives a {type(result).__name__}")
            return result
        return capture.emit_fresh("function", function, args, result, kwargs)

    call.__name__ = function.__name__
    return call


def add_at(function: Any) -> Callable[..., Any]:
    """`ops.indexing.add_at`: one call in the replay, which writes into its first operand."""

    def call(out: Any, key: Any, values: Any) -> None:
        capture = active()
        operands = plainly((out, key, values))
        if capture is None:
            function(*operands)
            return
        with capture.aside():
            function(*operands)
        capture.emit("call", function, operands, operands[0])

    return call


def taken(method: Any) -> Callable[..., Any]:
    """`Scratch.take` without the thread's memory: a replay has its own."""

    def take(self: Any, shape: Any, dtype: Any) -> Any:
        capture = active()
        return method(self, shape, dtype) if capture is None else capture.fresh(np.empty(shape, dtype))[1]

    return take


def drawn(name: str, method: Any) -> Callable[..., Any]:
    """A method of `Stream` that draws: the same call at each replay, on the same stream."""

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        capture = active()
        if capture is None:
            return method(self, *plainly(args), **plainly(kwargs))
        args, kwargs = plainly(args), plainly(kwargs)
        with capture.aside():
            result = method(self, *args, **kwargs)
        capture.streams[id(self)] = self
        return capture.emit_fresh("function", _Draw(self, name), args, result, kwargs, effect=True)

    return call


class _Draw:
    """A stream's method that compares by the stream and the name."""

    def __init__(self, stream: Any, name: str) -> None:
        self.stream, self.__name__ = stream, name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return getattr(self.stream, self.__name__)(*args, **kwargs)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Draw) and (self.stream, self.__name__) == (other.stream, other.__name__)

    def __hash__(self) -> int:
        return hash((id(self.stream), self.__name__))
