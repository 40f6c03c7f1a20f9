"""An array in a few numbers, and numbers in few characters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.arrays.summation import squared
from ..errors import describe
from .model import Summary


def summary(values: Any) -> Summary:
    """The few numbers of an array (or a number).

    >>> found = summary(np.array([1.0, 3.0, np.nan]))
    >>> found.mean, found.std, found.nans
    (2.0, 1.0, 1)
    """
    array = np.asarray(values)
    base = Summary(tuple(array.shape), str(array.dtype))
    if array.dtype.kind == "c" and array.size:
        return _of_complex(array, base)
    if array.dtype.kind not in "biuf" or not array.size:
        return base
    wide = array.astype(np.float64, copy=False)
    sound = np.isfinite(wide)
    good = wide if sound.all() else wide[sound]
    nans = int(np.isnan(wide).sum()) if good is not wide else 0
    return Summary(
        base.shape, base.dtype, number=float(wide.reshape(-1)[0]) if array.size == 1 else None,
        nans=nans, infinities=int(wide.size - good.size) - nans, **_moments(good),
    )  # fmt: skip


def _of_complex(array: Any, base: Summary) -> Summary:
    good = array[np.isfinite(array)]
    nans = int(np.isnan(array).sum())
    return Summary(
        base.shape, base.dtype, number=complex(array.reshape(-1)[0]) if array.size == 1 else None,
        nans=nans, infinities=int(array.size - good.size) - nans,
        rms=float(np.sqrt(squared(good.astype(np.complex128)).mean())) if good.size else None,
    )  # fmt: skip


def _moments(good: Any) -> dict[str, float]:
    if not good.size:
        return {}
    with np.errstate(over="ignore"):
        return {
            "mean": float(good.mean()), "std": float(good.std()), "low": float(good.min()),
            "high": float(good.max()), "rms": float(np.sqrt(np.square(good).mean())),
        }  # fmt: skip


def number(value: complex | None) -> str:
    """Four digits after the point where that says something, else an exponent.

    >>> number(2.0), number(1234567.0), number(1e-9), number(float("nan"))
    ('2.0000', '1.2346e+06', '1.0000e-09', 'nan')
    >>> number(1 - 2j)
    '1.0000 - 2.0000i'
    """
    if value is None:
        return "?"
    if isinstance(value, complex):
        return in_parts(value, number)
    small = value != 0 and abs(value) < 1e-3
    return f"{value:.4e}" if small or abs(value) >= 1e5 else f"{value:.4f}"


def in_parts(value: complex, text: Callable[[float], str]) -> str:
    """A complex number as people write it: ``a + bi``.

    >>> in_parts(1 - 2j, str)
    '1.0 - 2.0i'
    """
    return f"{text(value.real)} {'-' if value.imag < 0 else '+'} {text(abs(value.imag))}i"


def shape(dims: tuple[int, ...] | None) -> str:
    """A shape as Python writes it; ``?`` if it is not known.

    >>> shape((2, 3)), shape(None)
    ('(2, 3)', '?')
    """
    return "?" if dims is None else str(tuple(map(int, dims)))


def size(nbytes: float) -> str:
    """Bytes for people.

    >>> size(12), size(4096), size(3.5e6)
    ('12 B', '4.0 KiB', '3.3 MiB')
    """
    for unit in ("B", "KiB", "MiB", "GiB"):
        if nbytes < 1024 or unit == "GiB":
            break
        nbytes /= 1024
    return f"{nbytes:.0f} {unit}" if unit == "B" else f"{nbytes:.1f} {unit}"


def param_text(name: str, value: Any) -> str:
    """A parameter of an op in a few characters: an index as it is written."""
    if name == "key":
        return key_text(value)
    number = isinstance(value, (np.ndarray, np.generic)) and not value.ndim
    return describe(value.item() if number else value)


def key_text(key: Any) -> str:
    """An index as it is written between brackets; an array in it by its dtype and shape.

    >>> key_text((slice(1, None), ...)), key_text((0, slice(None), None))
    ('[1:]', '[0, :, None]')
    """
    items = list(key) if isinstance(key, tuple) else [key]
    while len(items) > 1 and items[-1] is Ellipsis:
        items.pop()
    return f"[{', '.join(map(_item, items))}]"


def _item(item: Any) -> str:
    if isinstance(item, slice):
        step = "" if item.step in (None, 1) else f":{item.step}"
        return f"{_end(item.start)}:{_end(item.stop)}{step}"
    return "..." if item is Ellipsis else describe(item)


def _end(value: Any) -> str:
    return "" if value is None else str(value)
