"""Losses of pairs and triplets, as modules: the functions of `nn.functional`, with options kept."""

from __future__ import annotations

from collections.abc import Callable

from ....engine.tensor import Tensor
from ... import functional as F
from ..distance import PairwiseDistance
from .regression_classification import _Loss

Distance = Callable[[Tensor, Tensor], Tensor]


class _Margin(_Loss):
    """A loss with a margin and the two older options."""

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.margin = margin


class MarginRankingLoss(_Margin):
    """``max(0, margin - y (x1 - x2))``: `functional.margin_ranking_loss`.

    >>> mt.nn.MarginRankingLoss()(mt.tensor([1.0]), mt.tensor([3.0]), mt.tensor([1.0]))
    tensor(2.)
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Compare two rankings; the target says, by 1 or -1, which is to be the larger."""
        return F.margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(_Margin):
    """How far two vectors are from being alike, or apart: `functional.cosine_embedding_loss`.

    >>> x = mt.tensor([[1.0, 0.0]])
    >>> mt.nn.CosineEmbeddingLoss(0.5)(x, x, mt.tensor([-1]))
    tensor(0.5000)
    """

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        """Compare vectors (N, D); targets (N) are 1 for alike and -1 for apart."""
        return F.cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class HingeEmbeddingLoss(_Margin):
    """Distances that are to be small, or beyond a margin: `functional.hinge_embedding_loss`.

    >>> mt.nn.HingeEmbeddingLoss(reduction="none")(mt.tensor([0.5, 0.25]), mt.tensor([1, -1]))
    tensor([0.5000, 0.7500])
    """

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(margin, size_average, reduce, reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare distances with targets 1 (near) and -1 (far)."""
        return F.hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class TripletMarginLoss(_Loss):
    """The anchor is to be nearer to the positive than to the negative: `functional.triplet_margin_loss`.

    Raises ``ValueError`` for a margin that is not positive.

    >>> a, b = mt.tensor([[0.0]]), mt.tensor([[3.0]])
    >>> mt.nn.TripletMarginLoss()(a, b, a)
    tensor(4.0000)
    """

    def __init__(
        self, margin: float = 1.0, p: float = 2.0, eps: float = 1e-6, swap: bool = False,
        size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.margin, self.p, self.eps, self.swap = _positive(margin), p, eps, swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compare the distances of three vectors each."""
        return F.triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, reduction=self.reduction
        )


class TripletMarginWithDistanceLoss(_Loss):
    """`TripletMarginLoss` with any distance; the Euclidean one unless given.

    >>> a, b = mt.tensor([[0.0]]), mt.tensor([[3.0]])
    >>> mt.nn.TripletMarginWithDistanceLoss(distance_function=lambda x, y: (x - y).abs().sum(-1))(a, b, a)
    tensor(4.)
    """

    def __init__(
        self, *, distance_function: Distance | None = None, margin: float = 1.0, swap: bool = False,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(reduction=reduction)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin, self.swap = _positive(margin), swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        """Compare the distances of three vectors each."""
        return F.triplet_margin_with_distance_loss(
            anchor, positive, negative, distance_function=self.distance_function, margin=self.margin,
            swap=self.swap, reduction=self.reduction,
        )  # fmt: skip


def _positive(margin: float) -> float:
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    return margin
