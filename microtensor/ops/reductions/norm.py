"""Norms, with slope 0 where the norm is 0."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.arrays.summation import squared, total
from ...engine.dtypes import is_differentiable, to_real
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.tensor import Tensor, install
from ...errors import describe
from ..elementwise.select import select, zeros_like
from ..elementwise.sign_abs import abs, toward
from .max_min import winners
from .sum_mean import axes, expand_to

_SAMPLES = [
    case((2, 3), p=2, dim=None), case((2, 3), p=3, dim=0, keepdim=True), case((2, 3), p=1, dim=(0, 1)),
    case((4,), p=math.inf, dim=0), case((2, 3), p=-math.inf, dim=1), case((3,), p=0.5, dim=0),
]  # fmt: skip


@op(
    x=lambda g, x, out, p, dim, keepdim: None if p == 0 else (
        expand_to(g, x.shape, dim, keepdim) * _slope(x, expand_to(out, x.shape, dim, keepdim), out, p, dim)
    ),
    complex=True, name="norm", node="LinalgVectorNormBackward0", wide=True, samples=_SAMPLES,
    reference=lambda x, p, dim, keepdim=False: _by_numpy(x, p, dim, keepdim),
)  # fmt: skip
def _norm(x: Any, /, p: float, dim: Any, keepdim: bool = False) -> Any:
    """``sum(|x| ** p) ** (1 / p)`` over `dim`.

    >>> mt.norm(mt.tensor([3.0, 4.0]), 1)
    tensor(7.)
    """
    over = {"axis": axes(dim), "keepdims": keepdim}
    with np.errstate(over="ignore"):  # infinite, as PyTorch's
        return _of_order(x, p, over)


def _of_order(x: Any, p: float, over: dict[str, Any]) -> Any:
    """The norm over the axes that NumPy's keywords name."""
    if p == 2:
        return np.sqrt(total(squared(x), **over))
    if math.isinf(p):
        return (np.maximum if p > 0 else np.minimum).reduce(np.abs(x), **over)
    if p == 0:
        return np.add.reduce(x != 0, **over, dtype=to_real(x.dtype))
    found = total(np.abs(x) if p == 1 else np.abs(x) ** p, **over)
    return found if p == 1 else found ** (1 / p)


def _slope(x: Any, wide: Any, out: Any, p: float, dim: Any) -> Any:
    """The derivative of the norm (`wide` in the shape of `x`) by each element."""
    if p == 1:
        return toward(x)
    if math.isinf(p):
        return toward(x) * winners(abs(x), out, dim, False)
    nothing = wide == 0
    ratio = x.conj() / select(nothing, zeros_like(wide) + math.inf, wide)
    if p == 2:
        return ratio
    zero = x == 0
    return toward(x) * select(zero, zeros_like(wide) + 1, abs(ratio)) ** (p - 1)


def _by_numpy(x: Any, p: float, dim: Any, keepdim: bool) -> Any:
    flat = x.reshape(-1) if dim is None or isinstance(dim, tuple) else x
    return np.linalg.norm(flat, p, None if flat is not x else dim, keepdims=keepdim)


@with_out
def norm(
    input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, out: Any = None, dtype: Any = None
) -> Tensor:
    """The p-norm over `dim` (all by default) of what is there as a vector; 2 unless said otherwise.

    "nuc" is the sum of the singular values of the matrices in two dimensions.  The gradient at 0 is 0, as in
    PyTorch.  Raises ``RuntimeError`` for integers.

    >>> mt.norm(mt.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = input if dtype is None else input.to(dtype)
    if not is_differentiable(x.dtype):
        raise RuntimeError(f"norm: expected a floating-point tensor, got {describe(x)}; use x.float()")
    if isinstance(p, str) and p != "fro":
        from ..linalg.norms import matrix_norm

        return matrix_norm(x, p, tuple(range(x.ndim)) if dim is None else dim, keepdim)
    return _norm(x, 2 if p in ("fro", None) else p, dim, keepdim)


def _norm_method(
    self: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None, *,
    axis: Any = None, keepdims: bool = False,
) -> Tensor:  # fmt: skip
    """`norm` of this tensor."""
    return norm(self, p, dim if axis is None else axis, keepdim or keepdims, dtype=dtype)


install(norm=_norm_method)
