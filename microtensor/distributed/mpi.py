"""The carrier between processes: MPI, through mpi4py.

NumPy's arrays go to MPI as they lie in memory, without a copy and never by way of pickle.  Importing
mpi4py's ``MPI`` starts MPI, so that happens when the first communicator is made.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from functools import cache
from itertools import accumulate
from typing import Any

import numpy as np

from .communicator import Array, Request
from .errors import DistBackendError

__all__ = ["MPICommunicator", "SharedMemory", "abort", "local_rank", "world"]

_OTHER_NAMES = {"AVG": "SUM", "PRODUCT": "PROD"}


@cache
def library() -> Any:
    """mpi4py's ``MPI``; ``RuntimeError`` if there is no MPI that it could start."""
    try:
        from mpi4py import MPI
    except (ImportError, RuntimeError) as error:
        raise RuntimeError(f"mpi4py finds no MPI ({error}): pip install 'microtensor[mpi]'") from error
    return MPI


def world() -> MPICommunicator:
    """All processes that mpiexec started, apart from whatever else a program sends between them."""
    return MPICommunicator(library().COMM_WORLD.Dup())


def local_rank() -> tuple[int, int]:
    """This process's number among those on its machine, and how many they are."""
    comm = library().COMM_WORLD.Split_type(library().COMM_TYPE_SHARED)
    found = comm.rank, comm.size
    comm.Free()
    return found


def abort(code: int) -> None:
    """End all processes of the job."""
    sys.stdout.flush()
    sys.stderr.flush()
    library().COMM_WORLD.Abort(code)
    os._exit(code)  # where MPI asks its starter to end us, and comes back


def _displacements(counts: Sequence[int]) -> list[int]:
    return [0, *accumulate(counts)][: len(counts)]


