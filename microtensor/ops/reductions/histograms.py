"""How many: counts of integers, and histograms."""

from __future__ import annotations

import math
from functools import reduce
from typing import Any, NamedTuple

import numpy as np

from ...engine import dtypes
from ...engine.arrays.kernels import COMPLEX, HALF, WHOLE, without
from ...engine.out_argument import offered
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ...errors import describe


@offered
def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """How often each of 0, 1, 2, ... occurs in a vector of integers, or the sum of their weights.

    >>> mt.bincount(mt.tensor([0, 2, 2]))
    tensor([1, 0, 2])
    """
    x = input.array
    if x.dtype.kind not in "iu":
        raise NotImplementedError(f"bincount: expected integers, got {describe(x)}")
    if x.ndim != 1 or (x.size and x.min() < 0):
        raise RuntimeError("bincount only supports 1-d non-negative integral inputs.")
    if minlength < 0:
        raise RuntimeError("minlength should be >= 0")
    if weights is None:
        return Tensor._of(np.bincount(x, minlength=minlength).astype(np.int64))
    if weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    total = np.bincount(x, weights.array, minlength)
    return Tensor._of(total.astype(weights.dtype if weights.dtype == dtypes.float32 else np.float64))


@return_type("histogram")
class Histogram(NamedTuple):
    """What `histogram` gives."""

    hist: Tensor
    bin_edges: Tensor


def _span(name: str, x: Any, low: float, high: float, gap: float = 1.0) -> tuple[float, float]:
    """The bounds of a histogram: of the data if they are equal, and moved apart by `gap` if those are."""
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"{name}: max must be larger than min")
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite")
    if low == high and gap < 1 and not x.size:
        return (0.0, 1.0)
    return (low - gap, high + gap) if low == high else (low, high)


@offered
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of `bins` equal parts of [min, max], in `input`'s dtype; no gradient.

    >>> mt.histc(mt.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    without("histogram_cpu", WHOLE | COMPLEX)(input)
    if bins <= 0:
        raise RuntimeError("histc: bins must be > 0")
    low, high = _span("histc", input.array, min, max)
    flat = input.array.reshape(-1)
    kept = flat[(flat >= low) & (flat <= high)]
    places = np.minimum(((kept - low) / (high - low) * bins).astype(np.int64), bins - 1)
    return Tensor._of(np.bincount(places, minlength=bins).astype(input.dtype))


@offered
def histogram(
    input: Tensor, bins: Any = 100, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Histogram:
    """How many elements lie in each bin, and the edges: `bins` is their number, or a vector of edges.

    >>> mt.histogram(mt.tensor([1.0, 2.0, 1.0]), bins=2).hist
    tensor([2., 1.])
    """
    points = input.array.reshape(-1, 1)
    counts, edges = _counted("histogram", points, [bins], range, weight, density)
    return Histogram(Tensor._of(counts), Tensor._of(edges[0]))


def _counted(name: str, points: Any, bins: Any, bounds: Any, weight: Any, density: bool) -> Any:
    """How many of the points, (n, d), lie in each box, and the edges of the boxes."""
    lacking = WHOLE | COMPLEX | HALF if isinstance(bins[0], int) else WHOLE | COMPLEX
    without("histogramdd", lacking).check(points.dtype)
    pairs = zip(bounds[::2], bounds[1::2], strict=True) if bounds else [(0, 0)] * len(bins)
    edges = [_edges(name, *given) for given in zip(points.T, bins, pairs, strict=True)]
    shape = tuple(len(e) - 1 for e in edges)
    places = np.stack([_bins(x, e) for x, e in zip(points.T, edges, strict=True)])
    kept = (places >= 0).all(0)
    weights = None if weight is None else weight.array.reshape(-1)[kept]
    flat = np.ravel_multi_index(tuple(places[:, kept]), shape)
    counts = np.bincount(flat, weights, math.prod(shape)).reshape(shape)
    if density:
        with np.errstate(divide="ignore", invalid="ignore"):
            counts = counts / counts.sum() / reduce(np.multiply.outer, [np.diff(e) for e in edges])
    return counts.astype(points.dtype), edges


def _edges(name: str, x: Any, bins: Any, bounds: Any) -> Any:
    """The edges that are given, or those of so many equal parts."""
    if not isinstance(bins, int):
        return bins.array.astype(x.dtype)
    low, high = bounds
    return np.linspace(*_span(name, x, low, high, 0.5), bins + 1).astype(x.dtype)


def _bins(x: Any, edges: Any) -> Any:
    """The bin that each number lies in, or -1: by bisection, also where edges do not rise, as in PyTorch."""
    found, left = np.zeros(x.shape, np.int64), np.full(x.shape, len(edges))
    while left.any():
        half = left // 2
        right = (left > 0) & (edges[np.minimum(found + half, len(edges) - 1)] <= x)
        found, left = np.where(right, found + half + 1, found), np.where(right, left - half - 1, half)
    inside = (edges[0] <= x) & (x <= edges[-1])
    return np.where(inside, np.minimum(found, len(edges) - 1) - 1, -1)


@return_type("histogramdd")
class HistogramDD(NamedTuple):
    """What `histogramdd` gives."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]


def histogramdd(
    input: Tensor, bins: Any, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> HistogramDD:
    """`histogram` of points, (..., d): a number of bins (or edges) for each of the d dimensions.

    >>> mt.histogramdd(mt.tensor([[0.0, 1.0], [1.0, 0.0]]), [2, 2]).hist
    tensor([[0., 1.],
            [1., 0.]])
    """
    bins = [bins] * input.shape[-1] if isinstance(bins, int) else bins
    if len(bins) != input.shape[-1]:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input: "
            f"{len(bins)} for {describe(input)}"
        )
    points = input.array.reshape(-1, input.shape[-1])
    counts, edges = _counted("histogramdd", points, bins, range, weight, density)
    return HistogramDD(Tensor._of(counts), tuple(map(Tensor._of, edges)))
