"""How far two tensors are apart, and how much they point the same way."""

from __future__ import annotations

from typing import Any

from ...engine.arrays.kernels import COMPLEX, WHOLE, unsupported
from ...engine.half import narrow, wide, widened
from ...engine.numpy_keywords import numpy_names
from ...engine.promotion import resulting
from ...engine.tensor import Tensor
from ..elementwise.clamp import clamp
from ..reductions.norm import norm
from ..reductions.sum_mean import sum
from ..views.expand import broadcast_tensors


@widened
def pairwise_distance(
    x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False
) -> Tensor:
    """The p-norm of ``x1 - x2 + eps`` along the last dimension; `eps` keeps the slope finite at 0.

    >>> mt.nn.functional.pairwise_distance(mt.tensor([[3.0, 0.0]]), mt.tensor([[0.0, 4.0]]))
    tensor([5.])
    """
    return norm(x1 - x2 + eps, p, -1, keepdim)


@numpy_names
def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Any:
    """The cosine of the angle between `x1` and `x2` along `dim`; each norm counts as at least `eps`.

    >>> mt.nn.functional.cosine_similarity(mt.tensor([[1.0, 0.0]]), mt.tensor([[2.0, 2.0]]))
    tensor([0.7071])
    """
    unsupported("expected common dtype to be floating point, yet common dtype is {}", COMPLEX)(x1, x2)
    dtype = resulting(x1, x2)
    unsupported("expected common dtype to be floating point, yet common dtype is {}", WHOLE).check(dtype)
    pair = broadcast_tensors(wide(x1.to(dtype)), wide(x2.to(dtype)))  # first: `dim` counts those of both
    first, second = (x / clamp(norm(x, 2, dim, True), min=eps) for x in pair)
    return narrow(sum(first * second, dim), dtype)
