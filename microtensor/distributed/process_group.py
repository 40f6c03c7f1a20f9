"""`ProcessGroup`: some of the processes, numbered; the default one; and who is which rank in which.

Ranks are global unless a name says otherwise: ``src`` and ``dst`` number the processes of the whole job,
also in a collective of a group.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from .communicator import Communicator
from .work import Work

__all__ = [
    "GroupMember", "ProcessGroup", "default_pg_timeout", "get_backend", "get_global_rank", "get_group_rank",
    "get_process_group_ranks", "get_rank", "get_world_size", "group", "is_initialized",
]  # fmt: skip

default_pg_timeout = timedelta(minutes=30)
"""How long a checked call waits for the other ranks, where no timeout was given."""


class ProcessGroup:
    """Some of the processes of a job, numbered from 0, that communicate: see `new_group`.

    >>> mt.distributed.init_process_group()
    >>> world = mt.distributed.group.WORLD
    >>> world.rank(), world.size(), world.name()
    (0, 1, 'mpi')
    >>> mt.distributed.destroy_process_group()
    """

    def __init__(
        self, communicator: Communicator, ranks: Sequence[int], backend: str, timeout: timedelta | None
    ) -> None:
        self.communicator, self.ranks = communicator, list(ranks)
        self.backend, self.timeout = backend, timeout
        self.sequence = 0
        self._going_on: set[Work] = set()

    def rank(self) -> int:
        """This process's number in the group."""
        return self.communicator.rank

    def size(self) -> int:
        """The number of processes in the group."""
        return self.communicator.size

    def name(self) -> str:
        """The backend's name."""
        return self.backend

    def keep(self, work: Work) -> None:
        """Hold on to what goes on, with its memory, until it is done: the caller may forget it."""
        self._going_on = {other for other in self._going_on if not other.is_completed()} | {work}

    def finish(self) -> None:
        """Wait for all that goes on."""
        for work in self._going_on:
            work.wait()
        self._going_on.clear()


class _World:
    """The groups of this process: at most one default group, and those that `new_group` made."""

    def __init__(self) -> None:
        self.default: ProcessGroup | None = None
        self.groups: list[ProcessGroup] = []


world = _World()


class _Members(type):
    NON_GROUP_MEMBER = -100

    @property
    def WORLD(cls) -> ProcessGroup | None:  # noqa: N802
        """The default group, None before `init_process_group`."""
        return world.default


class GroupMember(metaclass=_Members):
    """What stands for a group: ``WORLD``, and what `new_group` gives those who are not in it."""


class group(metaclass=_Members):  # noqa: N801
    """Where programs look for the default group: ``group.WORLD``."""


def is_initialized() -> bool:
    """Whether there is a default process group.

    >>> mt.distributed.is_initialized()
    False
    """
    return world.default is not None


def default_group() -> ProcessGroup:
    """The default group; ``ValueError`` before `init_process_group`."""
    if world.default is None:
        raise ValueError(
            "Default process group has not been initialized, please make sure to call init_process_group."
        )
    return world.default


def is_outside(group: Any) -> bool:
    """Whether `group` is what a process has of a group that it does not belong to."""
    return isinstance(group, int) and group == GroupMember.NON_GROUP_MEMBER


def resolve(group: Any) -> ProcessGroup:
    """`group` itself, or the default one for None."""
    if group is None:
        return default_group()
    if not isinstance(group, ProcessGroup):
        raise TypeError(f"group takes a ProcessGroup or None, not {type(group).__name__}: see new_group")
    return group


def member(group: Any, name: str) -> ProcessGroup | None:
    """The group for the collective `name`; None, with a warning, if this process is not in it."""
    if not is_outside(group):
        return resolve(group)
    warnings.warn(
        f"Running {name} on global rank {default_group().rank()} which does not belong to the given group.",
        stacklevel=3,
    )
    return None


def get_rank(group: Any = None) -> int:
    """This process's number in the group, -1 if it is not in it.

    Raises ``ValueError`` before `init_process_group`.

    >>> mt.distributed.get_rank()
    Traceback (most recent call last):
    ValueError: Default process group has not been initialized, please make sure to call init_process_group.
    """
    return -1 if is_outside(group) else resolve(group).rank()


def get_world_size(group: Any = None) -> int:
    """The number of processes in the group, -1 for those that are not in it."""
    return -1 if is_outside(group) else resolve(group).size()


def get_backend(group: Any = None) -> str:
    """The name that `init_process_group` was given: MPI carries it in any case."""
    if is_outside(group):
        raise ValueError("Invalid process group specified")
    return resolve(group).backend


def get_process_group_ranks(group: Any = None) -> list[int]:
    """The global ranks of a group's processes, in its order."""
    return list(resolve(group).ranks)


def get_group_rank(group: Any, global_rank: int) -> int:
    """The number in `group` of the process that is `global_rank` in the job; ``ValueError`` if it is not."""
    ranks = resolve(group).ranks if not is_outside(group) else []
    if global_rank not in ranks:
        raise ValueError(f"Global rank {global_rank} is not part of group {group}")
    return ranks.index(global_rank)


def get_global_rank(group: Any, group_rank: int) -> int:
    """The number in the job of the process that is `group_rank` in `group`; ``ValueError`` if none is."""
    ranks = resolve(group).ranks
    if not 0 <= group_rank < len(ranks):
        raise ValueError(f"Group rank {group_rank} is not part of group {group}")
    return ranks[group_rank]


def rank_in_group(
    name: str, group: ProcessGroup, global_rank: int | None, group_rank: int | None, what: str = "root rank"
) -> int:
    """The number in `group` that a caller gave either way; ``ValueError`` for both or neither.

    Raises ``RuntimeError`` for a number that is nobody's.
    """
    if group_rank is not None and global_rank is not None:
        raise ValueError("Can't specify both group_rank and global_rank")
    if group_rank is None and global_rank is None:
        raise ValueError("Must specify global_rank or group_rank")
    if group_rank is None:
        assert global_rank is not None
        if group is not world.default:
            return get_group_rank(group, global_rank)
        group_rank = global_rank
    if not 0 <= group_rank < group.size():
        raise RuntimeError(f"{name}: invalid {what}: {group_rank}; ranks are 0 to {group.size() - 1}")
    return group_rank
