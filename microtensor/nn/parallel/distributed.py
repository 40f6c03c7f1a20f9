"""`DistributedDataParallel`: one model on every rank, and one gradient, the mean of all ranks'."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any

from ...distributed import all_gather_object
from ...distributed.process_group import ProcessGroup, resolve
from ...engine.grad_mode import is_grad_enabled
from ...engine.tensor import Tensor
from ..modules.module import Module
from .broadcasting import broadcast_all
from .buckets import GradBucket
from .reducer import Reducer
from .unused import watched

__all__ = ["DistributedDataParallel"]

_MIB = 1024 * 1024


class DistributedDataParallel(Module):
    """Runs `module`, and lets every rank have the mean of all ranks' gradients after backward.

    All ranks begin with rank 0's parameters and buffers; each then trains on its own share of the data, and
    their optimizers do the same step. Names in its state dict begin with ``module.``: save
    ``ddp.module.state_dict()``, on rank 0. Gradients are reduced in buckets of `bucket_cap_mb` MiB (25)
    while backward goes on. What is averaged is ``p.grad``, with what was in it before.

    Args:
        module: has at least one parameter that requires a gradient, the same ones on all ranks.
        broadcast_buffers: copy rank 0's buffers to all ranks before each forward pass that follows a
            synchronised one.
        init_sync: copy rank 0's parameters and buffers to all ranks now, after comparing shapes.
        find_unused_parameters: in each backward pass, do not wait for the parameters it does not reach.
            One that no rank reaches keeps its ``.grad``.
        gradient_as_bucket_view: let ``p.grad`` be a view of the bucket, without the copy.
        static_graph: as `find_unused_parameters`.

    `device_ids`, `output_device`, `dim` and `check_reduction` choose GPUs or nothing; the first two raise
    ``ValueError`` if given. Without `process_group` it is the default one, ``ValueError`` if there is none.
    Raises ``RuntimeError`` for a module that has nothing to learn, and if ranks have other parameters.

    >>> mt.distributed.init_process_group()
    >>> model = mt.nn.parallel.DistributedDataParallel(mt.nn.Linear(2, 1))
    >>> model(mt.ones(1, 2)).sum().backward()
    >>> model.module.weight.grad, list(model.state_dict())
    (tensor([[1., 1.]]), ['module.weight', 'module.bias'])
    >>> mt.distributed.destroy_process_group()
    """

    def __init__(
        self, module: Module, device_ids: Sequence[Any] | None = None, output_device: Any = None,
        dim: int = 0, broadcast_buffers: bool = True, init_sync: bool = True, process_group: Any = None,
        bucket_cap_mb: float | None = None, find_unused_parameters: bool = False,
        check_reduction: bool = False, gradient_as_bucket_view: bool = False, static_graph: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        self.process_group: ProcessGroup = resolve(process_group)
        parameters = _parameters(module)
        _check(parameters, device_ids, output_device)
        if init_sync:
            _check_alike(parameters, self.process_group)
            broadcast_all([*parameters, *_buffers(module)], self.process_group)
        self.module = module
        self.broadcast_buffers = broadcast_buffers and bool(_buffers(module))
        self.find_unused_parameters = find_unused_parameters
        self.static_graph, self.gradient_as_bucket_view = static_graph, gradient_as_bucket_view
        self.require_backward_grad_sync = self.require_forward_param_sync = True
        self.reducer = Reducer(
            [p for p in parameters if p.requires_grad], self.process_group,
            int((25 if bucket_cap_mb is None else bucket_cap_mb) * _MIB),
            find_unused_parameters or static_graph, gradient_as_bucket_view,
        )  # fmt: skip

    def forward(self, *inputs: Any, **kwargs: Any) -> Any:
        """Whatever the module gives; ``RuntimeError`` if the last backward pass missed parameters."""
        training = is_grad_enabled() and self.require_backward_grad_sync
        if is_grad_enabled():
            self.reducer.check_finished()
        if self.broadcast_buffers and self.require_forward_param_sync:
            broadcast_all(_buffers(self.module), self.process_group)
        output = self.module(*inputs, **kwargs)
        self.require_forward_param_sync = training
        if not training:
            return output
        self.reducer.prepare()
        return watched(output, self.reducer) if self.reducer.find_unused else output

    @contextmanager
    def no_sync(self) -> Iterator[None]:
        """Let gradients of forward passes in this block add up on each rank, unreduced.

        The first backward pass of a forward pass outside of it averages what has come together.

        >>> mt.distributed.init_process_group()
        >>> model = mt.nn.parallel.DistributedDataParallel(mt.nn.Linear(1, 1, bias=False))
        >>> with model.no_sync():
        ...     model(mt.ones(1, 1)).sum().backward()
        >>> model(mt.ones(1, 1)).sum().backward()
        >>> model.module.weight.grad
        tensor([[2.]])
        >>> mt.distributed.destroy_process_group()
        """
        before, self.require_backward_grad_sync = self.require_backward_grad_sync, False
        try:
            yield
        finally:
            self.require_backward_grad_sync = before

    def register_comm_hook(self, state: Any, hook: Callable[[Any, GradBucket], Any]) -> None:
        """Call ``hook(state, bucket)`` in place of the mean: it returns a `Future` of the bucket's tensor.

        What it gives is taken as it is: nothing is divided. Raises ``TypeError`` for what cannot be called,
        ``RuntimeError`` for a second one.
        """
        if not callable(hook):
            raise TypeError("Communication hook must be callable.")
        if self.reducer.comm_hook is not None:
            raise RuntimeError("register_comm_hook can only be called once.")
        self.reducer.comm_hook = partial(hook, state)


def _left_out(module: Module) -> set[str]:
    """The parameters and buffers that the module's author has excepted by name."""
    return set(getattr(module, "_ddp_params_and_buffers_to_ignore", ()))


