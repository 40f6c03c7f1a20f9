"""Running sums, and the order reversed, which is what their gradients need."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine import dtypes
from ..engine.numpy_keywords import numpy_names
from ..engine.op import op
from ..engine.op_definition import case
from ..engine.tensor import Tensor, install


@op(x=lambda g, dim: _reversed(_cumsum(_reversed(g, dim), dim), dim), name="cumsum",
    samples=[case((3, 4), dim=0), case((3, 4), dim=-1), case((), dim=0)],
    reference=lambda x, dim: np.cumsum(x, axis=dim).reshape(x.shape))  # fmt: skip
def _cumsum(x: Any, /, dim: int) -> Any:
    """Running sums along `dim`.

    >>> mt.cumsum(mt.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    dtype = None if x.dtype.kind == "f" else dtypes.int64
    return np.cumsum(x, axis=dim, dtype=dtype) if x.ndim else x.astype(dtype or x.dtype)


@numpy_names
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along `dim`; bool and integer tensors are summed in int64.

    >>> mt.cumsum(mt.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    return _cumsum(input if dtype is None else input.to(dtype), dim)


@op(
    x=lambda g, dims: _flip(g, dims),
    name="flip",
    samples=[case((3, 4), dims=(0,)), case((3, 4), dims=(0, 1))],
    reference=lambda x, dims: np.flip(x, dims),
)
def _flip(x: Any, /, dims: tuple[int, ...]) -> Any:
    """The elements in reverse order along `dims`.

    >>> mt.tensor([1, 2, 3]).flip(0)
    tensor([3, 2, 1])
    """
    return np.flip(x, dims).copy() if dims else x.copy()


def flip(input: Tensor, *args: Any, dims: Any = ()) -> Any:
    """The elements in reverse order along `dims`; a copy, as in PyTorch.

    >>> mt.flip(mt.tensor([1, 2, 3]), dims=(0,))
    tensor([3, 2, 1])
    """
    dims = args[0] if len(args) == 1 and not isinstance(args[0], int) else args or dims
    return _flip(input, (dims,) if isinstance(dims, int) else tuple(dims))


def _reversed(x: Any, dim: int) -> Any:
    return _flip(x, (dim,) if len(x.shape) else ())


install(cumsum=cumsum, flip=flip)
