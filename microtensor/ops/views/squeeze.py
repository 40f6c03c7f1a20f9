"""Dimensions of length 1, taken away and put in."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install
from .reshape import positive


@numpy_names
@op(x=lambda g, dim: squeeze_dim(g, dim), complex=True, view=True, method=True,
    samples=[case((2, 3), dim=0), case((2, 3), dim=-1), case((), dim=0)],
    reference=lambda x, dim: np.expand_dims(x, dim))  # fmt: skip
def unsqueeze(x: Any, /, dim: int) -> Any:
    """A dimension of length 1 put in at `dim`.

    >>> mt.unsqueeze(mt.zeros(2, 3), 1).shape
    torch.Size([2, 1, 3])
    """
    dim, shape = positive(dim, x.ndim + 1), x.shape
    return x.reshape((*shape[:dim], 1, *shape[dim:])) if x.flags.c_contiguous else np.expand_dims(x, dim)


@op(x=lambda g, dim: unsqueeze(g, dim), complex=True, view=True, node="SqueezeBackward1",
    samples=[case((2, 1, 3), dim=1), case((1,), dim=-1)],
    reference=lambda x, dim: np.squeeze(x, dim))  # fmt: skip
def squeeze_dim(x: Any, /, dim: int) -> Any:
    """Dimension `dim`, of length 1, taken out.

    >>> from microtensor.ops.views.squeeze import squeeze_dim
    >>> squeeze_dim(mt.zeros(2, 1, 3), 1).shape
    torch.Size([2, 3])
    """
    return x.squeeze(dim)


@op(x=lambda g, x_shape: g.reshape(x_shape), complex=True, view=True, node="SqueezeBackward0",
    samples=[case((1, 2, 1), shape=(2,)), case((), shape=())],
    reference=lambda x, shape: np.squeeze(x))  # fmt: skip
def squeeze_dims(x: Any, /, shape: tuple[int, ...]) -> Any:
    """Several dimensions of length 1 taken out, which leaves this shape.

    >>> mt.squeeze(mt.zeros(1, 2, 1)).shape
    torch.Size([2])
    """
    return x.reshape(shape)


@numpy_names
def squeeze(input: Tensor, dim: Any = None) -> Any:
    """Dimensions of length 1 taken out: all, or those named in `dim` if they have length 1.

    >>> mt.squeeze(mt.zeros(2, 1, 3, 1)).shape
    torch.Size([2, 3])
    """
    shape = tuple(input.shape)
    dims = range(len(shape)) if dim is None else [dim] if isinstance(dim, int) else dim
    chosen = {positive(d, len(shape)) for d in dims}
    kept = tuple(n for d, n in enumerate(shape) if n != 1 or d not in chosen)
    if dim is not None and len(chosen) == 1 and len(kept) < len(shape):
        return squeeze_dim(input, *chosen)
    return squeeze_dims(input, kept)


install(squeeze=squeeze)
