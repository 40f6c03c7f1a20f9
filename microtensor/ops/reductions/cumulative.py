"""Running products, extremes and logarithms of sums; differences, and integrals by trapezoids.

The products and logarithms are computed in the way of Hillis and Steele ("Data parallel algorithms", 1986):
log2(n) steps, each of which combines every element with the one 1, 2, 4, ... places before.  That is a
composite of products alone, so that the derivatives are exact also where factors are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import COMPLEX, without
from ...engine.calls.quiet import silent
from ...engine.out_argument import followed, offered
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ..elementwise.exponential import logaddexp
from ..elementwise.select import where
from ..indexing.gather_scatter import _gather
from ..indexing.narrow import narrow
from ..joining.cat_split import cat, stack
from ..views.reshape import positive


def _doubling(x: Any, dim: int, combine: Callable[[Any, Any], Any]) -> Any:
    """The running combination along `dim`."""
    step, n = 1, x.shape[dim] if x.ndim else 1
    while step < n:
        later = combine(narrow(x, dim, step, n - step), narrow(x, dim, 0, n - step))
        x, step = cat([narrow(x, dim, 0, step), later], dim), 2 * step
    return x


@followed
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """Running products along `dim`; bool and integer tensors are multiplied in int64.

    >>> mt.cumprod(mt.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 2., 6.])
    """
    wide = dtypes.as_dtype(dtype) or (input.dtype if dtypes.is_differentiable(input.dtype) else dtypes.int64)
    x, dim = input.to(wide), positive(dim, input.ndim)
    if not x.ndim:
        return x.clone()
    x = x.contiguous()
    if x.requires_grad or x._extras is not None or type(x._data) is not np.ndarray:
        return _doubling(x, dim, lambda a, b: a * b) if x.numel() > 1 else x.clone()
    return Tensor._of(silent(np.cumprod, x.array, axis=dim, dtype=wide))


@offered
def logcumsumexp(input: Tensor, dim: int) -> Any:
    """``log(cumsum(exp(x)))`` along `dim`, without overflow.

    >>> mt.logcumsumexp(mt.tensor([1000.0, 1000.0]), 0)
    tensor([1000.0000, 1000.6932])
    """
    dim = positive(dim, input.ndim)
    if not dtypes.is_differentiable(input.dtype):
        raise NotImplementedError(f"logcumsumexp: expected floating point, got {input.dtype}")
    if input.numel() <= 1:
        return input.clone()
    if input.is_complex():  # one by one, since the imaginary parts are unique up to multiples of 2 pi only
        return stack([*accumulate(input.unbind(dim), _logarithm_of_sum)], dim)
    return _doubling(input, dim, _logarithm_of_sum)


def _logarithm_of_sum(a: Any, b: Any) -> Any:
    """`logaddexp` whose slope is a number also beside minus infinity."""
    nothing = b == -np.inf
    return where(nothing, a, logaddexp(where(nothing, 0.0, a), where(nothing, 0.0, b)))


class Running(NamedTuple):
    """Running extremes, and where they are."""

    values: Tensor
    indices: Tensor


@return_type("cummax")
class CumMax(Running):
    """What `cummax` gives."""


@return_type("cummin")
class CumMin(Running):
    """What `cummin` gives."""


def _so_far(x: Any, dim: int, extreme: Any) -> Any:
    """Where the extreme so far is, the last of equals; of NaNs the last."""
    if not x.ndim:
        return np.zeros((), np.int64)
    reached = (x == extreme.accumulate(x, axis=dim)) | (x != x)
    line = np.arange(x.shape[dim], dtype=np.int64).reshape(-1, *[1] * (x.ndim - dim - 1))
    return np.maximum.accumulate(np.where(reached, line, 0), axis=dim)


def _running(name: str, input: Tensor, dim: int, extreme: Any) -> tuple[Any, Any]:
    dim = positive(dim, input.ndim)
    without(f"{name}_cpu", COMPLEX)(input)
    found = Tensor._of(_so_far(input.array, dim, extreme))
    return _gather(input, found, dim), found


@offered
def cummax(input: Tensor, dim: int) -> Any:
    """The largest elements so far along `dim`, as ``(values, indices)``; of equals, the last.

    >>> mt.cummax(mt.tensor([1.0, 3.0, 2.0]), 0).values
    tensor([1., 3., 3.])
    """
    return CumMax(*_running("cummax", input, dim, np.maximum))


@offered
def cummin(input: Tensor, dim: int) -> Any:
    """The smallest elements so far along `dim`, as ``(values, indices)``; of equals, the last.

    >>> mt.cummin(mt.tensor([3.0, 1.0, 2.0]), 0).indices
    tensor([0, 1, 1])
    """
    return CumMin(*_running("cummin", input, dim, np.minimum))


# ------------------------------------------------------- differences and integrals
