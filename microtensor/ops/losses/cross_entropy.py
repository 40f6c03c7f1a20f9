"""Cross-entropy of several classes, from log-probabilities and from scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import WHOLE, without
from ...engine.composite import composite
from ...engine.dtypes import int64, uint8
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, array_of
from ...errors import ShapeError, describe, scalar_type
from ..activations.softmax import _log_softmax
from ..elementwise.comparison import ne
from ..elementwise.select import where
from ..indexing.gather_scatter import _gather, places, scatter_add_into
from ..reductions.sum_mean import sum
from ..views.reshape import _reshape
from .regression import known, legacy_reduction, reduced

_LABELS = (int64, uint8)


def _check_labels(target: Any, classes: int, ignore_index: int, shape: tuple[int, ...]) -> Any:
    """The labels that count, as a mask; ``IndexError`` names the first that is out of range."""
    _check_label_shape(target, shape)
    counted = target != ignore_index
    bad = counted & ((target < 0) | (target >= classes))
    if bad.any():
        raise IndexError(
            f"Target {int(target[bad].flat[0])} is out of bounds: there are {classes} classes, 0 to "
            f"{classes - 1}."
        )
    return counted


def _check_label_shape(target: Any, shape: tuple[int, ...]) -> None:
    if shape and target.ndim and target.shape[0] != shape[0]:
        raise ValueError(
            f"Expected input batch_size ({shape[0]}) to match target batch_size ({target.shape[0]})."
        )
    if len(shape) > 1 and target.shape != shape:
        raise ShapeError(f"Expected target size {list(shape)}, got {list(target.shape)}")
    if target.dtype not in _LABELS:
        raise RuntimeError(
            f"expected target dtype to be Long or Byte, but got {scalar_type(target.dtype)}: class labels of "
            "expected scalar type Long are target.long()"
        )
    if not shape and target.ndim == 1 and len(target) != 1:
        raise ValueError(f"For 1D input, 1D target must have size 1, but got target size: {len(target)}")
    if target.shape != shape:
        raise ShapeError(
            f"0D or 1D target tensor expected, multi-target not supported: labels of the shape {list(shape)} "
            f"are due, got {list(target.shape)}"
        )


@composite("F.nll_loss")
def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    ignore_index: int = -100, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The negative log-probability of each label: `input` (N, C), (C) or (N, C, ...).

    The mean is weighted by the labels' weights.  Raises ``IndexError`` for a label out of range.

    >>> x = mt.log_softmax(mt.tensor([[0.0, 0.0], [0.0, 0.0]]), 1)
    >>> mt.nn.functional.nll_loss(x, mt.tensor([0, 1]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not input.ndim >= 1:
        raise ValueError(f"nll_loss: expected (N, C), (C) or (N, C, ...), got {describe(input)}")
    axis = 0 if input.ndim == 1 else 1
    classes, shape = input.shape[axis], tuple(input.shape)
    labels = array_of(target)
    if labels is None:
        return _nll_by_gather(input, target, weight, ignore_index, known(reduction), axis)
    counted = _check_labels(labels, classes, ignore_index, shape[:axis] + shape[axis + 1 :])
    safe = np.where(counted, labels, 0).astype(np.int64, copy=False)
    share = _label_weights(counted, safe, weight, classes, input.dtype)
    divisor = {"mean": np.add.reduce(share, axis=None), "sum": 1.0, "none": None}[known(reduction)]
    return _nll(input, np.expand_dims(safe, axis), share, axis, divisor)


@op(
    kernel=without("nll_loss_out_frame", WHOLE),
    x=lambda g, x_shape, x_dtype, index, share, axis, divisor: _nll_back(
        g, x_shape, index, share.astype(x_dtype, copy=False), axis, divisor
    ),
    node="NllLossBackward0",
    wide=True,
    piecewise=("x",),
    samples=[
        case((3, 4), index=np.array([[1], [0], [3]]), share=np.array([1.0, 0.5, 2.0]), axis=1, divisor=3.5),
        case((2, 3, 2), index=np.array([[[1, 0]], [[2, 2]]]), share=np.ones((2, 2)), axis=1, divisor=None),
        case((4,), index=np.array([2]), share=np.array(2.0), axis=0, divisor=1.0),
    ],
    reference=lambda x, index, share, axis, divisor: _nll_by_numpy(x, index, share, axis, divisor),
)
def _nll(x: Any, /, index: Any, share: Any, axis: int, divisor: float | None) -> Any:
    """Minus the element at each label times the label's share: all of them, or their sum divided.

    >>> mt.nn.functional.nll_loss(mt.tensor([[-1.0, -2.0]]), mt.tensor([1]))
    tensor(2.)
    """
    losses = -x[places(index, axis)].reshape(share.shape) * share.astype(x.dtype, copy=False)
    return losses if divisor is None else np.add.reduce(losses, axis=None) / divisor


def _nll_by_gather(
    input: Tensor, target: Tensor, weight: Tensor | None, ignore_index: int, reduction: str, axis: int
) -> Any:
    """The same of smaller ops, for labels that have no array of their own: those of an example in a batch."""
    shape = tuple(input.shape)
    _check_label_shape(target, shape[:axis] + shape[axis + 1 :])
    counted = ne(target, ignore_index)
    safe = where(counted, target, 0)
    share = counted.to(input.dtype)
    if weight is not None:
        share = share * _gather(weight, safe.reshape(-1), 0).reshape(tuple(safe.shape))
    losses = -_gather(input, safe.unsqueeze(axis), axis).squeeze(axis) * share
    return sum(losses) / sum(share) if reduction == "mean" else reduced(losses, reduction)


def _nll_back(g: Any, shape: Any, index: Any, share: Any, axis: int, divisor: float | None) -> Any:
    rate = 1 if divisor is None else divisor + (divisor == 0)
    column = g * (share * (-1 / rate))
    return scatter_add_into(column.reshape(index.shape), index, shape, axis)


def _nll_by_numpy(x: Any, index: Any, share: Any, axis: int, divisor: float | None) -> Any:
    losses = -np.take_along_axis(x, index, axis).reshape(share.shape) * share
    return losses if divisor is None else losses.sum() / divisor


def _label_weights(counted: Any, labels: Any, weight: Any, classes: int, dtype: Any) -> Any:
    """What each label counts: its class's weight, and nothing where it is to be ignored."""
    if weight is None:
        return np.asarray(counted, dtype)
    if weight.dtype != dtype:
        raise RuntimeError(
            f"expected scalar type {scalar_type(dtype)} but found {scalar_type(weight.dtype)}: the weight of "
            "the classes has the dtype of the input"
        )
    if tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    return np.asarray(weight._data[labels] * counted, dtype)


