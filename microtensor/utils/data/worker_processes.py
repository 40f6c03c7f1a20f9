"""Workers that are processes, as PyTorch's are: Python code in them runs at the same time as the program's.

Each has one pipe, both ways, and nothing else is shared: a worker that is killed can leave no lock behind.
A thread in the worker reads the tasks, so that the program never waits to send one, and sees at once that the
program is gone.
"""

from __future__ import annotations

import os
import pickle
import signal
import threading
import time
import traceback
import weakref
from collections.abc import Iterator
from contextlib import suppress
from multiprocessing import context as contexts
from multiprocessing import get_all_start_methods, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from queue import SimpleQueue
from typing import Any, NamedTuple

from ...settings import set_num_threads
from .shared_arrays import receive, send
from .worker_info import enter_process
from .worker_loop import Failed, Job, Reply, Task, work

__all__ = ["Processes", "as_context"]

_PATIENCE = 5.0
"""Seconds that a worker has to finish the sample that it is at, when it is no longer needed."""

_WATCH = 2.0
"""Seconds after which a worker looks whether the program is still there, if its pipe does not tell."""


def as_context(context: Any) -> contexts.BaseContext:
    """The way to start processes that `multiprocessing_context` names; Python's default for None.

    Raises ``ValueError`` for a name that is none here, ``TypeError`` for another object.
    """
    if isinstance(context, str):
        if context not in get_all_start_methods():
            raise ValueError(
                "multiprocessing_context option should specify a valid start method in "
                f"{get_all_start_methods()!r}, or 'thread' for threads, but got "
                f"multiprocessing_context={context!r}"
            )
        return get_context(context)
    if context is None:
        return get_context()
    if not isinstance(context, contexts.BaseContext):
        raise TypeError(
            "multiprocessing_context option should be a valid context object or a string specifying the "
            f"start method, but got multiprocessing_context={context}"
        )
    return context


class Processes:
    """The processes of a loader; they end when this object is closed, or when nobody holds it.

    Raises what pickling the data set raises, unless workers are forked, and ``RuntimeError`` where no process
    can be started.
    """

    def __init__(self, job: Job, context: contexts.BaseContext) -> None:
        self._pipes: list[Connection] = []
        self._processes: list[BaseProcess] = []
        self.close = weakref.finalize(self, _stop, self._pipes, self._processes, os.getpid())
        try:
            for worker in range(job.count):
                self._start(job, worker, context)
        except BaseException:
            self.close()
            raise

    def _start(self, job: Job, worker: int, context: contexts.BaseContext) -> None:
        ours, theirs = context.Pipe()
        self._pipes.append(ours)
        inherited = list(self._pipes) if context.get_start_method() == "fork" else []
        process: BaseProcess = context.Process(  # type: ignore[attr-defined]
            target=_main,
            args=(theirs, inherited, job, worker),
            name=f"DataLoader worker {worker}",
            daemon=True,
        )
        try:
            process.start()
        except (TypeError, AttributeError, ImportError, ValueError) as error:
            error.add_note(_NOT_STARTED.format(context.get_start_method()))
            raise
        finally:
            theirs.close()
        self._processes.append(process)

    def send(self, worker: int, task: Task) -> None:
        """Give a worker something to do; raises ``RuntimeError`` if it is dead."""
        try:
            send(self._pipes[worker], task)
        except OSError:
            raise self._dead(worker) from None

    def receive(self, timeout: float) -> Reply | None:
        """What a worker has made; None if that takes longer than `timeout` seconds (0 for no limit).

        Raises ``RuntimeError`` for a worker that has died.
        """
        sentinels = [process.sentinel for process in self._processes]
        ready = wait([*self._pipes, *sentinels], timeout or None)
        for worker, pipe in enumerate(self._pipes):
            if pipe in ready:
                try:
                    return _received(pipe, worker)
                except (EOFError, OSError):
                    raise self._dead(worker) from None
        if ready:
            raise self._dead(sentinels.index(ready[0]))  # type: ignore[arg-type]
        return None

    def _dead(self, worker: int) -> RuntimeError:
        process = self._processes[worker]
        process.join(_PATIENCE)
        pid, how = process.pid, _how_it_ended(process.exitcode)
        self.close()
        return RuntimeError(
            f"DataLoader worker (pid(s) {pid}) exited unexpectedly: worker {worker} {how}; with "
            "num_workers=0 the data set runs in this process, and shows its error"
        )


