"""Workers that are threads: they share the data set, start at once, and wait well.

They help where preparing a sample waits for a disk, for a network or for NumPy, which let go of
Python's lock, and where a data set is too large to be copied.
"""

from __future__ import annotations

import threading
import weakref
from queue import Empty, SimpleQueue
from typing import Any

from .worker_info import enter_thread, leave_thread
from .worker_loop import Failed, Job, Reply, Task, work

__all__ = ["Threads"]

Tasks = SimpleQueue[Task | None]
Replies = SimpleQueue[Reply]


class Threads:
    """The threads of a loader; they end when this object is closed, or when nobody holds it.

    Raises ``RuntimeError`` where no thread can be started.
    """

    def __init__(self, job: Job) -> None:
        self._replies: Replies = SimpleQueue()
        self._tasks: list[Tasks] = [SimpleQueue() for _ in range(job.count)]
        self.close = weakref.finalize(self, _stop, self._tasks)
        try:
            for worker, tasks in enumerate(self._tasks):
                name = f"DataLoader worker {worker}"
                args = (job, worker, tasks, self._replies)
                threading.Thread(target=_run, args=args, name=name, daemon=True).start()
        except RuntimeError as error:
            raise RuntimeError(
                f"DataLoader: num_workers={job.count} needs threads, and this platform starts none (a "
                "browser does not): use num_workers=0"
            ) from error

    def send(self, worker: int, task: Task) -> None:
        """Give a worker something to do."""
        self._tasks[worker].put(task)

    def receive(self, timeout: float) -> Reply | None:
        """What a worker has made; None if that takes longer than `timeout` seconds (0 for no limit)."""
        try:
            return self._replies.get(timeout=timeout or None)
        except Empty:
            return None


def _run(job: Job, worker: int, tasks: Tasks, replies: Replies) -> None:
    enter_thread(worker, job.count, job.base_seed, job.dataset)

    def reply(made: Reply) -> None:
        if isinstance(made.batch, Failed):
            _note(made.batch.error, f"raised in worker thread {worker} of a DataLoader")
        replies.put(made)

    try:
        work(job, worker, iter(tasks.get, None), reply)
    finally:
        leave_thread()


def _note(error: Exception, note: str) -> None:
    if note not in getattr(error, "__notes__", ()):
        error.add_note(note)


def _stop(tasks: list[Any]) -> None:
    for queue in tasks:
        while not queue.empty():
            queue.get()
        queue.put(None)
