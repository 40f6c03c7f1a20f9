"""Activations that draw random numbers, and the activations that write into their argument."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from ...creation import factories as creation
from ...engine.arrays.kernels import HALF, WHOLE, without
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...ops.indexing.gather_scatter import scatter
from ...ops.inplace.history import overwrite
from ...random.generator import Generator, _stream
from .. import functional as F


def relu_(input: Tensor) -> Tensor:
    """`relu`, in place.

    >>> mt.nn.functional.relu_(mt.tensor([-1.0, 2.0]))
    tensor([0., 2.])
    """
    return F.relu(input, inplace=True)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """`threshold`, in place.

    >>> mt.nn.functional.threshold_(mt.tensor([1.0, 3.0]), 2.0, 0.0)
    tensor([0., 3.])
    """
    return F.threshold(input, threshold, value, inplace=True)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """`hardtanh`, in place.

    >>> mt.nn.functional.hardtanh_(mt.tensor([-2.0, 0.5]))
    tensor([-1.0000,  0.5000])
    """
    return F.hardtanh(input, min_val, max_val, inplace=True)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`elu`, in place.

    >>> mt.nn.functional.elu_(mt.tensor([-1.0, 1.0]))
    tensor([-0.6321,  1.0000])
    """
    return F.elu(input, alpha, inplace=True)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """`celu`, in place.

    >>> mt.nn.functional.celu_(mt.tensor([-1.0]), 2.0)
    tensor([-0.7869])
    """
    return F.celu(input, alpha, inplace=True)


def selu_(input: Tensor) -> Tensor:
    """`selu`, in place.

    >>> mt.nn.functional.selu_(mt.tensor([1.0]))
    tensor([1.0507])
    """
    return F.selu(input, inplace=True)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """`leaky_relu`, in place.

    >>> mt.nn.functional.leaky_relu_(mt.tensor([-1.0, 2.0]))
    tensor([-0.0100,  2.0000])
    """
    return F.leaky_relu(input, negative_slope, inplace=True)


def rrelu(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """`leaky_relu` with a slope that is drawn for each element in training, and their mean otherwise.

    Xu et al., "Empirical Evaluation of Rectified Activations" (2015), section 2.4.  Raises ``RuntimeError``
    if `lower` exceeds `upper`.

    >>> mt.nn.functional.rrelu(mt.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return _leaky(input, lower, upper, training, inplace, None)


def _leaky(
    input: Tensor, lower: float, upper: float, training: bool, inplace: bool, generator: Generator | None
) -> Tensor:
    if lower > upper:
        raise RuntimeError(
            f"Lower bound should be less than or equal to the upper bound: {lower} and {upper}"
        )
    if not training:
        return F.leaky_relu(input, (lower + upper) / 2, inplace)
    without("rrelu_with_noise_out_cpu", WHOLE | HALF)(input)
    below = input.detach().array <= 0
    slopes = np.ones(below.shape, input.array.dtype)
    drawn = _stream(generator).uniform(int(np.count_nonzero(below)), np.float64, lower, upper)
    slopes[below] = drawn
    out = _rrelu(input, slopes)
    return overwrite(input, out, "rrelu_") if inplace else out


@op(x=lambda g, slopes: g * slopes, elementwise=True, piecewise=("x",), name="rrelu",
    node="RreluWithNoiseBackward0", samples=[case((2, 3), slopes=np.array([1.0, 0.25, 1.0], np.float32))],
    reference=lambda x, slopes: slopes * x)  # fmt: skip
def _rrelu(x: Any, /, slopes: Any) -> Any:
    """Each element times its slope, which was drawn by its sign.

    >>> mt.nn.functional.rrelu(mt.tensor([2.0]), training=True)
    tensor([2.])
    """
    return x * slopes


def rrelu_(
    input: Tensor, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False,
    generator: Generator | None = None,
) -> Tensor:  # fmt: skip
    """`rrelu`, in place, with the numbers of a generator.

    >>> mt.nn.functional.rrelu_(mt.tensor([-1.0, 2.0]), 0.25, 0.75)
    tensor([-0.5000,  2.0000])
    """
    return _leaky(input, lower, upper, training, True, generator)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1
) -> Tensor:
    """Draws of one class each, made differentiable: the softmax of ``(logits + Gumbel noise) / tau``.

    Jang, Gu and Poole, "Categorical Reparameterization with Gumbel-Softmax" (2017), sections 2.1 and 2.2:
    with `hard` the values are one-hot and the gradient is that of the soft ones.  `eps` does nothing, as in
    PyTorch.

    >>> mt.nn.functional.gumbel_softmax(mt.tensor([0.0, 100.0]), hard=True)
    tensor([0., 1.])
    """
    noise = -creation.empty(*logits.shape, dtype=logits.dtype).exponential_().log()
    soft = F.softmax((logits + noise) / tau, dim)
    if not hard:
        return soft
    index = soft.detach().argmax(dim, keepdim=True)
    zeros = creation.zeros(*logits.shape, dtype=logits.dtype)
    return scatter(zeros, dim, index, 1.0) - soft.detach() + soft
