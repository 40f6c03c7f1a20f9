"""Writing, or adding, where arrays of indices point."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ..elementwise.select import select, zeros_like
from ..views.expand import broadcast_to
from .getitem import add_at, index
from .keys import normal_key


@op(
    x=lambda g, key, accumulate: g if accumulate else select(_untouched(g, key), g, zeros_like(g)),
    values=lambda g, key: index(g, key),
    complex=True, promote=True, name="index_put", node="IndexPutBackward0",
    samples=[case((4, 3), (2, 3), key=(np.array([0, 2]),), accumulate=False),
             case((4, 3), (3, 3), key=(np.array([0, 2, 2]),), accumulate=True),
             case((3,), (2,), key=(np.array([True, False, True]),), accumulate=False)],
    reference=lambda x, values, key, accumulate: _put_one_by_one(x, values, key[0], accumulate),
)  # fmt: skip
def _index_put(x: Any, values: Any, /, key: tuple[Any, ...], accumulate: bool) -> Any:
    """A copy of `x` with `values` written (or added) where an array key points.

    >>> mt.index_put(mt.zeros(3), (mt.tensor([0, 2]),), mt.tensor([1.0, 2.0]))
    tensor([1., 0., 2.])
    """
    out = x.copy()
    if accumulate:
        add_at(out, key, values)
    else:
        out[key] = values
    return out


def _put_one_by_one(x: Any, values: Any, rows: Any, accumulate: bool) -> Any:
    out, rows = x.copy(), np.flatnonzero(rows) if rows.dtype == bool else rows
    for row, value in zip(rows, values, strict=True):
        out[row] = out[row] + value if accumulate else value
    return out


def _untouched(g: Any, key: tuple[Any, ...]) -> Any:
    mask = np.ones(tuple(g.shape), bool)
    mask[key] = False
    return mask


def require_dtype(x: Tensor, key: tuple[Any, ...], values: Tensor) -> None:
    """Raise ``RuntimeError`` unless `values` has the dtype of `x`, or is one number that a mask fills."""
    arrays = [k for k in key if isinstance(k, np.ndarray) and (k.ndim or k.dtype == np.bool_)]
    fills = len(arrays) == 1 and arrays[0].ndim and arrays[0].dtype == np.bool_ and values.numel() == 1
    if x.dtype == values.dtype or not arrays or fills:
        return
    x.array[key]  # a key that is wrong is told first
    raise RuntimeError(
        "Index put requires the source and destination dtypes match, got "
        f"{x.dtype} for the destination and {values.dtype} for the source: convert it with .to({x.dtype})"
    )


def index_put(input: Tensor, indices: tuple[Tensor, ...], values: Tensor, accumulate: bool = False) -> Tensor:
    """A copy of `input` with `values`, which broadcast, written or added where `indices` point.

    >>> mt.index_put(mt.zeros(3), (mt.tensor([1, 1]),), mt.tensor(1.0), accumulate=True)
    tensor([0., 2., 0.])
    """
    key, _ = normal_key(tuple(indices))
    shape = input.array[key].shape
    require_dtype(input, key, values)
    values = values.to(input.dtype)
    wide = values if tuple(values.shape) == shape else broadcast_to(values, shape)
    return _index_put(input, wide, key, accumulate)
