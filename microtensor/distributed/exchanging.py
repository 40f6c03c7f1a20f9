"""Collectives in which every rank gets a part of what every rank has: reduce-scatter, all-to-all."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from .arguments import Output, Reducible, Slot, check_dtypes, check_op, check_tensor, check_tensors, run
from .communicator import Array
from .debug import compare
from .gathering import check_whole, outputs
from .process_group import ProcessGroup, member
from .reduce_op import ReduceOp
from .work import Work

__all__ = [
    "all_to_all", "all_to_all_single", "reduce_scatter", "reduce_scatter_single", "reduce_scatter_tensor",
]  # fmt: skip


def reduce_scatter_tensor(
    output: Tensor, input: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Reduce all ranks' inputs, and keep this rank's part of the result.

    For an output ``(n, ...)`` on each of w ranks, the input is ``(w * n, ...)`` or ``(w, n, ...)``.

    >>> mt.distributed.init_process_group()
    >>> mine = mt.zeros(2)
    >>> mt.distributed.reduce_scatter_tensor(mine, mt.ones(2))
    >>> mine
    tensor([1., 1.])
    >>> mt.distributed.destroy_process_group()
    """
    check_tensor(output, "output")
    check_tensor(input, "input")
    world = member(group, "reduce_scatter_tensor")
    if world is None:
        return None
    check_dtypes(output, input)
    check_whole("reduce_scatter_tensor", input, output, world)
    compare(world, "reduce_scatter_tensor", [output], getattr(op, "name", ""))
    return _reduce_scatter(output, Slot(input).flat, op, world, async_op)


reduce_scatter_single = reduce_scatter_tensor


def reduce_scatter(
    output: Tensor, input_list: list[Tensor], op: ReduceOp = ReduceOp.SUM, group: Any = None,
    async_op: bool = False,
) -> Work | None:  # fmt: skip
    """Reduce all ranks' lists, one tensor for each rank, and keep this rank's tensor of the result.

    Raises ``RuntimeError`` unless all tensors have the shape of `output`.
    """
    check_tensor(output, "output")
    check_tensors(input_list, "input_list", output)
    world = member(group, "reduce_scatter")
    if world is None:
        return None
    if len(input_list) != world.size():
        raise RuntimeError("invalid input tensor list size, must be world size")
    if any(tuple(part.shape) != tuple(output.shape) for part in input_list):
        raise RuntimeError(f"reduce_scatter: all tensors must have the output's shape {tuple(output.shape)}")
    compare(world, "reduce_scatter", [output], getattr(op, "name", ""))
    return _reduce_scatter(output, np.concatenate([Slot(t).flat for t in input_list]), op, world, async_op)


def _reduce_scatter(
    output: Tensor, parts: Array, op: ReduceOp, world: ProcessGroup, async_op: bool
) -> Work | None:
    op = check_op("reduce_scatter", op, output)
    slot, carrier = Output(output, "reduce_scatter"), world.communicator
    terms, mine = Reducible(parts, op), Reducible(slot.flat, op)

    def finish(_: Any) -> None:
        mine.reduced(world.size())
        slot.written("reduce_scatter")

    return run(
        world, "reduce_scatter", [output],
        lambda wait: carrier.reduce_scatter(mine.buffer, terms.buffer, terms.op.name, wait), finish, async_op,
    )  # fmt: skip


def all_to_all_single(
    output: Tensor, input: Tensor, output_split_sizes: Sequence[int] | None = None,
    input_split_sizes: Sequence[int] | None = None, group: Any = None, async_op: bool = False,
) -> Work | None:  # fmt: skip
    """Give every rank its part of `input`'s rows, and put what every rank gave, in order, into `output`.

    Parts are equal unless their sizes along the first dimension are given, one for each rank. Raises
    ``RuntimeError`` for sizes that do not make up the tensor, or rows that cannot be divided equally.

    >>> mt.distributed.init_process_group()
    >>> found = mt.zeros(2)
    >>> mt.distributed.all_to_all_single(found, mt.ones(2))
    >>> found
    tensor([1., 1.])
    >>> mt.distributed.destroy_process_group()
    """
    check_tensor(output, "output")
    check_tensor(input, "input")
    world = member(group, "all_to_all_single")
    if world is None:
        return None
    check_dtypes(output, input)
    counts = (_bytes(output, output_split_sizes, world), _bytes(input, input_split_sizes, world))
    slot, mine, carrier = Output(output, "all_to_all_single"), Slot(input).raw, world.communicator
    compare(world, "all_to_all_single", [], str(input.dtype))
    return run(
        world, "all_to_all_single", [output], lambda wait: carrier.alltoall(slot.raw, mine, counts, wait),
        lambda _: slot.written("all_to_all_single"), async_op,
    )  # fmt: skip


def _bytes(tensor: Tensor, sizes: Sequence[int] | None, world: ProcessGroup) -> list[int]:
    """How many bytes of the tensor belong to each rank."""
    rows = tensor.shape[0] if tensor.ndim else 1
    if sizes is None or not len(sizes):
        if rows % world.size():
            raise RuntimeError(
                f"all_to_all_single: tensor's dim 0 ({rows}) does not divide equally across group size "
                f"({world.size()}): give split sizes"
            )
        sizes = [rows // world.size()] * world.size()
    if len(sizes) != world.size():
        raise RuntimeError(f"Number of tensor splits not equal to group size: {len(sizes)}, {world.size()}")
    if sum(sizes) != rows:
        raise RuntimeError(f"Split sizes doesn't match total dim 0 size: {list(sizes)}, {rows}")
    row = tensor.nbytes // rows if rows else 0
    return [size * row for size in sizes]


def all_to_all(
    output_tensor_list: list[Tensor], input_tensor_list: list[Tensor], group: Any = None,
    async_op: bool = False,
) -> Work | None:  # fmt: skip
    """Give rank i the i-th input, and put what rank i gave into the i-th output; shapes may differ."""
    check_tensors(output_tensor_list, "output_tensor_list")
    check_tensors(input_tensor_list, "input_tensor_list")
    world = member(group, "all_to_all")
    if world is None:
        return None
    check_dtypes(*output_tensor_list, *input_tensor_list)
    if not len(output_tensor_list) == len(input_tensor_list) == world.size():
        raise RuntimeError(f"all_to_all: it takes one tensor for each of {world.size()} ranks, in both lists")
    slots, carrier = outputs(output_tensor_list, "all_to_all"), world.communicator
    mine = np.concatenate([Slot(tensor).raw for tensor in input_tensor_list])
    counts = ([slot.raw.size for slot in slots], [tensor.nbytes for tensor in input_tensor_list])
    arrived = np.empty(sum(counts[0]), np.uint8)
    compare(world, "all_to_all", [], str(input_tensor_list[0].dtype))

    def finish(_: Any) -> None:
        ends = np.cumsum(counts[0])[:-1]
        for slot, part in zip(slots, np.split(arrived, ends), strict=True):
            slot.raw[...] = part
            slot.written("all_to_all")

    return run(
        world, "all_to_all", output_tensor_list,
        lambda wait: carrier.alltoall(arrived, mine, counts, wait), finish, async_op,
    )  # fmt: skip
