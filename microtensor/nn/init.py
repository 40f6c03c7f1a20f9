"""Initial weights: every function fills a tensor in place, outside of the graph, and returns it.

The numbers are PyTorch's for the same seed, because each function draws from the same generator,
in the same order, as PyTorch's does.
"""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Callable
from typing import Any, Concatenate, ParamSpec, cast

import numpy as np

from ..creation import factories as creation
from ..creation import from_data, ranges
from ..engine.grad_mode import no_grad
from ..engine.tensor import Tensor
from ..random.tensors import randperm
from . import init_truncated_normal as truncated_normal

__all__ = [
    "calculate_gain",
    "constant_",
    "dirac_",
    "eye_",
    "kaiming_normal_",
    "kaiming_uniform_",
    "normal_",
    "ones_",
    "orthogonal_",
    "sparse_",
    "trunc_normal_",
    "uniform_",
    "xavier_normal_",
    "xavier_uniform_",
    "zeros_",
]

P = ParamSpec("P")

_CONVOLUTIONS = [f"conv{kind}{n}d" for kind in ("", "_transpose") for n in (1, 2, 3)]
_GAINS = {
    **dict.fromkeys(["linear", "sigmoid", *_CONVOLUTIONS], 1.0),
    "tanh": 5.0 / 3,
    "relu": math.sqrt(2.0),
    "selu": 3.0 / 4,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights before this activation are scaled to keep the variance.

    `param` is the slope of ``"leaky_relu"``, 0.01 if None.  Raises ``ValueError`` for an unknown
    name, and for a slope that is not a number.

    >>> round(calculate_gain("relu") ** 2, 6)
    2.0
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, int | float):
            raise ValueError(f"negative_slope {slope} not a valid number")
        return math.sqrt(2.0 / (1 + slope**2))
    if nonlinearity not in _GAINS:
        known = ", ".join(sorted([*_GAINS, "leaky_relu"]))
        raise ValueError(f"Unsupported nonlinearity {nonlinearity}: choose one of {known}")
    return _GAINS[nonlinearity]


@no_grad()
def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Any = None) -> Tensor:
    """Draw from the uniform distribution on [a, b).

    >>> bool((uniform_(mt.empty(100), 2, 3) >= 2).all())
    True
    """
    return tensor.uniform_(a, b, generator=generator)


@no_grad()
def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Any = None) -> Tensor:
    """Draw from the normal distribution.

    >>> normal_(mt.empty(2), std=0.0)
    tensor([0., 0.])
    """
    return tensor.normal_(mean, std, generator=generator)


@no_grad()
def constant_(tensor: Tensor, val: float) -> Tensor:
    """Fill with `val`.

    >>> constant_(mt.empty(2), 0.5)
    tensor([0.5000, 0.5000])
    """
    return tensor.fill_(val)


def ones_(tensor: Tensor) -> Tensor:
    """Fill with ones.

    >>> ones_(mt.empty(2))
    tensor([1., 1.])
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Fill with zeros.

    >>> zeros_(mt.empty(2))
    tensor([0., 0.])
    """
    return constant_(tensor, 0.0)


@no_grad()
def eye_(tensor: Tensor) -> Tensor:
    """Fill a matrix with the identity, as far as it goes; ``ValueError`` if it is not a matrix.

    >>> eye_(mt.empty(2, 3))
    tensor([[1., 0., 0.],
            [0., 1., 0.]])
    """
    _require_matrix(tensor)
    return tensor.copy_(ranges.eye(*tensor.shape))


