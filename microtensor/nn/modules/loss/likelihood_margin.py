"""The losses that few programs use, as modules: the functions of `nn.functional`, with options kept."""

from __future__ import annotations

import math
import warnings
from typing import Any

from ....engine.attributes.dtype_objects import DtypeLike
from ....engine.size_device import DeviceLike
from ....engine.tensor import Tensor
from ... import functional as F
from ..linear import Linear
from .regression_classification import NLLLoss, _Loss, _WeightedLoss


class NLLLoss2d(NLLLoss):
    """`NLLLoss` under an old name; warns.

    >>> mt.nn.NLLLoss2d is not mt.nn.NLLLoss
    True
    """

    def __init__(
        self, weight: Tensor | None = None, size_average: bool | None = None, ignore_index: int = -100,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        warnings.warn(
            "NLLLoss2d has been deprecated. Please use NLLLoss instead as a drop-in replacement.",
            FutureWarning, stacklevel=2,
        )  # fmt: skip
        super().__init__(weight, size_average, ignore_index, reduce, reduction)


class CTCLoss(_Loss):
    """Minus the log-probability of label sequences without alignment: `functional.ctc_loss`.

    >>> x = mt.log_softmax(mt.zeros(3, 1, 2), 2)
    >>> mt.nn.CTCLoss()(x, mt.tensor([[1]]), mt.tensor([3]), mt.tensor([1]))
    tensor(0.2877)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__(reduction=reduction)
        self.blank, self.zero_infinity = blank, zero_infinity

    def forward(self, log_probs: Tensor, targets: Tensor, input_lengths: Any, target_lengths: Any) -> Tensor:
        """Compare log-probabilities (T, N, C) with labels (N, S), of these lengths."""
        lengths = input_lengths, target_lengths
        return F.ctc_loss(log_probs, targets, *lengths, self.blank, self.reduction, self.zero_infinity)


class GaussianNLLLoss(_Loss):
    """Minus the log-density of normal distributions: `functional.gaussian_nll_loss`.

    >>> mt.nn.GaussianNLLLoss()(mt.tensor([1.0]), mt.tensor([3.0]), mt.tensor([1.0]))
    tensor(2.)
    """

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)
        self.full, self.eps = full, eps

    def forward(self, input: Tensor, target: Tensor, var: Any) -> Tensor:
        """Compare means and variances with `target`."""
        return F.gaussian_nll_loss(input, target, var, self.full, self.eps, self.reduction)


class PoissonNLLLoss(_Loss):
    """Minus the log-probability of counts: `functional.poisson_nll_loss`.

    >>> mt.nn.PoissonNLLLoss()(mt.tensor([0.0]), mt.tensor([2.0]))
    tensor(1.)
    """

    def __init__(
        self, log_input: bool = True, full: bool = False, size_average: bool | None = None, eps: float = 1e-8,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(size_average, reduce, reduction)
        self.log_input, self.full, self.eps = log_input, full, eps

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        """Compare rates, or their logarithms, with counts."""
        return F.poisson_nll_loss(
            log_input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction
        )


class SoftMarginLoss(_Loss):
    """``log(1 + exp(-y x))`` for targets 1 and -1: `functional.soft_margin_loss`.

    >>> mt.nn.SoftMarginLoss()(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare scores with signs, of one shape."""
        return F.soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelMarginLoss(_Loss):
    """Margins between the labels and all other classes: `functional.multilabel_margin_loss`.

    >>> x, y = mt.tensor([[0.1, 0.2, 0.4, 0.8]]), mt.tensor([[3, 0, -1, 1]])
    >>> mt.nn.MultiLabelMarginLoss()(x, y)
    tensor(0.8500)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare scores (N, C) with labels, -1 behind the last of a row."""
        return F.multilabel_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(_WeightedLoss):
    """Cross-entropy of each class against 0 or 1: `functional.multilabel_soft_margin_loss`.

    >>> mt.nn.MultiLabelSoftMarginLoss()(mt.tensor([[0.0, 0.0]]), mt.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare scores (N, C) with targets 0 and 1."""
        return F.multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class MultiMarginLoss(_WeightedLoss):
    """Margins between the label and all other classes: `functional.multi_margin_loss`.

    Raises ``ValueError`` for a `p` that is not 1 or 2, and for a `weight` that is not a vector.

    >>> mt.nn.MultiMarginLoss()(mt.tensor([[0.1, 0.2, 0.4, 0.8]]), mt.tensor([3]))
    tensor(0.3250)
    """

    def __init__(
        self, p: int = 1, margin: float = 1.0, weight: Tensor | None = None, size_average: bool | None = None,
        reduce: bool | None = None, reduction: str = "mean",
    ) -> None:  # fmt: skip
        super().__init__(weight, size_average, reduce, reduction)
        if p not in (1, 2):
            raise ValueError("only p == 1 and p == 2 supported")
        if weight is not None and weight.dim() != 1:
            raise ValueError(f"weight must be 1-dimensional, got shape {tuple(weight.shape)}")
        self.p, self.margin = p, margin

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare scores (N, C) with labels (N)."""
        return F.multi_margin_loss(input, target, self.p, self.margin, self.weight, reduction=self.reduction)


class LinearCrossEntropyLoss(_WeightedLoss):
    """A linear layer and the cross-entropy of its scores: `functional.linear_cross_entropy`.

    Raises ``RuntimeError`` for a `weight` that has not one entry for each class, and for a `label_smoothing`
    outside of [0, 1].

    >>> _ = mt.manual_seed(0)
    >>> loss = mt.nn.LinearCrossEntropyLoss(2, 3)
    >>> loss(mt.zeros(1, 2), mt.tensor([1])).detach()
    tensor(1.0986)
    """

    def __init__(
        self, in_features: int, num_classes: int, *, out_features: tuple[int, ...] = (), bias: bool = False,
        device: DeviceLike = None, dtype: DtypeLike = None, reduction: str = "mean",
        weight: Tensor | None = None, ignore_index: int | None = None, label_smoothing: float = 0.0,
        options: Any = None,
    ) -> None:  # fmt: skip
        if weight is not None and tuple(weight.shape) != (num_classes,):
            raise RuntimeError(f"expected weight shape to be {(num_classes,)}, got {tuple(weight.shape)}")
        if not 0 <= label_smoothing <= 1:
            raise RuntimeError(f"expected label_smoothing to be in range [0, 1], got {label_smoothing}")
        super().__init__(weight, reduction=reduction)
        self.num_classes, self.out_features = num_classes, out_features
        self.ignore_index, self.label_smoothing = ignore_index, label_smoothing
        wide = math.prod(out_features, start=num_classes)
        self.linear = Linear(in_features, wide, bias, device=device, dtype=dtype)
        self.options = options

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        """Compare the scores of `input` (N, in_features) with labels or probabilities."""
        linear, sizes = self.linear, (self.num_classes, *self.out_features)
        return F.linear_cross_entropy(
            input, linear.weight.reshape(*sizes, linear.in_features), target,
            linear_bias=None if linear.bias is None else linear.bias.reshape(*sizes), weight=self.weight,
            reduction=self.reduction, ignore_index=self.ignore_index, label_smoothing=self.label_smoothing,
            options=self.options,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return (
            f"in_features={self.linear.in_features}, num_classes={self.num_classes}, "
            f"out_features={self.out_features}, bias={self.linear.bias is not None}, "
            f"reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options={self.options}"
        )
