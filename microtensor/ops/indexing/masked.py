"""Reading and writing where a mask is True."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ..elementwise.select import select, zeros_like
from .getitem import index


def masked_fill(input: Tensor, mask: Tensor, value: Any) -> Tensor:
    """`input` with `value` wherever the bool `mask`, which broadcasts, is True.

    >>> mt.masked_fill(mt.tensor([1.0, 2.0]), mt.tensor([True, False]), 0)
    tensor([0., 2.])
    """
    from ..elementwise.select import where

    if mask.dtype != np.bool_:
        raise RuntimeError(f"masked_fill_ only supports boolean masks, but got mask with dtype {mask.dtype}")
    if not isinstance(value, Tensor):
        return _masked_fill(input, mask, dtypes.fitting(value, input.dtype))
    if value.ndim:
        raise RuntimeError(
            "masked_fill only supports a 0-dimensional value tensor, but got tensor with "
            f"{value.ndim} dimension(s): use where(mask, value, input)"
        )
    if value.is_complex() and not input.is_complex():
        value = input.new_tensor(dtypes.fitting(value.item(), input.dtype))
    return where(mask, value.to(input.dtype), input)


@op(x=lambda g, mask: select(mask, zeros_like(g), g), complex=True, elementwise=True, promote=False,
    name="masked_fill", samples=[case((2, 3), np.array([True, False, True]), value=1.5)],
    reference=lambda x, mask, value: np.where(mask, value, x))  # fmt: skip
def _masked_fill(x: Any, mask: Any, /, value: Any) -> Any:
    """A number wherever the mask is True.

    >>> mt.masked_fill(mt.tensor([1.0, 2.0]), mt.tensor([True, False]), -1.0)
    tensor([-1.,  2.])
    """
    out = np.empty(np.broadcast_shapes(x.shape, mask.shape), x.dtype)
    out[...] = x
    np.copyto(out, value, where=mask, casting="unsafe")
    return out


@with_out
def masked_select(input: Tensor, mask: Tensor) -> Tensor:
    """The elements where the bool `mask` is True, in one dimension.

    >>> mt.masked_select(mt.tensor([1.0, 2.0]), mt.tensor([False, True]))
    tensor([2.])
    """
    from ..views.expand import broadcast_tensors

    if mask.dtype != np.bool_:
        raise RuntimeError(f"masked_select: expected a bool mask, got {mask.dtype}: use mask.bool()")
    x, chosen = broadcast_tensors(input, mask)
    return index(x, (chosen.array,))


install(masked_fill=masked_fill, masked_select=masked_select)
