"""Diagonals: a view of one, and its adjoint, which places it in a matrix of zeros."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, without
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ...errors import ShapeError, describe
from .scatter_reference import scatter_reference


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The elements where two dimensions have the same index (shifted by `offset`), at the end.

    >>> mt.diagonal(mt.tensor([[1, 2], [3, 4]]))
    tensor([1, 4])
    """
    from .reshape import positive

    first, second = positive(dim1, input.ndim), positive(dim2, input.ndim)
    if first == second and input.ndim:
        raise ShapeError(f"diagonal dimensions cannot be identical {dim1}, {dim2}: {describe(input)}")
    return _diagonal(input, offset, first, second)


@op(x=lambda g, x_shape, offset, dim1, dim2: place_diagonal(g, x_shape, offset, dim1, dim2),
    complex=True, view=True, name="diagonal",
    samples=[case((3, 3)), case((2, 3, 4), offset=1, dim1=1, dim2=2)],
    reference=lambda x, offset=0, dim1=0, dim2=1: np.diagonal(x, offset, dim1, dim2))  # fmt: skip
def _diagonal(x: Any, /, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Any:
    """A diagonal as a view.

    >>> mt.diagonal(mt.tensor([[1, 2], [3, 4]]), offset=1)
    tensor([2])
    """
    out = x.diagonal(offset, dim1, dim2)
    out.flags.writeable = x.flags.writeable
    return out


@op(
    x=lambda g, offset, dim1, dim2: _diagonal(g, offset, dim1, dim2),
    complex=True,
    node="DiagonalBackward0Backward",
    samples=[case((3,), shape=(3, 3), offset=0, dim1=0, dim2=1)],
    reference=lambda x, shape, **k: scatter_reference(
        x, shape, lambda p: np.diagonal(p, k["offset"], k["dim1"], k["dim2"])
    ),
)
def place_diagonal(x: Any, /, shape: tuple[int, ...], offset: int, dim1: int, dim2: int) -> Any:
    """The adjoint of `diagonal` from this shape.

    >>> from microtensor.ops.views.diagonals import place_diagonal
    >>> place_diagonal(mt.ones(2), (2, 2), 0, 0, 1)
    tensor([[1., 0.],
            [0., 1.]])
    """
    out = np.zeros(shape, x.dtype)
    window = out.diagonal(offset, dim1, dim2)
    window.flags.writeable = True
    window[...] = x
    return out


@with_out
def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """A vector on the diagonal of a matrix of zeros, or the diagonal of a matrix as a vector.

    >>> mt.diag(mt.tensor([1, 2]))
    tensor([[1, 0],
            [0, 2]])
    """
    if input.ndim == 1:
        n = input.shape[0] + abs(diagonal)
        return place_diagonal(input, (n, n), diagonal, 0, 1)
    if input.ndim != 2:
        raise RuntimeError(f"diag(): Supports 1D or 2D tensors. Got {input.ndim}D")
    return _diagonal(input, diagonal, 0, 1).clone()


def trace(input: Tensor) -> Tensor:
    """The sum of a matrix's diagonal.

    >>> mt.trace(mt.tensor([[1.0, 2.0], [3.0, 4.0]]))
    tensor(5.)
    """
    if input.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with {input.ndim} dimensions")
    without("trace", BOOL)(input)
    return _diagonal(input, 0, 0, 1).sum()


install(diag=diag, trace=trace, diagonal=diagonal)
