"""Batch normalisation folded into the layer before it, for evaluation: one layer instead of two.

``(W x + b - mean) / sqrt(var + eps) * gamma + beta`` is again linear in x.
"""

from __future__ import annotations

import copy
from typing import Any, TypeVar

from ...creation.factories import ones_like, zeros_like
from ...engine.tensor import Tensor
from ..modules.batchnorm import _BatchNorm as BatchNorm
from ..modules.module import Module
from ..parameter import Parameter

M = TypeVar("M", bound=Module)


def fuse_conv_bn_eval(conv: M, bn: BatchNorm, transpose: bool = False) -> M:
    """A convolution that does what `conv` and then `bn` do; both in eval mode.

    `transpose` says that it is a transposed convolution.  Raises ``AssertionError`` in training mode and
    for a `bn` without running statistics.

    >>> conv, bn = mt.nn.Conv1d(1, 2, 1).eval(), mt.nn.BatchNorm1d(2).eval()
    >>> x = mt.ones(1, 1, 3)
    >>> bool(mt.allclose(mt.nn.utils.fuse_conv_bn_eval(conv, bn)(x), bn(conv(x)), atol=1e-6))
    True
    """
    fused: Any = _checked(conv, bn)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused  # type: ignore[no-any-return]


def fuse_conv_bn_weights(
    conv_w: Tensor, conv_b: Tensor | None, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None, transpose: bool = False,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """The weight and bias of the convolution that `fuse_conv_bn_eval` makes.

    >>> one, zero = mt.ones(1), mt.zeros(1)
    >>> weight, bias = mt.nn.utils.fuse_conv_bn_weights(mt.ones(1, 1, 1), None, one, one, 0.0, 2 * one, zero)
    >>> weight.item(), bias.item()
    (2.0, -2.0)
    """
    scale, bias = _folded(conv_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    shape = [1, -1] if transpose else [-1, 1]
    weight = conv_w * scale.reshape(shape + [1] * (conv_w.ndim - 2))
    return _learned(weight.to(conv_w.dtype), conv_w), _learned(bias, conv_b)


def fuse_linear_bn_eval(linear: M, bn: BatchNorm) -> M:
    """A linear layer that does what `linear` and then `bn` do; both in eval mode.

    Raises ``AssertionError`` in training mode, and for a `bn` of other than one or ``out_features`` features.

    >>> linear, bn = mt.nn.Linear(2, 3).eval(), mt.nn.BatchNorm1d(3).eval()
    >>> x = mt.ones(1, 2)
    >>> bool(mt.allclose(mt.nn.utils.fuse_linear_bn_eval(linear, bn)(x), bn(linear(x)), atol=1e-6))
    True
    """
    fused: Any = _checked(linear, bn)
    if bn.num_features not in (1, fused.out_features):
        raise AssertionError("To fuse, linear.out_features == bn.num_features or bn.num_features == 1")
    fused.weight, fused.bias = fuse_linear_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias
    )
    return fused  # type: ignore[no-any-return]


def fuse_linear_bn_weights(
    linear_w: Tensor, linear_b: Tensor | None, bn_rm: Any, bn_rv: Any, bn_eps: float, bn_w: Tensor | None,
    bn_b: Tensor | None,
) -> tuple[Parameter, Parameter]:  # fmt: skip
    """The weight and bias of the layer that `fuse_linear_bn_eval` makes.

    >>> one, zero = mt.ones(1), mt.zeros(1)
    >>> weight, bias = mt.nn.utils.fuse_linear_bn_weights(mt.ones(1, 1), one, zero, one, 0.0, 2 * one, one)
    >>> weight.item(), bias.item()
    (2.0, 3.0)
    """
    scale, bias = _folded(linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
    return _learned((linear_w * scale.unsqueeze(-1)).to(linear_w.dtype), linear_w), _learned(bias, linear_b)


def _folded(
    bias: Tensor | None, mean: Tensor, variance: Tensor, eps: float, gamma: Tensor | None, beta: Tensor | None
) -> tuple[Tensor, Tensor]:
    """What the normalisation multiplies by, and the bias of the fused layer."""
    bias = zeros_like(mean) if bias is None else bias
    gamma = ones_like(mean) if gamma is None else gamma
    scale = gamma * (variance + eps).rsqrt()
    shifted = (bias - mean) * scale
    return scale, shifted if beta is None else shifted + beta


def _learned(tensor: Tensor, like: Tensor | None) -> Parameter:
    return Parameter(tensor.detach(), True if like is None else like.requires_grad)


def _checked(layer: M, bn: BatchNorm) -> M:
    if layer.training or bn.training:
        raise AssertionError("Fusion only for eval!")
    if bn.running_mean is None or bn.running_var is None:
        raise AssertionError("bn.running_mean and bn.running_var must not be None")
    return copy.deepcopy(layer)


__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]
