"""Losses.  Each is the loss of every element (one op), and a reduction: mean, sum or none."""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ..errors import describe
from ..op import case, op
from ..tensor import Tensor
from .activation import _log_softmax, softplus_unit
from .arithmetic import mul
from .indexing import _gather
from .pointwise import _where, abs, blank, log, select, sign
from .reduce import mean, sum
from .shape import _reshape, transpose, unsqueeze


def reduced(losses: Any, reduction: str) -> Any:
    """All losses as one number, or as they are; ``ValueError`` for an unknown reduction."""
    if reduction == "mean":
        return mean(losses)
    if reduction == "sum":
        return sum(losses)
    if reduction != "none":
        raise ValueError(f"{reduction} is not a valid value for reduction: expected mean, sum or none")
    return losses


def legacy_reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction that PyTorch's old arguments ask for, with its warning."""
    if size_average is None and reduce is None:
        return reduction
    reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        UserWarning, stacklevel=4,
    )  # fmt: skip
    return reduction


def _pair(name: str, input: Tensor, target: Tensor) -> tuple[Any, Any]:
    """The operands of one shape; PyTorch warns when they had to be broadcast."""
    if tuple(input.shape) != tuple(target.shape):
        warnings.warn(
            f"Using a target size ({tuple(target.shape)}) that is different to the input size "
            f"({tuple(input.shape)}). This will likely lead to incorrect results due to broadcasting. "
            f"Please ensure they have the same size ({name}).", UserWarning, stacklevel=4,
        )  # fmt: skip
        from .shape import broadcast_tensors

        return broadcast_tensors(input, target)
    return input, target


@op(x=lambda g, x, y, mean: _two_sided(g, x, y, mean), y=lambda g, x, y, mean: -_two_sided(g, x, y, mean),
    name="mse_loss", samples=[case((3, 2), (3, 2), mean=True), case((4,), (4,), mean=False), case((), (), mean=True)],
    reference=lambda x, y, mean: np.mean((x - y) ** 2) if mean else np.sum((x - y) ** 2))  # fmt: skip
def _mse(x: Any, y: Any, /, mean: bool) -> Any:
    """The mean (or sum) of squared differences, as one node.

    >>> mt.nn.functional.mse_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    difference = (x - y).reshape(-1)
    total = difference.dot(difference)
    return total / (difference.size or math.nan) if mean else total


def _two_sided(g: Any, x: Any, y: Any, mean: bool) -> Any:
    size = math.prod(x.shape) if mean else 1
    return (g * (2 / (size or 1))) * (x - y)


def mse_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", weight: Tensor | None = None,
) -> Any:  # fmt: skip
    """Squared differences of `input` and `target`.

    >>> mt.nn.functional.mse_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]), reduction="none")
    tensor([1., 4.])
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    x, y = _pair("mse_loss", input, target)
    if weight is not None:
        return reduced(mul((x - y) ** 2, weight), reduction)
    if reduction in ("mean", "sum"):
        return _mse(x, y, reduction == "mean")
    return reduced((x - y) ** 2, reduction)


def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    weight: Tensor | None = None,
) -> Any:  # fmt: skip
    """Absolute differences of `input` and `target`.

    >>> mt.nn.functional.l1_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]))
    tensor(1.5000)
    """
    x, y = _pair("l1_loss", input, target)
    losses = abs(x - y)
    losses = losses if weight is None else losses * weight
    return reduced(losses, legacy_reduction(size_average, reduce, reduction))


@op(x=lambda g, x, beta: g * _clipped(x, beta), elementwise=True, name="_huber", node="SmoothL1LossBackward0",
    samples=[case((3, 4), beta=1.3)],
    reference=lambda x, beta: np.where(np.abs(x) < beta, 0.5 * x * x / beta, np.abs(x) - 0.5 * beta))  # fmt: skip
def _smooth_abs(x: Any, /, beta: float) -> Any:
    """|x|, made quadratic within `beta` of 0; Girshick, "Fast R-CNN" (2015), section 2.3.

    >>> mt.nn.functional.smooth_l1_loss(mt.tensor([2.0]), mt.tensor([0.0]))
    tensor(1.5000)
    """
    size = np.abs(x)
    near = np.minimum(size, x.dtype.type(beta))
    return near * near * (0.5 / beta) + (size - near)


