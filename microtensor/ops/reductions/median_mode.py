"""Order statistics: medians, the k-th smallest, the most frequent; and where they were found."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ...engine.arrays.kernels import BOOL, COMPLEX, without
from ...engine.out_argument import offered
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ..indexing import cpp_sorting
from ..indexing.gather_scatter import _gather
from ..indexing.getitem import index as read
from ..indexing.sorting import sort
from ..indexing.tie_order import LIMIT, kth_order
from ..views.reshape import _reshape, positive
from ..views.squeeze import squeeze_dim
from .max_min import some
from .sum_mean import mean, sum


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
        without("median_cpu", BOOL | COMPLEX)(input)
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
    if not input.requires_grad and input._extras is None:
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

    Of equal elements it is PyTorch's, in tensors of up to 4,096 elements; in larger ones the first go first.

    >>> mt.kthvalue(mt.tensor([3.0, 1.0, 2.0]), 2).values
    tensor(2.)
    """
    dim = positive(dim, input.ndim)
    n = input.shape[dim] if input.ndim else 1
    if not 1 <= k <= n:
        raise RuntimeError(f"kthvalue(): selected number k out of range for dimension {dim}: {k} of {n}")
    without("kthvalue_cpu", BOOL | COMPLEX)(input)
    places = kth_order(np.atleast_1d(input.array), dim, k - 1)
    return _picked(input, places if input.ndim else places.reshape(()), dim, keepdim, KthValue)


@offered
def mode(input: Tensor, dim: int = -1, keepdim: bool = False) -> Mode:
    """The element that occurs most often along `dim`, the smallest of several, and where it is last.

    >>> mt.mode(mt.tensor([2, 1, 2, 1, 3])).values
    tensor(1)
    """
    dim = positive(dim, input.ndim)
    some(input._data, dim, "mode")
    without("mode_cpu", COMPLEX)(input)
    shape = tuple(1 if d == dim else n for d, n in enumerate(input.shape))
    lines = np.moveaxis(input.array, dim, -1) if input.ndim else input.array
    as_cpp = lines.size <= LIMIT
    found = [_commonest(lines[at], as_cpp) for at in np.ndindex(lines.shape[:-1])]
    places = np.array(found, np.int64).reshape(shape)
    return _picked(input, places, dim, keepdim, Mode)


def _commonest(line: Any, as_cpp: bool) -> Any:
    """Where the most frequent element of a line is last in order, in that of ``std::sort``, as in PyTorch.

    A NaN is neither smaller nor larger than any other there, so it parts its neighbours.  In a long line the
    order is a stable one.
    """
    line = np.atleast_1d(line)
    place, count = _last_of_longest_run(line, np.argsort(line, kind="stable"))
    if not as_cpp or (count == 1 and not (line != line).any()):
        return place
    ordering = cpp_sorting.Line(line.tolist())
    cpp_sorting.sort(ordering)
    return _last_of_longest_run(line, np.array(ordering.places))[0]


def _last_of_longest_run(line: Any, order: Any) -> Any:
    ordered = line[order]
    ends = np.flatnonzero(np.append(ordered[1:] != ordered[:-1], True))
    lengths = np.diff(ends, prepend=-1)
    longest = lengths.argmax()
    return order[ends[longest]], lengths[longest]


@offered
def msort(input: Tensor) -> Any:
    """The elements in order along the first dimension.

    >>> mt.msort(mt.tensor([3, 1, 2]))
    tensor([1, 2, 3])
    """
    return sort(input, 0).values
