"""Settings for tensors in parts, of which there are none."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

__all__ = ["implicit_replication"]


@contextmanager
def implicit_replication() -> Iterator[None]:
    """The length of a ``with`` in which whole tensors go with tensors in parts: all tensors are whole."""
    yield
