"""A Python float that will be another one at the next replay: it computes, and remembers how.

An optimizer's step size and the like pass through Python's doubles before they meet an array, and are
rounded there.  So a replay must compute them in Python as well, from the same expression.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from .traced import current

__all__ = ["Proxy"]


class Proxy:
    """A float with the text of the expression that it came from, over names that a replay sets."""

    __slots__ = ("text", "value")

    def __init__(self, value: float, text: str) -> None:
        self.value, self.text = value, text

    def __neg__(self) -> Proxy:
        return Proxy(-self.value, f"(-{self.text})")

    def _seen(self, value: Any, how: str) -> Any:
        if current.capture is not None:
            current.capture.refuse(f"a number of an optimizer's step is {how}")
        return value

    def __float__(self) -> float:
        return float(self._seen(self.value, "read as a float"))

    def __bool__(self) -> bool:
        return bool(self._seen(self.value, "tested"))

    def __eq__(self, other: object) -> bool:
        return bool(self._seen(self.value == other, "compared"))

    def __lt__(self, other: float) -> bool:
        return bool(self._seen(self.value < other, "compared"))

    def __gt__(self, other: float) -> bool:
        return bool(self._seen(self.value > other, "compared"))

    __hash__ = None  # type: ignore[assignment]


def _binary(symbol: str, calculate: Callable[[Any, Any], Any]) -> tuple[Any, Any]:
    def forward(self: Proxy, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value, text = _parts(other)
        return Proxy(calculate(self.value, value), f"({self.text} {symbol} {text})")

    def backward(self: Proxy, other: Any) -> Any:
        if isinstance(other, np.ndarray):
            return NotImplemented
        value, text = _parts(other)
        return Proxy(calculate(value, self.value), f"({text} {symbol} {self.text})")

    return forward, backward


def _parts(other: Any) -> tuple[Any, str]:
    return (other.value, other.text) if isinstance(other, Proxy) else (other, repr(other))


for _name, _symbol in {"add": "+", "sub": "-", "mul": "*", "truediv": "/", "pow": "**"}.items():
    for _prefix, _function in zip(("", "r"), _binary(_symbol, getattr(operator, _name)), strict=True):
        setattr(Proxy, f"__{_prefix}{_name}__", _function)
