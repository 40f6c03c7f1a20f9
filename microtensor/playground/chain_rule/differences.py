"""A derivative by central differences, to hold the chain rule against."""

from __future__ import annotations

import copy

import numpy as np

from ... import nn, no_grad
from ..packing import number
from ..trainer import Trainer
from .weight import Weight

__all__ = ["by_differences"]


def by_differences(trainer: Trainer, weight: Weight, step: float = 1e-5) -> dict[str, float | None]:
    """The derivative by central differences, in 64 bits: ``(loss(w + h) - loss(w - h)) / 2h``.

    >>> from microtensor.playground import Settings
    >>> from microtensor.playground.chain_rule.why import why
    >>> trainer, weight = Trainer(Settings()), Weight(0, 2, 1, 0)
    >>> abs(by_differences(trainer, weight)["difference"] - why(trainer, weight)["gradient"]) < 1e-5
    True
    """
    weight.checked(trainer)
    model = copy.deepcopy(trainer.model).double().eval()
    linears = [module for module in model if isinstance(module, nn.Linear)]
    target = trainer.train.target[weight.sample : weight.sample + 1]
    target = target if trainer.settings.loss == "CE" else target.double()
    losses = []
    with no_grad(), np.errstate(all="ignore"):
        for shift in (step, -2 * step):
            linears[weight.layer].weight[weight.unit, weight.source] += shift
            output = model(trainer.train.x[weight.sample : weight.sample + 1].double())
            losses.append(trainer.criterion(output, target).item())
    above, below = losses
    return {"h": step, "above": above, "below": below, "difference": number((above - below) / (2 * step))}
