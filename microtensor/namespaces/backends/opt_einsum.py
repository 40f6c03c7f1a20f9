"""The order of contractions in `einsum`: the package opt_einsum does not choose it, whatever is set here."""

from __future__ import annotations

enabled = True
strategy: str | None = "auto"


def is_available() -> bool:
    """Always False.

    >>> mt.backends.opt_einsum.is_available()
    False
    """
    return False


def get_opt_einsum() -> None:
    """None: it is not asked."""
