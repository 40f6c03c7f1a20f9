"""What a worker does, in a thread or in a process: it makes the batches that it is told to make."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from .fetch import Fetch, fetcher

__all__ = ["Failed", "Job", "Reply", "Task", "work"]


@dataclass(frozen=True)
class Job:
    """What all workers of a loader are told once."""

    dataset: Any
    batched: bool
    collate_fn: Fetch
    drop_last: bool
    init: Callable[[int], Any] | None
    count: int
    base_seed: int

    def fetcher(self) -> Fetch:
        """A function from indices to batches, for one pass."""
        return fetcher(self.dataset, self.batched, self.collate_fn, self.drop_last)


class Task(NamedTuple):
    """One batch to make: the pass that it is for, its number in that pass, and its indices."""

    turn: int
    number: int
    indices: Any


class Reply(NamedTuple):
    """One batch, or `END`, or what `Failed` says."""

    turn: int
    number: int
    batch: Any


class Failed(NamedTuple):
    """An error in place of a batch."""

    error: Exception


def work(job: Job, worker: int, tasks: Iterable[Task], reply: Callable[[Reply], None]) -> None:
    """Make batches until there are no more tasks; an error goes where a batch would go."""
    began = _caught(job.init or _nothing, worker)
    turn, fetch = None, began
    for task in tasks:
        if isinstance(began, Failed):
            reply(Reply(task.turn, task.number, began))
            continue
        if task.turn != turn:
            turn, fetch = task.turn, _caught(job.fetcher)
        batch = fetch if isinstance(fetch, Failed) else _caught(fetch, task.indices)
        reply(Reply(task.turn, task.number, batch))
        del batch, task


def _nothing(worker: int) -> None:
    pass


def _caught(function: Callable[..., Any], *args: Any) -> Any:
    try:
        return function(*args)
    except Exception as error:
        return Failed(error)
