"""Rules of products: one matrix product for the whole batch."""

from __future__ import annotations

from typing import Any

from ...ops.matmul.matmul import affine, batched, matmul, mm, mv
from ...ops.reductions.sum_mean import sum
from ...ops.views.permute import t, transpose
from ...ops.views.reshape import _reshape
from ...ops.views.squeeze import squeeze_dim, unsqueeze
from ..batched_tensor import Call
from .registry import rule


@rule("mm")
def _mm(call: Call) -> Any:
    x, y = call.values
    if call.ndims != [2, 2]:
        raise RuntimeError("mm: expected two matrices")
    return batched(x, y) if call.mapped[1] else matmul(x, y)


@rule("mv")
def _mv(call: Call) -> Any:
    x, y = call.values
    if call.ndims != [2, 1]:
        raise RuntimeError("mv: expected a matrix and a vector")
    if not call.mapped[0]:
        return mm(y, t(x))
    return squeeze_dim(batched(x, unsqueeze(y, 2)), 2) if call.mapped[1] else matmul(x, y)


@rule("dot")
def _dot(call: Call) -> Any:
    x, y = call.values
    if call.ndims != [1, 1]:
        raise RuntimeError("dot: expected two vectors")
    if all(call.mapped):
        return _reshape(batched(unsqueeze(x, 1), unsqueeze(y, 2)), (call.size,))
    return mv(x, y) if call.mapped[0] else mv(y, x)


@rule("linear")
def _linear(call: Call) -> Any:
    x, weight, bias = call.values
    if not call.mapped[1] and not call.mapped[2]:
        return affine(x, weight, bias)
    lead = tuple(x.shape[:-1])[call.mapped[0] :]
    rows = _reshape(x, (call.size, -1, x.shape[-1]) if call.mapped[0] else (-1, x.shape[-1]))
    out = _product_of_rows(call, rows, weight) + (unsqueeze(bias, 1) if call.mapped[2] else bias)
    return _reshape(out, (call.size, *lead, out.shape[-1]))


def _product_of_rows(call: Call, rows: Any, weight: Any) -> Any:
    if call.ndims[1] != 2 or call.ndims[2] > 1:
        raise RuntimeError("linear: expected a matrix and a vector")
    return batched(rows, transpose(weight, -2, -1)) if call.mapped[1] else matmul(rows, t(weight))


@rule("column_sums")
def _column_sums(call: Call) -> Any:
    return sum(call.values[0], 1)
