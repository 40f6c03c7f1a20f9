"""MKL-DNN is not used."""

from __future__ import annotations

deterministic = False
enabled = False


def is_available() -> bool:
    """Always False.

    >>> mt.backends.mkldnn.is_available()
    False
    """
    return False
