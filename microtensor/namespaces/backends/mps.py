"""Apple's GPUs are not used."""

from __future__ import annotations

from .mkl import is_available

__all__ = ["is_available", "is_built"]

is_built = is_available
