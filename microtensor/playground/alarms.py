"""What goes wrong in a training, in words: dead units, vanished gradients, and where NaN came from first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .. import no_grad
from ..engine.tensor import Tensor
from .layers import gradient
from .trainer import Trainer

__all__ = ["alarms", "first_trouble"]

VANISHED = 1e-3
"""The first layer's gradient is so small a part of the last one's when it is said to vanish."""
LARGE = 1e3
WORSE = 1.5
"""Test losses that have risen by this factor are said to be overfitting."""
Curve = Sequence[tuple[int, float | None, float | None]]


def alarms(facts: Mapping[str, Any], curve: Curve = (), origin: str = "") -> list[str]:
    """One sentence for each thing that is wrong now.

    facts : those of a frame.
    curve : steps with the losses of train and test points, up to now.
    origin : where the first number that was not finite came from (`first_trouble`).

    >>> alarms({"broken": 0, "dead": [3], "saturated": [0], "sizes": [1.0, 1.0], "ratio": 1.0})
    ['Hidden layer 1: 3 ReLU units are 0 for every training point; no gradient reaches their weights.']
    """
    if facts["broken"]:
        return [origin or "The loss is not finite any more."]
    found = [_dead(i, n) for i, n in enumerate(facts["dead"], 1) if n]
    found += [_saturated(i, n) for i, n in enumerate(facts["saturated"], 1) if n]
    return found + _gradients(facts) + _overfitting(curve)


def _dead(layer: int, count: int) -> str:
    units, their = ("ReLU unit is", "its") if count == 1 else ("ReLU units are", "their")
    where = f"Hidden layer {layer}: {count} {units} 0 for every training point"
    return f"{where}; no gradient reaches {their} weights."


def _saturated(layer: int, count: int) -> str:
    units = "unit is" if count == 1 else "units are"
    return (
        f"Hidden layer {layer}: {count} {units} saturated, flat at nearly every point; gradients fade there."
    )


def _gradients(facts: Mapping[str, Any]) -> list[str]:
    sizes, ratio = facts["sizes"], facts["ratio"]
    found = []
    if ratio is not None and ratio < VANISHED:
        found.append(
            f"The gradient vanishes on its way back: {sizes[-1]:.2g} at the last layer, "
            f"{sizes[0]:.2g} at the first."
        )
    large = [i for i, size in enumerate(sizes, 1) if size is not None and size > LARGE]
    if large:
        found.append(f"The gradient of layer {large[0]} is very large: {sizes[large[0] - 1]:.2g}.")
    return found


def _overfitting(curve: Curve) -> list[str]:
    known = [(step, train, test) for step, train, test in curve if train is not None and test is not None]
    if len(known) < 10:
        return []
    at, train_then, least = min(known, key=lambda row: row[2])
    _, train, test = known[-1]
    if test < WORSE * least or train >= train_then or test < 2 * train:
        return []
    return [
        f"Overfitting: since step {at} the loss on the test points has risen from {least:.3g} to {test:.3g}, "
        f"while that on the training points fell to {train:.3g}."
    ]


# ------------------------------------------------------------ where NaN came from


def first_trouble(trainer: Trainer) -> str:
    """Where and when the first number of a broken training was not finite; it ends in the state it was in.

    The training goes back to its last snapshots and is watched on its way here again.
    """
    end = trainer.step
    trainer.rewind(trainer.oldest)
    sentence = ""
    while not sentence and trainer.step < end:
        before = trainer.step
        trainer.advance()
        sentence = _not_finite(trainer, before)
    trainer.advance(end - trainer.step)
    return sentence or (
        f"Step {end}: the loss is {trainer.loss}, from weights that are finite but too large, up to "
        f"{_largest(trainer):.2g}. {_advice(trainer)}"
    )


def _advice(trainer: Trainer) -> str:
    return f"The learning rate is {trainer.optimizer.param_groups[0]['lr']:g}: try a smaller one."


def _not_finite(trainer: Trainer, step: int) -> str:
    """What a step made infinite or NaN first: a value, a gradient, or a weight."""
    advice = _advice(trainer)
    for name, parameter in _named(trainer):
        if not np.isfinite(gradient(parameter)).all():
            return (
                f"Step {step + 1}: the loss was {trainer.loss:.4g}, and the gradient of the {name} is not "
                f"finite; the weights were up to {_largest(trainer):.2g}. {advice}"
            )
    for name, parameter in _named(trainer):
        if not np.isfinite(parameter.array).all():
            return f"Step {step + 1}: the update made the {name} infinite or NaN. {advice}"
    return ""


def _named(trainer: Trainer) -> list[tuple[str, Tensor]]:
    count = len(trainer.blocks)
    names = [*(f"hidden layer {i}" for i in range(1, count)), "the output layer"]
    weights = [
        (f"weights of {name}", block.weight) for name, block in zip(names, trainer.blocks, strict=True)
    ]
    biases = [(f"biases of {name}", block.bias) for name, block in zip(names, trainer.blocks, strict=True)]
    return [*weights, *biases]


def _largest(trainer: Trainer) -> float:
    """The size of the largest weight before the last step, as far as it is known."""
    with no_grad(), np.errstate(all="ignore"):
        updates = trainer.updates or [np.zeros(1)] * len(trainer.parameters)
        before = [p.array - update for p, update in zip(trainer.parameters, updates, strict=True)]
        sizes = [abs(array[np.isfinite(array)]).max(initial=0) for array in before]
    return float(max(sizes))
