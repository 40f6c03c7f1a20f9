"""New figures for the plots: pyplot's own, so that a notebook shows them and ``plt.show()`` knows them."""

from __future__ import annotations

from typing import Any


def new_figure(asked: str, size: tuple[float, float]) -> Any:
    """A figure of so many inches; raises ``ImportError`` without matplotlib.

    asked : what the user has called, for the sentence that says what is missing.
    """
    try:
        from matplotlib import pyplot  # type: ignore[import-not-found,unused-ignore]
    except ImportError:
        raise ImportError(
            f'{asked} needs matplotlib: install it with `pip install "microtensor[plot]"`.'
        ) from None
    return pyplot.figure(figsize=size, layout="constrained")
