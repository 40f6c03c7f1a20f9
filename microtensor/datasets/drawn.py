"""Points in the plane in shapes that a line cannot separate, and a curve to fit."""

from __future__ import annotations

import math
from typing import Any

from ..creation.ranges import arange
from ..engine.tensor import Tensor
from ..ops.elementwise.trigonometric import cos, sin
from ..ops.joining.cat_split import cat, stack
from ..random.generator import Generator
from ..random.tensors import rand, randn, randperm

__all__ = ["circles", "moons", "sine", "spirals"]

Pair = tuple[Tensor, Tensor]


def _generator(seed: Any) -> Generator:
    return seed if isinstance(seed, Generator) else Generator().manual_seed(seed)


def _count(n: int, parts: int) -> int:
    if not isinstance(n, int) or n < parts:
        raise ValueError(f"at least {parts} points are needed, not {n!r}")
    return n // parts


def _mixed(parts: list[Tensor], noise: float, generator: Generator) -> Pair:
    """Points of several classes with noise, in a random order."""
    labels = cat([arange(1).expand(len(part)) + label for label, part in enumerate(parts)])
    x = cat(parts)
    x = x + noise * randn(*x.shape, generator=generator)
    order = randperm(len(x), generator=generator)
    return x[order], labels[order]


def _curve(radius: Any, angle: Tensor) -> Tensor:
    points: Tensor = stack([radius * cos(angle), radius * sin(angle)], 1)
    return points


def moons(n: int = 200, noise: float = 0.1, seed: int | Generator = 0) -> Pair:
    """Two half circles that reach into each other: x of shape (n, 2), float32, and y in 0, 1.

    With an odd n the second class has one point more.  Raises ``ValueError`` for fewer than 2 points.

    >>> x, y = mt.datasets.moons(100)
    >>> x.shape, y.sum()
    (torch.Size([100, 2]), tensor(50))
    """
    generator, first = _generator(seed), _count(n, 2)
    upper = _curve(1.0, math.pi * rand(first, generator=generator))
    lower = _curve(1.0, math.pi * (1 + rand(n - first, generator=generator)))
    lower = stack([lower[:, 0] + 1, lower[:, 1] + 0.5], 1)
    return _mixed([upper, lower], noise, generator)


def circles(n: int = 200, noise: float = 0.05, factor: float = 0.5, seed: int | Generator = 0) -> Pair:
    """A circle of radius 1 around one of radius `factor`: x of shape (n, 2), float32, and y in 0, 1 (inner).

    Raises ``ValueError`` for fewer than 2 points and for a factor that is not between 0 and 1.

    >>> x, y = mt.datasets.circles(100, noise=0.0)
    >>> x[y == 1].square().sum(1).sqrt().max()
    tensor(0.5000)
    """
    if not 0 <= factor < 1:
        raise ValueError(f"the inner circle's radius must be from 0 to below 1, not {factor}")
    generator, first = _generator(seed), _count(n, 2)
    outer = _curve(1.0, 2 * math.pi * rand(first, generator=generator))
    inner = _curve(factor, 2 * math.pi * rand(n - first, generator=generator))
    return _mixed([outer, inner], noise, generator)


def spirals(
    n: int = 300, classes: int = 3, turns: float = 1.0, noise: float = 0.03, seed: int | Generator = 0
) -> Pair:
    """Arms of a spiral from the centre to radius 1: x of shape (n, 2), float32, and y the arm's number.

    Raises ``ValueError`` for fewer points than classes.

    >>> x, y = mt.datasets.spirals(90, classes=3)
    >>> [(y == k).sum().item() for k in range(3)]
    [30, 30, 30]
    """
    generator, each = _generator(seed), _count(n, classes)
    parts = []
    for arm in range(classes):
        radius = rand(each + (arm < n % classes), generator=generator)
        parts.append(_curve(radius, 2 * math.pi * (turns * radius + arm / classes)))
    return _mixed(parts, noise, generator)


def sine(
    n: int = 200, low: float = -math.pi, high: float = math.pi, noise: float = 0.1, seed: int | Generator = 0
) -> Pair:
    """``sin(x)`` with noise, at random places between `low` and `high`: x and y of shape (n, 1), float32.

    Raises ``ValueError`` for fewer than 1 point.

    >>> x, y = mt.datasets.sine(50, noise=0.0)
    >>> mt.allclose(y, x.sin())
    True
    """
    generator = _generator(seed)
    x = low + (high - low) * rand(_count(n, 1), 1, generator=generator)
    return x, sin(x) + noise * randn(*x.shape, generator=generator)
