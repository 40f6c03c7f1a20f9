"""Losses of scores against labels by margins, of triplets by any distance, and of a projection."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine.arrays.kernels import HALF, WHOLE, without
from ...engine.tensor import Tensor
from ...errors import ShapeError, describe, scalar_type
from ...ops.distance.similarity import pairwise_distance
from ...ops.elementwise.clamp import clamp
from ...ops.elementwise.maximum import minimum
from ...ops.indexing.gather_scatter import gather
from ...ops.losses.cross_entropy import cross_entropy
from ...ops.losses.regression import known, legacy_reduction, reduced
from . import linear


def multi_margin_loss(
    input: Tensor, target: Tensor, p: int = 1, margin: float = 1.0, weight: Tensor | None = None,
    size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over classes j other than the label y of ``max(0, margin - x[y] + x[j]) ** p``.

    `input` is (N, C) or (C), `p` 1 or 2; `weight` has an entry for each class and counts at the label.

    >>> mt.nn.functional.multi_margin_loss(mt.tensor([[0.1, 0.2, 0.4, 0.8]]), mt.tensor([3]))
    tensor(0.3250)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    without("multi_margin_loss_cpu_kernel", WHOLE | HALF)(input)
    if weight is not None and weight.ndim != 1:
        raise ValueError(f"weight must be one-dimensional: {describe(weight)}")
    known(reduction)
    labels = _class_labels(input, target, p)
    scores = input if input.ndim == 2 else input.reshape(1, -1)
    lacks = clamp(margin - gather(scores, 1, labels) + scores, min=0)
    losses = lacks if p == 1 else lacks * lacks
    if weight is not None:
        if tuple(weight.shape) != (scores.shape[1],):
            raise RuntimeError(f"inconsistent weight size: {describe(weight)} for {scores.shape[1]} classes")
        losses = losses * weight[labels]
    others = Tensor._of((np.arange(scores.shape[1]) != labels.array).astype(scores.dtype))
    losses = (losses * others).mean(dim=1)
    return reduced(losses if target.ndim or reduction != "none" else losses.squeeze(0), reduction)


def _class_labels(input: Tensor, target: Tensor, p: int) -> Any:
    """The labels as a column; raises for what is no label of `input`."""
    if p not in (1, 2):
        raise ValueError("only p == 1 and p == 2 supported")
    if target.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {scalar_type(target.dtype)}")
    fits = input.ndim <= 2 and input.numel() and target.numel() == (input.shape[0] if input.ndim == 2 else 1)
    if not fits or target.ndim > 1:
        raise ShapeError(
            f"multi_margin_loss: expected scores (N, C) or (C) and a label each, got {describe(input)} "
            f"and {describe(target)}: inconsistent target size"
        )
    labels, classes = target.array, input.shape[-1] if input.ndim else 1
    if labels.size and not (labels.min() >= 0 and labels.max() < classes):
        raise IndexError(
            f"multi_margin_loss: target out of range: labels {labels.min()} to {labels.max()}, and there are "
            f"{classes} classes"
        )
    return target.reshape(-1, 1)


def multilabel_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """``max(0, 1 - x[y] + x[j])`` summed over labels y and all classes j that are no label, divided by C.

    `target` has `input`'s shape, (N, C) or (C): the labels of an example, ended by -1.

    >>> x, y = mt.tensor([[0.1, 0.2, 0.4, 0.8]]), mt.tensor([[3, 0, -1, 1]])
    >>> mt.nn.functional.multilabel_margin_loss(x, y)
    tensor(0.8500)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    known(reduction)
    classes = input.shape[-1] if input.ndim else 1
    if input.ndim > 2 or tuple(input.shape) != tuple(target.shape) or not classes:
        raise RuntimeError(
            f"inconsistent target size: {describe(target)} for scores {describe(input)}; expected labels "
            "of the scores' shape, (N, C) or (C)"
        )
    without("multilabel_margin_loss_forward_out_frame", WHOLE | HALF)(input)
    if target.dtype != np.int64:
        raise RuntimeError(f"expected scalar type Long but found {scalar_type(target.dtype)}")
    rows = target.array.reshape(-1, classes)
    if rows.size and not (rows.min() >= -1 and rows.max() < classes):
        raise RuntimeError(f"multilabel_margin_loss: argument target is out of range -1 to {classes - 1}")
    counted = np.logical_and.accumulate(rows >= 0, axis=1)
    labels = np.where(counted, rows, 0)
    others = np.ones(rows.shape, bool)
    np.put_along_axis(others, np.where(counted, rows, rows[:, :1].clip(0)), False, 1)
    others |= ~counted[:, :1]
    scores = input.reshape(rows.shape)
    lacks = clamp(1 - gather(scores, 1, Tensor._of(labels)).unsqueeze(2) + scores.unsqueeze(1), min=0)
    share = (counted[:, :, None] & others[:, None, :]).astype(input.dtype)
    losses = (lacks * Tensor._of(share)).sum(dim=(1, 2)) / classes
    return reduced(losses if input.ndim == 2 else losses.squeeze(0), reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None, margin: float = 1.0,
    swap: bool = False, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """`triplet_margin_loss` with any distance; `pairwise_distance` unless given.

    Raises ``ValueError`` for a margin that is not positive, ``RuntimeError`` for operands of different
    numbers of dimensions.

    >>> a, b = mt.tensor([[0.0]]), mt.tensor([[3.0]])
    >>> mt.nn.functional.triplet_margin_with_distance_loss(
    ...     a, b, a, distance_function=lambda x, y: (x - y).abs().sum(-1))
    tensor(4.)
    """
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction")
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        shapes = ", ".join(map(describe, (anchor, positive, negative)))
        raise RuntimeError(
            f"The anchor, positive, and negative tensors are expected to have the same "
            f"number of dimensions: {shapes}"
        )
    distance = pairwise_distance if distance_function is None else distance_function
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = minimum(far, distance(positive, negative))
    return reduced(clamp(margin + near - far, min=0), reduction)


def linear_cross_entropy(
    input: Tensor, linear_weight: Tensor, target: Tensor, *, linear_bias: Tensor | None = None,
    weight: Tensor | None = None, reduction: str = "mean", ignore_index: int | None = None,
    label_smoothing: float = 0.0, options: Any = None,
) -> Tensor:  # fmt: skip
    """`cross_entropy` of ``input @ linear_weight.T + linear_bias``.

    `linear_weight` is (C, in) or (C, d1, ..., in) for scores of shape (N, C, d1, ...).  `options`, which
    choose how PyTorch cuts the product in pieces, change nothing here.  Raises ``RuntimeError`` for
    `ignore_index` together with probabilities, an input of more dimensions and a weight of fewer than two.

    >>> mt.nn.functional.linear_cross_entropy(mt.ones(1, 2), mt.zeros(2, 2), mt.tensor([1]))
    tensor(0.6931)
    """
    if ignore_index is not None and target.is_floating_point():
        raise RuntimeError(
            "linear_cross_entropy: ignore_index is only for class labels, and the targets are probabilities"
        )
    if input.ndim not in (1, 2):
        raise RuntimeError(f"expected input with dimensionality 1 or 2, got {input.ndim}")
    if linear_weight.ndim < 2:
        raise RuntimeError(f"expected linear_weight with dimensionality at least 2, got {linear_weight.ndim}")
    sizes = tuple(linear_weight.shape[:-1])
    if len(sizes) > 1 and input.ndim == 1:
        raise RuntimeError(
            f"K-dimensional loss defined by linear_weight shape {tuple(linear_weight.shape)} requires "
            f"batched input, (N, {linear_weight.shape[-1]}), got unbatched input {tuple(input.shape)}"
        )
    flat = linear_weight.reshape(-1, linear_weight.shape[-1])
    scores = linear(input, flat, None if linear_bias is None else linear_bias.reshape(-1))
    scores = scores.reshape(*input.shape[:-1], *sizes)
    skip = -100 if ignore_index is None else ignore_index
    return cross_entropy(
        scores, target, weight, ignore_index=skip, reduction=reduction, label_smoothing=label_smoothing
    )
