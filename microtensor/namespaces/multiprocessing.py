"""Python's own processes under the name that programs use; a tensor that goes to one is copied."""

from __future__ import annotations

from multiprocessing import (
    Event,
    JoinableQueue,
    Lock,
    Manager,
    Pipe,
    Pool,
    Process,
    Queue,
    SimpleQueue,
    Value,
    cpu_count,
    current_process,
    freeze_support,
    get_context,
    get_start_method,
    set_start_method,
)
from typing import Any

__all__ = [
    "Event", "JoinableQueue", "Lock", "Manager", "Pipe", "Pool", "Process", "Queue", "SimpleQueue", "Value",
    "cpu_count", "current_process", "freeze_support", "get_context", "get_sharing_strategy",
    "get_start_method", "set_sharing_strategy", "set_start_method", "spawn",
]  # fmt: skip


def get_sharing_strategy() -> str:
    """Always ``"file_system"``, and nothing is shared."""
    return "file_system"


def set_sharing_strategy(new_strategy: str) -> None:
    """Nothing: tensors are copied."""


def spawn(
    fn: Any, args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True, daemon: bool = False,
    start_method: str = "spawn",
) -> Any:  # fmt: skip
    """Start `nprocs` processes that call ``fn(number, *args)``, and wait for them.

    Raises ``RuntimeError`` if one of them fails.
    """
    context: Any = get_context(start_method)
    processes = [context.Process(target=fn, args=(i, *args), daemon=daemon) for i in range(nprocs)]
    for process in processes:
        process.start()
    if not join:
        return processes
    for process in processes:
        process.join()
    failed = [i for i, process in enumerate(processes) if process.exitcode]
    if failed:
        raise RuntimeError(f"process {failed[0]} ended with exit code {processes[failed[0]].exitcode}")
    return None
