"""Warnings that PyTorch gives once in a process, or every time if a program has asked for that."""

from __future__ import annotations

import warnings

from .users_line import users_level

_always = [False]
_given: set[str] = set()


def warn_once(text: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the user's line, unless this was said before: see `set_warn_always`."""
    if text not in _given or _always[0]:
        _given.add(text)
        warnings.warn(text, category, stacklevel=users_level())


def set_warn_always(b: bool, /) -> None:
    """Give warnings that are due once in a process every time; ``RuntimeError`` for anything but a bool.

    >>> mt.set_warn_always(True)
    >>> mt.is_warn_always_enabled()
    True
    >>> mt.set_warn_always(False)
    """
    if not isinstance(b, bool):
        raise RuntimeError(f"setWarnOnlyOnce expects a bool, but got {type(b).__name__}")
    _always[0] = b


def is_warn_always_enabled() -> bool:
    """Whether warnings that are due once are given every time."""
    return _always[0]
