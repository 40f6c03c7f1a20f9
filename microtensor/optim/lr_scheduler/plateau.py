"""A rate that falls when a measure stops improving."""

from __future__ import annotations

import math
from typing import Any, Literal, SupportsFloat

from ..optimizer import Optimizer
from .base import LRScheduler, assign, require_optimizer, values_of


class ReduceLROnPlateau(LRScheduler):
    """Multiply the rate by `factor` after more than `patience` epochs without improvement.

    Args:
        mode: whether ``"min"`` or ``"max"`` is better.
        threshold, threshold_mode: what counts as better: than the best by this part of it
            (``"rel"``), or by this much (``"abs"``).
        cooldown: epochs after a reduction that do not count.
        min_lr: the lowest rate, a number or one for each group.
        eps: a smaller change of the rate is not made.

    Unlike other schedulers it takes no step when it is made, and `step` takes the measure. Raises
    ``ValueError`` for an unknown mode, a factor that is not below 1, and a list of another length
    than there are groups.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=1.0)
    >>> scheduler = mt.optim.lr_scheduler.ReduceLROnPlateau(optimizer, factor=0.5, patience=1)
    >>> for loss in [3.0, 2.0, 2.0, 2.0]:
    ...     scheduler.step(loss)
    >>> scheduler.get_last_lr()
    [0.5]
    """

    def __init__(
        self, optimizer: Optimizer, mode: Literal["min", "max"] = "min", factor: float = 0.1,
        patience: int = 10, threshold: float = 1e-4, threshold_mode: Literal["rel", "abs"] = "rel",
        cooldown: int = 0, min_lr: float | list[float] = 0, eps: float = 1e-8,
    ) -> None:  # fmt: skip
        if factor >= 1:
            raise ValueError(f"Factor should be < 1.0, but got {factor}")
        if mode not in ("min", "max"):
            raise ValueError(f"mode {mode} is unknown! It must be 'min' or 'max'")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"threshold mode {threshold_mode} is unknown! It must be 'rel' or 'abs'")
        self.optimizer = require_optimizer(optimizer)
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.default_min_lr = None if isinstance(min_lr, list | tuple) else min_lr
        self.min_lrs = self._each(min_lr)
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.last_epoch = 0
        self._last_lr = values_of(optimizer, "lr")
        self._reset()

    def _reset(self) -> None:
        self.best, self.cooldown_counter, self.num_bad_epochs = self.mode_worse, 0, 0

    def _each(self, min_lr: Any) -> list[Any]:
        count = len(self.optimizer.param_groups)
        if not isinstance(min_lr, list | tuple):
            return [min_lr] * count
        if len(min_lr) != count:
            raise ValueError(f"expected {count} min_lrs, one for each group, got {len(min_lr)}")
        return list(min_lr)

    @property
    def in_cooldown(self) -> bool:
        """Whether epochs do not count at the moment."""
        return self.cooldown_counter > 0

    def step(self, metrics: SupportsFloat, epoch: int | None = None) -> None:  # type: ignore[override]
        """Take the measure of one epoch."""
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current, self.best):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce_lr()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = values_of(self.optimizer, "lr")

    def _is_better(self, a: float, best: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        relative = self.threshold_mode == "rel"
        bar = best * (1 + sign * self.threshold) if relative else best + sign * self.threshold
        return a < bar if self.mode == "min" else a > bar

    def _reduce_lr(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self._minima(), strict=True):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                assign(group, "lr", new)

    def _minima(self) -> list[Any]:
        """The lowest rates, also for groups that were added since."""
        groups = self.optimizer.param_groups
        if len(self.min_lrs) != len(groups):
            if self.default_min_lr is None:
                raise RuntimeError(
                    f"The number of param groups in the optimizer ({len(groups)}) differs from "
                    f"when `ReduceLROnPlateau` was initialized ({len(self.min_lrs)}): set "
                    "`min_lrs` to one value for each group"
                )
            self.min_lrs = [self.default_min_lr] * len(groups)
        return self.min_lrs
