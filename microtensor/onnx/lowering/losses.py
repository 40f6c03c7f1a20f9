"""Losses, for a network that is exported with its criterion."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import lowers


def _gathered(b: Any, x: Any, reduction: str) -> Any:
    if reduction == "none":
        return x
    return b.node("ReduceMean" if reduction == "mean" else "ReduceSum", x, keepdims=0)


@lowers("mse_loss")
def mse_loss(b: Any, x: Any, y: Any, reduction: str) -> Any:
    off = b.Sub(x, y)
    return _gathered(b, b.Mul(off, off), reduction)


@lowers("smooth_l1_loss")
def smooth_l1_loss(b: Any, x: Any, y: Any, reduction: str, beta: float) -> Any:
    size = b.Abs(b.Sub(x, y))
    if beta == 0:
        return _gathered(b, size, reduction)
    near = b.Mul(b.Mul(size, size), 0.5 / beta)
    return _gathered(b, b.Where(b.Less(size, float(beta)), near, b.Sub(size, 0.5 * beta)), reduction)


@lowers("huber_loss")
def huber_loss(b: Any, x: Any, y: Any, reduction: str, delta: float) -> Any:
    size = b.Abs(b.Sub(x, y))
    far = b.Mul(b.Sub(size, 0.5 * delta), float(delta))
    return _gathered(
        b, b.Where(b.LessOrEqual(size, float(delta)), b.Mul(b.Mul(size, size), 0.5), far), reduction
    )


@lowers("binary_cross_entropy")
def binary_cross_entropy(b: Any, x: Any, y: Any, reduction: str) -> Any:
    """Logarithms are cut off at -100, as in PyTorch."""
    first, second = (b.Max(b.Log(v), -100.0) for v in (x, b.Sub(1.0, x)))
    return _gathered(b, b.Neg(b.Add(b.Mul(y, first), b.Mul(b.Sub(1.0, y), second))), reduction)


@lowers("binary_cross_entropy_with_logits")
def binary_cross_entropy_with_logits(b: Any, x: Any, y: Any, reduction: str) -> Any:
    soft = b.Softplus(b.Neg(b.Abs(x)))
    return _gathered(b, b.Add(b.Sub(b.Relu(x), b.Mul(x, y)), soft), reduction)


def _plain_labels(arguments: dict[str, Any]) -> bool:
    """Whole-number labels, no smoothing: what SoftmaxCrossEntropyLoss says."""
    target, x = arguments["target"], arguments["input"]
    return target.dtype.kind == "i" and not arguments.get("label_smoothing") and x.ndim > 1


@lowers("F.cross_entropy", when=_plain_labels)
def cross_entropy(
    b: Any,
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    **how: Any,
) -> Any:
    return b.SoftmaxCrossEntropyLoss(input, target, weight, ignore_index=ignore_index, reduction=reduction)


@lowers("F.nll_loss", when=_plain_labels)
def nll_loss(
    b: Any,
    input: Any,
    target: Any,
    weight: Any = None,
    ignore_index: int = -100,
    reduction: str = "mean",
    **how: Any,
) -> Any:
    return b.NegativeLogLikelihoodLoss(input, target, weight, ignore_index=ignore_index, reduction=reduction)


@lowers("_nll")
def nll_of_fixed_labels(b: Any, x: Any, index: Any, share: Any, axis: int, divisor: Any) -> Any:
    picked = b.Reshape(
        b.GatherElements(x, np.asarray(index, np.int64), axis=axis % x.ndim), b.ints(share.shape)
    )
    lost = b.Neg(b.Mul(picked, np.asarray(share, x.dtype)))
    return lost if divisor is None else b.Div(b.ReduceSum(lost, keepdims=0), np.asarray(divisor, x.dtype))
