"""Losses.  Each is the loss of every element (one op), and a reduction: mean, sum or none."""

from __future__ import annotations

import math
import os
import sys
import warnings
from typing import Any

import numpy as np

from ..errors import ShapeError, describe
from ..op import case, op
from ..tensor import Diverted, Tensor
from .activation import _log_softmax, softplus_unit
from .compare import eq, ne
from .gathering import _gather, places, scatter_add_into
from .joining import where
from .pointwise import _where, abs, blank, log, select, sigmoid, sign
from .reduce import mean, sum
from .shape import _reshape, common_shape, expand


def known(reduction: str) -> str:
    """`reduction` itself; ``ValueError`` if it is none."""
    if reduction not in ("mean", "sum", "none"):
        raise ValueError(f"{reduction} is not a valid value for reduction: expected mean, sum or none")
    return reduction


def reduced(losses: Any, reduction: str) -> Any:
    """All losses as one number, or as they are; ``ValueError`` for an unknown reduction."""
    if known(reduction) == "none":
        return losses
    return mean(losses) if reduction == "mean" else sum(losses)


def legacy_reduction(size_average: Any, reduce: Any, reduction: str) -> str:
    """The reduction that PyTorch's old arguments ask for, with its warning, which shows the user's line."""
    if size_average is None and reduce is None:
        return reduction
    reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
    warnings.warn(
        f"size_average and reduce args will be deprecated, please use reduction='{reduction}' instead.",
        UserWarning, stacklevel=_calls_inside(),
    )  # fmt: skip
    return reduction


_PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def _calls_inside() -> int:
    """How many calls ago the program came into this package."""
    frame: Any = sys._getframe(1)
    level = 1
    while frame is not None and frame.f_code.co_filename.startswith((_PACKAGE, "<microtensor ")):
        frame, level = frame.f_back, level + 1
    return level


def alike(x: Any, y: Any) -> bool:
    """Whether two operands have one shape, asked of the arrays: half a microsecond less than ``x.shape``."""
    try:
        return bool(x._data.shape == y._data.shape)
    except (AttributeError, Diverted):
        return tuple(x.shape) == tuple(y.shape)


def _pair(name: str, input: Tensor, target: Tensor) -> tuple[Any, Any]:
    """The operands of one shape; PyTorch warns when they had to be broadcast."""
    if alike(input, target):
        return input, target
    shape = common_shape(name, (input, target))
    warnings.warn(
        f"Using a target size ({tuple(target.shape)}) that is different to the input size "
        f"({tuple(input.shape)}). This will likely lead to incorrect results due to broadcasting. "
        f"Please ensure they have the same size ({name}).", UserWarning, stacklevel=4,
    )  # fmt: skip
    return expand(input, shape), expand(target, shape)


def _total(losses: Any, reduction: str) -> Any:
    """What `reduced` does, on arrays."""
    if reduction == "none":
        return losses
    total = np.add.reduce(losses, axis=None)
    return total / (losses.size or math.nan) if reduction == "mean" else total


def _share(g: Any, x: Any, reduction: str) -> Any:
    """The cotangent of each element's loss, from that of the reduced loss."""
    if reduction != "mean":
        return g
    return g * (1 / ((x.size if x.__class__ is np.ndarray else math.prod(x.shape)) or 1))


def _weighted(losses: Any, weight: Tensor, reduction: str) -> Any:
    """A reduction in which elements count by weight: the mean is over the weights' sum."""
    if tuple(weight.shape) != tuple(losses.shape):
        raise ValueError(
            f"Weights {tuple(weight.shape)} and input {tuple(losses.shape)} must have the same size."
        )
    losses = losses * weight
    return sum(losses) / sum(weight) if reduction == "mean" else reduced(losses, reduction)


_SHAPES = [((3, 2), "mean"), ((4,), "sum"), ((), "mean"), ((2, 2), "none")]


