"""cuDNN is not used."""

from __future__ import annotations


def is_available() -> bool:
    """Always False.

    >>> mt.backends.cudnn.is_available()
    False
    """
    return False


deterministic = False
benchmark = False
allow_tf32 = False
enabled = False


def version() -> None:
    """None: it is not there."""
