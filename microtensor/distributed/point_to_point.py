"""Messages from one rank to another."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..engine.tensor import Tensor
from .arguments import Output, Slot, check_tensor, run
from .process_group import ProcessGroup, get_global_rank, member, rank_in_group
from .work import Work

__all__ = ["P2POp", "batch_isend_irecv", "irecv", "isend", "recv", "send"]


def send(
    tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
) -> None:
    """Hand the tensor to rank `dst`, which calls `recv` with the same shape, dtype and tag.

    May return before it has arrived, and may wait until it does: of two ranks that both send first, both
    may wait for ever, so one of them uses `isend`.

    Raises ``ValueError`` for this rank itself.
    """
    _send(tensor, dst, group, tag, group_dst, False)


def isend(
    tensor: Tensor, dst: int | None = None, group: Any = None, tag: int = 0, group_dst: int | None = None
) -> Work | None:
    """Begin to hand the tensor to rank `dst`; it must not be written to before the `Work` is waited for."""
    return _send(tensor, dst, group, tag, group_dst, True)


def recv(
    tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
) -> int:
    """Overwrite the tensor with what rank `src`, or any rank, sends; return whose it was, -1 outside.

    Raises ``RuntimeError`` if the message has another size.
    """
    work = _receive(tensor, src, group, tag, group_src, False)
    return -1 if work is None else work.source


def irecv(
    tensor: Tensor, src: int | None = None, group: Any = None, tag: int = 0, group_src: int | None = None
) -> Work | None:
    """Begin to take what rank `src`, or any rank, sends: the tensor holds it when the `Work` is done."""
    found = _receive(tensor, src, group, tag, group_src, True)
    return None if found is None else found.work


def _send(tensor: Tensor, dst: Any, group: Any, tag: int, group_dst: Any, async_op: bool) -> Work | None:
    check_tensor(tensor, "tensor")
    world = member(group, "send")
    if world is None:
        return None
    rank, carrier, mine = _other("destination", world, dst, group_dst), world.communicator, Slot(tensor).raw
    return run(
        world, "send", [tensor], lambda wait: carrier.send(mine, rank, tag, wait), lambda _: None, async_op
    )


class _Received:
    """A message that is on its way, and whom it comes from."""

    def __init__(self, tensor: Tensor, rank: int | None, tag: int, world: ProcessGroup) -> None:
        self.tensor, self.rank, self.tag, self.world = tensor, rank, tag, world
        self.slot, self.status, self.source = Output(tensor, "recv"), world.communicator.status(), -1
        self.work: Work | None = None

    def start(self, async_op: bool) -> None:
        """Begin to receive."""
        carrier, raw = self.world.communicator, self.slot.raw
        self.work = run(
            self.world, "recv", [self.tensor],
            lambda wait: carrier.receive(raw, self.rank, self.tag, wait, self.status), self._arrived,
            async_op, self.status,
        )  # fmt: skip

    def _arrived(self, status: Any) -> None:
        self.source = get_global_rank(self.world, status.Get_source())
        if status.count != self.slot.raw.size:
            raise RuntimeError(
                f"recv: the message of rank {self.source} has {status.count} bytes, and {self.tensor.dtype} "
                f"{tuple(self.tensor.shape)} takes {self.slot.raw.size}: both ranks need one shape and dtype"
            )
        self.slot.written("recv")


def _receive(
    tensor: Tensor, src: Any, group: Any, tag: int, group_src: Any, async_op: bool
) -> _Received | None:
    check_tensor(tensor, "tensor")
    world = member(group, "recv")
    if world is None:
        return None
    anybody = src is None and group_src is None
    message = _Received(tensor, None if anybody else _other("source", world, src, group_src), tag, world)
    message.start(async_op)
    return message


def _other(end: str, world: ProcessGroup, rank: int | None, group_rank: int | None) -> int:
    name = "send" if end == "destination" else "recv"
    found = rank_in_group(name, world, rank, group_rank, f"{end} rank")
    if found == world.rank():
        raise ValueError(
            f"Invalid {end} rank: {end} rank should not be the same as the rank of the current process."
        )
    return found


class P2POp:
    """One message for `batch_isend_irecv`: `isend` or `irecv`, the tensor, and the other rank.

    Raises ``ValueError`` for another function.
    """

    def __init__(
        self, op: Callable[..., Any], tensor: Tensor, peer: int | None = None, group: Any = None,
        tag: int = 0, group_peer: int | None = None,
    ) -> None:  # fmt: skip
        if op not in (isend, irecv):
            raise ValueError(
                "Invalid ``op``. Expected ``op`` to be of type ``torch.distributed.isend`` or "
                "``torch.distributed.irecv``."
            )
        self.op, self.tensor, self.peer = op, tensor, peer
        self.group, self.tag, self.group_peer = group, tag, group_peer


def batch_isend_irecv(p2p_op_list: list[P2POp]) -> list[Work]:
    """Begin several messages at once, in any order; wait for all that it returns.

    Raises ``ValueError`` for an empty list or one of anything else.
    """
    if not p2p_op_list or not all(isinstance(message, P2POp) for message in p2p_op_list):
        raise ValueError("Invalid ``p2p_op_list``: it takes a list of at least one P2POp, and nothing else")
    found = [
        message.op(message.tensor, message.peer, message.group, message.tag, message.group_peer)
        for message in p2p_op_list
    ]
    return [work for work in found if work is not None]
