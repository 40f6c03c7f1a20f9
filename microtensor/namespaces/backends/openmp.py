"""OpenMP is not used."""

from __future__ import annotations


def is_available() -> bool:
    """Always False.

    >>> mt.backends.openmp.is_available()
    False
    """
    return False
