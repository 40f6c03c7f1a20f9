"""Losses of margins, pairs and distributions: one line of algebra each, on ops that are here."""

from __future__ import annotations

import math
from typing import Any

from ...engine.arrays.kernels import WHOLE, unsupported
from ...engine.grad_mode import no_grad
from ...engine.promotion import resulting
from ...engine.tensor import Tensor
from ...errors import ShapeError, describe
from ..activations.smooth import logsigmoid, softplus_unit
from ..distance.similarity import pairwise_distance
from ..elementwise.clamp import clamp
from ..elementwise.exponential import exp, log, log1p
from ..elementwise.maximum import minimum
from ..elementwise.select import where
from ..reductions.sum_mean import mean, sum
from .regression import legacy_reduction, reduced

_ONLY_FLOATS = unsupported("result type Float can't be cast to the desired output type {}", WHOLE)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: Any = None, reduce: Any = None, reduction: str = "mean"
) -> Tensor:
    """``log(1 + exp(-y x))`` for targets 1 and -1.

    >>> mt.nn.functional.soft_margin_loss(mt.tensor([0.0]), mt.tensor([1.0]))
    tensor(0.6931)
    """
    _ONLY_FLOATS.check(resulting(input, target))
    product = -(target * input)  # not -target, which bytes do not have
    losses = log1p(product.exp()) if product.is_complex() else softplus_unit(product)
    return reduced(losses, legacy_reduction(size_average, reduce, reduction))


