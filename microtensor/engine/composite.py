"""`composite`: marks a function that a recorder wants to see whole, and not as the ops that it is made of.

An export writes ``LayerNormalization`` where the engine runs a mean, a variance and a quotient, and
``Gather`` where `embedding` reads the numbers of its rows from an array.  While nothing is recorded, which is
nearly always, a marked function costs one look at an empty list, 0.1 us: only functions that take several
are marked.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Any, TypeVar, cast

F = TypeVar("F", bound=Callable[..., Any])
Watcher = Callable[[str, Callable[..., Any], tuple[Any, ...], dict[str, Any]], Any]

watchers: tuple[Watcher, ...] = ()
"""What is shown each call of a marked function, and answers with its result or with NotImplemented.

A tuple that is replaced: another thread may be going through the one before.
"""
_lock = Lock()


@contextmanager
def watching(watcher: Watcher) -> Iterator[None]:
    """The length of a ``with`` in which `watcher` is shown the calls of all threads."""
    global watchers
    with _lock:
        watchers = (*watchers, watcher)
    try:
        yield
    finally:
        with _lock:
            watchers = tuple(w for w in watchers if w != watcher)


def is_watched() -> bool:
    """Whether anybody records."""
    return bool(watchers)


def composite(name: str) -> Callable[[F], F]:
    """Mark a function, under the name by which a recorder knows it.

    >>> from microtensor.engine.composite import composite
    >>> @composite("double")
    ... def double(x):
    ...     return x + x
    >>> double(2)
    4
    """

    def mark(function: F) -> F:
        @functools.wraps(function)
        def call(*args: Any, **kwargs: Any) -> Any:
            for watcher in watchers:
                found = watcher(name, function, args, kwargs)
                if found is not NotImplemented:
                    return found
            return function(*args, **kwargs)

        call.__composite__ = True  # type: ignore[attr-defined]  # its own signature is the function's
        return cast(F, call)

    return mark


__all__ = ["composite", "is_watched", "watching"]
