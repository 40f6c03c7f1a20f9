"""Context managers that decorate functions as well: PyTorch's base class, which libraries use."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Generator
from typing import Any

__all__: list[str] = []

Function = Callable[..., Any]


class _DecoratorContextManager:
    """A context manager that is a decorator too: each call of the function enters a clone of it.

    A subclass says ``__enter__`` and ``__exit__``, and `clone` if it takes arguments. Of a generator function
    every step runs inside, and what the caller does between steps outside.

    >>> class Loud(mt.utils._contextlib._DecoratorContextManager):
    ...     def __enter__(self):
    ...         print("in")
    ...     def __exit__(self, *error):
    ...         print("out")
    >>> @Loud()
    ... def f():
    ...     print("f")
    >>> f()
    in
    f
    out
    """

    def __call__(self, orig_func: Function) -> Function:
        """`orig_func`, whose calls run inside."""
        return context_decorator(self.clone, orig_func)

    def __enter__(self) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what __enter__ does")

    def __exit__(self, *error: Any) -> Any:
        raise NotImplementedError(f"{type(self).__name__} does not say what __exit__ does")

    def clone(self) -> Any:
        """A new one, as it was made without arguments."""
        return type(self)()


class _NoParamDecoratorContextManager(_DecoratorContextManager):
    """The same for a class without arguments, whose name alone is the decorator, without brackets."""

    def __new__(cls, orig_func: Function | None = None) -> Any:
        """An instance, or the function decorated by one."""
        return super().__new__(cls) if orig_func is None else cls()(orig_func)


def context_decorator(ctx: Any, func: Function) -> Function:
    """`func`, each of whose calls enters ``ctx()``, or `ctx` itself if that is a context manager.

    Raises ``RuntimeError`` for an object that is both, and for a class.
    """
    if callable(ctx) and hasattr(ctx, "__enter__"):
        raise RuntimeError(f"context_decorator: {ctx!r} is a context manager: give a function that makes one")
    if inspect.isclass(func):
        raise RuntimeError(f"context_decorator: {func.__name__} is a class; decorate its methods")
    make = ctx if callable(ctx) else lambda: ctx
    return _by_step(make, func) if inspect.isgeneratorfunction(func) else _by_call(make, func)


def _by_call(make: Callable[[], Any], func: Function) -> Function:
    @functools.wraps(func)
    def inside(*args: Any, **kwargs: Any) -> Any:
        with make():
            return func(*args, **kwargs)

    return inside


def _by_step(make: Callable[[], Any], func: Function) -> Function:
    """The generator function, of which each step runs inside."""

    @functools.wraps(func)
    def inside(*args: Any, **kwargs: Any) -> Generator[Any, Any, Any]:
        steps = func(*args, **kwargs)
        advance: Callable[[], Any] = functools.partial(next, steps)
        while True:
            try:
                with make():
                    answer = advance()
            except StopIteration as stop:
                return stop.value
            advance = yield from _request(make, steps, answer)

    return inside


def _request(make: Callable[[], Any], steps: Any, answer: Any) -> Generator[Any, Any, Callable[[], Any]]:
    """Yield an answer; what makes the next step of what the caller sends or throws."""
    try:
        return functools.partial(steps.send, (yield answer))
    except GeneratorExit:
        with make():
            steps.close()
        raise
    except BaseException as error:
        return functools.partial(steps.throw, error)
