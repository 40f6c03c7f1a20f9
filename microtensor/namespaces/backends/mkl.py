"""MKL is not used."""

from __future__ import annotations


def is_available() -> bool:
    """Always False.

    >>> mt.backends.mkl.is_available()
    False
    """
    return False
