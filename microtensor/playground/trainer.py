"""A training that can be stepped, and stepped back: the loop of the exported program, held still.

A step is exactly what the program of `program` does in one turn of its loop.  Going back restores a snapshot
from before and steps forward again, which gives the same numbers, because everything that is random comes
from a stream that the snapshot holds; so a step costs nothing for being undoable but a snapshot now and then.
"""

from __future__ import annotations

import copy
import math
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from .. import get_rng_state, manual_seed, nn, no_grad, randperm, set_rng_state
from ..engine.tensor import Tensor
from . import data, network
from .layers import grouped
from .settings import Settings

__all__ = ["Split", "Trainer"]

EVERY = 100
"""So many steps lie between two snapshots."""
KEPT = 3
"""So many snapshots are kept: enough for the last 200 states."""


@dataclass(frozen=True)
class Split:
    """Points of one kind: where they lie, what the network sees of them, what it should say; and labels."""

    points: Tensor
    x: Tensor
    target: Tensor
    labels: Tensor


@dataclass
class _Snapshot:
    step: int
    loss: float
    model: dict[str, Tensor]
    optimizer: dict[str, Any]
    stream: Tensor
    order: Tensor | None


class Trainer:
    """A network in training: `step` goes on, `back_to` back; everything else is there to be looked at.

    Draws from the default generator's stream, but from a state of its own: nobody else's numbers change.

    >>> trainer = Trainer(Settings.of({"data": "xor"}))
    >>> trainer.advance(20)
    >>> first = trainer.loss
    >>> trainer.advance(5)
    >>> trainer.back_to(20)
    >>> trainer.loss == first
    True
    """

    def __init__(self, settings: Settings) -> None:
        self.settings, self.step, self.loss = settings, 0, math.nan
        self.updates: list[np.ndarray[Any, Any]] | None = None
        self._stream = get_rng_state()
        self._order: Tensor | None = None
        self._snapshots: deque[_Snapshot] = deque(maxlen=KEPT)
        with self._own_stream():
            manual_seed(settings.seed)
            self.train, self.test = self._data()
            self.model = network.network(settings)
        self.blocks = grouped(self.model)
        self.criterion = network.criterion(settings).of(nn)
        self.optimizer = network.optimizer_of(settings, self.model.parameters())
        self.parameters = list(self.model.parameters())
        self.batch = min(settings.batch, len(self.train.x))
        self.steps_an_epoch = len(self.train.x) // self.batch
        self._keep()

    def _data(self) -> tuple[Split, Split]:
        points, labels = data.drawn(self.settings)
        x, target = data.featured(self.settings, points), data.target(self.settings, labels)
        count = trained_on(self.settings, len(points))
        parts = (slice(None, count), slice(count, None))
        first, second = (Split(points[p], x[p], target[p], labels[p]) for p in parts)
        return first, second

    @contextmanager
    def _own_stream(self) -> Iterator[None]:
        """The default generator in the state of this training, and back in its own afterwards."""
        before = get_rng_state()
        set_rng_state(self._stream)
        try:
            yield
        finally:
            self._stream = get_rng_state()
            set_rng_state(before)

    # ------------------------------------------------------------ on

    def advance(self, steps: int = 1) -> None:
        """Make so many steps, and remember what the last of them changed; none after a loss of NaN."""
        with self._own_stream(), np.errstate(all="ignore"):
            for left in range(steps, 0, -1):
                if self.broken:
                    return
                self._watched() if left == 1 else self._step()
                if self.step % EVERY == 0:
                    self._stream = get_rng_state()
                    self._keep()

    @property
    def broken(self) -> bool:
        """Whether the last loss was infinite or NaN."""
        return self.step > 0 and not math.isfinite(self.loss)

    def _watched(self) -> None:
        before = [p.array.copy() for p in self.parameters]
        self._step()
        self.updates = [p.array - old for p, old in zip(self.parameters, before, strict=True)]

    def _step(self) -> None:
        if self.settings.changes:
            self.optimizer.param_groups[0]["lr"] = self.settings.rate_at(self.step)
        x, target = self._next_batch()
        loss = self.criterion(self.model(x), target)
        self.loss = loss.item()
        if self.settings.penalty == "L1":
            loss = loss + self.settings.rate * sum(p.abs().sum() for p in self.parameters)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        self.step += 1

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        """The points of the step to come: all, or the next of an order that is drawn every epoch."""
        if self.batch == len(self.train.x):
            return self.train.x, self.train.target
        at = self.step % self.steps_an_epoch
        if at == 0:
            self._order = randperm(len(self.train.x))
        assert self._order is not None
        chosen = self._order[at * self.batch : (at + 1) * self.batch]
        return self.train.x[chosen], self.train.target[chosen]

    # ------------------------------------------------------------ back

    def _keep(self) -> None:
        model = {name: value.clone() for name, value in self.model.state_dict().items()}
        optimizer = copy.deepcopy(self.optimizer.state_dict())
        self._snapshots.append(_Snapshot(self.step, self.loss, model, optimizer, self._stream, self._order))

    @property
    def oldest(self) -> int:
        """The first step that one can go back to."""
        return self._snapshots[0].step

    def back_to(self, step: int) -> None:
        """The state after so many steps, again; changes of the learning rate after it are forgotten.

        Raises ``ValueError`` for a step that is not in the past, or too far back.
        """
        self.rewind(step)
        changes = tuple(change for change in self.settings.changes if change[0] <= step)
        self.settings = replace(self.settings, changes=changes)

    def rewind(self, step: int) -> None:
        """The same, with no change forgotten: to look at the way again."""
        if not self.oldest <= step <= self.step:
            raise ValueError(f"step {step} cannot be gone back to: expected {self.oldest} to {self.step}")
        while self._snapshots[-1].step > step:
            self._snapshots.pop()
        self._restore(self._snapshots[-1])
        self.advance(step - self.step)

    def _restore(self, kept: _Snapshot) -> None:
        self.step, self.loss, self._stream, self._order = kept.step, kept.loss, kept.stream, kept.order
        with no_grad():
            self.model.load_state_dict(kept.model)
        self.optimizer.load_state_dict(kept.optimizer)
        self.optimizer.zero_grad()
        self.updates = None

    def change_rate(self, lr: float) -> None:
        """Go on with another learning rate, from the next step."""
        if self.step == 0:
            self.settings = replace(self.settings, lr=lr, changes=())
        else:
            past = tuple(change for change in self.settings.changes if change[0] < self.step)
            self.settings = replace(self.settings, changes=(*past, (self.step, lr)))
        self.optimizer.param_groups[0]["lr"] = lr


def trained_on(settings: Settings, count: int) -> int:
    """How many of so many points are trained on: two at least, and not all."""
    return min(max(2, count * settings.train // 100), count - 1)
