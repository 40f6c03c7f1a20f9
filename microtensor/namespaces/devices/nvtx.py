"""PyTorch's ``torch.cuda.nvtx``, by which programs name ranges for NVIDIA's profiler: each call refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from .absent import refuse

__all__ = ["mark", "range", "range_end", "range_pop", "range_push", "range_start"]

mark = range_push = range_pop = range_start = range_end = refuse


@contextmanager
def range(msg: str, *args: Any, **kwargs: Any) -> Iterator[None]:
    """A range that is named for the length of a ``with``, or of a function: refuses when it begins."""
    refuse(msg)
    yield
