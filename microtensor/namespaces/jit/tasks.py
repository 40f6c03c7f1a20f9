"""``fork`` and ``wait``: a task that is done when it is asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..futures import Future

__all__ = ["Future", "fork", "wait"]


def fork(func: Callable[..., Any], *args: Any, **kwargs: Any) -> Future[Any]:
    """The future of a call, which is made at once; what it raises, `wait` raises.

    >>> task = mt.jit.fork(mt.add, mt.ones(2), 1)
    >>> mt.jit.wait(task)
    tensor([2., 2.])
    """
    made: Future[Any] = Future()
    try:
        made.set_result(func(*args, **kwargs))
    except Exception as error:
        made.set_exception(error)
    return made


def wait(future: Future[Any]) -> Any:
    """What the task gives."""
    return future.wait()
