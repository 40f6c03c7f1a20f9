"""Schedules made of schedules: one after the other, or all at once."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from ..optimizer import Optimizer
from .base import LRScheduler, assign, values_of
from .plateau import ReduceLROnPlateau


class _Composite(LRScheduler):
    """Several schedulers of one optimizer, saved together."""

    _schedulers: Sequence[LRScheduler]

    def state_dict(self) -> dict[str, Any]:
        """The state, with those of all schedulers."""
        return super().state_dict() | {"_schedulers": [s.state_dict() for s in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned, for the same schedulers in the same order."""
        rest = {key: value for key, value in state_dict.items() if key != "_schedulers"}
        super().load_state_dict(rest)
        for scheduler, saved in zip(self._schedulers, state_dict["_schedulers"], strict=True):
            scheduler.load_state_dict(saved)


class SequentialLR(_Composite):
    """One schedule after the other, the next one starting at each of `milestones`.

    Raises ``ValueError`` unless there is one milestone less than there are schedulers, all of one
    optimizer and none a `ReduceLROnPlateau`.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    >>> warmup = mt.optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=2)
    >>> decay = mt.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> scheduler = mt.optim.lr_scheduler.SequentialLR(optimizer, [warmup, decay], milestones=[2])
    >>> rates = []
    >>> for _ in range(4):
    ...     rates += scheduler.get_last_lr()
    ...     optimizer.step()
    ...     scheduler.step()
    >>> rates
    [0.1, 0.1, 1.0, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        _check(type(self).__name__, schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "Sequential Schedulers expects number of schedulers provided to be one more than "
                f"the number of milestone points, but got {len(schedulers)} schedulers and "
                f"{len(milestones)} milestones"
            )
        self._schedulers, self._milestones = schedulers, milestones
        self.last_epoch = last_epoch + 1
        self.optimizer = optimizer
        for group in optimizer.param_groups:
            assign(group, "lr", group["initial_lr"])
        _undo(schedulers)
        first = schedulers[bisect_right(milestones, 0)]
        first._initial_step()
        self._last_lr = first.get_last_lr()

    def step(self) -> None:  # type: ignore[override]
        """Go to the next epoch, and to the next schedule at a milestone."""
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[index]
        if index > 0 and self._milestones[index - 1] == self.last_epoch:
            scheduler._update_lr(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


class ChainedScheduler(_Composite):
    """Several schedules at once, each acting on the rate that the one before it left.

    Raises ``ValueError`` for an empty list, schedulers of different optimizers, and a
    `ReduceLROnPlateau`.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    >>> halves = mt.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
    >>> tenths = mt.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=0.25)
    >>> scheduler = mt.optim.lr_scheduler.ChainedScheduler([halves, tenths])
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        if optimizer is None and schedulers:
            optimizer = getattr(schedulers[0], "optimizer", None)
        self.optimizer = _check(type(self).__name__, schedulers, optimizer)
        self._schedulers = schedulers
        self._last_lr = values_of(self.optimizer, "lr")

    def step(self) -> None:  # type: ignore[override]
        """Step all schedulers in turn."""
        for scheduler in self._schedulers:
            scheduler.step()
        self._last_lr = values_of(self.optimizer, "lr")


def _check(name: str, schedulers: Sequence[Any], optimizer: Any) -> Optimizer:
    if not schedulers:
        raise ValueError(f"{name} expects at least one scheduler, but got no scheduler")
    for index, scheduler in enumerate(schedulers):
        if not hasattr(scheduler, "optimizer"):
            raise TypeError(f"{name} at index {index} should have `optimizer` as its attribute")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise ValueError(
                f"{name} does not support `ReduceLROnPlateau`, whose step() needs a metric, but "
                f"got one at index {index}: step it on its own"
            )
        if scheduler.optimizer is not optimizer:
            raise ValueError(
                f"{name} expects all schedulers to belong to the same optimizer, but the "
                f"{type(scheduler).__name__} at index {index} belongs to another one"
            )
    return optimizer  # type: ignore[no-any-return]


def _undo(schedulers: Sequence[Any]) -> None:
    """Take back the step that making each scheduler took."""
    for scheduler in schedulers:
        if hasattr(scheduler, "_schedulers"):
            _undo(scheduler._schedulers)
        else:
            scheduler.last_epoch -= 1
