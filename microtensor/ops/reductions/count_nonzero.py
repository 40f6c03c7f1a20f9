"""Counting what is not zero."""

from __future__ import annotations

from typing import Any

from ...engine.out_argument import offered
from .sum_mean import sum


@offered
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements along `dim` are not zero.

    >>> mt.count_nonzero(mt.tensor([0, 3, 4]))
    tensor(2)
    """
    return sum(input.detach() != 0, dim)
