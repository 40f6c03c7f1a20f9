"""Settings from texts: a table of readers, each of which takes its choices or numbers and nothing else."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from .choices import ACTIVATIONS, BOUNDS, DATA, FEATURES, MOST, OPTIMIZERS, PENALTIES

__all__ = ["READERS", "Layer", "Point"]

Point = tuple[float, float, int]


@dataclass(frozen=True)
class Layer:
    """One hidden layer: its units, its activation, and whether BatchNorm and dropout go with it."""

    units: int = 8
    activation: str = "Tanh"
    norm: bool = False
    dropout: float = 0.0

    def __str__(self) -> str:
        ends = (["norm"] if self.norm else []) + ([f"drop{self.dropout:g}"] if self.dropout else [])
        return "-".join([str(self.units), self.activation, *ends])


def _choice(choices: Collection[str]) -> Callable[[str, Any], str]:
    def read(name: str, value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise ValueError(f"{name}: expected one of {', '.join(choices)}, got {_shown(value)}")
        return value

    return read


def _number(name: str, value: Any) -> Any:
    """A number within its bounds, whole where these are."""
    low, high = BOUNDS[name]
    kind = type(low)
    try:
        number = kind(value) if isinstance(value, str) else value
        good = not isinstance(number, bool) and low <= number <= high and kind(number) == number
    except (TypeError, ValueError, OverflowError):
        good = False
    if not good:
        whole = "a whole number" if kind is int else "a number"
        raise ValueError(f"{name}: expected {whole} from {low:g} to {high:g}, got {_shown(value)}")
    return kind(number)


def _shown(value: Any) -> str:
    return f"{value!r:.60}" if isinstance(value, str | int | float) else f"a {type(value).__name__}"


def _parts(name: str, value: Any, separator: str) -> list[str]:
    if not isinstance(value, str):
        raise ValueError(f"{name}: expected a text, got {_shown(value)}")
    return [part for part in value.split(separator) if part]


def _features(name: str, value: Any) -> tuple[str, ...]:
    found = [_choice(FEATURES)(name, part) for part in _parts(name, value, ",")]
    if not found:
        raise ValueError("features: expected at least one, got none")
    return tuple(feature for feature in FEATURES if feature in found)


def _layers(name: str, value: Any) -> tuple[Layer, ...]:
    found = tuple(_layer(part) for part in _parts(name, value, ","))
    if len(found) > MOST["layers"]:
        raise ValueError(f"layers: expected {MOST['layers']} at most, got {len(found)}")
    return found


def _layer(text: str) -> Layer:
    """A layer from ``8-Tanh-norm-drop0.2``."""
    units, *words = text.split("-")
    layer = Layer(_number("units", units))
    for word in words:
        if word == "norm":
            layer = replace(layer, norm=True)
        elif word.startswith("drop"):
            layer = replace(layer, dropout=_number("dropout", word.removeprefix("drop")))
        else:
            layer = replace(layer, activation=_choice(ACTIVATIONS)("layers", word))
    return layer


def _own(name: str, value: Any) -> tuple[Point, ...]:
    found = [_point(part) for part in _parts(name, value, ";")]
    if len(found) > MOST["own"]:
        raise ValueError(f"own: expected {MOST['own']:,} points at most, got {len(found):,}")
    return _within(found)


def _point(text: str) -> Point:
    numbers = text.split(",")
    if len(numbers) != 3:
        raise ValueError(f"own: expected x1,x2,class in each point, got {text[:40]!r}")
    a, b = (_number("coordinate", number) for number in numbers[:2])
    return a, b, _number("class", numbers[2])


def _within(points: list[Point]) -> tuple[Point, ...]:
    """The points as they are, if they lie on the plane that is shown; else moved and scaled into it."""
    scales = [_scale([point[axis] for point in points]) for axis in (0, 1)] if points else []
    return tuple(
        (
            *(float(f"{(p[axis] - middle) / half:.6g}") for axis, (middle, half) in enumerate(scales)),
            p[2],
        )  # type: ignore[misc]
        for p in points
    )


def _scale(values: list[float]) -> tuple[float, float]:
    low, high = min(values), max(values)
    if low >= -3 and high <= 3:
        return 0.0, 1.0
    return (low + high) / 2, (high - low) / 5 or 1.0


def _changes(name: str, value: Any) -> tuple[tuple[int, float], ...]:
    pairs = [part.partition(":") for part in _parts(name, value, ",")]
    if len(pairs) > MOST["changes"]:
        raise ValueError(f"changes: expected {MOST['changes']} at most, got {len(pairs)}")
    found = [(_number("step", step), _number("lr", lr)) for step, _, lr in pairs]
    if any(b[0] <= a[0] for a, b in pairwise(found)):
        raise ValueError("changes: expected steps that increase, as in 100:0.1,200:0.01")
    return tuple(found)


READERS: dict[str, Callable[[str, Any], Any]] = {
    "data": _choice((*DATA, "own")),
    "loss": _choice(("BCE", "CE", "MSE")),
    "optimizer": _choice(OPTIMIZERS),
    "penalty": _choice(PENALTIES),
    "features": _features,
    "layers": _layers,
    "own": _own,
    "changes": _changes,
    **dict.fromkeys(("noise", "points", "train", "lr", "batch", "rate", "seed"), _number),
}
