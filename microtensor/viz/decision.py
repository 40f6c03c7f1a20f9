"""What a classifier says of each point of the plane: which class, and with what probability."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tensor import Tensor

COLORS = ("#2f6fad", "#e08214", "#2f8f6b", "#c0392b", "#7a5ba6", "#8a8f98")


def plain_array(value: Any) -> Any:
    """A tensor, or what can be made one, as an array."""
    return value.detach().array if isinstance(value, Tensor) else np.asarray(value)


def heights_of(output: Any, count: int, threshold: float) -> Any:
    """For each class how far its output is above those of all others: positive where it is chosen."""
    found = plain_array(output)
    if found.size == count:
        over = found.reshape(1, -1) - threshold
        return np.concatenate([-over, over])
    if found.ndim == 2 and len(found) == count:
        best = np.sort(found, 1)[:, -2:]
        return np.where(found == best[:, 1:], found - best[:, :1], found - best[:, 1:]).T
    raise ValueError(
        f"regions: expected a model that maps ({count}, 2) to ({count},), ({count}, 1) or ({count}, "
        f"classes), got outputs of shape {found.shape}"
    )


def probabilities_of(output: Any, count: int, threshold: float) -> Any:
    """The probability of each class, of shape (classes, count)."""
    found = plain_array(output).astype(np.float64)
    if found.size == count:
        p = found.reshape(-1)
        p = np.clip(p, 0, 1) if threshold else 1 / (1 + np.exp(-np.clip(p, -60, 60)))
        return np.stack([1 - p, p])
    sums_to_one = (found >= 0).all() and np.allclose(found.sum(1), 1, atol=1e-4)
    odds = found if sums_to_one else np.exp(found - found.max(1, keepdims=True))
    return (odds / odds.sum(1, keepdims=True)).T


def shade_with(ax: Any, x: Any, y: Any, shares: Any) -> None:
    """The classes' colours, mixed as their probabilities are."""
    wanted = [COLORS[i % len(COLORS)] for i in range(len(shares))]
    colors = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in wanted])
    mixed = 1 - 0.55 * (1 - np.einsum("kij,kc->ijc", shares, colors))
    extent = (x[0], x[-1], y[0], y[-1])
    ax.imshow(mixed, extent=extent, origin="lower", aspect="auto", interpolation="bilinear", zorder=0)
