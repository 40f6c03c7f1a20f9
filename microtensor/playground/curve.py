"""The losses of a training as a curve that never has too many points."""

from __future__ import annotations

from .packing import number

__all__ = ["Curve"]

MOST = 400
Row = tuple[int, float | None, float | None]


class Curve:
    """Rows of a step and the losses of train and test points; of too many, every second is forgotten.

    >>> curve = Curve()
    >>> curve.add(0, 0.7, 0.8)
    >>> curve.add(5, 0.5, None)
    >>> curve.columns()
    {'step': [0, 5], 'train': [0.7, 0.5], 'test': [0.8, None]}
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []

    def add(self, step: int, train: float | None, test: float | None) -> None:
        """Go on; a step that is not beyond the last one is there already."""
        if self.rows and step <= self.rows[-1][0]:
            return
        self.rows.append((step, train, test))
        if len(self.rows) > MOST:
            self.rows = self.rows[:1] + self.rows[2::2]

    def cut(self, step: int) -> None:
        """Forget what comes after a step."""
        self.rows = [row for row in self.rows if row[0] <= step]

    def columns(self) -> dict[str, list[float | None]]:
        """The same as lists of numbers."""
        names = ("step", "train", "test")
        return {name: [_short(row[i]) for row in self.rows] for i, name in enumerate(names)}


def _short(value: float | None) -> float | None:
    return value if value is None or isinstance(value, int) else number(value)
