"""Distances and angles between rows, as layers."""

from __future__ import annotations

from ...engine.tensor import Tensor
from .. import functional as F
from .module import Module


class PairwiseDistance(Module):
    """The p-norm of the difference along the last dimension: `functional.pairwise_distance`.

    >>> mt.nn.PairwiseDistance(p=1)(mt.tensor([[3.0, 0.0]]), mt.tensor([[0.0, 4.0]]))
    tensor([7.])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm, self.eps, self.keepdim = p, eps, keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The distances of `x1` and `x2`, which broadcast."""
        return F.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)


class CosineSimilarity(Module):
    """The cosine of the angle along `dim`: `functional.cosine_similarity`.

    >>> mt.nn.CosineSimilarity()(mt.tensor([[1.0, 0.0]]), mt.tensor([[2.0, 2.0]]))
    tensor([0.7071])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim, self.eps = dim, eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        """The cosines of `x1` and `x2`, which broadcast."""
        return F.cosine_similarity(x1, x2, self.dim, self.eps)
