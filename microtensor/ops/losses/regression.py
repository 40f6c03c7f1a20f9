"""Losses: each is the loss of every element (one op), and a reduction: mean, sum or none.

Here are the reductions and the distances of numbers; of probabilities, `binary_losses` and `class_losses`.
"""

from __future__ import annotations

import math
import warnings
from typing import Any

import numpy as np

from ...engine.arrays.kernels import COMPLEX, WHOLE, unsupported, without
from ...engine.arrays.summation import added
from ...engine.calls.users_line import users_level
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Diverted, Tensor
from ..elementwise.comparison import eq
from ..elementwise.exponential import log
from ..elementwise.select import select, where, zeros_like
from ..elementwise.sign_abs import abs, sign
from ..reductions.sum_mean import mean, sum
from ..views.expand import common_shape, expand


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
        UserWarning, stacklevel=users_level(),
    )  # fmt: skip
    return reduction


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
        f"Please ensure they have the same size ({name}).", UserWarning, stacklevel=users_level(),
    )  # fmt: skip
    return expand(input, shape), expand(target, shape)


def _total(losses: Any, reduction: str) -> Any:
    """What `reduced` does, on arrays."""
    if reduction == "none":
        return losses
    total = added(losses, None)
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
    kernel=without("mse_cpu", WHOLE),
    x=lambda g, x, y, reduction: _share(g, x, reduction) * 2 * (x - y),
    y=lambda g, x, y, reduction: _share(g, x, reduction) * 2 * (y - x),
    name="mse_loss",
    wide=True,
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
) -> Tensor:  # fmt: skip
    """Squared differences of `input` and `target`.

    >>> mt.nn.functional.mse_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]), reduction="none")
    tensor([1., 4.])
    """
    if size_average is not None or reduce is not None:
        reduction = legacy_reduction(size_average, reduce, reduction)
    x, y = _pair("mse_loss", input, target)
    if weight is not None:
        return _weighted(_mse(x, y, "none"), weight, reduction)
    return _mse(x, y, reduction if reduction == "mean" else known(reduction))


def l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Absolute differences of `input` and `target`.

    >>> mt.nn.functional.l1_loss(mt.tensor([1.0, 2.0]), mt.tensor([0.0, 0.0]))
    tensor(1.5000)
    """
    x, y = _pair("l1_loss", input, target)
    reduction = legacy_reduction(size_average, reduce, reduction)
    losses = abs(x - y)
    return reduced(losses, reduction) if weight is None else _weighted(losses, weight, reduction)


@op(kernel=without("smooth_l1_cpu", WHOLE),
    x=lambda g, x, y, reduction, beta: _share(g, x, reduction) * _clipped(x - y, beta),
    y=lambda g, x, y, reduction, beta: -_share(g, x, reduction) * _clipped(x - y, beta),
    name="smooth_l1_loss", node="SmoothL1LossBackward0", wide=True, samples=_cases(beta=1.3),
    reference=lambda x, y, reduction, beta: _total(_smooth_abs(x - y, beta), reduction))  # fmt: skip
def _smooth_l1(x: Any, y: Any, /, reduction: str, beta: float) -> Any:
    """Absolute differences, quadratic near 0.

    >>> mt.nn.functional.smooth_l1_loss(mt.tensor([2.0]), mt.tensor([0.0]))
    tensor(1.5000)
    """
    return _total(_smooth_abs(x - y, beta), reduction)


@op(
    kernel=without("huber_cpu", WHOLE),
    x=lambda g, x, y, reduction, delta: _share(g, x, reduction) * (delta * _clipped(x - y, delta)),
    y=lambda g, x, y, reduction, delta: -_share(g, x, reduction) * (delta * _clipped(x - y, delta)),
    name="huber_loss",
    wide=True,
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
    return select(near, x, zeros_like(x)) / beta + select(near, zeros_like(x), sign(x))


def smooth_l1_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", beta: float = 1.0,
) -> Tensor:  # fmt: skip
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
) -> Tensor:  # fmt: skip
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


def kl_div(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean", log_target: bool = False,
) -> Tensor:  # fmt: skip
    """``target * (log target - input)``: the divergence from log-probabilities `input`.

    ``reduction="batchmean"`` divides the sum by the batch, which is the divergence's own mean.

    >>> p = mt.tensor([0.5, 0.5])
    >>> mt.nn.functional.kl_div(p.log(), p, reduction="sum")
    tensor(0.)
    """
    unsupported("kl_div: Complex inputs not supported: {}", COMPLEX)(input, target)
    unsupported("kl_div: Integral inputs not supported: {}", WHOLE)(input, target)
    reduction = legacy_reduction(size_average, reduce, reduction)
    if log_target:
        losses = target.exp() * (target - input)
    else:
        safe = where(eq(target, 0), 1.0, target)
        losses = target * (log(safe) - input)
    if reduction == "mean":
        warnings.warn(
            "kl_div: reduction='mean' divides by every dimension; reduction='batchmean' is the "
            "divergence's own mean.", UserWarning, stacklevel=users_level(),
        )  # fmt: skip
    batch = input.shape[0] if input.ndim else 1
    return sum(losses) / batch if reduction == "batchmean" else reduced(losses, reduction)
