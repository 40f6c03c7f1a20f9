"""One long rise and fall of the rate, for a training of known length."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, Literal, NamedTuple

from ..optimizer import Optimizer
from .base import LRScheduler, per_group, require_optimizer
from .momentum import set_momentum, start_momentum, uses_beta1


class _Phase(NamedTuple):
    end_step: float
    start_lr: str
    end_lr: str
    start_momentum: str
    end_momentum: str


class OneCycleLR(LRScheduler):
    """One rise to `max_lr` and one fall far below the start.

    Smith & Topin, "Super-convergence: very fast training of neural networks using large learning
    rates", 2018, section 3.

    Args:
        max_lr: the peak, a number or one for each group.
        total_steps: how often `step` will be called; or `epochs` and `steps_per_epoch`.
        pct_start: the part of the steps that rises.
        anneal_strategy: ``"cos"`` or ``"linear"``.
        cycle_momentum: let momentum, or beta1, go from `max_momentum` to `base_momentum` and back.
        div_factor, final_div_factor: the start is ``max_lr / div_factor``, and the end is the
            start divided by `final_div_factor`.
        three_phase: fall to the start first, as fast as it rose, and then to the end.

    Raises ``ValueError`` for options out of range, and when it is stepped more than `total_steps`
    times.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    >>> scheduler = mt.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=10)
    >>> for _ in range(2):
    ...     optimizer.step()
    ...     scheduler.step()
    >>> scheduler.get_last_lr(), optimizer.param_groups[0]["momentum"]
    ([1.0], 0.85)
    """

    def __init__(
        self, optimizer: Optimizer, max_lr: float | list[float], total_steps: int | None = None,
        epochs: int | None = None, steps_per_epoch: int | None = None, pct_start: float = 0.3,
        anneal_strategy: Literal["cos", "linear"] = "cos", cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85, max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0, final_div_factor: float = 1e4, three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.optimizer = require_optimizer(optimizer)
        self.total_steps = _total(total_steps, epochs, steps_per_epoch)
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"Expected float between 0 and 1 pct_start, but got {pct_start}")
        if anneal_strategy not in _ANNEAL:
            raise ValueError(
                f"anneal_strategy must be one of 'cos' or 'linear', instead got {anneal_strategy}"
            )
        self._anneal_func_type, self.cycle_momentum = anneal_strategy, cycle_momentum
        self._schedule_phases = _phases(self.total_steps, pct_start, three_phase)
        peaks = per_group("max_lr", optimizer, max_lr)
        if cycle_momentum:
            self.use_beta1 = uses_beta1(optimizer)
            highs = per_group("max_momentum", optimizer, max_momentum)
            lows = per_group("base_momentum", optimizer, base_momentum)
        if last_epoch == -1:
            for group, peak in zip(optimizer.param_groups, peaks, strict=True):
                start = peak / div_factor
                group.update(initial_lr=start, max_lr=peak, min_lr=start / final_div_factor)
            if cycle_momentum:
                start_momentum(self, highs, lows)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """The rate of each group at step ``last_epoch``; sets the momentum. Called by `step`."""
        self._warn_outside_step()
        if self.last_epoch > self.total_steps:
            raise ValueError(
                f"Tried to step {self.last_epoch} times. The specified number of total steps is "
                f"{self.total_steps}"
            )
        phase, part = self._place()
        anneal = _ANNEAL[self._anneal_func_type]
        groups = self.optimizer.param_groups
        if self.cycle_momentum:
            for group in groups:
                momentum = anneal(group[phase.start_momentum], group[phase.end_momentum], part)
                set_momentum(group, momentum, self.use_beta1)
        return [anneal(group[phase.start_lr], group[phase.end_lr], part) for group in groups]

    def _place(self) -> tuple[_Phase, float]:
        """The phase of the present step, and how much of it has passed."""
        start = 0.0
        for fields in self._schedule_phases:
            phase = _Phase(**fields)
            if self.last_epoch <= phase.end_step or fields is self._schedule_phases[-1]:
                break
            start = phase.end_step
        return phase, (self.last_epoch - start) / (phase.end_step - start)


def _cos(start: Any, end: Any, part: float) -> Any:
    return end + (start - end) / 2.0 * (math.cos(math.pi * part) + 1)


def _linear(start: Any, end: Any, part: float) -> Any:
    return (end - start) * part + start


_ANNEAL: dict[str, Callable[[Any, Any, float], Any]] = {"cos": _cos, "linear": _linear}


def _phases(total: int, rise: float, three: bool) -> list[dict[str, Any]]:
    """The phases as dictionaries, which is how they are saved."""
    up = _Phase(rise * total - 1, "initial_lr", "max_lr", "max_momentum", "base_momentum")
    down = _Phase(total - 1, "max_lr", "min_lr", "base_momentum", "max_momentum")
    if not three:
        return [up._asdict(), down._asdict()]
    back = down._replace(end_step=2 * rise * total - 2, end_lr="initial_lr")
    out = _Phase(total - 1, "initial_lr", "min_lr", "max_momentum", "max_momentum")
    return [up._asdict(), back._asdict(), out._asdict()]


def _total(steps: int | None, epochs: int | None, per_epoch: int | None) -> int:
    if steps is not None:
        return _positive("total_steps", steps)
    if epochs is None or per_epoch is None:
        raise ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)")
    return _positive("epochs", epochs) * _positive("steps_per_epoch", per_epoch)


def _positive(name: str, value: Any) -> int:
    if not isinstance(value, int) or value <= 0:
        raise ValueError(f"Expected positive integer {name}, but got {value}")
    return value