def _cases(**params: Any) -> list[Any]:
    """Samples of a loss: each reduction, with these parameters."""
    return [case(shape, shape, reduction=r, **params) for shape, r in _SHAPES]


@op(
    x=lambda g, x, y, reduction: _share(g, x, reduction) * 2 * (x - y),
    y=lambda g, x, y, reduction: _share(g, x, reduction) * 2 * (y - x),
    name="mse_loss",
    samples=_cases(),
    reference=lambda x, y, reduction: _total((x - y) ** 2, reduction),
)
def _mse(x: Any, y: Any, /, reduction: str) -> Any:
    """Squared differences and their reduction, as one node.

    >>> mt.nn.functional.mse_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]))
    tensor(2.5000)
    """
    difference = x - y
    if reduction == "none":
        return difference * difference
    flat = difference.reshape(-1)
    total = flat.dot(flat)
    return total / (flat.size or math.nan) if reduction == "mean" else total


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
        return _weighted(_mse(x, y, "none"), weight, reduction)
    return _mse(x, y, known(reduction))


def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    weight: Tensor | None = None,
) -> Any:  # fmt: skip
    """Absolute differences of `input` and `target`.

    >>> mt.nn.functional.l1_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]))
    tensor(1.5000)
    """
    x, y = _pair("l1_loss", input, target)
    reduction = legacy_reduction(size_average, reduce, reduction)
    losses = abs(x - y)
    return reduced(losses, reduction) if weight is None else _weighted(losses, weight, reduction)


@op(x=lambda g, x, y, reduction, beta: _share(g, x, reduction) * _clipped(x - y, beta),
    y=lambda g, x, y, reduction, beta: -_share(g, x, reduction) * _clipped(x - y, beta),
    name="smooth_l1_loss", node="SmoothL1LossBackward0", samples=_cases(beta=1.3),
    reference=lambda x, y, reduction, beta: _total(_smooth_abs(x - y, beta), reduction))  # fmt: skip
def _smooth_l1(x: Any, y: Any, /, reduction: str, beta: float) -> Any:
    """Absolute differences, quadratic near 0.

    >>> mt.nn.functional.smooth_l1_loss(mt.tensor([2.0]), mt.tensor([0.0]))
    tensor(1.5000)
    """
    return _total(_smooth_abs(x - y, beta), reduction)


@op(
    x=lambda g, x, y, reduction, delta: _share(g, x, reduction) * (delta * _clipped(x - y, delta)),
    y=lambda g, x, y, reduction, delta: -_share(g, x, reduction) * (delta * _clipped(x - y, delta)),
    name="huber_loss",
    samples=_cases(delta=0.8),
    reference=lambda x, y, reduction, delta: _total(delta * _smooth_abs(x - y, delta), reduction),
)
def _huber(x: Any, y: Any, /, reduction: str, delta: float) -> Any:
    """Half the square of a difference, and linear beyond `delta`.

    >>> mt.nn.functional.huber_loss(mt.tensor([2.0]), mt.tensor([0.0]))
    tensor(1.5000)
    """
    return _total(_smooth_abs(x - y, delta) * delta, reduction)


def _smooth_abs(x: Any, beta: float) -> Any:
    """|x|, made quadratic within `beta` of 0; Girshick, "Fast R-CNN" (2015), section 2.3."""
    size = np.abs(x)
    near = np.minimum(size, x.dtype.type(beta))
    return near * near * (0.5 / beta) + (size - near)


def _clipped(x: Any, beta: float) -> Any:
    """The slope of that: ``x / beta``, between -1 and 1."""
    near = abs(x) < beta
    return select(near, x, blank(x)) / beta + select(near, blank(x), sign(x))


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
    reduction = known(legacy_reduction(size_average, reduce, reduction))
    return reduced(abs(x - y), reduction) if beta == 0 else _smooth_l1(x, y, reduction, beta)


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
    if weight is None:
        return _huber(x, y, known(reduction), delta)
    return reduced(_huber(x, y, "none", delta) * weight, reduction)


