"""PyTorch's ``torch.futures``: a result that comes later, from another thread."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any, Generic, TypeVar

__all__ = ["Future", "collect_all", "wait_all"]


T = TypeVar("T")


class Future(Generic[T]):
    """A result that some thread sets and others wait for.

    >>> from microtensor.futures import Future
    >>> future = Future()
    >>> later = future.then(lambda done: done.value() + 1)
    >>> future.set_result(1)
    >>> later.wait()
    2
    """

    def __init__(self, *, devices: Any = None) -> None:
        self._lock = threading.Lock()
        self._event = threading.Event()
        self._result: Any = None
        self._error: BaseException | None = None
        self._callbacks: list[Callable[[Future[T]], Any]] = []

    def done(self) -> bool:
        """Whether a result or an exception has been set."""
        return self._event.is_set()

    def wait(self) -> Any:
        """The result, when it is there; raises the exception that was set instead."""
        self._event.wait()
        return self.value()

    def value(self) -> Any:
        """The result; ``RuntimeError`` if there is none yet, or the exception that was set instead."""
        if not self.done():
            raise RuntimeError("value(): the Future is not done; wait() for it")
        if self._error is not None:
            raise self._error
        return self._result

    def set_result(self, result: Any) -> None:
        """Set the result and run the callbacks; ``RuntimeError`` the second time."""
        self._set(result, None)

    def set_exception(self, result: BaseException) -> None:
        """Set an exception, which `wait` raises; ``AssertionError`` for what is none."""
        if not isinstance(result, Exception):
            raise AssertionError(f"{result} is of type {type(result)}, not an Exception.")
        self._set(None, result)

    def _set(self, result: Any, error: BaseException | None) -> None:
        with self._lock:
            if self.done():
                raise RuntimeError("Future already has a result or an error")
            self._result, self._error = result, error
            callbacks, self._callbacks = self._callbacks, []
            self._event.set()
        for callback in callbacks:
            callback(self)

    def add_done_callback(self, callback: Callable[[Future[T]], None]) -> None:
        """Call ``callback(future)`` when it is done, in the thread that sets it, or now."""
        with self._lock:
            if not self.done():
                self._callbacks.append(callback)
                return
        callback(self)

    def then(self, callback: Callable[[Future[T]], Any]) -> Future[Any]:
        """A future of what ``callback(future)`` returns.

        What that raises becomes a ``RuntimeError`` which names it, as PyTorch's C++ makes it.
        """
        later: Future[Any] = Future()

        def run(done: Future[T]) -> None:
            try:
                result = callback(done)
            except Exception as error:
                told = RuntimeError(f"{type(error).__name__}: {error}")
                told.__cause__ = error
                later.set_exception(told)
            else:
                later.set_result(result)

        self.add_done_callback(run)
        return later


def collect_all(futures: list[Future[Any]]) -> Future[list[Future[Any]]]:
    """A future of the list of these futures, done when all of them are."""
    collected: Future[list[Future[Any]]] = Future()
    lock, left = threading.Lock(), [len(futures)]

    def one(_: Future[Any]) -> None:
        with lock:
            left[0] -= 1
            last = not left[0]
        if last:
            collected.set_result(futures)

    for future in futures:
        future.add_done_callback(one)
    if not futures:
        collected.set_result(futures)
    return collected


def wait_all(futures: list[Future[Any]]) -> list[Any]:
    """The results of all futures; raises the first exception among them."""
    return [future.wait() for future in collect_all(futures).wait()]
