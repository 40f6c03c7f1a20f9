"""Rates that rise and fall again and again, and momentum against them."""

from __future__ import annotations

import math
import types
from collections.abc import Callable
from typing import Any, Literal

from ..optimizer import Optimizer
from .base import LRScheduler, assign, per_group, require_optimizer
from .momentum import set_momentum, start_momentum, uses_beta1


class CyclicLR(LRScheduler):
    """Between `base_lr` and `max_lr` and back, in triangles.

    Smith, "Cyclical learning rates for training neural networks", 2017, section 3.2.

    Args:
        base_lr, max_lr: the ends, numbers or one for each group.
        step_size_up, step_size_down: steps (usually batches) of each side; down is up by default.
        mode: ``"triangular"``; ``"triangular2"``, where each triangle is half as high as the one
            before; ``"exp_range"``, whose height is ``gamma^step``.
        scale_fn: a height of your own, of the cycle (from 1) or, if `scale_mode` is
            ``"iterations"``, of the step.
        cycle_momentum: let momentum, or beta1, go from `max_momentum` to `base_momentum` and back.

    Raises ``ValueError`` for an unknown mode, lists of another length than there are groups, and
    `cycle_momentum` for an optimizer that has no momentum.

    >>> optimizer = mt.optim.SGD([mt.zeros(1, requires_grad=True)], lr=0.1, momentum=0.9)
    >>> scheduler = mt.optim.lr_scheduler.CyclicLR(optimizer, 1.0, 2.0, step_size_up=2)
    >>> optimizer.step()
    >>> scheduler.step()
    >>> scheduler.get_last_lr()
    [1.5]
    """

    def __init__(
        self, optimizer: Optimizer, base_lr: float | list[float], max_lr: float | list[float],
        step_size_up: int = 2000, step_size_down: int | None = None,
        mode: Literal["triangular", "triangular2", "exp_range"] = "triangular", gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: Literal["cycle", "iterations"] = "cycle", cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8, max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:  # fmt: skip
        self.optimizer = require_optimizer(optimizer)
        if mode not in _SCALES and scale_fn is None:
            raise ValueError(
                f"mode is invalid and scale_fn is None: got {mode!r}, expected one of "
                f"{', '.join(_SCALES)}, or a scale_fn"
            )
        self.max_lrs = per_group("max_lr", optimizer, max_lr)
        base_lrs = per_group("base_lr", optimizer, base_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn else _SCALES[mode]
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            self.use_beta1 = uses_beta1(optimizer)
            self.base_momentums = per_group("base_momentum", optimizer, base_momentum)
            self.max_momentums = per_group("max_momentum", optimizer, max_momentum)
        if last_epoch == -1:
            for group, lr in zip(optimizer.param_groups, base_lrs, strict=True):
                assign(group, "lr", lr)
            if cycle_momentum:
                start_momentum(self, self.max_momentums, self.base_momentums)
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """The height of the triangle at cycle or step `x`, as a factor."""
        if self._scale_fn_custom is not None:
            return self._scale_fn_custom(x)
        if self.mode == "triangular2":
            return 1 / 2.0 ** (x - 1)  # type: ignore[no-any-return]
        return 1.0 if self.mode == "triangular" else self.gamma**x

    def get_lr(self) -> list[Any]:
        """The rate of each group at step ``last_epoch``; sets the momentum. Called by `step`."""
        self._warn_outside_step()
        height = self._height()
        if self.cycle_momentum:
            for group, low, high in zip(
                self.optimizer.param_groups, self.base_momentums, self.max_momentums, strict=True
            ):
                set_momentum(group, high - (high - low) * height, self.use_beta1)
        ends = zip(self.base_lrs, self.max_lrs, strict=True)
        return [low + (high - low) * height for low, high in ends]

    def _height(self) -> float:
        """How far between the ends the cycle stands, with its scale."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        place = 1.0 + self.last_epoch / self.total_size - cycle
        rising = place <= self.step_ratio
        part = place / self.step_ratio if rising else (place - 1) / (self.step_ratio - 1)
        return part * self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer; of a `scale_fn` that is an object, its attributes."""
        saved = super().state_dict()
        function = saved["_scale_fn_custom"]
        plain = function is None or isinstance(function, types.FunctionType)
        return saved | {"_scale_fn_custom": None if plain else function.__dict__.copy()}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` returned; a function stays what it is."""
        rest = {key: value for key, value in state_dict.items() if key != "_scale_fn_custom"}
        super().load_state_dict(rest)
        if state_dict["_scale_fn_custom"] is not None and self._scale_fn_custom is not None:
            self._scale_fn_custom.__dict__.update(state_dict["_scale_fn_custom"])


_SCALES = {"triangular": "cycle", "triangular2": "cycle", "exp_range": "iterations"}
"""What the height of a triangle depends on, by mode."""
