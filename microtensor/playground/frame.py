"""What the page draws, as plain data: a scene, which stays while the settings do, and frames, one a moment.

Both are pure functions of a training.  A frame says what a network computes over the whole plane: one map a
neuron, in 8 bits, and its weights with their gradients and last updates.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from .. import from_numpy, no_grad
from ..engine.tensor import Tensor
from . import data, network
from .layers import evaluating, gradient, through
from .measures import facts, split_measures
from .packing import maps, matrix, number, numbers
from .program import lines
from .settings import Settings
from .trainer import Split, Trainer

__all__ = ["GRID", "frame", "scene"]

Array = np.ndarray[Any, Any]
GRID = 50
"""A map has so many points from -3 to 3 in both directions."""
SIDE = 3.0


# ------------------------------------------------------------ the scene


def scene(trainer: Trainer, steps: int = 1000, grid: int = GRID) -> dict[str, Any]:
    """All that stays as long as the settings do; `steps` is the length of the program's loop.

    >>> scene(Trainer(Settings()))["layers"]
    [['Linear(2, 8)', 'Tanh()'], ['Linear(8, 8)', 'Tanh()'], ['Linear(8, 1)']]
    """
    settings = trainer.settings
    seen = data.featured(settings, _plane(settings.inputs, grid)).array
    return {
        "settings": settings.texts(), "task": settings.task, "classes": settings.classes, "side": SIDE,
        "inputs": settings.inputs, "grid": grid, "batch": trainer.batch, "epoch": trainer.steps_an_epoch,
        "features": list(settings.features), "maps": maps(seen),
        "layers": [[str(call) for call in block] for block in network.blocks(settings)],
        "train": _points(trainer.train), "test": _points(trainer.test),
        "program": [{"text": line.text, "settings": list(line.settings)} for line in lines(settings, steps)],
    }  # fmt: skip


def _points(split: Split) -> list[list[float]]:
    """The points with what belongs to them; one coordinate or two, and a class or a number."""
    rows = np.concatenate([split.points.array, split.labels.array[:, None].astype(np.float32)], 1)
    return [numbers(row) for row in rows]


@lru_cache(maxsize=4)
def _plane(inputs: int, grid: int) -> Tensor:
    """The points of a map, row by row from the top; or those of a line."""
    line = np.linspace(-SIDE, SIDE, grid, dtype=np.float32)
    if inputs == 1:
        return from_numpy(line[:, None].copy())
    across, down = np.meshgrid(line, line[::-1])
    return from_numpy(np.stack([across.ravel(), down.ravel()], 1))


# ------------------------------------------------------------ a frame


def frame(trainer: Trainer, grid: int = GRID) -> dict[str, Any]:
    """The state of a training.

    ``layers`` has a map, a bias and a row of weights for each unit; gradients and updates are those of the
    last step, and None before it.  What is infinite or NaN is None.

    >>> trainer = Trainer(Settings())
    >>> trainer.advance(3)
    >>> found = frame(trainer, grid=10)
    >>> found["step"], len(found["layers"]), len(found["layers"][0]["weight"])
    (3, 3, 8)
    """
    with no_grad(), np.errstate(all="ignore"), evaluating(trainer.model):
        seen = data.featured(trainer.settings, _plane(trainer.settings.inputs, grid))
        shown = [values.array for values in through(trainer.blocks, seen)]
        answers = [values.array for values in through(trainer.blocks, trainer.train.x)]
        found = {
            "train": split_measures(trainer, trainer.train),
            "test": split_measures(trainer, trainer.test),
        }
    last = decided(trainer.settings, shown[-1])
    return {
        "step": trainer.step, "lr": number(trainer.optimizer.param_groups[0]["lr"]), **found,
        "layers": [_layer(trainer, i, values) for i, values in enumerate([*shown[:-1], last])],
        "output": output(trainer.settings, shown[-1], last),
        "facts": facts(trainer, found, answers),
    }  # fmt: skip


def decided(settings: Settings, output: Array) -> Array:
    """Outputs as they are looked at: each class's probability, from -1 to 1 with 0 for even; or numbers."""
    if settings.task == "regression":
        return output
    if settings.loss == "MSE":
        return 2 * output - 1
    if settings.loss == "BCE":
        return np.tanh(output / 2)
    powers = np.exp(output - output.max(1, keepdims=True))
    shares: Array = 2 * powers / powers.sum(1, keepdims=True) - 1
    return shares


def output(settings: Settings, values: Array, last: Array) -> dict[str, Any]:
    """The map of what the network says.

    Of two classes it is ``tanh(log-odds / 8)``, which even a sure network's boundary crosses gently, so that
    it can be drawn; of three, each one's probability; or the numbers.
    """
    if settings.task != "binary":
        return maps(last, None if settings.task == "regression" else 1.0)
    if settings.loss == "MSE":
        likely = np.clip(values.astype(np.float64), 1e-7, 1 - 1e-7)
        odds = np.log(likely / (1 - likely))
    else:
        odds = values if values.shape[1] == 1 else values[:, 1:] - values[:, :1]
    return maps(np.tanh(odds / 8))


def _layer(trainer: Trainer, index: int, values: Array) -> dict[str, Any]:
    weight, bias = trainer.blocks[index].weight, trainer.blocks[index].bias
    places = {id(p): i for i, p in enumerate(trainer.parameters)}
    updates = trainer.updates
    return {
        "weight": matrix(weight.array), "bias": numbers(bias.array), **maps(values),
        "grad": None if updates is None else matrix(gradient(weight)),
        "bias_grad": None if updates is None else numbers(gradient(bias)),
        "update": None if updates is None else matrix(updates[places[id(weight)]]),
        "bias_update": None if updates is None else numbers(updates[places[id(bias)]]),
    }  # fmt: skip
