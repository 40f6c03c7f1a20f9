"""Distances between all rows of two matrices; their gradient is 0 where two rows are equal."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import HALF, without
from ...engine.graph import sum_to
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...errors import ShapeError, describe, scalar_type
from ..elementwise.select import in_place_of, select, zeros_like
from ..matmul.matmul import batched
from ..reductions.norm import _norm
from ..reductions.sum_mean import sum
from ..views.squeeze import unsqueeze

MODES = ("use_mm_for_euclid_dist_if_necessary", "use_mm_for_euclid_dist", "donot_use_mm_for_euclid_dist")


@op(x=lambda g, x, y, out, x_shape: sum_to(_slope(g, x, y, out), x_shape),
    y=lambda g, x, y, out, y_shape: sum_to(_slope(g.mT, y, x, out.mT), y_shape),
    node="CdistBackward0", promote=False, wide=True, samples=[case((3, 2), (4, 2)), case((2, 3, 2), (4, 2))],
    domain={"x": (-3.0, -1.0), "y": (1.0, 3.0)},
    reference=lambda x, y: np.linalg.norm(x[..., :, None, :] - y[..., None, :, :], axis=-1))  # fmt: skip
def euclidean(x: Any, y: Any, /) -> Any:
    """Euclidean distances by one matrix product, without the array of all differences.

    >>> from microtensor.ops.distance.cdist import euclidean
    >>> euclidean(mt.zeros(1, 2), mt.tensor([[3.0, 4.0]]))
    tensor([[5.]])
    """
    squares = (x * x).sum(-1)[..., :, None] + (y * y).sum(-1)[..., None, :]
    return np.sqrt(np.maximum(squares - 2 * (x @ y.mT), 0))


def _slope(g: Any, x: Any, y: Any, out: Any) -> Any:
    """``sum of g * (x - y) / out`` over the rows of `y`."""
    nothing = out == 0
    ratio = select(nothing, zeros_like(g), g / select(nothing, zeros_like(out) + 1, out))
    return x * sum(ratio, -1)[..., None] - batched(ratio, y)


def cdist(x1: Tensor, x2: Tensor, p: float = 2.0, compute_mode: str = MODES[0]) -> Tensor:
    """The p-distances of all rows: (..., n, d) and (..., m, d) to (..., n, m).

    Over 25 rows Euclidean ones are computed by a matrix product, unless `compute_mode` says otherwise: fast,
    and with the rounding errors of squares.  The gradient is 0 where two rows are equal.

    >>> mt.cdist(mt.tensor([[0.0, 0.0]]), mt.tensor([[3.0, 4.0], [0.0, 1.0]]))
    tensor([[5., 1.]])
    """
    _check(x1, x2, p, compute_mode)
    many = x1.shape[-2] > 25 or x2.shape[-2] > 25
    if p == 2 and (compute_mode == MODES[1] or (many and compute_mode == MODES[0])):
        return euclidean(x1, x2)
    return lengths(unsqueeze(x1, -2) - unsqueeze(x2, -3), p)


def lengths(apart: Tensor, p: float) -> Any:
    """The p-norms along the last dimension, whose gradient is zeros if `p` is 0, and not none at all.

    >>> from microtensor.ops.distance.cdist import lengths
    >>> lengths(mt.tensor([[3.0, 0.0]]), 0)
    tensor([1.])
    """
    found = _norm(apart, p, -1, False)
    if p or not apart.requires_grad:
        return found
    return found + in_place_of(apart, np.zeros(tuple(found.shape), found.dtype))


def _check(x1: Any, x2: Any, p: float, compute_mode: str) -> None:
    for name, x in (("X1", x1), ("X2", x2)):
        if x.dtype.kind != "f":
            raise RuntimeError(f"cdist only supports floating-point dtypes, {name} got: {describe(x)}")
        without("cdist", HALF)(x)
        if x.ndim < 2:
            raise RuntimeError(f"cdist only supports at least 2D tensors, {name} got: {describe(x)}")
    if x1.dtype != x2.dtype:
        raise RuntimeError(
            f"cdist: expected scalar type {scalar_type(x1.dtype)} but found {scalar_type(x2.dtype)}: convert "
            "one of them"
        )
    if x1.shape[-1] != x2.shape[-1]:
        raise ShapeError(
            f"X1 and X2 must have the same number of columns. X1: {describe(x1)} X2: {describe(x2)}"
        )
    if p < 0:
        raise RuntimeError(f"cdist only supports non-negative p values, got {p}")
    if compute_mode not in MODES:
        raise ValueError(f"{compute_mode} is not a valid value for compute_mode, which is one of {MODES}")