_NOT_STARTED = (
    "a DataLoader worker could not be started: with start method {!r} the data set, collate_fn and "
    "worker_init_fn are pickled, so their classes and functions must be found in a module by their names; "
    "multiprocessing_context='fork' or 'thread' takes any"
)


def _how_it_ended(code: int | None) -> str:
    if code is None:
        return "closed its pipe"
    if code >= 0:
        return f"ended with exit code {code}"
    name = signal.Signals(-code).name if -code in set(signal.Signals) else str(-code)
    memory = ", perhaps for want of memory" if name == "SIGKILL" else ""
    return f"was killed by signal {name}{memory}"


def _stop(pipes: list[Connection], processes: list[BaseProcess], owner: int) -> None:
    """End the workers: ask, wait, and then insist.  In a fork of the program they are not ours to end."""
    if os.getpid() == owner:
        try:
            _ask(pipes)
            deadline = time.monotonic() + _PATIENCE
            for process in processes:
                process.join(max(0.0, deadline - time.monotonic()))
        finally:
            for process in processes:
                process.kill()
                process.join()
    for pipe in pipes:
        pipe.close()


def _ask(pipes: list[Connection]) -> None:
    for pipe in pipes:
        with suppress(OSError):  # it has ended already
            send(pipe, None)


# ------------------------------------------------------------------ in the worker


class _Error(NamedTuple):
    """An error on its way: its type, and its traceback in words."""

    kind: type[Exception]
    text: str


class _Words(str):
    """A message that a KeyError shows as it is, in lines."""

    def __repr__(self) -> str:
        return str(self)


def _received(pipe: Connection, worker: int) -> Reply:
    reply: Reply = receive(pipe)
    if isinstance(reply.batch, _Error):
        return reply._replace(batch=Failed(_rebuilt(reply.batch, worker)))
    return reply


def _rebuilt(error: _Error, worker: int) -> Exception:
    words = f"Caught {error.kind.__name__} in DataLoader worker process {worker}.\nOriginal {error.text}"
    try:
        return error.kind(_Words(words) if error.kind is KeyError else words)
    except Exception:  # a class that is made from something else than a message
        return RuntimeError(words)


def _main(pipe: Connection, inherited: list[Connection], job: Job, worker: int) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # a handler of the program's is not meant for its workers
    for other in inherited:
        other.close()
    set_num_threads(1)
    enter_process(worker, job.count, job.base_seed, job.dataset)
    tasks: SimpleQueue[Task | None] = SimpleQueue()
    threading.Thread(target=_listen, args=(pipe, tasks), daemon=True).start()
    with suppress(KeyboardInterrupt, BrokenPipeError):  # the program was interrupted too, or is gone
        work(job, worker, _until_stopped(tasks), lambda reply: _send(pipe, reply))


def _send(pipe: Connection, reply: Reply) -> None:
    if isinstance(reply.batch, Failed):
        reply = reply._replace(batch=_described(reply.batch.error))
    try:
        send(pipe, reply)
    except BrokenPipeError:
        raise
    except Exception as error:  # what cannot be pickled
        send(pipe, reply._replace(batch=_described(error)))


def _described(error: Exception) -> _Error:
    text = "".join(traceback.format_exception(error))
    try:
        pickle.dumps(type(error))
    except Exception:  # a class that only this process knows
        return _Error(RuntimeError, text)
    return _Error(type(error), text)


def _until_stopped(tasks: SimpleQueue[Task | None]) -> Iterator[Task]:
    while (task := tasks.get()) is not None:
        yield task


def _listen(pipe: Connection, tasks: SimpleQueue[Task | None]) -> None:
    """Pass the tasks on; at None forget those that wait, and end the process when the program is gone."""
    parent = os.getppid()
    try:
        while True:
            while not pipe.poll(_WATCH):
                if os.getppid() != parent:
                    os._exit(1)
            task = receive(pipe)
            if task is None:
                break
            tasks.put(task)
    except (EOFError, OSError):
        os._exit(1)
    while not tasks.empty():
        tasks.get()
    tasks.put(None)