def _clipped(x: Any, beta: float) -> Any:
    inside = select(abs(x) < beta, x, blank(x))
    return inside / beta + select(abs(x) < beta, blank(x), sign(x))


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Any:  # fmt: skip
    """Absolute differences, quadratic (over `beta`) where smaller than `beta`.

    >>> mt.nn.functional.smooth_l1_loss(mt.tensor([0.5, 2.0]), mt.tensor([0.0, 0.0]), reduction="none")
    tensor([0.1250, 1.5000])
    """
    if beta < 0:
        raise RuntimeError(f"smooth_l1_loss does not support negative values for beta: {beta}")
    x, y = _pair("smooth_l1_loss", input, target)
    losses = abs(x - y) if beta == 0 else _smooth_abs(x - y, beta)
    return reduced(losses, legacy_reduction(size_average, reduce, reduction))


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0,
    weight: Tensor | None = None,
) -> Any:  # fmt: skip
    """`smooth_l1_loss` times `delta`; Huber (1964).

    >>> mt.nn.functional.huber_loss(mt.tensor([2.0]), mt.tensor([0.0]), delta=0.5)
    tensor(0.8750)
    """
    if delta <= 0:
        raise RuntimeError(f"huber_loss does not support non-positive values for delta: {delta}")
    x, y = _pair("huber_loss", input, target)
    losses = _smooth_abs(x - y, delta) * delta
    return reduced(losses if weight is None else losses * weight, reduction)


# ------------------------------------------------------------- binary targets


@op(x=lambda g, x, y: g * (x - y) / _variance(x),
    y=lambda g, x: g * (log_odds_of(x)),
    elementwise=True, name="_binary_cross_entropy", node="BinaryCrossEntropyBackward0",
    domain=(0.1, 0.9), reference=lambda x, y: -(y * np.log(x) + (1 - y) * np.log(1 - x)))  # fmt: skip
