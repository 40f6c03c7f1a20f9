"""The gradients of convolutions as functions of their own: of the input, and of the weight.

Each is the pull-back of the convolution, asked of an input (or a weight) of zeros: it is linear, so the point
does not matter.
"""

from __future__ import annotations

from typing import Any

from ..autograd.grad_backward import grad
from ..creation.factories import zeros
from ..engine.grad_mode import enable_grad
from ..engine.tensor import Tensor
from . import functional as F


def _of(
    conv: Any, shape: Any, grad_output: Tensor, other: Tensor, of_input: bool, options: tuple[Any, ...]
) -> Tensor:
    """The pull-back of ``conv(input, weight)`` by one of them, which has this shape."""
    stride, padding, dilation, groups = options
    with enable_grad():
        x = zeros(tuple(shape), dtype=other.dtype, requires_grad=True)
        pair = (x, other) if of_input else (other, x)
        out = conv(*pair, None, stride, padding, dilation, groups)
    found: Tensor
    (found,) = grad(out, x, grad_output, create_graph=grad_output.requires_grad or other.requires_grad)
    return found


def conv1d_input(
    input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv1d` by its input, of this size.

    >>> mt.nn.grad.conv1d_input((1, 1, 3), mt.ones(1, 1, 2), mt.ones(1, 1, 2)).flatten()
    tensor([1., 2., 1.])
    """
    return _of(F.conv1d, input_size, grad_output, weight, True, (stride, padding, dilation, groups))


def conv1d_weight(
    input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv1d` by its weight, of this size.

    >>> mt.nn.grad.conv1d_weight(mt.ones(1, 1, 3), (1, 1, 2), mt.ones(1, 1, 2)).flatten()
    tensor([2., 2.])
    """
    return _of(F.conv1d, weight_size, grad_output, input, False, (stride, padding, dilation, groups))


def conv2d_input(
    input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv2d` by its input, of this size.

    >>> mt.nn.grad.conv2d_input((1, 1, 1, 3), mt.ones(1, 1, 1, 2), mt.ones(1, 1, 1, 2)).flatten()
    tensor([1., 2., 1.])
    """
    return _of(F.conv2d, input_size, grad_output, weight, True, (stride, padding, dilation, groups))


def conv2d_weight(
    input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv2d` by its weight, of this size.

    >>> mt.nn.grad.conv2d_weight(mt.ones(1, 1, 1, 3), (1, 1, 1, 2), mt.ones(1, 1, 1, 2)).flatten()
    tensor([2., 2.])
    """
    return _of(F.conv2d, weight_size, grad_output, input, False, (stride, padding, dilation, groups))


def conv3d_input(
    input_size: Any, weight: Tensor, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv3d` by its input, of this size.

    >>> mt.nn.grad.conv3d_input((1, 1, 1, 1, 3), mt.ones(1, 1, 1, 1, 2), mt.ones(1, 1, 1, 1, 2)).flatten()
    tensor([1., 2., 1.])
    """
    return _of(F.conv3d, input_size, grad_output, weight, True, (stride, padding, dilation, groups))


def conv3d_weight(
    input: Tensor, weight_size: Any, grad_output: Tensor, stride: Any = 1, padding: Any = 0,
    dilation: Any = 1, groups: int = 1,
) -> Tensor:  # fmt: skip
    """The gradient of `conv3d` by its weight, of this size.

    >>> mt.nn.grad.conv3d_weight(mt.ones(1, 1, 1, 1, 3), (1, 1, 1, 1, 2), mt.ones(1, 1, 1, 1, 2)).flatten()
    tensor([2., 2.])
    """
    return _of(F.conv3d, weight_size, grad_output, input, False, (stride, padding, dilation, groups))


__all__ = ["conv1d_input", "conv1d_weight", "conv2d_input", "conv2d_weight", "conv3d_input", "conv3d_weight"]
