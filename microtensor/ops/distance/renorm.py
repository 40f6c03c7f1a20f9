"""Limiting the norm of each slice."""

from __future__ import annotations

from typing import Any

from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ..elementwise.select import where
from ..reductions.norm import norm
from ..views.reshape import positive


@offered
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Any:
    """The slices of `dim` scaled down so that the p-norm of each is at most `maxnorm`.

    >>> mt.renorm(mt.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]])
    """
    if p <= 0 or maxnorm < 0 or input.ndim < 2:
        raise RuntimeError(
            f"renorm: expected a positive p, maxnorm >= 0 and at least 2 dimensions, got {p}, {maxnorm} and "
            f"{tuple(input.shape)}"
        )
    dim = positive(dim, input.ndim)
    lengths = norm(input, p, tuple(d for d in range(input.ndim) if d != dim), True)
    return input * where(lengths > maxnorm, maxnorm / (lengths + 1e-7), 1.0)
