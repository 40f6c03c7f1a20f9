"""The losses as modules: what the functions of `nn.functional` compute, with options kept.

`reduction` is ``"mean"``, ``"sum"`` or ``"none"``; PyTorch's older `size_average` and `reduce` are
honoured, with its warning.
"""

from __future__ import annotations

from ....engine.tensor import Tensor
from ....ops.losses.regression import legacy_reduction
from ... import functional as F
from ..module import Module


class _Loss(Module):
    """What all losses share: a reduction."""

    reduction: str

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        self.reduction = legacy_reduction(size_average, reduce, reduction)


class _WeightedLoss(_Loss):
    """A loss with a weight for each class or element, a buffer: own losses derive from it.

    >>> mt.nn.modules.loss._WeightedLoss(weight=mt.ones(2), reduction="sum").weight
    tensor([1., 1.])
    """

    weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)


class MSELoss(_Loss):
    """``(input - target)**2``: `functional.mse_loss`.

    >>> mt.nn.MSELoss()(mt.tensor([1.0, 2.0]), mt.tensor([1.0, 4.0]))
    tensor(2.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare `input` and `target`, of one shape."""
        return F.mse_loss(input, target, reduction=self.reduction)


class L1Loss(_Loss):
    """``|input - target|``: `functional.l1_loss`.

    >>> mt.nn.L1Loss()(mt.tensor([1.0, 2.0]), mt.tensor([1.0, 4.0]))
    tensor(1.)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare `input` and `target`, of one shape."""
        return F.l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(_Loss):
    """Squared where the error is below `beta`, linear beyond: `functional.smooth_l1_loss`.

    >>> mt.nn.SmoothL1Loss()(mt.tensor([1.0, 2.0]), mt.tensor([1.0, 4.0]))
    tensor(0.7500)
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
        beta: float = 1.0,
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare `input` and `target`, of one shape."""
        return F.smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(_Loss):
    """`delta` times the SmoothL1Loss with ``beta=delta``: `functional.huber_loss`.

    >>> mt.nn.HuberLoss(delta=0.5)(mt.tensor([2.0]), mt.tensor([4.0]))
    tensor(0.8750)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare `input` and `target`, of one shape."""
        return F.huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class BCELoss(_WeightedLoss):
    """Cross-entropy of probabilities in [0, 1]: `functional.binary_cross_entropy`.

    `weight` multiplies each element's loss.

    >>> mt.nn.BCELoss()(mt.tensor([0.5]), mt.tensor([1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare probabilities with targets in [0, 1], of one shape."""
        return F.binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(_Loss):
    """BCELoss of ``sigmoid(input)``, without overflow: `binary_cross_entropy_with_logits`.

    `weight` multiplies each element's loss, `pos_weight` the part of the positive targets.

    >>> mt.nn.BCEWithLogitsLoss()(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """

    weight: Tensor | None
    pos_weight: Tensor | None

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, reduce: bool | None = None,
        reduction: str = "mean", pos_weight: Tensor | None = None,
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.register_buffer("weight", weight)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare logits with targets in [0, 1], of one shape."""
        return F.binary_cross_entropy_with_logits(
            input, target, self.weight, pos_weight=self.pos_weight, reduction=self.reduction
        )


class CrossEntropyLoss(_WeightedLoss):
    """Of logits, against class numbers or probabilities: `functional.cross_entropy`.

    Logits have the classes in dimension 1 (dimension 0 for a single example); `weight` has an
    entry for each class.  Targets equal to `ignore_index` do not count.

    >>> mt.nn.CrossEntropyLoss()(mt.tensor([[0.0, 0.0]]), mt.tensor([1]))
    tensor(0.6931)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
        reduce: bool | None = None, reduction: str = "mean", label_smoothing: float = 0.0,
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare logits (N, C, ...) with class numbers (N, ...) or probabilities (N, C, ...)."""
        return F.cross_entropy(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )  # fmt: skip


class NLLLoss(_WeightedLoss):
    """Minus the log-probability of the target class: `functional.nll_loss`.

    >>> mt.nn.NLLLoss()(mt.tensor([[-1.0, -2.0]]), mt.tensor([1]))
    tensor(2.)
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        self.ignore_index = ignore_index

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare log-probabilities (N, C, ...) with class numbers (N, ...)."""
        return F.nll_loss(
            input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction
        )


class KLDivLoss(_Loss):
    """``target * (log(target) - input)``, of log-probabilities: `functional.kl_div`.

    ``reduction="batchmean"`` is the divergence itself; ``"mean"`` divides by the number of
    elements instead of examples.  With `log_target` the targets are logarithms too.

    >>> mt.nn.KLDivLoss(reduction="sum")(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.)
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
        log_target: bool = False,
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare log-probabilities with probabilities, of one shape."""
        return F.kl_div(input, target, reduction=self.reduction, log_target=self.log_target)
