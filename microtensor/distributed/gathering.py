"""Collectives that bring all ranks' tensors together, or give each rank its part."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from .arguments import Output, Slot, check_dtypes, check_list, check_tensor, check_tensors, run
from .communicator import Array
from .debug import compare
from .process_group import ProcessGroup, member, rank_in_group
from .work import Work

__all__ = ["all_gather", "all_gather_into_tensor", "all_gather_single", "gather", "scatter"]


def outputs(tensors: Sequence[Tensor], name: str) -> list[Output]:
    """The memory of several tensors that will be written."""
    return [Output(tensor, name) for tensor in tensors]


def deal(slots: Sequence[Slot], parts: Array, name: str) -> None:
    """Write equally long parts that lie end to end into the memory of several tensors."""
    for slot, part in zip(slots, parts.reshape(len(slots), -1), strict=True):
        slot.raw[...] = part
        slot.written(name)


def all_gather(
    tensor_list: list[Tensor], tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """Write every rank's `tensor` into `tensor_list`, on every rank.

    All have one shape and dtype. Raises ``RuntimeError`` for a list that is not one tensor a rank, and for
    another shape; ``ValueError`` for another dtype.

    >>> mt.distributed.init_process_group()
    >>> found = [mt.zeros(2)]
    >>> mt.distributed.all_gather(found, mt.ones(2))
    >>> found
    [tensor([1., 1.])]
    >>> mt.distributed.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    check_tensors(tensor_list, "tensor_list", tensor)
    world = member(group, "all_gather")
    if world is None:
        return None
    check_list("all_gather", "output tensor", tensor_list, tensor, world)
    slots, mine = outputs(tensor_list, "all_gather"), Slot(tensor).raw
    everybody, carrier = np.empty(mine.size * world.size(), np.uint8), world.communicator
    compare(world, "all_gather", [tensor])
    return run(
        world, "all_gather", tensor_list, lambda wait: carrier.allgather(everybody, mine, wait),
        lambda _: deal(slots, everybody, "all_gather"), async_op,
    )  # fmt: skip


def all_gather_into_tensor(
    output_tensor: Tensor, input_tensor: Tensor, group: Any = None, async_op: bool = False
) -> Work | None:
    """Write every rank's tensor into one, end to end along its first dimension or along a new one.

    For ``(n, ...)`` on each of w ranks, the output is ``(w * n, ...)`` or ``(w, n, ...)``.

    >>> mt.distributed.init_process_group()
    >>> found = mt.zeros(2)
    >>> mt.distributed.all_gather_into_tensor(found, mt.ones(2))
    >>> found
    tensor([1., 1.])
    >>> mt.distributed.destroy_process_group()
    """
    check_tensor(output_tensor, "output_tensor")
    check_tensor(input_tensor, "input_tensor")
    world = member(group, "all_gather_into_tensor")
    if world is None:
        return None
    check_dtypes(output_tensor, input_tensor)
    check_whole("all_gather_into_tensor", output_tensor, input_tensor, world)
    slot, mine, carrier = Output(output_tensor, "all_gather"), Slot(input_tensor).raw, world.communicator
    compare(world, "all_gather_into_tensor", [input_tensor])
    return run(
        world, "all_gather_into_tensor", [output_tensor],
        lambda wait: carrier.allgather(slot.raw, mine, wait), lambda _: slot.written("all_gather"), async_op,
    )  # fmt: skip


all_gather_single = all_gather_into_tensor


def check_whole(name: str, whole: Tensor, part: Tensor, group: ProcessGroup) -> None:
    """Raise ``RuntimeError`` unless `whole` is all ranks' parts end to end, or stacked."""
    one = tuple(part.shape)
    joined = (group.size() * one[0], *one[1:]) if one else (group.size(),)
    if tuple(whole.shape) not in (joined, (group.size(), *one)):
        raise RuntimeError(
            f"{name}: the tensor of all {group.size()} ranks must have shape {joined} or "
            f"{(group.size(), *one)} where each rank's is {one}, and it has {tuple(whole.shape)}"
        )


def gather(
    tensor: Tensor, gather_list: list[Tensor] | None = None, dst: int | None = None, group: Any = None,
    async_op: bool = False, group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Write every rank's tensor into `gather_list` on rank `dst` (0); the others give no list.

    Raises ``ValueError`` for a list where none belongs, or none where one does.
    """
    check_tensor(tensor, "tensor")
    world = member(group, "gather")
    if world is None:
        return None
    root = rank_in_group("gather", world, 0 if dst is None and group_dst is None else dst, group_dst)
    here = world.rank() == root
    _check_given("gather_list", gather_list, here, "destination")
    slots = []
    if gather_list:
        check_tensors(gather_list, "gather_list", tensor)
        check_list("gather", "output tensor", gather_list, tensor, world)
        slots = outputs(gather_list, "gather")
    mine, carrier = Slot(tensor).raw, world.communicator
    everybody = np.empty(mine.size * world.size(), np.uint8) if here else None
    compare(world, "gather", [tensor], f"to {root}")

    def finish(_: Any) -> None:
        if everybody is not None:
            deal(slots, everybody, "gather")

    return run(
        world, "gather", gather_list or [],
        lambda wait: carrier.gather(everybody, mine, root, wait), finish, async_op,
    )  # fmt: skip


def scatter(
    tensor: Tensor, scatter_list: list[Tensor] | None = None, src: int | None = None, group: Any = None,
    async_op: bool = False, group_src: int | None = None,
) -> Work | None:  # fmt: skip
    """Overwrite the tensor on every rank with its part of rank `src`'s (0) list; the others give no list.

    Raises ``ValueError`` for a list where none belongs, or none where one does.
    """
    check_tensor(tensor, "tensor")
    world = member(group, "scatter")
    if world is None:
        return None
    root = rank_in_group("scatter", world, 0 if src is None and group_src is None else src, group_src)
    _check_given("scatter_list", scatter_list, world.rank() == root, "source")
    parts = None
    if scatter_list:
        check_tensors(scatter_list, "scatter_list", tensor)
        _check_length(scatter_list, world)
        check_list("scatter", "input tensor", scatter_list, tensor, world)
        parts = np.concatenate([Slot(part).raw for part in scatter_list])
    slot, carrier = Output(tensor, "scatter"), world.communicator
    compare(world, "scatter", [tensor], f"from {root}")
    return run(
        world, "scatter", [tensor], lambda wait: carrier.scatter(slot.raw, parts, root, wait),
        lambda _: slot.written("scatter"), async_op,
    )  # fmt: skip


def _check_length(parts: Sequence[Tensor], group: ProcessGroup) -> None:
    if len(parts) != group.size():
        raise RuntimeError(
            f"scatter: Incorrect input list size {len(parts)}. Input list size should be {group.size()}, "
            "same as size of the process group."
        )


def _check_given(name: str, tensors: Any, here: bool, end: str) -> None:
    if here and not tensors:
        raise ValueError(f"Argument ``{name}`` must be specified on {end} rank.")
    if not here and tensors:
        raise ValueError(f"Argument ``{name}`` must NOT be specified on non-{end} ranks.")
