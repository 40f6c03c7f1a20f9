"""Beginning and ending: `init_process_group` and what it needs to know of the machine.

MPI carries everything, whatever backend a program names, so that one program runs here and in PyTorch.
mpiexec has given the ranks already; a program's own are compared with them.
"""

from __future__ import annotations

import atexit
import os
from datetime import timedelta
from importlib.util import find_spec
from typing import Any

from . import mpi
from .communicator import Communicator, LocalCommunicator
from .debug import ENDED, DebugLevel, compare_texts, get_debug_level, set_debug_level_from_env
from .failing import end_job_on_errors
from .process_group import ProcessGroup, is_initialized, resolve, world

__all__ = [
    "destroy_process_group", "get_node_local_rank", "init_process_group", "is_available",
    "is_backend_available", "is_gloo_available", "is_mpi_available", "is_nccl_available",
    "is_torchelastic_launched", "is_ucc_available", "is_xccl_available",
]  # fmt: skip

NEEDS_MPI = (
    "several processes need MPI here, and mpi4py is not installed: pip install 'microtensor[mpi]', and start "
    "the program with: python -m microtensor launch -n 2 train.py"
)


def is_available() -> bool:
    """Whether several processes can be used: mpi4py is installed. A world of one works without it."""
    return find_spec("mpi4py") is not None


def is_mpi_available() -> bool:
    """Whether mpi4py is installed."""
    return is_available()


def is_gloo_available() -> bool:
    """Whether mpi4py is installed: the backend "gloo" is MPI too."""
    return is_available()


def is_nccl_available() -> bool:
    """Always False: NCCL connects GPUs."""
    return False


def is_ucc_available() -> bool:
    """Always False."""
    return False


def is_xccl_available() -> bool:
    """Always False."""
    return False


def is_backend_available(backend: str) -> bool:
    """Whether a backend can be used: "gloo" and "mpi", with mpi4py."""
    return backend.lower() in ("gloo", "mpi") and is_available()


def is_torchelastic_launched() -> bool:
    """Always False: a job that lost a rank ends."""
    return False


def get_node_local_rank(fallback_rank: int | None = None) -> int:
    """This process's number on its machine, from the variable ``LOCAL_RANK`` that `launch` sets."""
    if "LOCAL_RANK" in os.environ:
        return int(os.environ["LOCAL_RANK"])
    if fallback_rank is not None:
        return int(fallback_rank)
    raise RuntimeError(
        "LOCAL_RANK is not in the environment. Consider passing fallback_rank to allow `get_node_local_rank` "
        "to work, or start the program with python -m microtensor launch"
    )


def init_process_group(
    backend: str | None = None, init_method: str | None = None, timeout: timedelta | None = None,
    world_size: int = -1, rank: int = -1, store: Any = None, group_name: str = "", pg_options: Any = None,
    device_id: Any = None,
) -> None:  # fmt: skip
    """Make the default group of all processes that ``python -m microtensor launch`` or mpiexec started.

    `backend` is "gloo", "mpi" or None, and MPI in any case. Without mpi4py, and without mpiexec, the world
    is this one process. `world_size` and `rank` may repeat what mpiexec decided. With a `timeout`, no
    collective waits longer. An exception that nobody catches ends all processes from now on.

    Raises ``ValueError`` if there is a group already or the backend is unknown, ``RuntimeError`` for "nccl",
    for several processes without mpi4py, and if sizes or ranks contradict mpiexec's.

    >>> mt.distributed.init_process_group("gloo")
    >>> mt.distributed.get_world_size()
    1
    >>> mt.distributed.destroy_process_group()
    """
    if is_initialized():
        raise ValueError("trying to initialize the default process group twice!")
    if timeout is not None and not isinstance(timeout, timedelta):
        raise TypeError(f"Expected timeout argument to be of type datetime.timedelta, got {timeout=}")
    name = _backend(backend)
    set_debug_level_from_env()
    communicator = _communicator(_expected("WORLD_SIZE", world_size), _expected("RANK", rank))
    world.default = ProcessGroup(communicator, range(communicator.size), name, timeout)
    if communicator.size > 1:
        end_job_on_errors(communicator.rank)
        atexit.register(_say_goodbye)


def _backend(backend: str | None) -> str:
    name = "mpi" if backend is None else str(backend).lower().rpartition(":")[2].rpartition(",")[2]
    if name in ("nccl", "ucc", "xccl"):
        raise RuntimeError(
            f"Distributed package doesn't have {name.upper()} built in: there are no GPUs here; use "
            "'gloo' or 'mpi'"
        )
    if name not in ("gloo", "mpi"):
        raise ValueError(f"Unknown backend type {backend}: use 'gloo' or 'mpi', which are both MPI here")
    return name


def _expected(variable: str, given: int) -> int | None:
    """A number that the caller or, failing that, the environment gives; None if neither does."""
    if given is not None and given >= 0:
        return given
    return int(os.environ[variable]) if variable in os.environ else None


def _communicator(size: int | None, rank: int | None) -> Communicator:
    found = _find()
    if size is not None and size != found.size:
        raise RuntimeError(
            f"world_size is {size} by the program's arguments or WORLD_SIZE, but {found.size} by MPI: "
            + (
                "start the program with python -m microtensor launch (torchrun and torch.multiprocessing."
                "spawn start processes that do not know each other in MPI)"
                if is_available()
                else NEEDS_MPI
            )
        )
    if rank is not None and rank != found.rank:
        raise RuntimeError(f"rank is {rank} by the program's arguments or RANK, but {found.rank} by MPI")
    return found


def _find() -> Communicator:
    """All processes that mpiexec started; this one alone if MPI is not installed."""
    if not is_available():
        return LocalCommunicator()
    found = mpi.world()
    if found.size > 1:
        return found
    found.free()
    return LocalCommunicator()


def destroy_process_group(group: Any = None) -> None:
    """Forget a group, or, for the default one, all of them; wait for what goes on there first.

    Raises ``AssertionError`` if there is none.
    """
    if group is None and not is_initialized():
        raise AssertionError("Process group cannot be None")
    found = resolve(group)
    _end(found)
    if found is not world.default:
        world.groups.remove(found)
        found.communicator.free()
        return
    for other in [*world.groups, found]:
        other.finish()
        other.communicator.free()
    world.default, world.groups = None, []


def _end(group: ProcessGroup) -> None:
    group.finish()
    if get_debug_level() is DebugLevel.DETAIL:
        compare_texts(group, ENDED)


def _say_goodbye() -> None:
    """At the end of a program that keeps its group: tell those who go on, in checked mode."""
    if world.default is None or get_debug_level() is not DebugLevel.DETAIL:
        return
    try:
        _end(world.default)
    except RuntimeError as error:
        import sys

        sys.excepthook(type(error), error, error.__traceback__)
