"""Differences of neighbours, derivatives estimated from them, and integrals by trapezoids."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import BOOL, unsupported
from ...engine.half import widened
from ...engine.numpy_keywords import numpy_names
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ..indexing.narrow import narrow
from ..joining.cat_split import cat
from ..views.reshape import _reshape, positive
from .cumsum_flip import cumsum


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
    if not n:
        return input.clone()
    parts = [p for p in (prepend, input, append) if p is not None]
    x = cat(parts, dim) if len(parts) > 1 else input
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


_TRAPEZOID_KERNEL = unsupported(
    "trapezoid: received a bool input for `x` or `y`, but bool is not supported", BOOL
)


def _slabs(y: Tensor, x: Any, dx: Any, dim: int) -> tuple[Any, int]:
    """The area between each two neighbours."""
    if x is not None and dx is not None:
        raise TypeError("trapezoid: received both x and dx: give one of them")
    if not isinstance(y, Tensor):
        raise TypeError(f"trapezoid: expected a Tensor, got {type(y).__name__}")
    _TRAPEZOID_KERNEL(y) if x is None else _TRAPEZOID_KERNEL(y, x)
    dim = positive(dim, y.ndim)
    m = max(y.shape[dim] - 1, 0)
    if not y.shape[dim]:
        return narrow(y.detach(), dim, 0, 0), dim
    return (narrow(y, dim, 1, m) + narrow(y, dim, 0, m)) * _widths(y, x, dx, dim) / 2, dim


@numpy_names
@widened
def trapezoid(y: Tensor, x: Any = None, *, dx: Any = None, dim: int = -1) -> Any:
    """The integral along `dim` by the trapezoidal rule, of points `x`, or `dx` apart.

    >>> mt.trapezoid(mt.tensor([1.0, 2.0, 3.0]))
    tensor(4.)
    """
    slabs, dim = _slabs(y, x, dx, dim)
    return slabs.sum(dim)


@numpy_names
@widened
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
    unsupported("torch.gradient does not support {} input", BOOL | {dtypes.uint8})(input)
    dims = list(range(input.ndim)) if dim is None else [dim] if isinstance(dim, int) else list(dim)
    spacing = 1 if spacing is None else spacing
    steps = list(spacing) if isinstance(spacing, (list, tuple)) else [spacing] * len(dims)
    if len(steps) != len(dims):
        raise RuntimeError(
            "torch.gradient expected spacing to be unspecified, a scalar, or of the length of dim: "
            f"{len(steps)} for {len(dims)} dimensions"
        )
    if edge_order not in (1, 2):
        raise RuntimeError("torch.gradient only supports edge_order=1 and edge_order=2.")
    found = [positive(d, input.ndim) for d in dims]
    twice = [d for d in found if found.count(d) > 1]
    if twice:
        raise RuntimeError(f"dim {twice[0]} appears multiple times in the list of dims")
    if any(input.shape[d] < edge_order + 1 for d in found):
        raise RuntimeError(
            "torch.gradient expected each dimension size to be at least edge_order+1, got "
            f"{tuple(input.shape)}"
        )
    return tuple(_slopes(input, d, step, edge_order) for d, step in zip(found, steps, strict=True))


def _slopes(y: Any, dim: int, step: Any, edge_order: int) -> Any:
    n = y.shape[dim]
    h = _reshape(_distances(step, n, y.dtype), (-1, *[1] * (y.ndim - dim - 1)))
    slope = _differences(y, dim) / h
    before, after = (narrow(a, d, s, n - 2) for a, d, s in ((h, 0, 0), (h, 0, 1)))
    left, right = narrow(slope, dim, 0, n - 2), narrow(slope, dim, 1, n - 2)
    inner = (left * after + right * before) / (before + after)
    ends = narrow(slope, dim, 0, 1), narrow(slope, dim, n - 2, 1)
    if edge_order == 2:
        ends = _second_order(slope, h, dim, n)
    return cat([ends[0], inner, ends[1]], dim)


def _distances(step: Any, n: int, dtype: dtypes.DType) -> Any:
    """Those of n points, in the precision of what is known there: all `step`, or between points given."""
    real = dtypes.to_real(dtype) if dtypes.is_differentiable(dtype) else dtypes.default_dtype()
    if not isinstance(step, Tensor):
        return Tensor._of(np.full(n - 1, step)).to(real)
    return _differences(step.to(real), 0) if step.ndim else Tensor._of(np.ones(n - 1)).to(real) * step


def _second_order(slope: Any, h: Any, dim: int, n: int) -> tuple[Any, Any]:
    """The slopes at both ends of the parabolas through the three outermost points."""
    bends = []
    for near, far in ((0, 1), (n - 2, n - 3)):
        s, t = (narrow(slope, dim, i, 1) for i in (near, far))
        a, b = (narrow(h, 0, i, 1) for i in (near, far))
        bends.append(s + (s - t) * a / (a + b))
    return bends[0], bends[1]