def multilabel_soft_margin_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The mean over the last dimension of the cross-entropy of scores with targets 0 and 1.

    >>> mt.nn.functional.multilabel_soft_margin_loss(mt.tensor([[0.0, 0.0]]), mt.tensor([[1.0, 0.0]]))
    tensor(0.6931)
    """
    losses = -(target * logsigmoid(input) + (1 - target) * logsigmoid(-input))
    losses = losses if weight is None else losses * weight
    return reduced(mean(losses, -1), legacy_reduction(size_average, reduce, reduction))


def hinge_embedding_loss(
    input: Tensor, target: Any, margin: float = 1.0, size_average: Any = None, reduce: Any = None,
    reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """The distance `input` where the target is 1, and what it lacks to `margin` where it is -1.

    >>> mt.nn.functional.hinge_embedding_loss(mt.tensor([0.5, 0.25]), mt.tensor([1, -1]), reduction="none")
    tensor([0.5000, 0.7500])
    """
    near = where(target != -1, input, 0.0)
    far = where(target != 1, clamp(margin - input, min=0), 0.0)
    return reduced(near + far, legacy_reduction(size_average, reduce, reduction))


def margin_ranking_loss(
    input1: Tensor, input2: Tensor, target: Tensor, margin: float = 0.0, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """``max(0, margin - y (x1 - x2))``: `input1` is to be the larger where the target is 1.

    >>> mt.nn.functional.margin_ranking_loss(mt.tensor([1.0]), mt.tensor([3.0]), mt.tensor([1.0]))
    tensor(2.)
    """
    if not input1.ndim == input2.ndim == target.ndim:
        shapes = " and ".join(map(describe, (input1, input2, target)))
        raise ShapeError(
            f"margin_ranking_loss : All input tensors should have same dimension but got sizes: {shapes}"
        )
    losses = clamp(-(target * (input1 - input2)) + margin, min=0)
    return reduced(losses, legacy_reduction(size_average, reduce, reduction))


def cosine_embedding_loss(
    input1: Tensor, input2: Tensor, target: Any, margin: float = 0.0, size_average: Any = None,
    reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """1 - cosine where the target is 1, and the cosine beyond `margin` where it is -1.

    >>> x = mt.tensor([[1.0, 0.0]])
    >>> mt.nn.functional.cosine_embedding_loss(x, x, mt.tensor([-1]), margin=0.5)
    tensor(0.5000)
    """
    squares = [sum(x * x, -1) + 1e-12 for x in (input1, input2)]
    cosine = sum(input1 * input2, -1) * (squares[0] * squares[1]).rsqrt()
    alike = where(target == 1, 1 - cosine, 0.0)
    apart = where(target == -1, clamp(cosine - margin, min=0), 0.0)
    return reduced(alike + apart, legacy_reduction(size_average, reduce, reduction))


def triplet_margin_loss(
    anchor: Tensor, positive: Tensor, negative: Tensor, margin: float = 1.0, p: float = 2, eps: float = 1e-6,
    swap: bool = False, size_average: Any = None, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """``max(0, margin + d(anchor, positive) - d(anchor, negative))``, d the `pairwise_distance`.

    `swap` takes the negative's distance to the positive where that is smaller; Balntas et al. (2016).

    >>> a, b = mt.tensor([[0.0]]), mt.tensor([[3.0]])
    >>> mt.nn.functional.triplet_margin_loss(a, b, a)
    tensor(4.0000)
    """
    if margin <= 0:
        raise ValueError(f"margin must be greater than 0, got {margin}")
    if not anchor.ndim == positive.ndim == negative.ndim:
        raise ShapeError(
            "The anchor, positive, and negative tensors are expected to have the same number of dimensions, "
            f"but got: anchor {anchor.ndim}D, positive {positive.ndim}D, and negative {negative.ndim}D inputs"
        )
    near, far = pairwise_distance(anchor, positive, p, eps), pairwise_distance(anchor, negative, p, eps)
    if swap:
        far = minimum(far, pairwise_distance(positive, negative, p, eps))
    losses = clamp(margin + near - far, min=0)
    return reduced(losses, legacy_reduction(size_average, reduce, reduction))


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Minus the log-density of `target` under normal distributions of mean `input` and variance `var`.

    A variance below `eps` counts as `eps`, its gradient as if it did not; `full` adds the constant.
    Raises ``ValueError`` for a negative variance.

    >>> mt.nn.functional.gaussian_nll_loss(mt.tensor([1.0]), mt.tensor([3.0]), mt.tensor([1.0]))
    tensor(2.)
    """
    if not isinstance(var, Tensor):
        var = Tensor._of(input._data * 0 + var)
    _ONLY_FLOATS.check(resulting(input, target, var))
    if (var.array < 0).any():
        raise ValueError("var has negative entry/entries")
    if var.ndim == input.ndim - 1:
        var = var.unsqueeze(-1)
    if len(input.shape) != len(var.shape) or any(
        m not in (1, n) for n, m in zip(input.shape, var.shape, strict=True)
    ):
        raise ValueError(f"var is of incorrect size: {describe(var)} for {describe(input)}")
    with no_grad():
        lift = clamp(var, min=eps) - var
    var = var + lift
    losses = 0.5 * (log(var) + (input - target) ** 2 / var)
    return reduced(losses + 0.5 * math.log(2 * math.pi) if full else losses, reduction)


def poisson_nll_loss(
    input: Tensor, target: Tensor, log_input: bool = True, full: bool = False, size_average: Any = None,
    eps: float = 1e-8, reduce: Any = None, reduction: str = "mean",
) -> Tensor:  # fmt: skip
    """Minus the log-probability of counts `target` under Poisson rates ``exp(input)``, or `input`.

    `full` adds Stirling's approximation of ``log(target!)``.

    >>> mt.nn.functional.poisson_nll_loss(mt.tensor([0.0]), mt.tensor([2.0]))
    tensor(1.)
    """
    losses = exp(input) - target * input if log_input else input - target * log(input + eps)
    if full:
        safe = where(target > 1, target, 1.0)
        losses = losses + where(target > 1, safe * log(safe) - safe + 0.5 * log(2 * math.pi * safe), 0.0)
    return reduced(losses, legacy_reduction(size_average, reduce, reduction))
