"""Momentum that a schedule moves against the rate: SGD's momentum, or the first beta of Adam."""

from __future__ import annotations

from typing import Any

from ..common.param_groups import Group
from ..optimizer import Optimizer


def uses_beta1(optimizer: Optimizer) -> bool:
    """Whether beta1 is the optimizer's momentum; ``ValueError`` if it has neither."""
    if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
        raise ValueError(
            "optimizer must support momentum or beta1 with `cycle_momentum` option enabled: "
            f"{type(optimizer).__name__} has neither, so pass cycle_momentum=False"
        )
    return "betas" in optimizer.defaults


def start_momentum(scheduler: Any, highs: list[float], lows: list[float]) -> None:
    """Begin at the high end, and note both ends in the groups."""
    for group, high, low in zip(scheduler.optimizer.param_groups, highs, lows, strict=True):
        set_momentum(group, high, scheduler.use_beta1)
        group.update(max_momentum=high, base_momentum=low)


def set_momentum(group: Group, value: float, use_beta1: bool) -> None:
    """Write the momentum, where the optimizer has it."""
    if use_beta1:
        group["betas"] = (value, *group["betas"][1:])
    else:
        group["momentum"] = value
