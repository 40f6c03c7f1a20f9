"""What a process group needs of whatever carries its arrays; and the carrier of a world of one.

Arrays are flat, contiguous, and of a dtype that the carrier can add; whoever calls has seen to that.
``wait`` says whether the call returns when all is done (None), or at once, with a request to wait for.
`microtensor.distributed.mpi` is the carrier between processes.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np

Array = np.ndarray[Any, Any]

__all__ = ["Array", "Communicator", "LocalCommunicator", "Request", "SharedMemory"]


class Request(Protocol):
    """A call that goes on: MPI's own class, in MPI's spelling."""

    def Test(self, status: Any = None) -> bool:  # noqa: N802
        """Whether it is done; asking moves it on."""


class SharedMemory(Protocol):
    """Memory of the ranks of one machine, which each of them writes to its own part of and reads all of."""

    def parts(self) -> list[Array]:
        """The bytes of each rank, by rank."""

    def sync(self) -> None:
        """Let what was written before a barrier be seen after it."""


class Communicator(Protocol):
    """A numbered set of processes that exchange arrays."""

    rank: int
    size: int

    def allreduce(self, array: Array, op: str, wait: bool) -> Request | None:
        """Reduce over all ranks, in place."""

    def reduce(self, array: Array, op: str, root: int, wait: bool) -> Request | None:
        """Reduce over all ranks, in place at `root`."""

    def broadcast(self, array: Array, root: int, wait: bool) -> Request | None:
        """Overwrite with what `root` holds."""

    def allgather(self, out: Array, array: Array, wait: bool) -> Request | None:
        """All ranks' arrays end to end, for everybody."""

    def gather(self, out: Array | None, array: Array, root: int, wait: bool) -> Request | None:
        """All ranks' arrays end to end, at `root`."""

    def scatter(self, array: Array, parts: Array | None, root: int, wait: bool) -> Request | None:
        """The part of what lies end to end at `root`."""

    def reduce_scatter(self, out: Array, array: Array, op: str, wait: bool) -> Request | None:
        """Reduce over all ranks and keep this rank's part."""

    def alltoall(
        self, out: Array, array: Array, counts: tuple[Sequence[int], Sequence[int]], wait: bool
    ) -> Request | None:
        """Give every rank its part; `counts` are what arrives and what leaves, by rank."""

    def barrier(self, wait: bool) -> Request | None:
        """Wait for everybody."""

    def send(self, array: Array, rank: int, tag: int, wait: bool) -> Request | None:
        """Hand an array to one rank."""

    def receive(self, array: Array, rank: int | None, tag: int, wait: bool, status: Any) -> Request | None:
        """Take an array from one rank, or from any."""

    def status(self) -> Any:
        """Where `receive` notes whom the message came from."""

    def split(self, ranks: Sequence[int]) -> Communicator | None:
        """The communicator of some ranks, None for the others; all ranks have to call."""

    def shared_memory(self, size: int) -> SharedMemory | None:
        """So many bytes of each rank that all ranks can read, None if there is no such thing."""

    def free(self) -> None:
        """Give back what the communicator holds."""


class LocalCommunicator:
    """A world of one: everybody has everything already.

    >>> from microtensor.distributed.communicator import LocalCommunicator
    >>> out = np.zeros(2)
    >>> LocalCommunicator().allgather(out, np.ones(2), True)
    >>> out
    array([1., 1.])
    """

    rank, size = 0, 1

    def allreduce(self, array: Array, op: str, wait: bool) -> None:
        """Nothing: one term is its own sum."""

    def reduce(self, array: Array, op: str, root: int, wait: bool) -> None:
        """Nothing."""

    def broadcast(self, array: Array, root: int, wait: bool) -> None:
        """Nothing."""

    def allgather(self, out: Array, array: Array, wait: bool) -> None:
        """Copy."""
        out[...] = array

    def gather(self, out: Array | None, array: Array, root: int, wait: bool) -> None:
        """Copy."""
        assert out is not None
        out[...] = array

    def scatter(self, array: Array, parts: Array | None, root: int, wait: bool) -> None:
        """Copy."""
        assert parts is not None
        array[...] = parts

    def reduce_scatter(self, out: Array, array: Array, op: str, wait: bool) -> None:
        """Copy."""
        out[...] = array

    def alltoall(
        self, out: Array, array: Array, counts: tuple[Sequence[int], Sequence[int]], wait: bool
    ) -> None:
        """Copy."""
        out[...] = array

    def barrier(self, wait: bool) -> None:
        """Nothing."""

    def send(self, array: Array, rank: int, tag: int, wait: bool) -> None:
        """Never called: no rank sends to itself."""
        raise NotImplementedError

    def receive(self, array: Array, rank: int | None, tag: int, wait: bool, status: Any) -> None:
        """Refuse: nobody else is there to send."""
        raise RuntimeError("recv: there is nobody else in a world of one, so nothing will come")

    def status(self) -> Any:
        """Nothing to note."""
        return None

    def split(self, ranks: Sequence[int]) -> LocalCommunicator | None:
        """Another world of one."""
        return LocalCommunicator() if len(ranks) else None

    def shared_memory(self, size: int) -> None:
        """None: nobody else is there to read it."""

    def free(self) -> None:
        """Nothing to give back."""
