"""`Dim`: a dynamic size with a name."""

from __future__ import annotations

__all__ = ["Dim"]


class Dim:
    """A size that may differ from the example's, as ``torch.export.Dim``; its name is what counts.

    `min` and `max` are kept for the reader: nothing is checked.

    >>> mt.export.Dim("batch", min=1)
    Dim('batch')
    """

    def __init__(self, name: str, *, min: int | None = None, max: int | None = None) -> None:
        self.__name__, self.min, self.max = name, min, max

    def __repr__(self) -> str:
        return f"Dim({self.__name__!r})"
