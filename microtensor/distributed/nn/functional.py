"""Collectives that autograd knows, each beside its adjoint, which is a collective too.

The loss that is differentiated is the sum of all ranks' losses: what a rank's tensor does to another rank's
loss comes back to it.  All ranks have to run backward.  Results are new tensors.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...autograd import Function
from ...creation.factories import empty_like, zeros_like
from ...engine.tensor import Tensor
from .. import collectives, exchanging, gathering
from ..process_group import get_global_rank, resolve
from ..reduce_op import ReduceOp

__all__ = ["all_gather", "all_reduce", "all_to_all_single", "broadcast", "reduce", "reduce_scatter"]


def all_reduce(tensor: Tensor, op: ReduceOp = ReduceOp.SUM, group: Any = None) -> Tensor:
    """The reduction of all ranks' tensors; its adjoint is the same reduction of the cotangents.

    Right for ``SUM`` and ``AVG``, which are linear: others raise ``ValueError``.

    >>> mt.distributed.init_process_group()
    >>> x = mt.ones(2, requires_grad=True)
    >>> mt.distributed.nn.functional.all_reduce(x).sum().backward()
    >>> x.grad
    tensor([1., 1.])
    >>> mt.distributed.destroy_process_group()
    """
    _check_linear("all_reduce", op)
    found: Tensor = _AllReduce.apply(tensor, op, group)
    return found


class _AllReduce(Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor, op: ReduceOp, group: Any) -> Tensor:
        ctx.op, ctx.group = op, group
        found: Tensor = tensor.detach().clone()
        collectives.all_reduce(found, op, group)
        return found

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return _AllReduce.apply(g, ctx.op, ctx.group), None, None


def broadcast(tensor: Tensor, src: int, group: Any = None) -> Tensor:
    """Rank `src`'s tensor on all ranks; its adjoint is `reduce` to that rank."""
    found: Tensor = _Broadcast.apply(tensor, src, group)
    return found


class _Broadcast(Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor, src: int, group: Any) -> Tensor:
        ctx.src, ctx.group = src, group
        found: Tensor = tensor.detach().clone()
        collectives.broadcast(found, src, group)
        return found

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return _Reduce.apply(g, ctx.src, ctx.group), None, None


def reduce(tensor: Tensor, dst: int, op: ReduceOp = ReduceOp.SUM, group: Any = None) -> Tensor:
    """The sum of all ranks' tensors on rank `dst`, zeros on the others; its adjoint is `broadcast`.

    Raises ``ValueError`` for anything but ``SUM``.
    """
    _check_linear("reduce", op, (ReduceOp.SUM,))
    found: Tensor = _Reduce.apply(tensor, dst, group)
    return found


class _Reduce(Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor, dst: int, group: Any) -> Tensor:
        ctx.dst, ctx.group = dst, group
        found: Tensor = tensor.detach().clone()
        collectives.reduce(found, dst, ReduceOp.SUM, group)
        here = get_global_rank(group, resolve(group).rank()) == dst
        return found if here else zeros_like(found)

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return _Broadcast.apply(g, ctx.dst, ctx.group), None, None


def all_gather(tensor: Tensor, group: Any = None) -> tuple[Tensor, ...]:
    """All ranks' tensors, of one shape; its adjoint is `reduce_scatter`."""
    found: tuple[Tensor, ...] = _AllGather.apply(tensor, group)
    return found


class _AllGather(Function):
    @staticmethod
    def forward(ctx: Any, tensor: Tensor, group: Any) -> tuple[Tensor, ...]:
        ctx.group = group
        found = [empty_like(tensor) for _ in range(resolve(group).size())]
        gathering.all_gather(found, tensor.detach(), group)
        return tuple(found)

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> Any:
        return _ReduceScatter.apply(ctx.group, *grads), None


def reduce_scatter(
    output: Tensor, input_list: Sequence[Tensor], op: ReduceOp = ReduceOp.SUM, group: Any = None
) -> Tensor:
    """This rank's part of the sum of all ranks' lists, like `output`; its adjoint is `all_gather`.

    Raises ``ValueError`` for anything but ``SUM``.
    """
    _check_linear("reduce_scatter", op, (ReduceOp.SUM,))
    found: Tensor = _ReduceScatter.apply(group, *input_list)
    return found


class _ReduceScatter(Function):
    @staticmethod
    def forward(ctx: Any, group: Any, *parts: Tensor) -> Tensor:
        ctx.group = group
        found: Tensor = empty_like(parts[0])
        exchanging.reduce_scatter(found, [part.detach() for part in parts], ReduceOp.SUM, group)
        return found

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        return (None, *_AllGather.apply(g, ctx.group))


def all_to_all_single(
    output: Tensor, input: Tensor, output_split_sizes: Sequence[int] | None = None,
    input_split_sizes: Sequence[int] | None = None, group: Any = None,
) -> Tensor:  # fmt: skip
    """Every rank's part for this one, with the shape of `output`; its adjoint sends the parts back."""
    found: Tensor = _AllToAll.apply(input, output.detach(), output_split_sizes, input_split_sizes, group)
    return found


class _AllToAll(Function):
    @staticmethod
    def forward(ctx: Any, input: Tensor, output: Tensor, theirs: Any, mine: Any, group: Any) -> Tensor:
        ctx.like, ctx.theirs, ctx.mine, ctx.group = zeros_like(input.detach()), theirs, mine, group
        found: Tensor = empty_like(output)
        exchanging.all_to_all_single(found, input.detach(), theirs, mine, group)
        return found

    @staticmethod
    def backward(ctx: Any, g: Tensor) -> Any:
        back = _AllToAll.apply(g, ctx.like, ctx.mine, ctx.theirs, ctx.group)
        return back, None, None, None, None


def _check_linear(name: str, op: ReduceOp, linear: Any = (ReduceOp.SUM, ReduceOp.AVG)) -> None:
    if op not in linear:
        raise ValueError(f"{name} with a gradient takes {' or '.join(map(str, linear))}, not {op}")
