"""What lies in the middle, and how often: medians, quantiles, modes; sums and means that skip NaN."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ..elementwise.select import where
from ..indexing.gather_scatter import _gather
from ..indexing.sorting import _sort
from ..views.permute import movedim
from ..views.reshape import _reshape, positive
from ..views.squeeze import squeeze_dim, unsqueeze

# -------------------------------------------------------------------- quantiles


@offered
def quantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """What a part `q` (a number, or a vector of them) of the elements along `dim` does not exceed.

    Between two elements: ``"linear"``, ``"lower"``, ``"higher"``, ``"midpoint"`` or ``"nearest"``.  NaN if
    one is among them; differentiable in `q` as well.

    >>> mt.quantile(mt.tensor([0.0, 1.0, 2.0, 3.0]), 0.5)
    tensor(1.5000)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False)


@offered
def nanquantile(
    input: Tensor, q: Any, dim: int | None = None, keepdim: bool = False, *, interpolation: str = "linear"
) -> Any:
    """`quantile` of the elements that are no NaN.

    >>> mt.nanquantile(mt.tensor([0.0, 1.0, float("nan")]), 0.5)
    tensor(0.5000)
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True)


def _quantile(name: str, x: Tensor, q: Any, dim: int | None, keepdim: bool, how: str, skip: bool) -> Any:
    q = _check_quantile(name, x, q, how)
    ndim, axis = x.ndim, 0 if dim is None else positive(dim, x.ndim)
    lines = _reshape(x, (1, -1)) if dim is None or not ndim else movedim(x, axis, -1)
    found = _ranked(_sort(lines, lines.ndim - 1)[0], _reshape(q, (-1,)), how, skip)
    if not ndim:
        found = _reshape(found, (-1,))
    elif dim is None:
        found = _reshape(found, (*[1] * (ndim if keepdim else 0), -1))
    elif keepdim:
        found = unsqueeze(found, axis)
    return movedim(found, -1, 0) if q.ndim else squeeze_dim(found, -1)


def _check_quantile(name: str, x: Tensor, q: Any, how: str) -> Any:
    q = q if isinstance(q, Tensor) else x.new_tensor(q)
    if x.dtype not in (dtypes.float32, dtypes.float64) or q.dtype != x.dtype or q.ndim > 1:
        raise RuntimeError(
            f"{name}() input tensor must be either float or double dtype, and q a number or a vector of the "
            f"same: got {x.dtype}, and {q.dtype} {tuple(q.shape)}"
        )
    if not x.numel():
        raise RuntimeError(f"{name}() input tensor must be non-empty")
    if not np.all((q._data >= 0) & (q._data <= 1)):
        raise RuntimeError(f"{name}() q values must be in the range [0, 1]")
    if how not in ("linear", "lower", "higher", "midpoint", "nearest"):
        raise RuntimeError(
            f"{name}() interpolation must be one of linear, lower, higher, midpoint or nearest, but got {how}"
        )
    return q


def _ranked(ordered: Any, q: Any, how: str, skip: bool) -> Any:
    """The elements of these ranks in sorted lines, interpolated."""
    missing = np.isnan(ordered.array).sum(-1, keepdims=True)
    n = ordered.shape[-1]
    last = np.maximum(n - missing * skip - 1, 0).astype(ordered.dtype)
    ranks = q * Tensor._of(last)
    if not skip:
        ranks = where(Tensor._of(missing > 0), float(n - 1), ranks)
    if how in ("lower", "higher", "nearest"):
        whole: Any = {"lower": np.floor, "higher": np.ceil, "nearest": np.round}[how]
        return _gather(ordered, Tensor._of(whole(ranks.array).astype(np.int64)), ordered.ndim - 1)
    below, above = (whole(ranks.array).astype(np.int64) for whole in (np.floor, np.ceil))
    low, high = (_gather(ordered, Tensor._of(p), ordered.ndim - 1) for p in (below, above))
    weight = 0.5 if how == "midpoint" else ranks - Tensor._of(below.astype(ordered.dtype))
    return low + weight * (high - low)


# -------------------------------------------------- without NaN, and two at once
