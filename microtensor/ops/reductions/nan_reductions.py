"""Sums and means that skip NaN."""

from __future__ import annotations

from typing import Any

from ...engine.arrays.kernels import COMPLEX, unsupported
from ...engine.out_argument import followed
from ...engine.tensor import Tensor
from ..elementwise.select import where
from .sum_mean import sum


@followed
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over `dim` of what is no NaN.

    >>> mt.nansum(mt.tensor([1.0, float("nan")]))
    tensor(1.)
    """
    unsupported("nansum on CPU does not support complex inputs: {}", COMPLEX)(input)
    x = where(input.isnan(), 0, input)
    if dtype is None:
        return sum(x, dim, keepdim)
    return sum(x.to(dtype), dim, keepdim).to(dtype)


@followed
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over `dim` of what is no NaN.

    >>> mt.nanmean(mt.tensor([1.0, float("nan"), 2.0]))
    tensor(1.5000)
    """
    if not input.is_floating_point():
        raise RuntimeError(f"nanmean(): expected input to have floating point dtype but got {input.dtype}")
    count = sum(~input.detach().isnan(), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / count
