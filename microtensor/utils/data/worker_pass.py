"""Which worker makes which batch, and in which order they are given: PyTorch's rules.

Tasks go to the workers in turn, `ahead` to each before the first batch is asked for, and then one more
with each batch that is given.  A worker whose iterable data set is exhausted gets no more.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import cycle
from typing import Any, Protocol

from .fetch import END
from .worker_loop import Failed, Reply, Task

__all__ = ["Pool", "WorkerPass"]


class Pool(Protocol):
    """The workers, whatever they are."""

    @property
    def close(self) -> Callable[[], Any]:
        """End them."""

    def send(self, worker: int, task: Task) -> None:
        """Give a worker something to do."""

    def receive(self, timeout: float) -> Reply | None:
        """What a worker has made; None if it takes too long."""


class WorkerPass(Iterator[Any]):
    """One pass whose batches workers prepare; with workers that stay, one pass after the other.

    Args:
        pool: the workers.
        count: how many they are.
        order: what they are to fetch.
        ahead: how many batches each prepares before they are asked for.
        timeout: seconds to wait for a batch before raising ``RuntimeError``; 0 for no limit.
        in_order: give the batches in their order, not as they come.
        persistent: leave the workers for the next pass.
    """

    def __init__(
        self, pool: Pool, count: int, order: Iterable[Any], *, ahead: int, timeout: float, in_order: bool,
        persistent: bool,
    ) -> None:  # fmt: skip
        self._pool, self._count, self._order = pool, count, order
        self._room, self._timeout = ahead * count, timeout
        self._in_order, self._persistent = in_order, persistent
        self._turn = 0
        self.reset()

    def reset(self) -> None:
        """Begin anew, with the same workers; what they still make for the pass before is dropped."""
        self._turn += 1
        self._indices = iter(self._order)
        self._given = self._sent = 0
        self._assigned: dict[int, int] = {}
        self._arrived: dict[int, Any] = {}
        self._active = [True] * self._count
        self._load = [0] * self._count
        self._next_worker = cycle(range(self._count))
        for _ in range(self._room):
            self._submit()

    def __next__(self) -> Any:
        while self._pending():
            number = self._given if self._given in self._arrived else self._receive()
            if number is not None and (number == self._given or not self._in_order):
                return self._give(number)
        if not self._persistent:
            self._pool.close()
        raise StopIteration

    def _pending(self) -> bool:
        """Whether a batch is to come; passes over those of workers at their end."""
        while self._given < self._sent:
            worker = self._assigned.get(self._given)
            if worker is not None and (self._given in self._arrived or self._active[worker]):
                return True
            self._assigned.pop(self._given, None)
            self._given += 1
        return False

    def _receive(self) -> int | None:
        """The number of a batch that has come; None if it was the end of a worker, or of another pass."""
        reply = self._pool.receive(self._timeout)
        if reply is None:
            raise RuntimeError(
                f"DataLoader timed out after {self._timeout} seconds: a batch took longer; raise the "
                "timeout, or leave it out to wait"
            )
        if reply.turn != self._turn:
            return None
        if reply.batch is END:
            self._end(reply.number)
            return None
        self._arrived[reply.number] = reply.batch
        return reply.number

    def _end(self, number: int) -> None:
        """Take a worker out that has nothing more; it says so once for each task that it still has."""
        worker = self._assigned.get(number)
        if worker is not None and self._active[worker]:
            self._active[worker] = False
            self._submit()

    def _submit(self) -> None:
        """Give the next indices to the next worker that has room, if there are any of both."""
        if not any(self._active):
            return
        for indices in self._indices:
            worker = next(w for w in self._next_worker if self._has_room(w))
            self._assigned[self._sent] = worker
            self._load[worker] += 1
            self._pool.send(worker, Task(self._turn, self._sent, indices))
            self._sent += 1
            break

    def _has_room(self, worker: int) -> bool:
        room = self._in_order or self._load[worker] < self._room // sum(self._active)
        return self._active[worker] and room

    def _give(self, number: int) -> Any:
        batch, worker = self._arrived.pop(number), self._assigned.pop(number)
        self._given += number == self._given
        self._load[worker] -= 1
        self._submit()
        try:
            if isinstance(batch, Failed):
                raise batch.error
            return batch
        finally:
            del batch  # an error whose traceback leads to itself would keep the workers