@composite("F.cross_entropy")
def cross_entropy(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    ignore_index: int = -100, reduce: Any = None, reduction: str = "mean", label_smoothing: float = 0.0,
) -> Tensor:  # fmt: skip
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
    if target.shape == input.shape and not target.is_floating_point():
        raise RuntimeError(
            f"cross_entropy: target {describe(target)} for input {describe(input)}: class probabilities "
            "must be floating point; labels have the shape without the class dimension"
        )
    if ignore_index >= 0 and target.is_floating_point():
        raise RuntimeError(
            f"ignore_index is not supported for floating point target: it is {ignore_index}, and the targets "
            "are probabilities"
        )
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


def _smoothing_loss(
    logs: Any, target: Tensor, weight: Any, ignore_index: int, reduction: str, axis: int
) -> Any:
    """The part of label smoothing that every class gets, for the labels that count."""
    weighted = logs if weight is None else logs * _channel_weight(weight, logs.ndim, axis)
    counted = target.array != ignore_index
    losses = where(Tensor._of(np.asarray(counted)), -sum(weighted, axis), 0.0)
    if reduction != "mean":
        return reduced(losses, reduction)
    safe = np.where(counted, target.array, 0)
    share = _label_weights(counted, safe, weight, logs.shape[axis], logs.dtype)
    return sum(losses) / Tensor._of(np.add.reduce(share, axis=None))
