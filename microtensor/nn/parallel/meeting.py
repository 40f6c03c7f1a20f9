"""A meeting of the ranks of one machine, in place of messages between them.

Each rank puts its gradients into memory that the others can read as well.  When all have done so, everybody
adds up everybody's, at the speed of memory: an MPI that carries the same numbers copies them twice more.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from ...distributed import barrier
from ...distributed.communicator import SharedMemory
from ...distributed.process_group import ProcessGroup
from ...distributed.work import Work
from .buckets import Bucket

__all__ = ["Meeting", "meeting_of"]

FEW = 4
"""Up to so many ranks.  Each of them reads all gradients of all; in a ring of messages, those of two."""

LEAST, MOST = 256 * 1024, 8 * 1024 * 1024
"""Bytes of gradients for which a meeting pays, and which shared memory surely has room for.

Below, messages that go while backward does are as quick. Containers often have 64 MiB of shared memory, MPI's
own included, and to write to more ends the process.
"""

ALIGNED = 64
"""Bytes of a line of cache, at which each bucket begins."""


def meeting_of(buckets: Sequence[Bucket], group: ProcessGroup) -> Meeting | None:
    """The meeting of a group's ranks, None where messages are better or there is no memory in common."""
    size = sum(map(_room, buckets))
    if not (1 < group.size() <= FEW and LEAST <= size <= MOST):
        return None
    memory = group.communicator.shared_memory(size)
    return None if memory is None else Meeting(buckets, group, memory)


def _room(bucket: Bucket) -> int:
    return int(-(-bucket.ends[-1] * bucket.dtype.itemsize // ALIGNED)) * ALIGNED


class Meeting:
    """The buckets of a group's ranks, in memory that all of them can read."""

    def __init__(self, buckets: Sequence[Bucket], group: ProcessGroup, memory: SharedMemory) -> None:
        self.buckets, self.group, self.memory = buckets, group, memory
        self.readers: Work | None = None
        begin, parts = 0, memory.parts()
        for bucket in buckets:
            end = begin + bucket.ends[-1] * bucket.dtype.itemsize
            bucket.share([part[begin:end] for part in parts], group.rank())
            begin += _room(bucket)

    def wait_for_readers(self) -> None:
        """Wait until nobody reads any more what this rank wrote in the last pass."""
        self.memory.parts()
        if self.readers is not None:
            self.readers.wait()

    def exchange(self, nowhere: Collection[int]) -> None:
        """Wait for everybody, and add up all gradients but those that are `nowhere` used."""
        self.memory.sync()
        self._everybody().wait()
        self.memory.sync()
        for bucket in self.buckets:
            for index in bucket.indices:
                if index not in nowhere:
                    bucket.add_up(index)
        self.readers = self._everybody()

    def _everybody(self) -> Work:
        work = barrier(self.group, async_op=True)
        assert work is not None  # this rank is in the group
        return work
