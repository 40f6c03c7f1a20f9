"""New groups of some of the ranks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from .debug import DebugLevel, compare_texts, get_debug_level
from .process_group import GroupMember, ProcessGroup, default_group, world

__all__ = ["new_group", "new_subgroups", "new_subgroups_by_enumeration"]


def new_group(
    ranks: Sequence[int] | None = None, timeout: timedelta | None = None, backend: str | None = None,
    pg_options: Any = None, use_local_synchronization: bool = False, group_desc: str | None = None,
    device_id: Any = None,
) -> Any:  # fmt: skip
    """The group of the given global ranks, in ascending order; all of them for None.

    Every process of the job has to call, with the same ranks, in the same order as other calls. Those that
    are not among the ranks get ``GroupMember.NON_GROUP_MEMBER``. `timeout` is the old group's unless given.

    Raises ``ValueError`` for ranks that are there twice or not at all.

    >>> mt.distributed.init_process_group()
    >>> mt.distributed.new_group([0]).size()
    1
    >>> mt.distributed.destroy_process_group()
    """
    base = default_group()
    chosen = sorted(base.ranks if ranks is None else ranks)
    _check_ranks(chosen, base.size())
    if get_debug_level() is DebugLevel.DETAIL:
        compare_texts(base, f"new_group({chosen})")
    found = base.communicator.split(chosen)
    if found is None:
        return GroupMember.NON_GROUP_MEMBER
    group = ProcessGroup(found, chosen, backend or base.backend, timeout or base.timeout)
    world.groups.append(group)
    return group


def _check_ranks(ranks: Sequence[int], size: int) -> None:
    if not ranks:
        raise ValueError("new_group: a group has at least one rank")
    if len(set(ranks)) != len(ranks):
        raise ValueError(f"ranks list must not contain duplicate entries, got {list(ranks)}")
    for rank in ranks:
        if not 0 <= rank < size:
            raise ValueError(
                f"Rank {rank} is out of range. Valid ranks are 0 to {size - 1} (world_size={size})"
            )


def new_subgroups_by_enumeration(
    ranks_per_subgroup_list: Sequence[Sequence[int]], timeout: timedelta | None = None,
    backend: str | None = None, pg_options: Any = None, group_desc: str | None = None,
) -> tuple[Any, list[Any]]:  # fmt: skip
    """Several groups without a common rank: the one that this process is in, and all of them.

    Raises ``ValueError`` for an empty list, and if two groups share a rank.
    """
    listed = [rank for ranks in ranks_per_subgroup_list for rank in ranks]
    if not listed:
        raise ValueError("The arg 'ranks_per_subgroup_list' cannot be empty")
    if len(set(listed)) != len(listed):
        raise ValueError(f"new_subgroups_by_enumeration: a rank is in two groups: {ranks_per_subgroup_list}")
    groups = [new_group(ranks, timeout, backend) for ranks in ranks_per_subgroup_list]
    return next((group for group in groups if isinstance(group, ProcessGroup)), None), groups


def new_subgroups(
    group_size: int | None = None, group: Any = None, timeout: timedelta | None = None,
    backend: str | None = None, pg_options: Any = None, group_desc: str | None = None,
) -> tuple[Any, list[Any]]:  # fmt: skip
    """Groups of `group_size` neighbours each: the one that this process is in, and all of them.

    Raises ``ValueError`` unless the size divides the number of ranks.
    """
    size = default_group().size()
    if group_size is None or not 0 < group_size <= size or size % group_size:
        raise ValueError(f"The world size ({size}) must be divisible by 'group_size={group_size}'")
    parts = [list(range(first, first + group_size)) for first in range(0, size, group_size)]
    return new_subgroups_by_enumeration(parts, timeout, backend)
