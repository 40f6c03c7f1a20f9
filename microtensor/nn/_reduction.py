"""The words for how a loss is reduced, as numbers, and those that two older arguments stood for."""

from __future__ import annotations

import warnings

__all__: list[str] = []

_NUMBERS = {"none": 0, "mean": 1, "sum": 2}


def get_enum(reduction: str) -> int:
    """The number of a reduction; ``ValueError`` for another word.

    >>> from microtensor.nn._reduction import get_enum
    >>> get_enum("sum")
    2
    """
    if reduction not in _NUMBERS:
        raise ValueError(f"{reduction} is not a valid value for reduction: use 'none', 'mean' or 'sum'")
    return _NUMBERS[reduction]


def legacy_get_string(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> str:
    """The reduction that `size_average` and `reduce` stood for; None is True.

    >>> from microtensor.nn._reduction import legacy_get_string
    >>> legacy_get_string(False, None, emit_warning=False)
    'sum'
    """
    found = "none" if reduce is False else "sum" if size_average is False else "mean"
    if emit_warning:
        warnings.warn(
            f"size_average and reduce args will be deprecated, please use reduction='{found}' instead.",
            stacklevel=2,
        )
    return found


def legacy_get_enum(size_average: bool | None, reduce: bool | None, emit_warning: bool = True) -> int:
    """The number of the reduction that `size_average` and `reduce` stood for."""
    return get_enum(legacy_get_string(size_average, reduce, emit_warning))
