"""Numbers and arrays as JSON has them: five digits, None for what is not finite, maps as bytes in base64."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

__all__ = ["maps", "matrix", "number", "numbers", "rounded"]

Array = np.ndarray[Any, Any]
NOT_A_NUMBER = -128
"""The byte of what is not finite."""


def maps(values: Array, scale: float | None = None) -> dict[str, Any]:
    """Columns as bytes in base64, one after the other: 127 is the largest size, which `scale` tells of each.

    >>> found = maps(np.array([[0.5], [-1.0]], np.float32))
    >>> list(base64.b64decode(found["map"])), found["scale"]
    ([64, 129], [1.0])
    """
    rows = np.ascontiguousarray(values.T, np.float32)
    good = np.isfinite(rows)
    clean = rows if good.all() else np.where(good, rows, np.float32(0))
    sizes = np.abs(clean).max(1) if scale is None else np.full(len(rows), scale, np.float32)
    factors = 127 / np.where(sizes > 0, sizes, 1)
    levels = np.rint(np.clip(clean * factors[:, None], -127, 127)).astype(np.int8)
    levels[~good] = NOT_A_NUMBER
    return {"map": base64.b64encode(levels.tobytes()).decode(), "scale": numbers(sizes)}


def number(value: float) -> float | None:
    """Five significant digits; None for what is not finite."""
    return float(f"{value:.5g}") if abs(value) < np.inf else None


def numbers(values: Iterable[float] | Array) -> list[Any]:
    """The same for several."""
    return [number(value) for value in (values.tolist() if isinstance(values, np.ndarray) else values)]


def matrix(values: Array) -> list[list[Any]]:
    """The same for rows of them."""
    return [numbers(row) for row in values]


def rounded(measures: Mapping[str, float | None]) -> dict[str, float | None]:
    """The same for named numbers.

    >>> rounded({"loss": 0.12345678, "accuracy": None})
    {'loss': 0.12346, 'accuracy': None}
    """
    return {name: None if value is None else number(value) for name, value in measures.items()}
