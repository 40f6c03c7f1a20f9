"""Numbers that are not known yet: classes that programs test for and that nothing here makes."""

from __future__ import annotations

from typing import Any

__all__ = ["SymBool", "SymFloat", "SymInt", "sym_float", "sym_int", "sym_max", "sym_min", "sym_not"]


class _Symbol:
    """What the three have in common: making one raises ``RuntimeError``."""

    def __init__(self, node: Any = None) -> None:
        raise RuntimeError(
            f"{type(self).__name__}: sizes are always known here, and are Python's numbers; use int() "
            "or float()"
        )


class SymInt(_Symbol):
    """An integer that is not known yet."""


class SymFloat(_Symbol):
    """A number that is not known yet."""


class SymBool(_Symbol):
    """A truth value that is not known yet."""


def sym_int(a: Any) -> int:
    """``int(a)``.

    >>> mt.sym_int(2.7)
    2
    """
    return int(a)


def sym_float(a: Any) -> float:
    """``float(a)``."""
    return float(a)


def sym_not(a: Any) -> bool:
    """``not a``."""
    return not a


def sym_max(a: Any, b: Any) -> Any:
    """The larger of two numbers; a float if one of them is."""
    return float(max(a, b)) if isinstance(a, float) or isinstance(b, float) else max(a, b)


def sym_min(a: Any, b: Any) -> Any:
    """The smaller of two numbers; a float if one of them is."""
    return float(min(a, b)) if isinstance(a, float) or isinstance(b, float) else min(a, b)
