"""Running sums, and the order reversed, which is what their gradients need."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import followed
from ...engine.tensor import Tensor, install
from ..views.flip import _reversed


@op(x=lambda g, dim: _reversed(_cumsum(_reversed(g, dim), dim), dim), complex=True, name="cumsum",
    samples=[case((3, 4), dim=0), case((3, 4), dim=-1), case((), dim=0)],
    reference=lambda x, dim: np.cumsum(x, axis=dim).reshape(x.shape))  # fmt: skip
def _cumsum(x: Any, /, dim: int) -> Any:
    """Running sums along `dim`.

    >>> mt.cumsum(mt.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    dtype = x.dtype if dtypes.is_differentiable(x.dtype) else dtypes.int64
    if not x.ndim:
        return x.astype(dtype)
    x = np.ascontiguousarray(x)
    single = dtype in (dtypes.float32, dtypes.complex64)
    if (dtype.itemsize >= 8 and not single) or (single and x.shape[dim] < 64):
        return np.add.accumulate(x, dim, dtype)
    return np.add.accumulate(x, dim, np.result_type(dtype, dtypes.float64)).astype(dtype)


@followed
def cumsum(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """Running sums along `dim`; bool and integer tensors are summed in int64.

    >>> mt.cumsum(mt.tensor([1.0, 2.0, 3.0]), dim=0)
    tensor([1., 3., 6.])
    """
    if dtype is None:
        return _cumsum(input, dim)
    x = input.to(dtype)
    out = _cumsum(x, dim)
    return out if out.dtype == x.dtype else out.to(x.dtype)


install(cumsum=cumsum)
