"""The bar that PyTorch's modules for downloads offer as ``tqdm``: tqdm's, or one of percentages."""

from __future__ import annotations

import sys
from importlib import import_module
from typing import Any

__all__ = ["tqdm"]


def tqdm(*args: Any, **options: Any) -> Any:
    """A bar of the package tqdm or, where that is not installed, a `Percentage`."""
    try:
        bar = import_module("tqdm").tqdm
    except ImportError:
        return Percentage(*args, **options)
    return bar(*args, **options)


class Percentage:
    """How much of `total` is done, written to the standard error stream.

    >>> from microtensor.utils.progress import Percentage
    >>> with Percentage(total=4, disable=True) as bar:
    ...     bar.update(1)
    >>> bar.n
    1
    """

    def __init__(
        self, iterable: Any = None, total: float | None = None, disable: bool = False, **options: object
    ) -> None:
        self.iterable, self.total, self.disable, self.n = iterable, total, disable, 0

    def update(self, n: int) -> None:
        """So many more are done."""
        self.n += n
        if not self.disable:
            share = f"{self.n}" if self.total is None else f"{100 * self.n / self.total:.1f}%"
            sys.stderr.write(f"\r{share}")
            sys.stderr.flush()

    def set_description(self, *args: object, **options: object) -> None:
        """Nothing: only the number is shown."""

    def close(self) -> None:
        """End the line."""
        if not self.disable:
            sys.stderr.write("\n")
            self.disable = True

    def __iter__(self) -> Any:
        for item in self.iterable:
            yield item
            self.update(1)
        self.close()

    def __enter__(self) -> Percentage:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()
