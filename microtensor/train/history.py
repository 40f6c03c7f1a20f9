"""What happened in a training, epoch by epoch, and its plot."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from .progress import in_words, optional_module
from .types import Row


class History:
    """The means of every finished epoch: a table with a row per epoch, a column per quantity.

    ``history["loss"]`` is a column, ``history.rows`` are the rows, ``history.last`` is the last
    of them, ``len(history)`` counts them. ``interrupted`` tells whether Ctrl-C ended the run.

    >>> history = History()
    >>> history.append({"loss": 0.5, "accuracy": 0.75})
    >>> history.append({"loss": 0.25, "accuracy": 1.0})
    >>> history["loss"], history.last, len(history)
    ([0.5, 0.25], {'loss': 0.25, 'accuracy': 1.0}, 2)
    >>> history
    History(2 epochs: loss 0.25, accuracy 1)
    """

    def __init__(self) -> None:
        self.rows: list[Row] = []
        self.interrupted = False

    def append(self, row: Row) -> None:
        """Add the means of one more epoch."""
        self.rows.append(row)

    @property
    def last(self) -> Row:
        """The means of the last epoch; an empty dict before the first one is over."""
        return self.rows[-1] if self.rows else {}

    def __len__(self) -> int:
        return len(self.rows)

    def __getitem__(self, name: str) -> list[float]:
        if self.rows and name not in self.rows[0]:
            raise KeyError(f"no column {name!r} in this history, only {', '.join(self.rows[0])}")
        return [row[name] for row in self.rows]

    def __iter__(self) -> Iterator[str]:
        return iter(self.last)

    def __repr__(self) -> str:
        return f"History({len(self)} epochs: {in_words(self.last)})"

    def plot(self, log: bool = False) -> Any:
        """Draw each quantity over the epochs, beside its validation value if there is one.

        Args:
            log: whether the loss has a logarithmic axis.

        Returns:
            The matplotlib figure, which the caller may change, show or save.

        Raises:
            ImportError: if matplotlib is not installed.
        """
        plt = _pyplot()
        names = [name for name in self if not name.startswith("val_")] or ["loss"]
        figure, panels = plt.subplots(
            1, len(names), figsize=(1.5 + 4.5 * len(names), 4), squeeze=False, layout="constrained"
        )
        for name, axes in zip(names, panels[0], strict=True):
            self._draw(axes, name)
            axes.set_yscale("log" if log and name == "loss" else "linear")
        return figure

    def _draw(self, axes: Any, name: str) -> None:
        epochs = range(1, len(self) + 1)
        for column, label in ((name, "training"), (f"val_{name}", "validation")):
            if column in self.last:
                axes.plot(epochs, self[column], label=label)
        axes.set(title=name, xlabel="epoch", ylabel=name)
        if self.rows:
            axes.legend(frameon=False)


def _pyplot() -> Any:
    pyplot = optional_module("matplotlib.pyplot")
    if pyplot is None:
        raise ImportError("a history is plotted by matplotlib: pip install matplotlib")
    return pyplot
