"""What lies in the middle, and how often: medians, quantiles, modes; sums and means that skip NaN."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..engine import dtypes
from ..engine.out_argument import offered, with_out
from ..engine.printing import return_type
from ..engine.tensor import Tensor
from .extremes import amax, amin, some
from .gathering import _gather
from .indexing import index as read
from .joining import where
from .moments import std, var
from .ordering import _sort, sort
from .reduce import mean, sum
from .shape import _reshape, movedim, positive, squeeze_dim, unsqueeze


class Found(NamedTuple):
    """Values, and where they were found."""

    values: Tensor
    indices: Tensor


@return_type("median")
class Median(Found):
    """What `median` over a dimension gives."""


@return_type("nanmedian")
class NanMedian(Found):
    """What `nanmedian` over a dimension gives."""


@return_type("mode")
class Mode(Found):
    """What `mode` gives."""


@return_type("kthvalue")
class KthValue(Found):
    """What `kthvalue` gives."""


@return_type("aminmax")
class AMinMax(NamedTuple):
    """What `aminmax` gives."""

    min: Tensor
    max: Tensor


@offered
def aminmax(input: Tensor, *, dim: int | None = None, keepdim: bool = False) -> AMinMax:
    """The smallest and the largest, over all or along `dim`; ties share the gradient.

    >>> mt.aminmax(mt.tensor([1.0, 3.0, 2.0])).max
    tensor(3.)
    """
    return AMinMax(amin(input, dim, keepdim), amax(input, dim, keepdim))


def _picked(input: Tensor, places: Any, dim: int, keepdim: bool, kind: Any) -> Any:
    """The elements along `dim` at these places, of which there is one in each line."""
    found = Tensor._of(places.astype(np.int64, copy=False))
    values = _gather(input, found, dim)
    return kind(*((a if keepdim or not input.ndim else squeeze_dim(a, dim)) for a in (values, found)))


def _middle(x: Any, dim: int, skip: bool) -> Any:
    """Where the lower median is; a NaN is one of the largest, or skipped, or the median itself."""
    if not x.ndim:
        return np.zeros((), np.int64)
    order, missing = np.argsort(x, axis=dim, kind="stable"), np.isnan(x) if x.dtype.kind == "f" else None
    count = np.full([1 if d == dim else n for d, n in enumerate(x.shape)], x.shape[dim])
    if missing is None:
        return np.take_along_axis(order, (count - 1) // 2, dim)
    bad = missing.sum(dim, keepdims=True)
    place = (count - bad * skip - 1) // 2
    if not skip:
        place = np.where(bad > 0, count - bad, place)
    return np.take_along_axis(order, np.maximum(place, 0), dim)


def _median(name: str, skip: bool, kind: Any) -> Any:
    def function(input: Tensor, dim: int | None = None, keepdim: bool = False) -> Any:
        if dim is not None:
            dim = positive(dim, input.ndim)
            some(input._data, dim, name)
            return _picked(input, _middle(input.array, dim, skip), dim, keepdim, kind)
        flat = _reshape(input.detach(), (-1,)).array
        if not flat.size:
            return sum(input) * math.nan if input.is_floating_point() else input.new_zeros(())
        return _shared(input, flat[_middle(flat, 0, skip)[0]])

    function.__name__ = function.__qualname__ = name
    words = "of those that are no NaN" if skip else "NaN if there is one"
    function.__doc__ = f"""The middle element, of an even number the lower one, {words}.

    Over all elements, whose equals share the gradient; or along `dim`, as ``(values, indices)``.

    >>> mt.{name}(mt.tensor([3.0, 1.0, 2.0, 4.0]))
    tensor(2.)
    """
    return offered(function)


def _shared(input: Tensor, value: Any) -> Any:
    """The element that equals `value`, with a gradient for each of its equals."""
    mask = input.array == value if value == value else np.isnan(input.array)
    if not input.requires_grad:
        return input.new_tensor(value)
    total = mean(read(input, (mask,)))
    with np.errstate(invalid="ignore"):
        rounding = np.where(total._data == value, 0, value - total._data).astype(input.dtype)
    return total + Tensor._of(rounding)


median = _median("median", False, Median)
nanmedian = _median("nanmedian", True, NanMedian)


@offered
def kthvalue(input: Tensor, k: int, dim: int = -1, keepdim: bool = False) -> KthValue:
    """The k-th smallest element along `dim`, counted from 1, as ``(values, indices)``.

    >>> mt.kthvalue(mt.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    dim = positive(dim, input.ndim)
    n = input.shape[dim] if input.ndim else 1
    if not 1 <= k <= n:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}: {k} of {n}")
    order = np.argsort(np.atleast_1d(input.array), axis=dim, kind="stable")
    places = order[(slice(None),) * dim + (slice(k - 1, k),)]
    return _picked(input, places if input.ndim else places.reshape(()), dim, keepdim, KthValue)  # type: ignore[no-any-return]


@offered
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Mode:
    """The element that occurs most often along `dim`, the smallest of several, and where it is last.

    >>> mt.mode(mt.tensor([2, 1, 2, 1, 3])).values
    tensor(1)
    """
    dim = positive(dim, input.ndim)
    some(input._data, dim, "mode")
    shape = tuple(1 if d == dim else n for d, n in enumerate(input.shape))
    lines = np.moveaxis(input.array, dim, -1) if input.ndim else input.array
    places = np.array([_commonest(lines[at]) for at in np.ndindex(lines.shape[:-1])], np.int64).reshape(shape)
    return _picked(input, places, dim, keepdim, Mode)  # type: ignore[no-any-return]


def _commonest(line: Any) -> Any:
    values, counts = np.unique(line, return_counts=True)
    return np.flatnonzero(line == values[counts.argmax()])[-1]


@offered
def msort(input: Tensor) -> Any:
    """The elements in order along the first dimension.

    >>> mt.msort(mt.tensor([3, 1, 2]))
    tensor([1, 2, 3])
    """
    return sort(input, 0).values


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


@offered
def nansum(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The sum over `dim` of what is no NaN.

    >>> mt.nansum(mt.tensor([1.0, float("nan")]))
    tensor(1.)
    """
    x = input if dtype is None else input.to(dtype)
    return sum(where(x.isnan(), 0, x), dim, keepdim)


@offered
def nanmean(input: Tensor, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The mean over `dim` of what is no NaN.

    >>> mt.nanmean(mt.tensor([1.0, float("nan"), 2.0]))
    tensor(1.5000)
    """
    if not input.is_floating_point():
        raise RuntimeError(f"nanmean(): expected input to have floating point dtype but got {input.dtype}")
    count = sum(~input.detach().isnan(), dim, keepdim)
    return nansum(input, dim, keepdim, dtype=dtype) / count


def _pair(name: str, second: Any, words: str) -> Any:
    def function(
        input: Tensor, dim: Any = None, unbiased: Any = None, keepdim: bool = False, *, correction: int = 1
    ) -> Any:
        over = None if isinstance(dim, bool) else dim
        return second(input, dim, unbiased, keepdim, correction=correction), mean(input, over, keepdim)

    function.__name__ = function.__qualname__ = name
    function.__doc__ = f"""The {words}, and the mean, over `dim`.

    >>> mt.{name}(mt.tensor([1.0, 2.0, 3.0]))
    (tensor(1.), tensor(2.))
    """
    return with_out(function)


std_mean = _pair("std_mean", std, "standard deviation")
var_mean = _pair("var_mean", var, "variance")