# ------------------------------------------------------------- binary targets


@op(
    x=lambda g, x, y, reduction: _share(g, x, reduction) * ((x - y) / _variance(x)),
    y=lambda g, x, reduction: _share(g, x, reduction) * log_odds_of(x),
    name="binary_cross_entropy",
    samples=_cases(),
    domain=(0.1, 0.9),
    reference=lambda x, y, reduction: _total(-(y * np.log(x) + (1 - y) * np.log(1 - x)), reduction),
)
def _bce(x: Any, y: Any, /, reduction: str) -> Any:
    """``-(y log x + (1 - y) log(1 - x))``, each logarithm at least -100.

    >>> mt.nn.functional.binary_cross_entropy(mt.tensor([0.5]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    if x.size == 0:
        return _total(x * y, reduction)
    low, high = np.minimum.reduce(x, axis=None), np.maximum.reduce(x, axis=None)
    if low > 1e-40 and high < 1:  # no logarithm is infinite, or below -100
        return _total((y - 1) * np.log(1 - x) - y * np.log(x), reduction)
    if not (low >= 0 and high <= 1):
        raise RuntimeError(
            "binary_cross_entropy: all elements of input should be between 0 and 1, and they lie "
            f"between {low:.4g} and {high:.4g}; use binary_cross_entropy_with_logits "
            "for scores, or a sigmoid before"
        )
    return _total((y - 1) * _log_floor(1 - x) - y * _log_floor(x), reduction)


def _log_floor(x: Any) -> Any:
    tiny = x.dtype.type(math.exp(-100)) if x.dtype.itemsize > 4 else x.dtype.type(1e-45)
    return np.where(x > 0, np.maximum(np.log(np.maximum(x, tiny)), x.dtype.type(-100)), x.dtype.type(-100))


_TINY = {n: np.array(1e-12, f"f{n}") for n in (2, 4, 8)}


def _variance(x: Any) -> Any:
    """``x (1 - x)``, at least 1e-12 so that nothing divides by zero."""
    product = x * (1 - x)
    if product.__class__ is np.ndarray:
        return np.maximum(product, _TINY[product.itemsize])
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
    if not alike(input, target):
        raise ValueError(
            f"Using a target size ({tuple(target.shape)}) that is different to the input size "
            f"({tuple(input.shape)}) is deprecated. Please ensure they have the same size."
        )
    if weight is None:
        return _bce(input, target, known(reduction))
    return reduced(_bce(input, target, "none") * weight, reduction)


@op(x=lambda g, x, y, reduction: _share(g, x, reduction) * (sigmoid(x) - y),
    y=lambda g, x, reduction: _share(g, x, reduction) * -x,
    name="binary_cross_entropy_with_logits", samples=_cases(),
    reference=lambda x, y, reduction: _total(np.log1p(np.exp(-x)) + (1 - y) * x, reduction))  # fmt: skip
def _bce_with_logits(x: Any, y: Any, /, reduction: str) -> Any:
    """``(1 - y) x + log(1 + exp(-x))``, without overflow.

    >>> mt.nn.functional.binary_cross_entropy_with_logits(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    return _total((1 - y) * x + softplus_unit(-x), reduction)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean", pos_weight: Tensor | None = None,
) -> Any:  # fmt: skip
    """Cross-entropy of scores: a sigmoid and `binary_cross_entropy`, without overflow.

    >>> mt.nn.functional.binary_cross_entropy_with_logits(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    reduction = legacy_reduction(size_average, reduce, reduction)
    if not alike(input, target):
        raise ValueError(
            f"Target size ({tuple(target.shape)}) must be the same as input size ({tuple(input.shape)})"
        )
    if pos_weight is not None:
        share = 1 + (pos_weight - 1) * target
        losses = (1 - target) * input + share * softplus_unit(-input)
    elif weight is not None:
        losses = _bce_with_logits(input, target, "none")
    else:
        return _bce_with_logits(input, target, known(reduction))
    return reduced(losses if weight is None else losses * weight, reduction)


# -------------------------------------------------------------------- classes


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
    if target.dtype.kind not in "iu":
        raise RuntimeError(
            f"expected scalar type Long for class labels but found {target.dtype}: use target.long()"
        )
    if target.shape != shape:
        batches = target.ndim == 1 and len(shape) == 1
        kind = ValueError if batches else ShapeError
        raise kind(f"Expected input batch_size {shape} to match target batch_size {tuple(target.shape)}.")


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
    if not input.ndim >= 1:
        raise ValueError(f"nll_loss: expected (N, C), (C) or (N, C, ...), got {describe(input)}")
    axis = 0 if input.ndim == 1 else 1
    classes, shape = input.shape[axis], tuple(input.shape)
    try:
        labels = target.array
    except Diverted:
        return _nll_by_gather(input, target, weight, ignore_index, known(reduction), axis)
    counted = _check_labels(labels, classes, ignore_index, shape[:axis] + shape[axis + 1 :])
    safe = np.where(counted, labels, 0).astype(np.int64, copy=False)
    share = _label_weights(counted, safe, weight, classes, input.dtype)
    divisor = {"mean": float(np.add.reduce(share, axis=None)), "sum": 1.0, "none": None}[known(reduction)]
    return _nll(input, np.expand_dims(safe, axis), share, axis, divisor)


@op(
    x=lambda g, x_shape, x_dtype, index, share, axis, divisor: _nll_back(
        g, x_shape, index, share.astype(x_dtype, copy=False), axis, divisor
    ),
    node="NllLossBackward0",
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
    return losses if divisor is None else np.add.reduce(losses, axis=None) / x.dtype.type(divisor)


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
    column = g * (share * (-1 / (divisor or 1)))
    return scatter_add_into(column.reshape(index.shape), index, shape, axis)


def _nll_by_numpy(x: Any, index: Any, share: Any, axis: int, divisor: float | None) -> Any:
    losses = -np.take_along_axis(x, index, axis).reshape(share.shape) * share
    return losses if divisor is None else losses.sum() / divisor


def _label_weights(counted: Any, labels: Any, weight: Any, classes: int, dtype: Any) -> Any:
    """What each label counts: its class's weight, and nothing where it is to be ignored."""
    if weight is None:
        return np.asarray(counted, dtype)
    if tuple(weight.shape) != (classes,):
        raise RuntimeError(
            f"weight tensor should be defined either for all {classes} classes or no classes but got "
            f"weight tensor of shape: {list(weight.shape)}"
        )
    return np.asarray(weight._data[labels] * counted, dtype)


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
    if target.shape == input.shape and not target.is_floating_point():
        raise RuntimeError(
            f"cross_entropy: target {describe(target)} for input {describe(input)}: class probabilities "
            "must be floating point; labels have the shape without the class dimension"
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
    losses = -sum(weighted, axis) * Tensor._of(np.asarray(counted, logs.dtype))
    if reduction != "mean":
        return reduced(losses, reduction)
    safe = np.where(counted, target.array, 0)
    share = _label_weights(counted, safe, weight, logs.shape[axis], logs.dtype)
    return sum(losses) / float(np.add.reduce(share, axis=None))


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
        safe = where(eq(target, 0), 1.0, target)
        losses = target * (log(safe) - input)
    if reduction == "mean":
        warnings.warn(
            "kl_div: reduction='mean' divides by every dimension; reduction='batchmean' is the "
            "divergence's own mean.", UserWarning, stacklevel=2,
        )  # fmt: skip
    return sum(losses) / input.shape[0] if reduction == "batchmean" else reduced(losses, reduction)
