"""Questions about sizes that PyTorch's compiler may not know yet: here every size is a number."""

from __future__ import annotations

from typing import Any

__all__ = [
    "GuardOnDataDependentSymNode", "free_symbols", "free_unbacked_symbols", "guard_or_false", "guard_or_true",
    "is_concrete_bool", "is_concrete_int", "statically_known_true", "sym_eq",
]  # fmt: skip


class GuardOnDataDependentSymNode(RuntimeError):
    """What PyTorch raises where a branch depends on a size that is not known; nothing here does."""


def guard_or_false(a: Any) -> bool:
    """Whether it holds.

    >>> from microtensor.fx.experimental.symbolic_shapes import guard_or_false
    >>> guard_or_false(mt.ones(3).shape[0] == 3)
    True
    """
    return bool(a)


guard_or_true = statically_known_true = guard_or_false


def sym_eq(x: Any, y: Any) -> bool:
    """Whether two sizes, or shapes, are the same."""
    return bool(x == y)


def free_symbols(val: Any) -> set[Any]:
    """The sizes in `val` that are not known: none."""
    return set()


free_unbacked_symbols = free_symbols


def is_concrete_int(a: Any) -> bool:
    """Always True: a size is a number."""
    return True


is_concrete_bool = is_concrete_int
