"""What a training of the playground is made of: choices and numbers, checked, and as text.

One form serves all who set something, the page's controls, its address, the command line: a flat mapping of
names to texts or numbers.  Each is looked up in a table or read as a number within bounds; nothing else is
taken, and nothing is evaluated.

    data=spiral layers=8-Tanh,4-ReLU-norm-drop0.2 optimizer=Adam lr=0.03 seed=1
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

from .choices import DATA, FEATURES, LOSSES
from .reading import READERS, Layer, Point

__all__ = ["Layer", "Settings"]


@dataclass(frozen=True)
class Settings:
    """All that decides a training: two of equal settings give equal losses.

    points, train : how many points there are, and how many of a hundred of them are trained on.
    own : the points of ``data=own``, as (x1, x2, class).
    changes : the steps before which the learning rate was changed, and to what.

    >>> Settings.of({"data": "xor", "layers": "4-ReLU"}).layers
    (Layer(units=4, activation='ReLU', norm=False, dropout=0.0),)
    """

    data: str = "circle"
    noise: float = 0.1
    points: int = 200
    train: int = 50
    features: tuple[str, ...] = ("x1", "x2")
    layers: tuple[Layer, ...] = (Layer(8), Layer(8))
    loss: str = "BCE"
    optimizer: str = "Adam"
    lr: float = 0.01
    batch: int = 20
    penalty: str = "none"
    rate: float = 0.001
    seed: int = 0
    own: tuple[Point, ...] = ()
    changes: tuple[tuple[int, float], ...] = ()

    @classmethod
    def of(cls, given: Mapping[str, Any]) -> Settings:
        """The settings that differ from the defaults by what is given, as `changed` does."""
        return cls().changed(given)

    def changed(self, given: Mapping[str, Any]) -> Settings:
        """New settings, and whatever of the old ones doesn't go with them put right.

        A task brings its loss along, and a data set its features, unless they are given.  Raises
        ``ValueError`` for a name that is unknown, and for a value that is no choice or outside the bounds.

        >>> Settings().changed({"data": "sine"}).loss
        'MSE'
        """
        if unknown := [str(name) for name in given if name not in READERS]:
            known = ", ".join(READERS)
            raise ValueError(f"there is no setting {unknown[0][:40]!r}: expected one of {known}")
        new = replace(self, **{name: READERS[name](name, value) for name, value in given.items()})
        return new._fitted(given, self.task)._checked()

    @property
    def task(self) -> str:
        """What is learned: ``"binary"``, ``"classes"`` or ``"regression"``."""
        return self._own_task() if self.data == "own" else DATA[self.data]

    @property
    def classes(self) -> int:
        """How many classes there are; 1 for a regression."""
        return {"binary": 2, "classes": 3, "regression": 1}[self.task]

    @property
    def outputs(self) -> int:
        """How many units the last layer has."""
        return (
            1 if self.task == "regression" or (self.loss != "CE" and self.task == "binary") else self.classes
        )

    @property
    def inputs(self) -> int:
        """How many coordinates a point has."""
        return 1 if self.data == "sine" else 2

    def rate_at(self, step: int) -> float:
        """The learning rate with which the step of this number, counted from 0, is made."""
        return next((lr for at, lr in reversed(self.changes) if at <= step), self.lr)

    def texts(self) -> dict[str, str]:
        """The settings as `of` takes them.

        >>> Settings.of(Settings().texts()) == Settings()
        True
        """
        return {
            **{name: f"{value}" for name, value in asdict(self).items()},
            "features": ",".join(self.features), "layers": ",".join(map(str, self.layers)),
            "own": ";".join(f"{a:g},{b:g},{k}" for a, b, k in self.own),
            "changes": ",".join(f"{step}:{lr!r}" for step, lr in self.changes),
        }  # fmt: skip

    def _own_task(self) -> str:
        return "classes" if any(label == 2 for _, _, label in self.own) else "binary"

    def _fitted(self, given: Mapping[str, Any], before: str) -> Settings:
        """With the features and the loss that go with the data; another task than before has its own loss."""
        allowed = {name for name in FEATURES if self.inputs == 2 or "x2" not in name}
        kept = tuple(name for name in self.features if name in allowed)
        new = self if "features" in given else replace(self, features=kept or ("x1",))
        if "data" in given and "features" not in given and self.inputs == 2 and kept == ("x1",):
            new = replace(new, features=("x1", "x2"))
        usual = {"binary": "BCE", "classes": "CE", "regression": "MSE"}[self.task]
        fits = new.loss in LOSSES[new.task] and new.task == before
        return new if "loss" in given or fits else replace(new, loss=usual)

    def _checked(self) -> Settings:
        if self.loss not in LOSSES[self.task]:
            raise ValueError(
                f"loss={self.loss} does not go with {self.data}: expected {' or '.join(LOSSES[self.task])}"
            )
        if strange := [name for name in self.features if self.inputs == 1 and "x2" in name]:
            raise ValueError(f"the feature {strange[0]} needs two coordinates, and {self.data} has one")
        if self.batch == 1 and any(layer.norm for layer in self.layers):
            raise ValueError(
                "BatchNorm has no variance to divide by in a batch of 1: expected batch=2 or more"
            )
        return self
