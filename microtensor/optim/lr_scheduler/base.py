"""What all schedules share: when they step, what they remember, and how they write a rate.

Most schedules exist in two forms. The recurrent one gets a rate from the rate before, so that
several schedules can act on one optimizer, each on what the others left. The closed one gets it
from the first rate and the epoch. `Recurrent` ties both to the groups of the optimizer.
"""

from __future__ import annotations

import warnings
from typing import Any

from ...engine.tensor import Tensor
from ..common.param_groups import Group
from ..optimizer import Optimizer

Rate = float | Tensor
"""A learning rate: a number, or a tensor that the optimizer reads anew at each step."""


class LRScheduler:
    """The base of the schedules: derive from it and define ``get_lr``.

    Args:
        optimizer: whose groups' ``"lr"`` is to change. The rate of the moment goes into their
            ``"initial_lr"``, unless there is one.
        last_epoch: -1 to start, or the epoch to go on from, for which every group must have an
            ``"initial_lr"``, from a loaded state; ``KeyError`` is raised if one has not.

    Making a scheduler takes its step number 0. ``last_epoch`` counts the steps after it.

    >>> w = mt.zeros(1, requires_grad=True)
    >>> optimizer = mt.optim.SGD([w], lr=1.0)
    >>> class Halving(mt.optim.lr_scheduler.LRScheduler):
    ...     def get_lr(self):
    ...         return [base / 2**self.last_epoch for base in self.base_lrs]
    >>> scheduler = Halving(optimizer)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.5]
    """

    _get_lr_called_within_step = False
    _is_initial = False
    _last_lr: list[Any]
    _step_count: int

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = require_optimizer(optimizer)
        if last_epoch == -1:
            for group in optimizer.param_groups:
                group.setdefault("initial_lr", _copied(group["lr"]))
        _require_initial(optimizer)
        self.base_lrs = values_of(optimizer, "initial_lr")
        self.last_epoch = last_epoch
        if optimizer._opt_called is None:
            optimizer._opt_called = False
        self._initial_step()

    def _initial_step(self) -> None:
        self._step_count = 0
        self._is_initial = True
        try:
            self.step()
        finally:
            self._is_initial = False

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer, to be saved.

        >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
        >>> scheduler = mt.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> scheduler.state_dict()["last_epoch"]
        0
        """
        return {key: value for key, value in self.__dict__.items() if key != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned; the optimizer's rates are in its own state."""
        self.__dict__.update(state_dict)

    def get_last_lr(self) -> list[Any]:
        """The rate of each group since the last step."""
        return self._last_lr

    def get_lr(self) -> list[Any]:
        """The rate of each group for the epoch ``last_epoch``; called by `step`."""
        raise NotImplementedError(f"{type(self).__name__} has to define get_lr()")

    def step(self, epoch: int | None = None) -> None:
        """Go to the next epoch, after ``optimizer.step()``.

        Args:
            epoch: go to this epoch instead, by the closed form where there is one. PyTorch
                discourages it, and so a ``UserWarning`` is given.
        """
        if self._step_count == 1 and self.optimizer._opt_called is False:
            warnings.warn(
                "Detected call of `lr_scheduler.step()` before `optimizer.step()`: call them in "
                "the opposite order, or the first value of the learning rate schedule is skipped",
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is not None:
            _discourage_epoch()
        self._update_lr(epoch)

    def _update_lr(self, epoch: int | None = None) -> None:
        closed = getattr(self, "_get_closed_form_lr", None)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        values = self._computed() if epoch is None or closed is None else closed()
        self._write(values)

    def _computed(self) -> list[Any]:
        self._get_lr_called_within_step = True
        try:
            return self.get_lr()
        finally:
            self._get_lr_called_within_step = False

    def _write(self, values: list[Any]) -> None:
        for group, lr in zip(self.optimizer.param_groups, values, strict=True):
            assign(group, "lr", lr)
        self._last_lr = values_of(self.optimizer, "lr")

    def _warn_outside_step(self) -> None:
        if not self._get_lr_called_within_step:
            warnings.warn(
                "To get the last learning rate computed by the scheduler, please use "
                "`get_last_lr()`: get_lr() computes the next one, and may change the schedule",
                stacklevel=3,
            )


class Recurrent(LRScheduler):
    """A schedule that is the same formula for every group."""

    def get_lr(self) -> list[Any]:
        self._warn_outside_step()
        rates = values_of(self.optimizer, "lr")
        bases = [*self.base_lrs, *rates[len(self.base_lrs) :]]  # a group that was added starts where it is
        return [self._next(lr, base) for lr, base in zip(rates, bases, strict=True)]

    def _get_closed_form_lr(self) -> list[Any]:
        return [self._closed(base) for base in self.base_lrs]

    def _next(self, lr: Rate, base: Rate) -> Rate:
        """The rate after `lr`; the first rate was `base`."""
        raise NotImplementedError

    def _closed(self, base: Rate) -> Rate:
        """The rate of epoch ``last_epoch`` if nothing else changed it."""
        raise NotImplementedError


def require_optimizer(optimizer: Any) -> Optimizer:
    """The optimizer; ``TypeError`` if it is not one."""
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
    return optimizer


def values_of(optimizer: Optimizer, key: str) -> list[Any]:
    """One option of all groups; tensors are copied, since schedules write into them."""
    return [_copied(group[key]) for group in optimizer.param_groups]


def assign(group: Group, key: str, value: Any) -> None:
    """Set an option; a tensor keeps its place in memory and takes the value."""
    if isinstance(group[key], Tensor):
        group[key].fill_(float(value))
    else:
        group[key] = value


def per_group(name: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """One value for each group; ``ValueError`` for a list of another length."""
    count = len(optimizer.param_groups)
    if not isinstance(value, list | tuple):
        return [_copied(value) for _ in range(count)]
    if len(value) != count:
        raise ValueError(
            f"{name} must have the same length as optimizer.param_groups: {name} has {len(value)} "
            f"values, param_groups has {count}"
        )
    return list(value)


def _copied(value: Any) -> Any:
    return value.detach().clone() if isinstance(value, Tensor) else value


def _require_initial(optimizer: Optimizer) -> None:
    for index, group in enumerate(optimizer.param_groups):
        if "initial_lr" not in group:
            raise KeyError(
                f"param 'initial_lr' is not specified in param_groups[{index}] when resuming a "
                "scheduler with last_epoch >= 0: load the optimizer's state first, or leave "
                "last_epoch out to start anew"
            )


class _LRScheduler(LRScheduler):
    """What `LRScheduler` was called until PyTorch 2.0, and most published schedules still derive from."""


def _discourage_epoch() -> None:
    warnings.warn(
        "scheduler.step(epoch) is discouraged: call scheduler.step() once an epoch; to resume, "
        "load the scheduler's state",
        stacklevel=3,
    )
