"""Running products, extremes and logarithms of sums; differences, and integrals by trapezoids.

The products and logarithms are computed in the way of Hillis and Steele ("Data parallel algorithms", 1986):
log2(n) steps, each of which combines every element with the one 1, 2, 4, ... places before.  That is a
composite of products alone, so that the derivatives are exact also where factors are zero.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

from ..engine import dtypes
from ..engine.numpy_keywords import numpy_names
from ..engine.out_argument import offered
from ..engine.printing import return_type
from ..engine.tensor import Tensor
from .cast import floating
from .elementary import logaddexp
from .gathering import _gather
from .indexing import narrow
from .joining import cat, where
from .scan import cumsum
from .shape import _reshape, positive


def _doubling(x: Any, dim: int, combine: Callable[[Any, Any], Any]) -> Any:
    """The running combination along `dim`."""
    step, n = 1, x.shape[dim] if x.ndim else 1
    while step < n:
        later = combine(narrow(x, dim, step, n - step), narrow(x, dim, 0, n - step))
        x, step = cat([narrow(x, dim, 0, step), later], dim), 2 * step
    return x


@offered
def cumprod(input: Tensor, dim: int, *, dtype: Any = None) -> Any:
    """Running products along `dim`; bool and integer tensors are multiplied in int64.

    >>> mt.cumprod(mt.tensor([1.0, 2.0, 3.0]), 0)
    tensor([1., 2., 6.])
    """
    wide = dtypes.as_dtype(dtype) or (input.dtype if input.is_floating_point() else dtypes.int64)
    x, dim = input.to(wide), positive(dim, input.ndim)
    if x.requires_grad or type(x._data) is not np.ndarray:
        return _doubling(x, dim, lambda a, b: a * b) if x.numel() > 1 else x.clone()
    return Tensor._of(np.cumprod(x.array, axis=dim))


@offered
def logcumsumexp(input: Tensor, dim: int) -> Any:
    """``log(cumsum(exp(x)))`` along `dim`, without overflow.

    >>> mt.logcumsumexp(mt.tensor([1000.0, 1000.0]), 0)
    tensor([1000.0000, 1000.6932])
    """
    dim = positive(dim, input.ndim)
    if not input.is_floating_point():
        raise NotImplementedError(f"logcumsumexp: expected floating point, got {input.dtype}")
    return _doubling(input, dim, _logarithm_of_sum) if input.numel() > 1 else input.clone()


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
    line = np.arange(x.shape[dim]).reshape(-1, *[1] * (x.ndim - dim - 1))
    return np.maximum.accumulate(np.where(reached, line, 0), axis=dim)


def _running(input: Tensor, dim: int, extreme: Any) -> tuple[Any, Any]:
    found = Tensor._of(_so_far(input.array, positive(dim, input.ndim), extreme))
    return _gather(input, found, positive(dim, input.ndim)), found


@offered
def cummax(input: Tensor, dim: int) -> Any:
    """The largest elements so far along `dim`, as ``(values, indices)``; of equals, the last.

    >>> mt.cummax(mt.tensor([1.0, 3.0, 2.0]), 0).values
    tensor([1., 3., 3.])
    """
    return CumMax(*_running(input, dim, np.maximum))


@offered
def cummin(input: Tensor, dim: int) -> Any:
    """The smallest elements so far along `dim`, as ``(values, indices)``; of equals, the last.

    >>> mt.cummin(mt.tensor([3.0, 1.0, 2.0]), 0).indices
    tensor([0, 1, 1])
    """
    return CumMin(*_running(input, dim, np.minimum))


# ------------------------------------------------------- differences and integrals


@offered
def diff(input: Tensor, n: int = 1, dim: int = -1, prepend: Any = None, append: Any = None) -> Any:
    """The differences of neighbours along `dim`, `n` times over; of bools, whether they differ.

    >>> mt.diff(mt.tensor([1, 3, 2]))
    tensor([ 2, -1])
    """
    if not input.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = positive(dim, input.ndim)
    parts = [p for p in (prepend, input, append) if p is not None]
    x = cat(parts, dim) if len(parts) > 1 else input
    if not n:
        return x.clone()
    for _ in range(min(n, x.shape[dim])):
        x = _differences(x, dim)
    return x


def _differences(x: Any, dim: int) -> Any:
    m = x.shape[dim] - 1
    later, sooner = narrow(x, dim, 1, m), narrow(x, dim, 0, m)
    return later ^ sooner if x.dtype == np.bool_ else later - sooner


def _widths(y: Any, x: Any, dx: Any, dim: int) -> Any:
    """The distances between neighbouring points, so that they broadcast against `y`."""
    if x is None:
        return 1 if dx is None else dx
    if x.ndim == 1 and y.ndim:
        if x.shape[0] != y.shape[dim]:
            raise RuntimeError("trapezoid: There must be one `x` value for each sample point")
        return _reshape(_differences(x, 0), (-1, *[1] * (y.ndim - dim - 1)))
    return _differences(x, dim - y.ndim + x.ndim)


def _slabs(y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """The area between each two neighbours."""
    if x is not None and dx is not None:
        raise TypeError("trapezoid: received both x and dx: give one of them")
    if not isinstance(y, Tensor):
        raise TypeError(f"trapezoid: expected a Tensor, got {type(y).__name__}")
    dim = positive(dim, y.ndim)
    m = max(y.shape[dim] - 1, 0)
    if not y.shape[dim]:
        return narrow(y.detach(), dim, 0, 0), dim
    return (narrow(y, dim, 1, m) + narrow(y, dim, 0, m)) * _widths(y, x, dx, dim) / 2, dim


@numpy_names
def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral along `dim` by the trapezoidal rule, of points `x`, or `dx` apart.

    >>> mt.trapezoid(mt.tensor([1.0, 2.0, 3.0]))
    tensor(4.)
    """
    slabs, dim = _slabs(y, x, dx, dim)
    return slabs.sum(dim)


