"""How many, how far, and how much together: counts, histograms, distances, covariances."""

from __future__ import annotations

import math
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
    without("histogramdd", WHOLE | HALF | COMPLEX)(input)
    x, weights = input.array.reshape(-1), None if weight is None else weight.array.reshape(-1)
    start, stop = range or (0, 0)
    low, high = _span("histogram", x, start, stop, 0.5) if isinstance(bins, int) else (0, 0)
    edges = np.linspace(low, high, bins + 1) if isinstance(bins, int) else bins.array
    counts, _ = np.histogram(x, edges.astype(input.dtype), weights=weights, density=density)
    return Histogram(*(Tensor._of(a.astype(input.dtype)) for a in (counts, edges)))


@return_type("histogramdd")
class HistogramDD(NamedTuple):
    """What `histogramdd` gives."""

    hist: Tensor
    bin_edges: tuple[Tensor, ...]


def histogramdd(
    input: Tensor, bins: Any, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> HistogramDD:
    """`histogram` of points, (n, d): a number of bins (or edges) for each of the d dimensions.

    >>> mt.histogramdd(mt.tensor([[0.0, 1.0], [1.0, 0.0]]), [2, 2]).hist
    tensor([[0., 1.],
            [1., 0.]])
    """
    without("histogramdd", WHOLE | HALF | COMPLEX)(input)
    points, weights = input.array, None if weight is None else weight.array
    bins = [b.array if isinstance(b, Tensor) else b for b in bins] if not isinstance(bins, int) else bins
    if not isinstance(bins, int) and len(bins) != points.shape[-1]:
        raise RuntimeError(
            "histogramdd: The size of bins must be equal to the innermost dimension of the input: "
            f"{len(bins)} for {describe(input)}"
        )
    pairs = None if range is None else list(zip(range[::2], range[1::2], strict=True))
    counts, edges = np.histogramdd(points, bins, pairs, density, weights)
    parts = tuple(Tensor._of(e.astype(input.dtype)) for e in edges)
    return HistogramDD(Tensor._of(counts.astype(input.dtype)), parts)


# --------------------------------------------------------------------- distances


# ------------------------------------------------------------------- covariances
