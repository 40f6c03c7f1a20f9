"""Threads that prepare batches ahead of time.

PyTorch starts processes, because its loaders compute under Python's lock; a process must copy the
data set and send every batch through a pipe. Threads share the data set and cost nothing to start;
they help where preparing a sample waits for a disk or for NumPy, which let go of the lock.

Batches come in the order of the sampler, whatever the number of threads. A data set that draws
random numbers from a global stream gets them in an unforeseeable order; give each worker a
generator of its own, seeded from ``get_worker_info().seed``.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from itertools import islice
from operator import methodcaller
from typing import TYPE_CHECKING, Any, NamedTuple

from .fetch import END, Fetch

if TYPE_CHECKING:
    from concurrent.futures import Future

__all__ = ["WorkerInfo", "Workers", "get_worker_info"]


class WorkerInfo(NamedTuple):
    """What `get_worker_info` tells: which worker of how many, with which seed and data set."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_here = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """The worker that this code runs in; None outside of a loader's threads.

    >>> print(mt.utils.data.get_worker_info())
    None
    """
    return getattr(_here, "info", None)


class Workers:
    """The threads of a loader, each with its own queue; they end when nobody holds this object.

    Args:
        count: how many threads.
        dataset: what `get_worker_info` shows in them.
        seed: worker i gets ``seed + i``.
        init: is called in each thread with its number, before anything else.
    """

    def __init__(self, count: int, dataset: Any, seed: int, init: Callable[[int], Any] | None) -> None:
        from concurrent.futures import ThreadPoolExecutor  # loads slowly, and few loaders need it

        self._threads = [ThreadPoolExecutor(1, "DataLoader") for _ in range(count)]
        infos = [WorkerInfo(i, count, seed + i, dataset) for i in range(count)]
        try:
            _all([self._submit(info.id, _begin, info, init) for info in infos])
        except RuntimeError as error:
            if "start new thread" not in str(error):
                raise
            raise RuntimeError(
                f"DataLoader: num_workers={count} needs threads, and this platform starts none (a browser "
                "does not): use num_workers=0"
            ) from None

    def _submit(self, worker: int, function: Callable[..., Any], *args: Any) -> Future[Any]:
        return self._threads[worker].submit(_noted, worker, function, *args)

    def batches(
        self, make: Callable[[], Fetch], indices: Iterator[Any], ahead: int, timeout: float
    ) -> Iterator[Any]:
        """The batches of one pass.

        Args:
            make: makes, in each thread, the function that it fetches with.
            indices: what that function is called with, thread after thread.
            ahead: how many batches each thread prepares before they are asked for.
            timeout: seconds to wait for a batch before raising ``RuntimeError``; 0 for no limit.
        """
        fetches: list[Fetch] = _all([self._submit(i, make) for i in range(len(self._threads))])
        turn = deque(range(len(fetches)))
        waiting: deque[tuple[int, Future[Any]]] = deque()
        while True:
            for index in islice(indices, max(0, ahead * len(turn) - len(waiting))):
                waiting.append((turn[0], self._submit(turn[0], fetches[turn[0]], index)))
                turn.rotate(-1)
            if not waiting:
                return
            worker = waiting[0][0]
            batch = _result(waiting, timeout)
            if batch is not END:
                yield batch
            elif worker in turn:
                turn.remove(worker)


def _begin(info: WorkerInfo, init: Callable[[int], Any] | None) -> None:
    _here.info = info
    if init is not None:
        init(info.id)


def _noted(worker: int, function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except Exception as error:
        error.add_note(f"raised in worker thread {worker} of a DataLoader")
        raise


# An error's traceback holds the variables of every function that it passed, and a future holds its
# error: a future that is still in one of those variables would keep the loader and its threads.


def _all(futures: list[Future[Any]]) -> list[Any]:
    try:
        return list(map(methodcaller("result"), futures))
    finally:
        futures.clear()


def _result(waiting: deque[tuple[int, Future[Any]]], timeout: float) -> Any:
    _, future = waiting.popleft()
    try:
        return future.result(timeout or None)
    except TimeoutError:
        if future.done():  # the data set itself raised a TimeoutError
            raise
        raise RuntimeError(
            f"DataLoader timed out after {timeout} seconds: a batch took longer; raise the "
            "timeout, or leave it out to wait"
        ) from None
    finally:
        del future
