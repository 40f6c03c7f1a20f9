"""A network of the playground layer by layer: each a linear map, and what follows it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np

from .. import nn
from ..engine.tensor import Tensor

__all__ = ["Block", "evaluating", "gradient", "grouped", "through"]


@dataclass(frozen=True)
class Block:
    """One layer: its `nn.Linear`, and the modules that come after it."""

    linear: nn.Linear
    rest: tuple[nn.Module, ...]

    @property
    def weight(self) -> Tensor:
        """The weights, of shape (units, inputs)."""
        return self.linear.weight

    @property
    def bias(self) -> Tensor:
        """The biases, of shape (units,)."""
        assert self.linear.bias is not None
        return self.linear.bias

    def after(self, sums: Tensor) -> Tensor:
        """What the layer makes of its weighted sums."""
        for module in self.rest:
            sums = module(sums)
        return sums


def grouped(model: nn.Sequential) -> list[Block]:
    """The layers of a model: a new one begins with each `nn.Linear`.

    >>> model = mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.Tanh(), mt.nn.Linear(3, 1))
    >>> [len(block.rest) for block in grouped(model)]
    [1, 0]
    """
    modules = list(model)
    starts = [i for i, module in enumerate(modules) if isinstance(module, nn.Linear)]
    ends = [*starts[1:], len(modules)]
    return [_block(modules[start:end]) for start, end in zip(starts, ends, strict=True)]


def _block(modules: Sequence[nn.Module]) -> Block:
    linear, *rest = modules
    assert isinstance(linear, nn.Linear)
    return Block(linear, tuple(rest))


def through(blocks: Sequence[Block], x: Tensor) -> list[Tensor]:
    """What each layer makes of points."""
    found = []
    for block in blocks:
        x = block.after(block.linear(x))
        found.append(x)
    return found


def gradient(parameter: Tensor) -> np.ndarray[Any, Any]:
    """The gradient of the last step."""
    assert parameter.grad is not None
    return parameter.grad.array


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """A model in evaluation for the length of a ``with`` block, and in training again afterwards."""
    model.eval()
    try:
        yield
    finally:
        model.train()