@numpy_names
def cumulative_trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The running integral along `dim` by the trapezoidal rule, one element shorter than `y`.

    >>> mt.cumulative_trapezoid(mt.tensor([1.0, 2.0, 3.0]))
    tensor([1.5000, 4.0000])
    """
    slabs, dim = _slabs(y, x, dx, dim)
    return cumsum(slabs, dim)


@numpy_names
def trapz(y: Tensor, x: Any = None, *, dx: float = 1, dim: int = -1) -> Any:
    """`trapezoid`, under its old name.

    >>> mt.trapz(mt.tensor([1.0, 2.0, 3.0]), dx=2)
    tensor(8.)
    """
    return trapezoid(y, x, dim=dim) if x is not None else trapezoid(y, dx=dx, dim=dim)


@numpy_names
def gradient(input: Tensor, *, spacing: Any = 1, dim: Any = None, edge_order: int = 1) -> tuple[Any, ...]:
    """The derivative along each dimension by central differences, one-sided at the ends.

    `spacing` is one distance, or one for each dimension, or the points as vectors.

    >>> mt.gradient(mt.tensor([1.0, 2.0, 4.0]))
    (tensor([1.0000, 1.5000, 2.0000]),)
    """
    dims = list(range(input.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    steps = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or of the length of dim: "
            f"{len(steps)} for {len(dims)} dimensions"
        )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    found = [positive(d, input.ndim) for d in dims]
    if any(input.shape[d] < edge_order + 1 for d in found):
        raise RuntimeError(
            "torch.gradient expected each dimension size to be at least edge_order+1, got "
            f"{tuple(input.shape)}"
        )
    return tuple(_slopes(input, d, step, edge_order) for d, step in zip(found, steps, strict=True))


def _slopes(y: Any, dim: int, step: Any, edge_order: int) -> Any:
    n = y.shape[dim]
    points = step if isinstance(step, Tensor) and step.ndim else Tensor._of(np.arange(n)) * step
    h = _reshape(_differences(floating(points), 0), (-1, *[1] * (y.ndim - dim - 1)))
    slope = _differences(y, dim) / h
    before, after = (narrow(a, d, s, n - 2) for a, d, s in ((h, 0, 0), (h, 0, 1)))
    left, right = narrow(slope, dim, 0, n - 2), narrow(slope, dim, 1, n - 2)
    inner = (left * after + right * before) / (before + after)
    ends = narrow(slope, dim, 0, 1), narrow(slope, dim, n - 2, 1)
    if edge_order == 2:
        ends = _second_order(slope, h, dim, n)
    return cat([ends[0], inner, ends[1]], dim)


def _second_order(slope: Any, h: Any, dim: int, n: int) -> tuple[Any, Any]:
    """The slopes at both ends of the parabolas through the three outermost points."""
    bends = []
    for near, far in ((0, 1), (n - 2, n - 3)):
        s, t = (narrow(slope, dim, i, 1) for i in (near, far))
        a, b = (narrow(h, 0, i, 1) for i in (near, far))
        bends.append(s + (s - t) * a / (a + b))
    return bends[0], bends[1]
