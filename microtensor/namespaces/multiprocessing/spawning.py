"""Starting several processes of one function, and what becomes of the others when one fails."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import pickle
import signal
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

__all__ = [
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException", "spawn",
    "start_processes",
]  # fmt: skip


class ProcessException(Exception):
    """A process failed: the number of it among the others, and its process id."""

    def __init__(self, msg: str, error_index: int, error_pid: int) -> None:
        super().__init__(msg)
        self.msg, self.error_index, self.error_pid = msg, error_index, error_pid

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid)


class ProcessRaisedException(ProcessException):
    """A process raised an exception, whose traceback the text shows."""


class ProcessExitedException(ProcessException):
    """A process ended with an exit code or by a signal."""

    def __init__(
        self, msg: str, error_index: int, error_pid: int, exit_code: int, signal_name: str | None = None
    ) -> None:
        super().__init__(msg, error_index, error_pid)
        self.exit_code, self.signal_name = exit_code, signal_name

    def __reduce__(self) -> tuple[Any, ...]:
        return type(self), (self.msg, self.error_index, self.error_pid, self.exit_code, self.signal_name)


def _run(fn: Callable[..., Any], number: int, args: tuple[Any, ...], error_file: str) -> None:
    """What a process does: the function, or its traceback into a file."""
    try:
        fn(number, *args)
    except KeyboardInterrupt:
        """The parent ends this process."""
    except Exception:
        Path(error_file).write_bytes(pickle.dumps(traceback.format_exc()))
        sys.exit(1)


class ProcessContext:
    """Processes that run one function, to be waited for with `join`."""

    def __init__(self, processes: list[Any], error_files: list[str]) -> None:
        self.processes, self.error_files = processes, error_files
        self.sentinels = {process.sentinel: index for index, process in enumerate(processes)}

    def pids(self) -> list[int]:
        """The processes' ids."""
        return [int(process.pid) for process in self.processes]

    def join(self, timeout: float | None = None, grace_period: float | None = None) -> bool:
        """Wait until one ends; True when all have, False if others still run.

        When one fails the others are ended, after `grace_period` seconds.

        Raises `ProcessRaisedException` or `ProcessExitedException`.
        """
        if not self.sentinels:
            return True
        ended = multiprocessing.connection.wait(list(self.sentinels), timeout)
        for sentinel in ended:
            index = self.sentinels.pop(sentinel)
            self.processes[index].join()
            if self.processes[index].exitcode:
                self._end_others(30.0 if grace_period is None else grace_period, grace_period is not None)
                raise self._failure(index)
        return not self.sentinels

    def _end_others(self, grace: float, wait_first: bool) -> None:
        for end in [*([None] if wait_first else []), "terminate", "kill"]:
            for process in self.processes:
                if end is not None and process.is_alive():
                    getattr(process, end)()
            until = time.monotonic() + grace
            for process in self.processes:
                process.join(max(0.0, until - time.monotonic()))

    def _failure(self, index: int) -> ProcessException:
        process, file = self.processes[index], Path(self.error_files[index])
        if file.exists():
            text = pickle.loads(file.read_bytes())
            file.unlink()
            words = f"\n\n-- Process {index} terminated with the following error:\n{text}"
            return ProcessRaisedException(words, index, process.pid)
        code = process.exitcode
        if code >= 0:
            return ProcessExitedException(
                f"process {index} terminated with exit code {code}", index, process.pid, code
            )
        name = signal.Signals(-code).name
        words = f"process {index} terminated with signal {name}"
        return ProcessExitedException(words, index, process.pid, code, name)


def start_processes(
    fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True,
    daemon: bool = False, start_method: str = "spawn",
) -> ProcessContext | None:  # fmt: skip
    """Start `nprocs` processes that call ``fn(number, *args)``, and wait for them if `join`.

    Raises what `ProcessContext.join` raises.
    """
    context: Any = multiprocessing.get_context(start_method)
    folder, processes, files = tempfile.gettempdir(), [], []
    for number in range(nprocs):
        files.append(
            os.path.join(folder, f"microtensor-error-{os.getpid()}-{time.time_ns()}-{number}.pickle")
        )
        processes.append(context.Process(target=_run, args=(fn, number, args, files[-1]), daemon=daemon))
        processes[-1].start()
    started = ProcessContext(processes, files)
    if not join:
        return started
    while not started.join():
        """One has ended well."""
    return None


def spawn(
    fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True,
    daemon: bool = False, start_method: str = "spawn",
) -> ProcessContext | None:  # fmt: skip
    """Start `nprocs` new interpreters that call ``fn(number, *args)``, and wait for them if `join`.

    Raises `ProcessRaisedException` with the traceback of one that raises, `ProcessExitedException` for one
    that ends otherwise; the others are ended then.
    """
    return start_processes(fn, args, nprocs, join, daemon, start_method)
