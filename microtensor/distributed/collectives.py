"""Collectives of one tensor a rank: reductions, broadcast, and the barriers.

Every rank of the group has to call, with the same shape and dtype; `microtensor.distributed.debug` checks
that they do.  Results are written into the tensors, with no copy in between where these are contiguous.
"""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from .arguments import Output, Reducible, check_op, check_tensor, run
from .debug import compare
from .errors import DistBackendError
from .process_group import ProcessGroup, default_pg_timeout, member, rank_in_group
from .reduce_op import ReduceOp
from .work import Work

__all__ = ["all_reduce", "barrier", "broadcast", "monitored_barrier", "reduce"]


def all_reduce(
    tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None, async_op: bool = False
) -> Work | None:
    """Replace the tensor by the reduction of all ranks' tensors, on every rank.

    Its shape is any, and its dtype too, but for those that `ReduceOp` names. Nothing is recorded for a
    gradient. Returns a `Work` if it is asynchronous, else None.

    Raises ``TypeError`` for what is not a tensor, ``ValueError`` for a read-only one, ``RuntimeError`` for a
    mean of integers and for bits of what has none.

    >>> mt.distributed.init_process_group()
    >>> x = mt.tensor([1.0, 2.0])
    >>> mt.distributed.all_reduce(x)
    >>> x
    tensor([1., 2.])
    >>> mt.distributed.destroy_process_group()
    """
    check_tensor(tensor, "tensor")
    found = member(group, "all_reduce")
    if found is None:
        return None
    op = check_op("all_reduce", op, tensor)
    slot = Output(tensor, "all_reduce")
    terms = Reducible(slot.flat, op)
    compare(found, "all_reduce", [tensor], op.name)

    def finish(_: Any) -> None:
        terms.reduced(found.size())
        slot.written("all_reduce")

    carrier = found.communicator
    return run(
        found, "all_reduce", [tensor],
        lambda wait: carrier.allreduce(terms.buffer, terms.op.name, wait), finish, async_op,
    )  # fmt: skip


def reduce(
    tensor: Tensor, dst: int | None = None, op: ReduceOp = ReduceOp.SUM, group: Any = None,
    async_op: bool = False, group_dst: int | None = None,
) -> Work | None:  # fmt: skip
    """Replace the tensor on rank `dst` by the reduction of all ranks' tensors; the others keep theirs."""
    check_tensor(tensor, "tensor")
    found = member(group, "reduce")
    if found is None:
        return None
    root, op = rank_in_group("reduce", found, dst, group_dst), check_op("reduce", op, tensor)
    slot = Output(tensor, "reduce")
    terms = Reducible(slot.flat, op)
    compare(found, "reduce", [tensor], f"{op.name}, to {root}")

    def finish(_: Any) -> None:
        if found.rank() == root:
            terms.reduced(found.size())
            slot.written("reduce")

    carrier = found.communicator
    return run(
        found, "reduce", [tensor],
        lambda wait: carrier.reduce(terms.buffer, terms.op.name, root, wait), finish, async_op,
    )  # fmt: skip


def broadcast(
    tensor: Tensor, src: int | None = None, group: Any = None, async_op: bool = False,
    group_src: int | None = None,
) -> Work | None:  # fmt: skip
    """Overwrite the tensor, on every rank, with what it is on rank `src`."""
    check_tensor(tensor, "tensor")
    found = member(group, "broadcast")
    if found is None:
        return None
    root = rank_in_group("broadcast", found, src, group_src)
    slot = Output(tensor, "broadcast")
    compare(found, "broadcast", [tensor], f"from {root}")

    def finish(_: Any) -> None:
        if found.rank() != root:
            slot.written("broadcast")

    carrier = found.communicator
    return run(
        found, "broadcast", [tensor], lambda wait: carrier.broadcast(slot.raw, root, wait), finish, async_op
    )


def barrier(group: Any = None, async_op: bool = False, device_ids: Any = None) -> Work | None:
    """Return when every rank has called it; `device_ids` are GPUs, and not looked at."""
    found = member(group, "barrier")
    if found is None:
        return None
    compare(found, "barrier", [])
    return run(found, "barrier", [], found.communicator.barrier, lambda _: None, async_op)


def monitored_barrier(
    group: Any = None, timeout: timedelta | None = None, wait_all_ranks: bool = False
) -> None:
    """Return when every rank has called it; after `timeout`, rank 0 names those that have not.

    Raises ``RuntimeError`` for the first of them, or for all of them with `wait_all_ranks`.
    """
    found = member(group, "monitored_barrier")
    if found is None:
        return
    limit = timeout or found.timeout or default_pg_timeout
    carrier, token = found.communicator, np.zeros(1, np.uint8)
    if found.rank():
        carrier.send(token, 0, _TAG, True)
        _await(carrier.receive(np.zeros(1, np.uint8), 0, _TAG, False, None), limit)
        return
    _await_all(found, limit, wait_all_ranks)
    for rank in range(1, found.size()):
        carrier.send(token, rank, _TAG, True)


_TAG = 32_767
"""The largest tag that every MPI has: a program's own are small."""


def _await(request: Any, limit: timedelta) -> None:
    Work("monitored_barrier", request, [], lambda _: None).wait(limit)


def _await_all(group: ProcessGroup, limit: timedelta, wait_all_ranks: bool) -> None:
    end = time.monotonic() + limit.total_seconds()
    ranks = range(1, group.size())
    tokens = [np.zeros(1, np.uint8) for _ in ranks]
    requests = [
        group.communicator.receive(token, rank, _TAG, False, None)
        for rank, token in zip(ranks, tokens, strict=True)
    ]
    late = []
    for rank, request in zip(ranks, requests, strict=True):
        try:
            _await(request, timedelta(seconds=max(end - time.monotonic(), 0)))
        except DistBackendError:
            late.append(group.ranks[rank])
            if not wait_all_ranks:
                break
    if late:
        raise RuntimeError(
            f"Rank{'s' * (len(late) > 1)} {', '.join(map(str, late))} failed to pass monitoredBarrier "
            f"in {limit.total_seconds() * 1000:.0f} ms"
        )