@no_grad()
def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """Fill the weight of a convolution so that it hands on its input channels unchanged.

    `tensor` has the shape ``(out, in / groups, *kernel)`` with one to three kernel dimensions;
    each group hands on its own channels.  Raises ``ValueError`` for another number of dimensions,
    or if the channels do not divide into groups.

    >>> dirac_(mt.empty(1, 1, 3))
    tensor([[[0., 1., 0.]]])
    """
    if tensor.dim() not in (3, 4, 5):
        raise ValueError("Only tensors with 3, 4, or 5 dimensions are supported")
    if tensor.shape[0] % groups:
        raise ValueError(f"dim 0 must be divisible by groups: {tensor.shape[0]} by {groups}")
    outputs, (inputs, *kernel) = tensor.shape[0] // groups, tensor.shape[1:]
    tensor.zero_()
    centre = tuple(size // 2 for size in kernel)
    for group in range(groups):
        for channel in range(min(outputs, inputs)):
            tensor[(group * outputs + channel, channel, *centre)] = 1
    return tensor


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Uniform, of variance ``gain**2 * 2 / (fan_in + fan_out)``.

    Glorot, Bengio, AISTATS 2010.  Raises ``ValueError`` below two dimensions.

    >>> bool((xavier_uniform_(mt.empty(3, 3)).abs() <= 1).all())
    True
    """
    bound = math.sqrt(3.0) * _xavier_std(tensor, gain)
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Any = None) -> Tensor:
    """Normal, of variance ``gain**2 * 2 / (fan_in + fan_out)``.

    Glorot, Bengio, AISTATS 2010.  Raises ``ValueError`` below two dimensions.

    >>> xavier_normal_(mt.empty(2, 2), gain=0.0).tolist()
    [[0.0, 0.0], [0.0, 0.0]]
    """
    return normal_(tensor, 0.0, _xavier_std(tensor, gain), generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Uniform, of variance ``gain**2 / fan``, with the gain of `nonlinearity` (with slope `a`).

    `mode` chooses the fan: ``"fan_in"`` keeps the variance forward, ``"fan_out"`` backward.  He,
    Zhang, Ren, Sun, ICCV 2015.  Raises ``ValueError`` below two dimensions and for an unknown
    mode or nonlinearity; warns and does nothing for a tensor without elements.

    >>> bool((kaiming_uniform_(mt.empty(3, 6)).abs() <= 1).all())
    True
    """
    if 0 in tensor.shape:
        return _untouched(tensor)
    bound = math.sqrt(3.0) * _kaiming_std(tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Any = None,
) -> Tensor:
    """Normal, of variance ``gain**2 / fan``; see `kaiming_uniform_`.

    >>> kaiming_normal_(mt.empty(3, 6), nonlinearity="relu").shape
    torch.Size([3, 6])
    """
    if 0 in tensor.shape:
        return _untouched(tensor)
    return normal_(tensor, 0.0, _kaiming_std(tensor, a, mode, nonlinearity), generator)


@no_grad()
def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Any = None,
) -> Tensor:
    """Draw from the normal distribution within [a, b].

    Values outside are drawn again: from the normal distribution if more than 0.3 of it lies
    inside, else from the uniform one on [a, b], kept with the probability that the normal density
    gives them.  Warns if the mean lies more than two standard deviations outside of [a, b].

    >>> bool((trunc_normal_(mt.empty(100), a=0.0, b=1.0) >= 0).all())
    True
    """
    if mean < a - 2 * std or mean > b + 2 * std:
        warnings.warn(
            "mean is more than 2 std from [a, b] in nn.init.trunc_normal_. "
            "The distribution of values may be incorrect.",
            stacklevel=3,
        )
    truncated_normal.fill(tensor, mean, std, a, b, generator)
    return tensor


@no_grad()
def orthogonal_(tensor: Tensor, gain: float = 1, generator: Any = None) -> Tensor:
    """Fill with `gain` times a matrix of orthonormal rows, or columns if there are fewer.

    Dimensions after the first are taken as one.  Saxe, McClelland, Ganguli, arXiv:1312.6120; the
    signs make it uniform, Mezzadri, arXiv:math-ph/0609050.  Raises ``ValueError`` below two
    dimensions.

    >>> w = orthogonal_(mt.empty(3, 3))
    >>> bool(((w @ w.T - mt.eye(3)).abs() < 1e-6).all())
    True
    """
    if tensor.dim() < 2:
        raise ValueError("Only tensors with 2 or more dimensions are supported")
    if 0 in tensor.shape or tensor.is_meta:
        return tensor
    rows, columns = tensor.shape[0], tensor.numel() // tensor.shape[0]
    draws = creation.empty(rows, columns, dtype=tensor.dtype).normal_(0, 1, generator=generator)
    matrix = draws.numpy() if rows >= columns else draws.numpy().T
    q, r = np.linalg.qr(matrix)
    q = q * np.sign(np.diag(r))
    q = q if rows >= columns else q.T
    tensor.copy_(from_data.tensor(q).reshape(tensor.shape))
    return tensor.mul_(gain)


