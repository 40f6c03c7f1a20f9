"""How well a training goes, in numbers with names: for curves, for alarms, and for the goals of lessons."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from .layers import gradient
from .settings import Settings
from .trainer import Split, Trainer

__all__ = ["facts", "gradient_sizes", "split_measures"]

Array = np.ndarray[Any, Any]
EDGE = 0.98
"""A tanh is saturated beyond this size, and a sigmoid where it is as near to its ends."""


def split_measures(trainer: Trainer, split: Split) -> dict[str, float | None]:
    """The loss of points, and for classes the share that is right; to be called in evaluation.

    >>> sorted(split_measures(trainer := Trainer(Settings()), trainer.test))
    ['accuracy', 'loss']
    """
    output = trainer.model(split.x)
    loss = trainer.criterion(output, split.target).item()
    if trainer.settings.task == "regression":
        return {"loss": finite(loss)}
    right = chosen(trainer.settings, output.array) == split.labels.array
    return {"loss": finite(loss), "accuracy": float(right.mean())}


def chosen(settings: Settings, output: Array) -> Array:
    """The class that outputs speak for."""
    if output.shape[1] > 1:
        return output.argmax(1)  # type: ignore[no-any-return]
    return (output[:, 0] > (0.5 if settings.loss == "MSE" else 0.0)).astype(np.int64)


def finite(value: float) -> float | None:
    """A number, or None for what is infinite or NaN."""
    return value if math.isfinite(value) else None


def facts(
    trainer: Trainer, measured: Mapping[str, Mapping[str, Any]], answers: Sequence[Array]
) -> dict[str, Any]:
    """Everything that a goal of a lesson may ask for; `answers` is what each layer says to the train points.

    ``dead`` and ``saturated`` list the units of each hidden layer that are so for all (or nearly all) points,
    ``sizes`` the root mean square of each layer's weights' gradient.
    """
    sizes, dead, saturated = gradient_sizes(trainer), _dead(trainer, answers), _saturated(trainer, answers)
    train, test = measured["train"], measured["test"]
    first, last = (sizes[0], sizes[-1]) if sizes else (None, None)
    return {
        "step": trainer.step, "broken": int(trainer.broken),
        "points": len(trainer.train.x) + len(trainer.test.x), "lr": trainer.settings.rate_at(trainer.step),
        **_built(trainer.settings),
        "loss": train["loss"], "test_loss": test["loss"],
        "accuracy": train.get("accuracy"), "test_accuracy": test.get("accuracy"),
        "sizes": sizes, "ratio": None if not first or last is None or not last else first / last,
        "dead": dead, "dead_units": sum(dead), "saturated": saturated, "saturated_units": sum(saturated),
    }  # fmt: skip


def _built(settings: Settings) -> dict[str, int]:
    """How many hidden layers there are, of what kinds, and whether the optimizer is Adam."""
    kinds = [layer.activation for layer in settings.layers]
    return {
        "hidden": len(kinds), "leaky": int(bool(kinds) and set(kinds) == {"LeakyReLU"}),
        "sigmoid": kinds.count("Sigmoid"), "adam": int(settings.optimizer in ("Adam", "AdamW")),
    }  # fmt: skip


def gradient_sizes(trainer: Trainer) -> list[float | None]:
    """The root mean square of the gradient of each layer's weights; nothing before the first step."""
    if trainer.updates is None:
        return []
    weights = [p for p in trainer.parameters if p.array.ndim == 2]
    with np.errstate(all="ignore"):
        return [finite(float(np.sqrt(np.square(gradient(p)).mean()))) for p in weights]


def _dead(trainer: Trainer, answers: Sequence[Array]) -> list[int]:
    """How many units of each hidden layer are ReLUs that say 0 to every point."""
    kinds = [layer.activation for layer in trainer.settings.layers]
    hidden = zip(kinds, answers, strict=False)
    return [int((values == 0).all(0).sum()) if kind == "ReLU" else 0 for kind, values in hidden]


def _saturated(trainer: Trainer, answers: Sequence[Array]) -> list[int]:
    """How many units of each hidden layer are flat at 19 of 20 points."""
    kinds = [layer.activation for layer in trainer.settings.layers]
    centred = {"Tanh": lambda v: v, "Sigmoid": lambda v: 2 * v - 1}
    hidden = [(centred.get(kind), values) for kind, values in zip(kinds, answers, strict=False)]
    return [int(((abs(f(v)) > EDGE).mean(0) > 0.95).sum()) if f else 0 for f, v in hidden]
