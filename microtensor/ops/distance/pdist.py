"""The norm of a difference, and the distances between all rows of one matrix."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.apply import expect_tensors
from ...engine.arrays.kernels import HALF, without
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ...errors import describe
from ..indexing.getitem import index
from ..reductions.norm import norm
from ..reductions.sum_mean import sum
from .cdist import lengths


@offered
def dist(input: Tensor, other: Tensor, p: float = 2) -> Any:
    """The p-norm of ``input - other``, over all elements.

    >>> mt.dist(mt.tensor([3.0, 0.0]), mt.tensor([0.0, 4.0]))
    tensor(5.)
    """
    expect_tensors("dist", input=input, other=other)
    return norm(input - other, p)


def pdist(input: Tensor, p: float = 2) -> Tensor:
    """The p-norm distances between each two rows of a matrix, in one dimension.

    >>> mt.pdist(mt.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if input.ndim != 2 or not input.is_floating_point() or p < 0:
        raise RuntimeError(
            f"pdist only supports 2D floating-point tensors and p >= 0, got {describe(input)}, {p}"
        )
    if input.numel() and input.shape[0] > 1:
        without("pdist", HALF)(input)
    first, second = np.triu_indices(input.shape[0], 1)
    return _length(index(input, (first,)) - index(input, (second,)), p)


def _length(x: Any, p: float) -> Any:
    if x.shape[-1]:
        return lengths(x, p)
    return sum(x, -1)
