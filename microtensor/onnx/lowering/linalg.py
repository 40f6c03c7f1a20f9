"""Products of vectors, matrices and stacks of them."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from .registry import lowers
from .shapes import vector


@lowers("mm", "mv", "dot", "batched")
def product(b: Any, x: Any, y: Any) -> Any:
    return b.MatMul(x, y)


@lowers("linear")
def linear(b: Any, x: Any, weight: Any, bias: Any) -> Any:
    if x.ndim == 2:
        return b.Gemm(x, weight, bias, transB=1)
    return b.Add(b.MatMul(x, b.Transpose(weight, perm=[1, 0])), bias)


@lowers("column_sums")
def column_sums(b: Any, x: Any) -> Any:
    return b.ReduceSum(x, vector(0), keepdims=0)


@lowers("row_dots")
def row_dots(b: Any, x: Any, y: Any) -> Any:
    return b.ReduceSum(b.Mul(x, y), vector(-1), keepdims=0)


@lowers("det")
def det(b: Any, x: Any) -> Any:
    return b.Det(x)


@lowers("cross")
def cross(b: Any, x: Any, y: Any, dim: int) -> Any:
    axis = dim % len(b.call.results[0].shape)
    parts = [
        [b.Gather(v, vector(i), axis=axis - len(b.call.results[0].shape) + v.ndim) for i in range(3)]
        for v in (x, y)
    ]
    (a, c, d), (e, f, g) = parts
    rows = [(c, g, d, f), (d, e, a, g), (a, f, c, e)]
    return b.Concat(*[b.Sub(b.Mul(p, q), b.Mul(r, s)) for p, q, r, s in rows], axis=axis)


@lowers("euclidean")
def euclidean(b: Any, x: Any, y: Any) -> Any:
    """Distances of all rows of two stacks of points."""
    off = b.Sub(b.Unsqueeze(x, vector(-2)), b.Unsqueeze(y, vector(-3)))
    return b.ReduceL2(off, vector(-1), keepdims=0)


@lowers("resample")
def resample(b: Any, x: Any, taps: Any) -> Any:
    """A matrix along each of the last dimensions, which is brought to the end for it."""
    found = x
    for axis, one in enumerate(taps, -len(taps)):
        matrix = np.ascontiguousarray(one.dense().T.astype(x.dtype))
        order = list(range(x.ndim))
        order[axis], order[-1] = order[-1], order[axis]
        found = found if axis == -1 else b.Transpose(found, perm=order)
        found = b.MatMul(found, matrix)
        found = found if axis == -1 else b.Transpose(found, perm=order)
    return found