def _bce(x: Any, y: Any, /) -> Any:
    """``-(y log x + (1 - y) log(1 - x))``, each logarithm at least -100.

    >>> mt.nn.functional.binary_cross_entropy(mt.tensor([0.5]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    return (y - 1) * _log_floor(1 - x) - y * _log_floor(x)


def _log_floor(x: Any) -> Any:
    tiny = x.dtype.type(math.exp(-100)) if x.dtype.itemsize > 4 else x.dtype.type(1e-45)
    return np.where(x > 0, np.maximum(np.log(np.maximum(x, tiny)), x.dtype.type(-100)), x.dtype.type(-100))


def _variance(x: Any) -> Any:
    """``x (1 - x)``, at least 1e-12 so that nothing divides by zero."""
    product = x * (1 - x)
    return select(product > 1e-12, product, blank(product) + 1e-12)


def log_odds_of(x: Any) -> Any:
    """``log(1 - x) - log(x)``, each logarithm at least -100: the slope in the target."""
    return _floored(1 - x) - _floored(x)


def _floored(x: Any) -> Any:
    if not isinstance(x, Tensor):
        return _log_floor(x)
    tiny = x > math.exp(-100)
    return _where(tiny, log(_where(tiny, x, blank(x) + 1)), blank(x) - 100)


def binary_cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """Cross-entropy of probabilities `input` and targets in [0, 1].

    Raises ``ValueError`` for shapes that differ and ``RuntimeError`` for inputs outside [0, 1].

    >>> mt.nn.functional.binary_cross_entropy(mt.tensor([0.5, 0.9]), mt.tensor([1.0, 1.0]))
    tensor(0.3993)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if tuple(input.shape) != tuple(target.shape):
        raise ValueError(
            f"Using a target size ({tuple(target.shape)}) that is different to the input size "
            f"({tuple(input.shape)}) is deprecated. Please ensure they have the same size."
        )
    data = input._data
    if data.size and not (data.min() >= 0 and data.max() <= 1):
        raise RuntimeError(
            "binary_cross_entropy: all elements of input should be between 0 and 1, and they lie "
            f"between {data.min():.4g} and {data.max():.4g}; use binary_cross_entropy_with_logits "
            "for scores, or a sigmoid before"
        )
    losses = _bce(input, target)
    return reduced(losses if weight is None else losses * weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Any:  # fmt: skip
    """Cross-entropy of scores: a sigmoid and `binary_cross_entropy`, without overflow.

    >>> mt.nn.functional.binary_cross_entropy_with_logits(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if tuple(input.shape) != tuple(target.shape):
        raise ValueError(
            f"Target size ({tuple(target.shape)}) must be the same as input size ({tuple(input.shape)})"
        )
    soft = softplus_unit(-input)
    if pos_weight is None:
        losses = (1 - target) * input + soft
    else:
        losses = (1 - target) * input + (1 + (pos_weight - 1) * target) * soft
    return reduced(losses if weight is None else losses * weight, reduction)


# -------------------------------------------------------------------- classes


def _check_labels(target: Any, classes: int, ignore_index: int, shape: tuple[int, ...]) -> Any:
    """The labels that count, as a mask; ``IndexError`` names the first that is out of range."""
    if target.dtype.kind not in "iu":
        raise RuntimeError(f"expected scalar type Long for class labels but found {target.dtype}: use target.long()")
    if target.shape != shape:
        raise ValueError(f"Expected input batch_size ({shape}) to match target batch_size ({target.shape}).")
    counted = target != ignore_index
    bad = counted & ((target < 0) | (target >= classes))
    if bad.any():
        raise IndexError(f"Target {int(target[bad].flat[0])} is out of bounds: there are {classes} classes, 0 to {classes - 1}.")
    return counted


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    ignore_index: int = -100, reduce: Any = None, reduction: str = "mean",
) -> Any:  # fmt: skip
    """The negative log-probability of each label: `input` (N, C), (C) or (N, C, ...).

    The mean is weighted by the labels' weights.  Raises ``IndexError`` for a label out of range.

    >>> x = mt.log_softmax(mt.tensor([[0.0, 0.0], [0.0, 0.0]]), 1)
    >>> mt.nn.functional.nll_loss(x, mt.tensor([0, 1]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not 1 <= input.ndim:
        raise ValueError(f"nll_loss: expected (N, C), (C) or (N, C, ...), got {describe(input)}")
    axis = 0 if input.ndim == 1 else 1
    classes, shape = input.shape[axis], tuple(input.shape)
    labels = target.array
    counted = _check_labels(labels, classes, ignore_index, shape[:axis] + shape[axis + 1 :])
    safe = Tensor._of(np.where(counted, labels, 0).astype(np.int64))
    picked = _gather(input, unsqueeze(safe, axis), axis)
    losses = -_reshape(picked, tuple(labels.shape))
    share = _label_weights(counted, safe, weight, input.dtype)
    if share is not None:
        losses = losses * share
    if reduction != "mean":
        return reduced(losses, reduction)
    if share is None:
        return mean(losses)
    return sum(losses) / sum(share)


def _label_weights(counted: Any, labels: Tensor, weight: Tensor | None, dtype: Any) -> Any:
    """What each label counts, or None if all count the same."""
    if weight is None:
        return None if counted.all() else Tensor._of(np.asarray(counted, dtype))
    return weight[labels] * Tensor._of(np.asarray(counted, dtype))


def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    ignore_index: int = -100, reduce: Any = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Any:  # fmt: skip
    """Cross-entropy of scores `input` (N, C), (C) or (N, C, ...) with labels or probabilities.

    Integer targets are class labels, of the shape without C; floating targets of `input`'s shape
    are probabilities.  Raises ``IndexError`` for a label out of range.

    >>> mt.nn.functional.cross_entropy(mt.tensor([[2.0, 0.0]]), mt.tensor([0]))
    tensor(0.1269)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not 0.0 <= label_smoothing <= 1.0:
        raise RuntimeError(f"label_smoothing must be between 0.0 and 1.0. Got: {label_smoothing}")
    axis = 0 if input.ndim == 1 else 1
    logs = _log_softmax(input, axis)
    if target.shape == input.shape and target.is_floating_point():
        return _soft_cross_entropy(logs, target, weight, reduction, label_smoothing, axis)
    hard = nll_loss(logs, target, weight, None, ignore_index, None, reduction)
    if label_smoothing == 0:
        return hard
    smooth = _smoothing_loss(logs, target, weight, ignore_index, reduction, axis)
    return (1 - label_smoothing) * hard + (label_smoothing / input.shape[axis]) * smooth


def _channel_weight(weight: Tensor, ndim: int, axis: int) -> Any:
    return _reshape(weight, tuple(-1 if d == axis else 1 for d in range(ndim)))


def _soft_cross_entropy(
    logs: Any, target: Tensor, weight: Any, reduction: str, smoothing: float, axis: int
) -> Any:
    classes = logs.shape[axis]
    if smoothing:
        target = target * (1 - smoothing) + smoothing / classes
    if weight is not None:
        logs = logs * _channel_weight(weight, logs.ndim, axis)
    losses = -sum(logs * target, axis)
    return sum(losses) / (logs.numel() / classes) if reduction == "mean" else reduced(losses, reduction)


def _smoothing_loss(logs: Any, target: Tensor, weight: Any, ignore_index: int, reduction: str, axis: int) -> Any:
    """The part of label smoothing that every class gets, for the labels that count."""
    weighted = logs if weight is None else logs * _channel_weight(weight, logs.ndim, axis)
    counted = target.array != ignore_index
    losses = -sum(weighted, axis) * Tensor._of(np.asarray(counted, logs.dtype))
    if reduction != "mean":
        return reduced(losses, reduction)
    safe = Tensor._of(np.where(counted, target.array, 0).astype(np.int64))
    share = _label_weights(counted, safe, weight, logs.dtype)
    return mean(losses) if share is None else sum(losses) / sum(share)


def kl_div(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", log_target: bool = False,
) -> Any:  # fmt: skip
    """``target * (log target - input)``: the divergence from log-probabilities `input`.

    ``reduction="batchmean"`` divides the sum by the batch, which is the divergence's own mean.

    >>> p = mt.tensor([0.5, 0.5])
    >>> mt.nn.functional.kl_div(p.log(), p, reduction="sum")
    tensor(0.)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if log_target:
        losses = target.exp() * (target - input)
    else:
        positive = target > 0
        safe = _where(positive, target, target * 0 + 1)
        losses = target * (log(safe) - input)
    return sum(losses) / input.shape[0] if reduction == "batchmean" else reduced(losses, reduction)


__all__ = ["transpose"]
