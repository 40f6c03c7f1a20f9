"""Why a weight changes: the chain rule for one weight and one point, with all numbers.

The same derivative is found in four ways, which have to agree: by the engine's backward pass; as a sum over
all paths from the weight to the loss, each a product of local derivatives; by the words of `viz.explain`, for
the same computation written out in single numbers; and, when asked, by central differences.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...autograd import grad
from ..layers import evaluating
from ..packing import number, numbers
from ..trainer import Trainer
from .one_point import Pass, passed
from .update import update_of
from .weight import Weight
from .words import words

__all__ = ["why"]

Array = np.ndarray[Any, Any]
SHOWN = 12
"""So many of the paths are listed, the largest."""


def why(trainer: Trainer, weight: Weight) -> dict[str, Any]:
    """Everything about the derivative of one point's loss by one weight.

    Dropout is off for it and BatchNorm uses its running statistics, as in the maps.  Raises ``ValueError``
    for a weight or a point that is not there.

    >>> from microtensor.playground import Settings
    >>> found = why(Trainer(Settings()), Weight(0, 2, 1, 0))
    >>> found["paths"]["count"], abs(found["paths"]["sum"] - found["gradient"]) < 1e-5
    (8, True)
    """
    weight.checked(trainer)
    with np.errstate(all="ignore"), evaluating(trainer.model):
        found = passed(trainer, weight.sample)
        return {
            "weight": vars(weight), "value": number(weight.of(trainer).item()), "loss": number(found.loss),
            "gradient": number(_by_the_engine(trainer, weight)), "paths": _paths(trainer, weight, found),
            "nodes": [_nodes(found, layer) for layer in range(len(found.sums))],
            "point": numbers(trainer.train.points[weight.sample].array),
            "label": number(trainer.train.labels[weight.sample].item()),
            "lines": words(trainer, weight, found),
            "update": update_of(trainer, weight.layer, weight.unit, weight.source),
        }  # fmt: skip


def _by_the_engine(trainer: Trainer, weight: Weight) -> float:
    """The derivative by the backward pass through the whole network at once."""
    at = slice(weight.sample, weight.sample + 1)
    loss = trainer.criterion(trainer.model(trainer.train.x[at]), trainer.train.target[at])
    (found,) = grad(loss, trainer.blocks[weight.layer].weight)
    return float(found[weight.unit, weight.source].item())


def _nodes(found: Pass, layer: int) -> dict[str, Any]:
    """At each unit of a layer: its value, and upstream x local = product."""
    upstream, local = found.arrived[layer], found.locals[layer]
    rows = {"sum": found.sums[layer], "value": found.inputs[layer + 1], "upstream": upstream, "local": local}
    return {name: numbers(row.array[0]) for name, row in {**rows, "product": upstream * local}.items()}


def _paths(trainer: Trainer, weight: Weight, found: Pass) -> dict[str, Any]:
    """All paths from a weight to the loss: how many, what they sum to, and the largest of them."""
    units, products = _products(trainer, weight, found)
    largest = np.argsort(-abs(products), kind="stable")[:SHOWN]
    return {
        "count": len(products), "sum": number(products.sum()),
        "shown": [{"units": units[k].tolist(), "product": number(products[k])} for k in largest],
    }  # fmt: skip


def _products(trainer: Trainer, weight: Weight, found: Pass) -> tuple[Array, Array]:
    """The units that each path passes, layer by layer, and the product of what it meets."""
    local = [slopes.array[0].astype(np.float64) for slopes in found.locals]
    units: Array = np.array([[weight.unit]])
    products: Array = found.inputs[weight.layer].array[0, [weight.source]] * local[weight.layer][weight.unit]
    for layer in range(weight.layer + 1, len(local)):
        slopes = trainer.blocks[layer].weight.array.T * local[layer]
        products = (products[:, None] * slopes[units[:, -1]]).ravel()
        onward = np.tile(np.arange(slopes.shape[1]), len(units))
        units = np.concatenate([np.repeat(units, slopes.shape[1], 0), onward[:, None]], 1)
    return units, products * found.arrived[-1].array[0].astype(np.float64)[units[:, -1]]
