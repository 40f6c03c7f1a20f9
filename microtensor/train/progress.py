"""A bar that shows how far a training has come."""

from __future__ import annotations

import importlib
import sys
import time
from collections.abc import Mapping
from typing import Any

from .types import Row


class Progress:
    """A bar on the standard error stream that is redrawn ten times a second at most."""

    def __init__(self, epochs: int, wanted: bool | None) -> None:
        self.epochs, self.done, self.row = epochs, 0, {}  # type: ignore[var-annotated]
        self.wanted = sys.stderr.isatty() or _in_notebook() if wanted is None else wanted
        self.due = 0.0
        self.bar: Any = None

    def __enter__(self) -> Progress:
        if self.wanted and (tqdm := optional_module("tqdm")):
            self.bar = tqdm.tqdm(total=self.epochs, unit="epoch")
        return self

    def show(self, row: Row) -> None:
        """Count one epoch, and redraw the bar if it is time to."""
        if not self.wanted:
            return
        self.done, self.row = self.done + 1, row
        if time.monotonic() >= self.due:
            self.due = time.monotonic() + 0.1
            self._draw()

    def _draw(self) -> None:
        if self.bar is None:
            print(f"\r{self._line()}\x1b[K", end="", file=sys.stderr, flush=True)
        else:
            self.bar.set_postfix_str(in_words(self.row), refresh=False)
            self.bar.update(self.done - self.bar.n)

    def _line(self) -> str:
        filled = 20 * self.done // max(self.epochs, 1)
        bar = "#" * filled + "." * (20 - filled)
        return f"[{bar}] epoch {self.done}/{self.epochs}  {in_words(self.row)}"

    def __exit__(self, *error: object) -> None:
        if self.wanted:
            self._draw()
        if self.bar is not None:
            self.bar.close()
        elif self.wanted:
            print(file=sys.stderr)


def _in_notebook() -> bool:
    """Whether a notebook shows what is printed; IPython has then been imported already."""
    shell = getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    return shell is not None and hasattr(shell, "kernel")


def in_words(row: Mapping[str, float]) -> str:
    """A row of means as a line of text."""
    return ", ".join(f"{name} {value:.4g}" for name, value in row.items()) or "nothing yet"


def optional_module(name: str) -> Any:
    """Import a module that may be missing; None if it is."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
