"""Whose line a warning shows: the user's, however many functions of this package lie in between."""

from __future__ import annotations

import sys


def users_level() -> int:
    """How many frames up the first is that is not of this package: the `stacklevel` of a warning."""
    frame, level = sys._getframe(1), 1
    package = __name__.partition(".")[0] + "."
    while frame is not None and (
        frame.f_globals.get("__name__", "").startswith(package)
        or frame.f_code.co_filename.startswith("<microtensor")
    ):
        frame, level = frame.f_back, level + 1  # type: ignore[assignment]
    return level
