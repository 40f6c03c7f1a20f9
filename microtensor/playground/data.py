"""The points that a network of the playground learns: the very functions that its program shows.

They are written as one writes them for PyTorch, and the program that the playground exports contains their
source.  So a training and its program draw the same points from the same seed.  All points lie on the plane
from -3 to 3, and classes take turns, so that any part of the points has all of them.
"""

# The package's names stand here as PyTorch's do in the program, which mypy can't follow.
# mypy: disable-error-code="attr-defined, name-defined, no-any-return"

from __future__ import annotations

from collections.abc import Callable

import microtensor as torch

from .choices import FEATURES
from .settings import Settings

__all__ = ["FUNCTIONS", "drawn", "featured", "target"]

Pair = tuple[torch.Tensor, torch.Tensor]


def circle(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A disc (1) inside a ring (0)."""
    y = 1 - torch.arange(n) % 2
    radius = torch.where(y.bool(), 1.2 * torch.rand(n).sqrt(), 1.7 + 0.9 * torch.rand(n))
    angle = 2 * torch.pi * torch.rand(n)
    x = torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1)
    return x + noise * torch.randn(n, 2), y


def xor(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Four squares: 1 where the signs of the coordinates differ."""
    i = torch.arange(n)
    sign = torch.stack([(i // 2 % 2) * 2.0 - 1, (i % 2) * 2.0 - 1], 1)
    x = sign * (0.25 + 2.35 * torch.rand(n, 2))
    return x + noise * torch.randn(n, 2), (sign[:, 0] != sign[:, 1]).long()


def spiral(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two arms that wind around each other."""
    y = torch.arange(n) % 2
    radius = torch.rand(n).sqrt()
    angle = torch.pi * (3 * radius + y)
    x = 2.7 * torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1)
    return x + noise * torch.randn(n, 2), y


def moons(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two half circles that reach into each other."""
    y = torch.arange(n) % 2
    angle, side = torch.pi * torch.rand(n), 1 - 2.0 * y
    x = torch.stack([side * (torch.cos(angle) - 0.5), side * (torch.sin(angle) - 0.25)], 1)
    return 1.6 * x + noise * torch.randn(n, 2), y


def gaussians(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Two round clouds, which a line separates."""
    y = torch.arange(n) % 2
    x = (2.4 * y - 1.2)[:, None] + (0.4 + noise) * torch.randn(n, 2)
    return x, y


def three(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """Three bent arms, one a class."""
    y = torch.arange(n) % 3
    radius = 0.15 + 0.85 * torch.rand(n)
    angle = 2 * torch.pi * (y / 3 + radius / 2)
    x = 2.7 * torch.stack([radius * torch.cos(angle), radius * torch.sin(angle)], 1)
    return x + noise * torch.randn(n, 2), y


def sine(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A wave over one coordinate."""
    x = 6 * torch.rand(n, 1) - 3
    return x, torch.sin(2 * x[:, 0]) + noise * torch.randn(n)


def plane(n: int, noise: float) -> tuple[torch.Tensor, torch.Tensor]:
    """A slope over two coordinates."""
    x = 6 * torch.rand(n, 2) - 3
    return x, (x[:, 0] + x[:, 1]) / 6 + noise * torch.randn(n)


FUNCTIONS: dict[str, Callable[[int, float], Pair]] = {
    function.__name__: function for function in (circle, xor, spiral, moons, gaussians, three, sine, plane)
}
_SEEN: dict[str, Callable[[torch.Tensor], torch.Tensor]] = {
    "x1": lambda x: x[:, 0], "x2": lambda x: x[:, 1], "x1x1": lambda x: x[:, 0] ** 2,
    "x2x2": lambda x: x[:, 1] ** 2, "x1x2": lambda x: x[:, 0] * x[:, 1],
    "sinx1": lambda x: torch.sin(x[:, 0]), "sinx2": lambda x: torch.sin(x[:, 1]),
}  # fmt: skip
assert set(_SEEN) == set(FEATURES)


def drawn(settings: Settings) -> Pair:
    """The points, of shape (n, 1 or 2), and what belongs to each: classes (int64), or numbers.

    Drawn from the default generator.  Raises ``ValueError`` for fewer than four own points.
    """
    if settings.data != "own":
        return FUNCTIONS[settings.data](settings.points, settings.noise)
    if len(settings.own) < 4:
        raise ValueError(
            f"own: expected four points at least, got {len(settings.own)}: add some, or paste them"
        )
    return torch.tensor([p[:2] for p in settings.own]), torch.tensor([p[2] for p in settings.own])


def featured(settings: Settings, x: torch.Tensor) -> torch.Tensor:
    """What the network sees of points: one column a feature."""
    if settings.features == ("x1", "x2")[: settings.inputs]:
        return x
    return torch.stack([_SEEN[name](x) for name in settings.features], 1)


def target(settings: Settings, y: torch.Tensor) -> torch.Tensor:
    """What the loss takes: classes as they are, or numbers beside the outputs."""
    if settings.loss == "CE":
        return y
    if settings.task == "classes":
        return torch.nn.functional.one_hot(y, settings.classes).float()
    return y.float()[:, None]
