"""What masks of attention enter around `vmap`, so that an index may be a tensor."""

from __future__ import annotations

__all__ = ["TransformGetItemToIndex"]


class TransformGetItemToIndex:
    """The length of a ``with`` in which a tensor may be an index under `vmap`, as it always may here."""

    def __enter__(self) -> None:
        """Nothing is to be changed."""

    def __exit__(self, *error: object) -> None:
        """Nothing is to be undone."""