class MPICommunicator:
    """MPI's communicator, with calls that wait or do not: ``Allreduce`` and ``Iallreduce`` are one."""

    def __init__(self, comm: Any) -> None:
        self.comm, self.mpi = comm, library()
        self.rank: int = comm.Get_rank()
        self.size: int = comm.Get_size()
        self._memories: list[SharedMemory] = []

    def _call(self, name: str, wait: bool, *args: Any) -> Request | None:
        try:
            found: Request | None = getattr(self.comm, name if wait else f"I{name.lower()}")(*args)
        except self.mpi.Exception as error:
            raise DistBackendError(failed(name, error)) from None
        return None if found is None else Watched(found, name)

    def _op(self, name: str) -> Any:
        return getattr(self.mpi, _OTHER_NAMES.get(name, name))

    def allreduce(self, array: Array, op: str, wait: bool) -> Request | None:
        """Reduce over all ranks, in place."""
        return self._call("Allreduce", wait, self.mpi.IN_PLACE, array, self._op(op))

    def reduce(self, array: Array, op: str, root: int, wait: bool) -> Request | None:
        """Reduce over all ranks, in place at `root`."""
        buffers = (self.mpi.IN_PLACE, array) if self.rank == root else (array, None)
        return self._call("Reduce", wait, *buffers, self._op(op), root)

    def broadcast(self, array: Array, root: int, wait: bool) -> Request | None:
        """Overwrite with what `root` holds."""
        return self._call("Bcast", wait, array, root)

    def allgather(self, out: Array, array: Array, wait: bool) -> Request | None:
        """All ranks' arrays end to end, for everybody."""
        return self._call("Allgather", wait, array, out)

    def gather(self, out: Array | None, array: Array, root: int, wait: bool) -> Request | None:
        """All ranks' arrays end to end, at `root`."""
        return self._call("Gather", wait, array, out, root)

    def scatter(self, array: Array, parts: Array | None, root: int, wait: bool) -> Request | None:
        """The part of what lies end to end at `root`."""
        return self._call("Scatter", wait, parts, array, root)

    def reduce_scatter(self, out: Array, array: Array, op: str, wait: bool) -> Request | None:
        """Reduce over all ranks and keep this rank's part."""
        return self._call("Reduce_scatter_block", wait, array, out, self._op(op))

    def alltoall(
        self, out: Array, array: Array, counts: tuple[Sequence[int], Sequence[int]], wait: bool
    ) -> Request | None:
        """Give every rank its part; `counts` are what arrives and what leaves, by rank."""
        theirs, mine = ((list(part), _displacements(part)) for part in counts)
        return self._call("Alltoallv", wait, [array, mine], [out, theirs])

    def barrier(self, wait: bool) -> Request | None:
        """Wait for everybody."""
        return self._call("Barrier", wait)

    def send(self, array: Array, rank: int, tag: int, wait: bool) -> Request | None:
        """Hand an array to one rank."""
        return self._call("Send", wait, array, rank, tag)

    def receive(self, array: Array, rank: int | None, tag: int, wait: bool, status: Any) -> Request | None:
        """Take an array from one rank, or from any."""
        source = self.mpi.ANY_SOURCE if rank is None else rank
        return self._call("Recv", wait, array, source, tag, *((status,) if wait else ()))

    def status(self) -> Any:
        """Where `receive` notes whom the message came from."""
        return self.mpi.Status()

    def split(self, ranks: Sequence[int]) -> MPICommunicator | None:
        """The communicator of some ranks, None for the others; all ranks have to call."""
        inside = self.rank in ranks
        comm = self.comm.Split(0 if inside else self.mpi.UNDEFINED, ranks.index(self.rank) if inside else 0)
        return MPICommunicator(comm) if inside else None

    def shared_memory(self, size: int) -> SharedMemory | None:
        """So many bytes of each rank that all ranks can read, None if they are on several machines."""
        comm = self.comm.Split_type(self.mpi.COMM_TYPE_SHARED)
        if self.comm.allreduce(comm.size, self.mpi.MIN) < self.size:
            comm.Free()
            return None
        self._memories.append(SharedMemory(comm, size))
        return self._memories[-1]

    def free(self) -> None:
        """Give back what the communicator holds."""
        for memory in self._memories:
            memory.free()
        self.comm.Free()


class SharedMemory:
    """Memory of the ranks of one machine, which each of them writes to its own part of and reads all of."""

    def __init__(self, comm: Any, size: int) -> None:
        self.comm = comm
        self._window: Any = library().Win.Allocate_shared(size, 1, comm=comm)
        self._window.Lock_all()

    def parts(self) -> list[Array]:
        """The bytes of each rank, by rank; ``DistBackendError`` once the group is destroyed."""
        if self._window is None:
            raise DistBackendError("the process group of this memory was destroyed: make the module anew")
        return [
            np.frombuffer(self._window.Shared_query(rank)[0], np.uint8)
            for rank in range(self.comm.Get_size())
        ]

    def sync(self) -> None:
        """Let what was written before a barrier be seen after it."""
        self._window.Sync()

    def free(self) -> None:
        """Give the memory back."""
        self._window.Unlock_all()
        self._window.Free()
        self._window = None
        self.comm.Free()


class Watched:
    """MPI's request, whose errors are ours."""

    def __init__(self, request: Any, name: str) -> None:
        self.request, self.name = request, name

    def Test(self, status: Any = None) -> bool:  # noqa: N802
        """Whether it is done."""
        try:
            return bool(self.request.Test(status))
        except library().Exception as error:
            raise DistBackendError(failed(self.name, error)) from None


def failed(name: str, error: Any) -> str:
    """What MPI says of a call that failed, and how to find out why."""
    lines = str(error).strip().splitlines()
    return (
        f"{name}: MPI says: {lines[0]}; {lines[-1]}. If ranks disagree about the call, its order or its "
        "shapes, TORCH_DISTRIBUTED_DEBUG=DETAIL tells which."
    )
