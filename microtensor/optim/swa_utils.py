"""Averages of the weights that training passes through, which often do better than the last ones.

Izmailov et al., "Averaging weights leads to wider optima and better generalization" (2018).
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

from ..creation.from_data import tensor
from ..engine.dtypes import int64
from ..engine.grad_mode import no_grad
from ..engine.size_device import DeviceLike
from ..engine.tensor import Tensor
from ..nn.modules.batchnorm import _BatchNorm
from ..nn.modules.module import Module
from .lr_scheduler.base import LRScheduler, per_group
from .optimizer import Optimizer

__all__ = [
    "SWALR",
    "AveragedModel",
    "get_ema_avg_fn",
    "get_ema_multi_avg_fn",
    "get_swa_avg_fn",
    "get_swa_multi_avg_fn",
    "update_bn",
]

Average = Callable[[Any, Any, Any], Any]


def _check_decay(decay: float) -> None:
    if not 0 <= decay <= 1:
        raise ValueError(f"Invalid decay value {decay} provided. Please provide a value in [0,1] range.")


def get_ema_avg_fn(decay: float = 0.999) -> Average:
    """``(average, new, count)`` to the exponential average, in which the old one weighs `decay`.

    Raises ``ValueError`` unless `decay` is between 0 and 1.

    >>> get_ema_avg_fn(0.75)(mt.tensor(1.0), mt.tensor(5.0), 1)
    tensor(2.)
    """
    _check_decay(decay)

    @no_grad()
    def ema_update(ema_param: Tensor, current_param: Tensor, num_averaged: Any) -> Any:
        return decay * ema_param + (1 - decay) * current_param

    return ema_update


def get_swa_avg_fn() -> Average:
    """``(average, new, count)`` to the plain average of all that were seen.

    >>> get_swa_avg_fn()(mt.tensor(1.0), mt.tensor(5.0), 3)
    tensor(2.)
    """

    @no_grad()
    def swa_update(averaged_param: Tensor, current_param: Tensor, num_averaged: Any) -> Any:
        return averaged_param + (current_param - averaged_param) / (num_averaged + 1)

    return swa_update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Average:
    """`get_ema_avg_fn` for lists of tensors, which writes into the first.

    >>> average = [mt.tensor(1.0)]
    >>> get_ema_multi_avg_fn(0.75)(average, [mt.tensor(5.0)], 1)
    >>> average
    [tensor(2.)]
    """
    _check_decay(decay)
    return lambda averages, news, count: _move(averages, news, 1 - decay)


def get_swa_multi_avg_fn() -> Average:
    """`get_swa_avg_fn` for lists of tensors, which writes into the first.

    >>> average = [mt.tensor(1.0)]
    >>> get_swa_multi_avg_fn()(average, [mt.tensor(5.0)], 3)
    >>> average
    [tensor(2.)]
    """
    return lambda averages, news, count: _move(averages, news, 1 / (int(count) + 1))


@no_grad()
def _move(averages: Sequence[Tensor], news: Sequence[Tensor], weight: float) -> None:
    """Move each tensor towards its new one; integers are truncated, as in PyTorch."""
    for average, new in zip(averages, news, strict=True):
        if average.is_floating_point() or average.is_complex():
            average.lerp_(new, weight)
        else:
            average.copy_(average + ((new - average) * weight).trunc())


class AveragedModel(Module):
    """A copy of a model, whose parameters become averages of those that training passes through.

    Args:
        model: what is copied.
        avg_fn: ``avg_fn(average, new, count)`` gives a parameter's new average (default: the plain
            average); or `multi_avg_fn`, which writes all new averages into the first of two lists.
        use_buffers: average the buffers too, instead of copying them.

    Raises ``AssertionError`` if both functions are given, and ``ValueError`` for averaging another model.

    >>> model = mt.nn.Linear(1, 1, bias=False)
    >>> average = mt.optim.swa_utils.AveragedModel(model)
    >>> for value in (1.0, 2.0):
    ...     _ = mt.nn.init.constant_(model.weight, value)
    ...     average.update_parameters(model)
    >>> average.module.weight.detach()
    tensor([[1.5000]])
    """

    n_averaged: Tensor

    def __init__(
        self, model: Module, device: DeviceLike = None, avg_fn: Average | None = None,
        multi_avg_fn: Average | None = None, use_buffers: bool = False,
    ) -> None:  # fmt: skip
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise AssertionError("Only one of avg_fn and multi_avg_fn should be provided")
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", tensor(0, dtype=int64, device=device))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the averaged model computes."""
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take the parameters of `model` into the averages."""
        mine, theirs = self._averaged(self.module), self._averaged(model)
        if len(mine) != len(theirs):
            raise ValueError(
                f"expected a model like the one that is averaged, with {len(mine)} tensors, and not "
                f"{len(theirs)}"
            )
        if int(self.n_averaged) == 0:
            _copy(mine, theirs)
        elif self.avg_fn is not None:
            _copy(mine, [self.avg_fn(a, b, self.n_averaged) for a, b in zip(mine, theirs, strict=True)])
        else:
            self._average_all(mine, theirs)
        if not self.use_buffers:
            _copy(self.module.buffers(), model.buffers())
        self.n_averaged += 1

    def _averaged(self, model: Module) -> list[Tensor]:
        buffers = model.buffers() if self.use_buffers else ()
        return [tensor.detach() for tensor in (*model.parameters(), *buffers)]

    def _average_all(self, mine: Sequence[Tensor], theirs: Sequence[Tensor]) -> None:
        """Call the function for lists with one dtype at a time."""
        average = self.multi_avg_fn or get_swa_multi_avg_fn()
        for dtype in dict.fromkeys(a.dtype for a in mine):
            some = [(a, b) for a, b in zip(mine, theirs, strict=True) if a.dtype == dtype]
            average([a for a, _ in some], [b for _, b in some], self.n_averaged)


def _copy(into: Iterable[Tensor], values: Iterable[Tensor]) -> None:
    for a, b in zip(into, values, strict=True):
        a.copy_(b)


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: DeviceLike = None) -> None:
    """Compute the running statistics of all batch normalisations anew, by a pass over `loader`.

    Averaged weights have none of their own.  A batch that is a list or tuple gives its first item.

    >>> model = mt.nn.BatchNorm1d(1)
    >>> mt.optim.swa_utils.update_bn([mt.tensor([[1.0], [3.0]]), mt.tensor([[5.0], [7.0]])], model)
    >>> model.running_mean
    tensor([4.])
    """
    layers = {m: m.momentum for m in model.modules() if isinstance(m, _BatchNorm)}
    if not layers:
        return
    was_training = model.training
    model.train()
    for layer in layers:
        layer.reset_running_stats()
        layer.momentum = None
    try:
        for batch in loader:
            model(batch[0] if isinstance(batch, list | tuple) else batch)
    finally:
        for layer, momentum in layers.items():
            layer.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """Goes from the present rate to `swa_lr` in `anneal_epochs` steps, and stays there.

    Args:
        swa_lr: the last rate, a number or one for each group.
        anneal_strategy: ``"cos"`` or ``"linear"``.

    Raises ``ValueError`` for another strategy, and for a negative number of epochs.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = mt.optim.swa_utils.SWALR(optimizer, 0.5, anneal_epochs=2, anneal_strategy="linear")
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    ...     print(scheduler.get_last_lr())
    [0.75]
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, swa_lr: float, anneal_epochs: int = 10,
        anneal_strategy: Literal["cos", "linear"] = "cos", last_epoch: int = -1,
    ) -> None:  # fmt: skip
        if anneal_strategy not in _ANNEAL:
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"anneal_epochs must be equal or greater than 0, got {anneal_epochs}")
        for rate, group in zip(per_group("swa_lr", optimizer, swa_lr), optimizer.param_groups, strict=True):
            group["swa_lr"] = rate
        self._anneal_strategy, self.anneal_epochs = anneal_strategy, anneal_epochs
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        self._warn_outside_step()
        step = self._step_count - 1
        step = max(1, step) if self.anneal_epochs == 0 else step
        before, now = self._part(step - 1), self._part(step)
        return [_between(group, before, now) for group in self.optimizer.param_groups]

    def _part(self, step: int) -> float:
        """How much of the way is done."""
        part: float = _ANNEAL[self._anneal_strategy](max(0, min(1, step / max(1, self.anneal_epochs))))
        return part


def _between(group: dict[str, Any], before: float, now: float) -> Any:
    """The rate at `now`, from that at `before`: whatever else changed the rate is not lost."""
    lr, last = group["lr"], group["swa_lr"]
    first = last if before == 1 else (lr - before * last) / (1 - before)
    return last * now + first * (1 - now)


def _cos(part: float) -> float:
    return (1 - math.cos(math.pi * part)) / 2


_ANNEAL: dict[str, Callable[[float], float]] = {"cos": _cos, "linear": lambda part: part}
