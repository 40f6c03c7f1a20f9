"""What the two forms of weight and spectral normalisation have in common: the formulas.

Salimans and Kingma, "Weight normalization" (2016); Miyato et al., "Spectral normalization for
generative adversarial networks" (2018), section 2.1.
"""

from __future__ import annotations

from typing import Any

from ...engine.grad_mode import no_grad
from ...engine.tensor import Tensor
from ...ops.matmul.blas import vdot
from ...ops.matmul.matmul import mv
from ...ops.normalization.layer_norm import normalize
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d

__all__ = ["as_matrix", "draw", "improve", "norm_except_dim", "output_dim", "sigma", "weight_from"]


def norm_except_dim(v: Tensor, dim: int) -> Any:
    """The 2-norm over all dimensions but `dim`, which stay with length 1; over all, if `dim` is -1."""
    if dim == -1:
        return v.norm()
    return v.norm(2, tuple(d for d in range(v.ndim) if d != dim), True)


def weight_from(g: Tensor, v: Tensor, dim: int) -> Any:
    """``g v / |v|``: a direction and, for each index along `dim`, a length."""
    return v * (g / norm_except_dim(v, dim))


def as_matrix(weight: Tensor, dim: int) -> Any:
    """The weight with one row for each index along `dim`."""
    rest = [d for d in range(weight.ndim) if d != dim]
    return (weight.permute(dim, *rest) if dim else weight).reshape(weight.shape[dim], -1)


@no_grad()
def improve(matrix: Tensor, first: Tensor, second: Tensor, eps: float, steps: int) -> None:
    """Some steps of the power method, written into the two singular vectors, `first` before `second`."""
    for _ in range(steps):
        first.copy_(normalize(mv(matrix, second), dim=0, eps=eps))
        second.copy_(normalize(mv(matrix.mH, first), dim=0, eps=eps))


def draw(like: Tensor, length: int, eps: float) -> Any:
    """A random unit vector of the dtype of `like`."""
    return normalize(like.new_empty(length).normal_(0, 1), dim=0, eps=eps)


def sigma(matrix: Tensor, u: Tensor, v: Tensor) -> Any:
    """The largest singular value, from its two vectors, of which copies serve as constants.

    Copies, since the vectors are overwritten by the next forward pass, and a network may make two of
    them before its backward pass.
    """
    return vdot(u.clone(), mv(matrix, v.clone()))


def output_dim(module: Any, dim: int | None) -> int:
    """Which dimension of a weight counts the outputs: the first, but in transposed convolutions."""
    if dim is not None:
        return dim
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))
