"""The chain rule of one weight in the words of `viz.explain`, so that page and terminal say the same.

One point's loss is computed again in single numbers, each with a name: ``w`` the weight, ``z1_3`` the sum of
the third unit of the first hidden layer, ``h1_3`` what the unit makes of it, ``out_1`` an output.
"""

from __future__ import annotations

import re
from typing import Any, cast

from ... import nn, stack
from ...engine.tensor import Tensor
from ...viz.explain import explain
from ...viz.watch import watch
from ..trainer import Trainer
from .one_point import Pass
from .weight import Weight

__all__ = ["words"]

LINES = 120
"""So many lines each half of the words may have."""
_NAMED = re.compile(r"[zh](?P<layer>\d+)_(?P<unit>\d+)\b|(?:z_)?out_(?P<output>\d+)\b")


def words(trainer: Trainer, weight: Weight, found: Pass) -> list[dict[str, Any]]:
    """The lines of `explain`, each with the unit that it is about, a layer and a place in it, or None.

    A term of a sum belongs to the unit whose sum it is; a model in evaluation is expected.

    >>> from microtensor.playground import Settings
    >>> from microtensor.playground.chain_rule.one_point import passed
    >>> trainer = Trainer(Settings.of({"layers": "2-Tanh"}))
    >>> found = words(trainer, Weight(0, 1, 0, 0), passed(trainer, 0))
    >>> [line["at"] for line in found if line["text"].startswith("  h1_2")]
    [[0, 1], [0, 1]]
    """
    with watch(values=True):
        loss = _in_single_numbers(trainer, weight, found)
    halves = [half.splitlines() for half in str(explain(loss, limit=LINES)).split("\n\n", 1)]
    forward, backward = ([_at(text, weight, len(found.sums)) for text in half] for half in halves)
    places = [*_carried(forward[::-1])[::-1], None, *_carried(backward)]
    texts = [*halves[0], "", *halves[1]]
    return [
        {"text": text, "at": at if text.startswith("  ") else None}
        for text, at in zip(texts, places, strict=True)
    ]


def _at(text: str, weight: Weight, layers: int) -> list[int] | None:
    """The unit whose name a line begins with."""
    if text.startswith("  w "):
        return [weight.layer, weight.unit]
    named = _NAMED.match(text.removeprefix("  "))
    return _place(named, layers) if named else None


def _carried(places: list[list[int] | None]) -> list[list[int] | None]:
    """Lines without a name belong to the unit that was named last."""
    found, last = [], None
    for at in places:
        last = at or last
        found.append(last)
    return found


def _place(named: re.Match[str], layers: int) -> list[int]:
    if named["output"]:
        return [layers - 1, int(named["output"]) - 1]
    return [int(named["layer"]) - 1, int(named["unit"]) - 1]


# ------------------------------------------------------------ the computation, number by number


def _in_single_numbers(trainer: Trainer, weight: Weight, found: Pass) -> Tensor:
    """The loss, with a tensor for each number that depends on the weight and plain numbers for others."""
    w = _called("w", weight.of(trainer).detach().clone().requires_grad_())
    x = float(found.inputs[weight.layer].array[0, weight.source])
    z = w * x + (float(found.sums[weight.layer].array[0, weight.unit]) - w.item() * x)
    lit = {weight.unit: _unit(trainer, weight.layer, weight.unit, z)}
    for layer in range(weight.layer + 1, len(found.sums)):
        units = range(found.sums[layer].shape[1])
        lit = {k: _unit(trainer, layer, k, _sum(trainer, layer, k, lit, found)) for k in units}
    return _called("loss", _loss(trainer, weight, lit, found.inputs[-1]))


def _loss(trainer: Trainer, weight: Weight, lit: dict[int, Tensor], outputs: Tensor) -> Tensor:
    """The loss of one output, or of several beside each other."""
    target = trainer.train.target[weight.sample : weight.sample + 1]
    parts = [lit.get(k, outputs[0, k]) for k in range(outputs.shape[1])]
    if len(parts) > 1:
        return cast(Tensor, trainer.criterion(stack(parts)[None], target))
    return cast(Tensor, trainer.criterion(parts[0], target.reshape(())))


def _sum(trainer: Trainer, layer: int, unit: int, lit: dict[int, Tensor], found: Pass) -> Tensor:
    """The weighted sum of a unit: a term for each input that depends on the weight, and the rest."""
    row = trainer.blocks[layer].weight.array[unit]
    first, *others = [h * float(row[source]) for source, h in lit.items()]
    rest = float(found.sums[layer].array[0, unit]) - sum(term.item() for term in (first, *others))
    return cast(Tensor, sum(others, first) + rest)


def _unit(trainer: Trainer, layer: int, unit: int, z: Tensor) -> Tensor:
    """What a unit makes of its sum: BatchNorm and dropout as they are in evaluation, and its activation."""
    last = layer == len(trainer.settings.layers)
    where = f"out_{unit + 1}" if last else f"h{layer + 1}_{unit + 1}"
    modules = trainer.blocks[layer].rest
    h = _called(f"z_{where}" if last else f"z{where[1:]}", z) if modules else z
    for module in modules:
        h = _normed(module, unit, h) if isinstance(module, nn.BatchNorm1d) else module(h)
    return _called(where, h)


def _normed(norm: nn.BatchNorm1d, unit: int, z: Tensor) -> Tensor:
    numbers = (norm.running_mean, norm.running_var, norm.weight, norm.bias)
    mean, var, gamma, beta = (float(x[unit]) for x in numbers if x is not None)
    scale = gamma / (var + norm.eps) ** 0.5
    return cast(Tensor, z * scale + (beta - mean * scale))


def _called(name: str, tensor: Tensor) -> Tensor:
    tensor.name = name  # type: ignore[attr-defined]
    return tensor
