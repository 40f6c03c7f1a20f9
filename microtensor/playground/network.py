"""The network, the loss and the optimizer of some settings: as objects, and as the calls that make them.

The session builds its objects from these calls, and the program prints them, so that the two can't differ.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from .. import nn, optim
from .choices import OPTIMIZERS
from .settings import Layer, Settings

__all__ = ["Call", "blocks", "criterion", "optimizer"]

_CRITERIA = {"BCE": "BCEWithLogitsLoss", "CE": "CrossEntropyLoss", "MSE": "MSELoss"}


@dataclass(frozen=True)
class Call:
    """A class by its name, and what it is called with.

    >>> call = Call("Linear", (2, 8))
    >>> str(call), call.of(mt.nn)
    ('Linear(2, 8)', Linear(in_features=2, out_features=8, bias=True))
    """

    name: str
    args: tuple[Any, ...] = ()
    keywords: dict[str, Any] = field(default_factory=dict)

    def of(self, module: Any, *first: Any) -> Any:
        """What the call makes of a module's class, with arguments before the others."""
        return getattr(module, self.name)(*first, *self.args, **self.keywords)

    def __str__(self) -> str:
        return self.written()

    def written(self, *first: str) -> str:
        """The call as a program has it, with arguments before the others."""
        named = [f"{name}={value!r}" for name, value in self.keywords.items()]
        return f"{self.name}({', '.join([*first, *map(repr, self.args), *named])})"


def blocks(settings: Settings) -> list[list[Call]]:
    """The modules, layer by layer; each layer starts with its `nn.Linear`."""
    widths = [len(settings.features), *(layer.units for layer in settings.layers)]
    hidden = [_hidden(size, layer) for size, layer in zip(widths, settings.layers, strict=False)]
    squashed = settings.loss == "MSE" and settings.task != "regression"
    last = [Call("Linear", (widths[-1], settings.outputs)), *([Call("Sigmoid")] if squashed else [])]
    return [*hidden, last]


def _hidden(inputs: int, layer: Layer) -> list[Call]:
    found = [Call("Linear", (inputs, layer.units))]
    found += [Call("BatchNorm1d", (layer.units,))] if layer.norm else []
    found += [Call(layer.activation)] if layer.activation != "Identity" else []
    return found + ([Call("Dropout", (layer.dropout,))] if layer.dropout else [])


def network(settings: Settings) -> nn.Sequential:
    """A plain `nn.Sequential`, its weights drawn from the default generator."""
    return nn.Sequential(*(call.of(nn) for block in blocks(settings) for call in block))


def criterion(settings: Settings) -> Call:
    """The loss."""
    return Call(_CRITERIA[settings.loss])


def optimizer(settings: Settings) -> Call:
    """The optimizer, without its first argument, the parameters."""
    name, keywords = OPTIMIZERS[settings.optimizer]
    decay = {"weight_decay": settings.rate} if settings.penalty == "L2" else {}
    none = {"weight_decay": 0.0} if name == "AdamW" else {}
    return Call(name, keywords={"lr": settings.lr, **keywords, **none, **decay})


def optimizer_of(settings: Settings, parameters: Iterable[nn.Parameter]) -> optim.Optimizer:
    """The optimizer of these parameters."""
    made: optim.Optimizer = optimizer(settings).of(optim, parameters)
    return made
