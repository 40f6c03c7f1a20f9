"""Products of vectors along one dimension, and what is made of vectors: `cross`, `vecdot`, `vander`."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, HALF, WHOLE, unsupported, without
from ...engine.dtypes import is_differentiable
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ...errors import ShapeError, describe, scalar_type
from ..joining.cat_split import stack
from ..reductions.sum_mean import sum
from ..views.expand import common_shape, expand
from ..views.reshape import positive


@op(kernel=without("cross", BOOL),
    x=lambda g, y, dim: _cross(y, g, dim), y=lambda g, x, dim: _cross(g, x, dim),
    complex=True, name="cross", node="LinalgCrossBackward0",
    samples=[case((3,), (3,), dim=0), case((2, 3), (2, 3), dim=-1), case((3, 2), (3, 2), dim=0)],
    reference=lambda x, y, dim: np.cross(x, y, axis=dim))  # fmt: skip
def _cross(x: Any, y: Any, /, dim: int) -> Any:
    """The vector product along `dim`, of length 3: each is the derivative of the others.

    >>> mt.linalg.cross(mt.tensor([1, 0, 0]), mt.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    ahead, behind = [1, 2, 0], [2, 0, 1]
    first = x.take(ahead, dim) * y.take(behind, dim)
    return first - x.take(behind, dim) * y.take(ahead, dim)


@with_out
def linalg_cross(input: Tensor, other: Tensor, *, dim: int = -1) -> Tensor:
    """The vector product along `dim`, which has length 3; the other dimensions broadcast.

    >>> mt.linalg.cross(mt.tensor([1, 0, 0]), mt.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if input.ndim != other.ndim:
        raise RuntimeError(
            "linalg.cross: inputs must have the same number of dimensions, got "
            f"{describe(input)} and {describe(other)}"
        )
    dim = positive(dim, input.ndim)
    if input.shape[dim] != 3 or other.shape[dim] != 3:
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {input.shape[dim]} and "
            f"{other.shape[dim]}"
        )
    if input.dtype != other.dtype:
        raise RuntimeError(
            f"linalg.cross: expected scalar type {scalar_type(input.dtype)} but found "
            f"{scalar_type(other.dtype)}: convert one of the vectors"
        )
    shape = common_shape("linalg.cross", [input, other])
    return _cross(expand(input, shape), expand(other, shape), dim)


@with_out
def cross(input: Tensor, other: Tensor, dim: int | None = None) -> Any:
    """`linalg.cross` along `dim`, by default the first dimension of length 3.

    >>> mt.cross(mt.tensor([1, 0, 0]), mt.tensor([0, 1, 0]))
    tensor([0, 0, 1])
    """
    if dim is None and 3 not in input.shape:
        raise RuntimeError(f"cross: no dimension of size 3 in input, {describe(input)}")
    return linalg_cross(input, other, dim=tuple(input.shape).index(3) if dim is None else dim)


@with_out
def vecdot(x: Tensor, y: Tensor, *, dim: int = -1) -> Tensor:
    """The inner products along `dim`, of `x` conjugated; the other dimensions broadcast.

    >>> mt.linalg.vecdot(mt.ones(2, 3), mt.ones(3))
    tensor([3., 3.])
    """
    if x.dtype != y.dtype:
        raise RuntimeError(f"linalg.vecdot: expected the same dtype, got {describe(x)} and {describe(y)}")
    unsupported("linalg.vecdot: Expected a floating point or complex tensor as input. Got {}", WHOLE)(x)
    return sum(x.conj() * y, dim)


def vander(x: Tensor, *, N: int | None = None) -> Tensor:
    """The powers 0 to N - 1 (by default as many as elements) of each element: (..., n) to (..., n, N).

    >>> mt.linalg.vander(mt.tensor([1, 2, 3]))
    tensor([[1, 1, 1],
            [1, 2, 4],
            [1, 3, 9]])
    """
    unsupported(
        "linalg.vander supports floating point, complex, and integer tensors, but got {}", BOOL | HALF
    )(x)
    x = x if is_differentiable(x.dtype) else x.long()
    x = x if x.ndim else x.unsqueeze(0)
    count = x.shape[-1] if N is None else N
    if count <= 1:
        raise ShapeError(f"linalg.vander: N must be greater than 1, got {count} for {describe(x)}")
    powers = [x * 0 + 1, x]
    while len(powers) < count:
        powers.append(powers[-1] * x)
    return stack(powers, -1)


install(cross=cross)