@no_grad()
def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Any = None) -> Tensor:
    """Fill a matrix from N(0, std), with a fraction `sparsity` of each column set to zero.

    Martens, ICML 2010.  The rows to be zero come from the global generator, as in PyTorch.
    Raises ``ValueError`` if it is not a matrix.

    >>> (sparse_(mt.empty(4, 2), sparsity=0.5) == 0).sum(0).tolist()
    [2, 2]
    """
    _require_matrix(tensor)
    rows, columns = tensor.shape
    zeros = math.ceil(sparsity * rows)
    tensor.normal_(0, std, generator=generator)
    for column in range(columns):
        tensor[randperm(rows)[:zeros], column] = 0
    return tensor


# ---------------------------------------------------------------------- parts


def _require_matrix(tensor: Tensor) -> None:
    if tensor.dim() != 2:
        raise ValueError("Only tensors with 2 dimensions are supported")


def _calculate_fan_in_and_fan_out(tensor: Tensor) -> tuple[int, int]:
    """How many inputs reach an output, and how many outputs an input, through this weight."""
    if tensor.dim() < 2:
        raise ValueError(
            "Fan in and fan out can not be computed for tensor with fewer than 2 dimensions, "
            f"and this one has the shape {tuple(tensor.shape)}"
        )
    kernel = math.prod(tensor.shape[2:])
    return tensor.shape[1] * kernel, tensor.shape[0] * kernel


def _xavier_std(tensor: Tensor, gain: float) -> float:
    fan_in, fan_out = _calculate_fan_in_and_fan_out(tensor)
    return gain * math.sqrt(2.0 / float(fan_in + fan_out))


def _calculate_correct_fan(tensor: Tensor, mode: str) -> int:
    """One of the two by its name, ``"fan_in"`` or ``"fan_out"``."""
    modes = ["fan_in", "fan_out"]
    if mode.lower() not in modes:
        raise ValueError(f"Mode {mode} not supported, please use one of {modes}")
    return _calculate_fan_in_and_fan_out(tensor)[modes.index(mode.lower())]


def _kaiming_std(tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    return calculate_gain(nonlinearity, a) / math.sqrt(_calculate_correct_fan(tensor, mode))


def _untouched(tensor: Tensor) -> Tensor:
    warnings.warn("Initializing zero-element tensors is a no-op", stacklevel=3)
    return tensor


def _deprecated(
    function: Callable[Concatenate[Tensor, P], Tensor],
) -> Callable[Concatenate[Tensor, P], Tensor]:
    """The function under its old name, without the underscore, with PyTorch's warning."""
    new, old = function.__name__, function.__name__[:-1]

    @functools.wraps(function)
    def forwarder(tensor: Tensor, *args: P.args, **kwargs: P.kwargs) -> Tensor:
        warnings.warn(
            f"`nn.init.{old}` is now deprecated in favor of `nn.init.{new}`.",
            FutureWarning,
            stacklevel=2,
        )
        return function(tensor, *args, **kwargs)

    forwarder.__name__ = old
    forwarder.__doc__ = f"The old name of `{new}`."
    return cast("Callable[Concatenate[Tensor, P], Tensor]", forwarder)


uniform = _deprecated(uniform_)
normal = _deprecated(normal_)
constant = _deprecated(constant_)
eye = _deprecated(eye_)
dirac = _deprecated(dirac_)
xavier_uniform = _deprecated(xavier_uniform_)
xavier_normal = _deprecated(xavier_normal_)
kaiming_uniform = _deprecated(kaiming_uniform_)
kaiming_normal = _deprecated(kaiming_normal_)
orthogonal = _deprecated(orthogonal_)
sparse = _deprecated(sparse_)
