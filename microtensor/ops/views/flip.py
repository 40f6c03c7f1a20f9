"""Reversing the order along dimensions, which is its own derivative."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, install


@op(x=lambda g, dims: _flip(g, dims), complex=True, name="flip",
    samples=[case((3, 4), dims=(0,)), case((3, 4), dims=(0, 1))],
    reference=lambda x, dims: np.flip(x, dims))  # fmt: skip
def _flip(x: Any, /, dims: tuple[int, ...]) -> Any:
    """The elements in reverse order along `dims`.

    >>> mt.tensor([1, 2, 3]).flip(0)
    tensor([3, 2, 1])
    """
    return np.flip(x, dims).copy() if dims else x.copy()


def flip(input: Tensor, *args: Any, dims: Any = ()) -> Tensor:
    """The elements in reverse order along `dims`; a copy, as in PyTorch.

    >>> mt.flip(mt.tensor([1, 2, 3]), dims=(0,))
    tensor([3, 2, 1])
    """
    dims = args[0] if len(args) == 1 and not isinstance(args[0], int) else args or dims
    return _flip(input, (dims,) if isinstance(dims, int) else tuple(dims))


def _reversed(x: Any, dim: int) -> Any:
    return _flip(x, (dim,) if len(x.shape) else ())


install(flip=flip)
