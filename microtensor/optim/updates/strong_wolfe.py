"""A line search for the strong Wolfe conditions: how far to go along a direction.

Nocedal & Wright, "Numerical optimization", 2nd edition, section 3.5: Algorithm 3.5 finds an
interval that contains a good step, Algorithm 3.6 narrows it, and equation 3.59 proposes the next
step from a cubic through two points. The constants are those of minFunc by Mark Schmidt, which
PyTorch's search descends from.
"""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any, NamedTuple

import numpy as np

SUFFICIENT = 1e-4
"""How much of the decrease that the slope promises has to come true (Nocedal & Wright's c1)."""

FLAT = 0.9
"""What part of the slope may be left at the end (Nocedal & Wright's c2)."""


class Point(NamedTuple):
    """A step length with the loss, the gradient, and the slope along the direction there."""

    t: float
    loss: float
    gradient: np.ndarray[Any, Any]
    slope: float


class _Search(NamedTuple):
    at: Callable[[float], Point]
    start: Point
    limit: int

    def too_high(self, point: Point) -> bool:
        return point.loss > self.start.loss + SUFFICIENT * point.t * self.start.slope

    def flat(self, point: Point) -> bool:
        return abs(point.slope) <= -FLAT * self.start.slope


def strong_wolfe(
    at: Callable[[float], Point], start: Point, t: float, limit: int, smallest: float
) -> tuple[Point, int]:
    """A point along a direction where the loss and the slope have fallen enough.

    Args:
        at: evaluates the loss at a step length.
        start: the point of length 0, whose slope is negative.
        t: the first length to try.
        limit: evaluations after the first; with none left, the best point so far is returned.
        smallest: the length of an interval that is not worth narrowing.

    Returns the point, and the number of evaluations.
    """
    search = _Search(at, start, limit)
    bracket, count = _bracket(search, at(t))
    if len(bracket) == 1:
        return bracket[0], count + 1
    low, count = _zoom(search, bracket, count, smallest)
    return low, count + 1


def _bracket(search: _Search, point: Point) -> tuple[list[Point], int]:
    """One good point, or two with a good one in between."""
    before, tried = search.start, 0
    while tried < search.limit:
        if search.too_high(point) or (tried > 1 and point.loss >= before.loss):
            return [before, point], tried
        if search.flat(point):
            return [point], tried
        if point.slope >= 0:
            return [before, point], tried
        t = _lowest(before, point, (point.t + 0.01 * (point.t - before.t), 10 * point.t))
        before, point, tried = point, search.at(t), tried + 1
    return [search.start, point], tried


def _zoom(search: _Search, bracket: list[Point], tried: int, smallest: float) -> tuple[Point, int]:
    """Narrow an interval until its lower end is good."""
    low, high = sorted(bracket, key=lambda point: point.loss)
    stuck = False
    while tried < search.limit and abs(high.t - low.t) >= smallest:
        t, stuck = _inside(low, high, stuck)
        point, tried = search.at(t), tried + 1
        if search.too_high(point) or point.loss >= low.loss:
            low, high = sorted((low, point), key=lambda point: point.loss)
            continue
        if search.flat(point):
            return point, tried
        low, high = point, low if point.slope * (high.t - low.t) >= 0 else high
    return low, tried


def _inside(low: Point, high: Point, stuck: bool) -> tuple[float, bool]:
    """The next step length, kept off the ends of the interval if it crowds them twice."""
    first, last = sorted((low.t, high.t))
    t = _lowest(low, high, (first, last))
    margin = 0.1 * (last - first)
    if min(last - t, t - first) >= margin:
        return t, False
    if not stuck and first < t < last:
        return t, True
    return (last - margin if last - t < t - first else first + margin), False


def _lowest(one: Point, two: Point, bounds: tuple[float, float]) -> float:
    """The minimum of the cubic through two points, within bounds; their middle if it has none."""
    if one.t > two.t:
        one, two = two, one
    d1 = one.slope + two.slope - 3 * (one.loss - two.loss) / (one.t - two.t)
    square = d1 * d1 - one.slope * two.slope
    if not square >= 0:
        return (bounds[0] + bounds[1]) / 2
    d2 = sqrt(square)
    t = two.t - (two.t - one.t) * ((two.slope + d2 - d1) / (two.slope - one.slope + 2 * d2))
    return min(max(t, bounds[0]), bounds[1])
