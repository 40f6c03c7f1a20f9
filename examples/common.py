"""What the example scripts share: options, pictures, and the check at the end.

An example ought to show a network and its training loop, and nothing else; so reading the
command line, choosing colours and writing a file to ``out/`` live here. There is nothing about
networks in this file.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from types import ModuleType
from typing import Any

BLUE, ORANGE, GREEN, RED, VIOLET, GREY = (
    "#2f6fad",
    "#e08214",
    "#2f8f6b",
    "#c0392b",
    "#7a5ba6",
    "#8a8f98",
)
PALETTE = [BLUE, ORANGE, GREEN, RED, VIOLET, GREY]
STYLE: Any = {
    "figure.figsize": (6.0, 4.0),
    "figure.dpi": 150,
    "figure.constrained_layout.use": True,
    "font.size": 9,
    "axes.titlesize": 10,
    "axes.titleweight": "bold",
    "axes.titlelocation": "left",
    "axes.edgecolor": "#5b616b",
    "axes.labelcolor": "#30343b",
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e8eb",
    "grid.linewidth": 0.7,
    "xtick.color": "#5b616b",
    "ytick.color": "#5b616b",
    "lines.linewidth": 1.7,
    "legend.frameon": False,
}


def options(description: str | None, seed: int) -> argparse.Namespace:
    """Read ``--seed`` and ``--quick`` from the command line."""
    summary = (description or "").strip().splitlines()[0]
    parser = argparse.ArgumentParser(description=summary)
    parser.add_argument("--seed", type=int, default=seed, help=f"random seed (default {seed})")
    parser.add_argument("--quick", action="store_true", help="a short run of a few seconds")
    chosen = parser.parse_args()
    chosen.default_seed = chosen.seed == seed
    return chosen


def pyplot() -> ModuleType | None:
    """Return ``matplotlib.pyplot``, set up to draw into files; ``None`` where it is missing."""
    try:
        import matplotlib
    except ImportError:
        print("No pictures were drawn: install matplotlib for them (pip install matplotlib).")
        return None
    matplotlib.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(STYLE)
    plt.rcParams["axes.prop_cycle"] = matplotlib.rcsetup.cycler("color", PALETTE)
    return plt


def save(figure: Any, name: str) -> None:
    """Write the figure to ``out/<name>`` below the current directory and close it."""
    path = Path("out") / name
    path.parent.mkdir(exist_ok=True)
    figure.savefig(path)
    figure.clear()
    print(f"picture: {path.as_posix()}")


def save_drawing(drawing: Any, name: str) -> None:
    """Write a drawing to ``out/<name>``; say what to install where a picture cannot be drawn."""
    path = Path("out") / name
    path.parent.mkdir(exist_ok=True)
    try:
        drawing.save(path)
    except RuntimeError as error:
        print(f"not drawn: {path.as_posix()}: {error}")
    else:
        print(f"drawing: {path.as_posix()}")


def heading(text: str) -> None:
    """Print a line that separates one part of an example from the next."""
    print(f"\n== {text} ==")


def check(holds: bool, claim: str) -> None:
    """Print a claim that holds; leave with status 1 if it does not."""
    if not holds:
        raise SystemExit(f"failed: {claim}")
    print(f"checked: {claim}")