def _parameters(module: Module) -> list[Tensor]:
    left_out = _left_out(module)
    return [p for name, p in module.named_parameters() if name not in left_out]


def _buffers(module: Module) -> list[Tensor]:
    left_out = _left_out(module)
    return [b for name, b in module.named_buffers() if name not in left_out]


def _check(parameters: Sequence[Tensor], device_ids: Any, output_device: Any) -> None:
    if not any(p.requires_grad for p in parameters):
        raise RuntimeError(
            "DistributedDataParallel is not needed when a module doesn't have any parameter that requires a "
            "gradient."
        )
    if device_ids or output_device:
        raise ValueError(
            "DistributedDataParallel device_ids and output_device arguments only work with single-device/"
            f"multiple-device GPU modules or CPU modules, but got device_ids {device_ids}, output_device "
            f"{output_device}: leave them out, everything is on the CPU"
        )


def _check_alike(parameters: Sequence[Tensor], group: ProcessGroup) -> None:
    """Raise ``RuntimeError`` unless all ranks have as many parameters, of the same shapes and dtypes."""
    everybody: list[Any] = [None] * group.size()
    all_gather_object(everybody, [[str(p.array.dtype), *p.shape] for p in parameters], group)
    first, mine = everybody[0], everybody[group.rank()]
    for rank, theirs in enumerate(everybody):
        if len(theirs) != len(first):
            raise RuntimeError(
                f"DDP expects same model across all ranks, but Rank 0 has {len(first)} params, while rank "
                f"{rank} has inconsistent {len(theirs)} params."
            )
    for index, (here, there) in enumerate(zip(mine, first, strict=True)):
        if here != there:
            raise RuntimeError(
                f"[{group.rank()}]: params[{index}] in this process with sizes {here[1:]} appears not to "
                f"match sizes of the same param in process 0: {here} here, {there} there."
            )
    if any(theirs != first for theirs in everybody):
        raise RuntimeError(f"[{group.rank()}]: another rank's parameters have other shapes than rank 0's.")
