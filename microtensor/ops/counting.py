"""How many, how far, and how much together: counts, histograms, distances, covariances."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import numpy as np

from ..engine import dtypes
from ..engine.out_argument import offered
from ..engine.printing import return_type
from ..engine.tensor import Tensor
from ..errors import ShapeError, describe
from .cast import floating
from .diagonals import _diagonal
from .indexing import index
from .joining import where
from .norm import norm
from .pointwise import clamp, sqrt
from .reduce import mean, sum
from .shape import _reshape, positive, t, unsqueeze


@offered
def count_nonzero(input: Any, dim: Any = None) -> Any:
    """How many elements along `dim` are not zero.

    >>> mt.count_nonzero(mt.tensor([0, 3, 4]))
    tensor(2)
    """
    return sum(input.detach() != 0, dim)


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
        return Tensor._of(np.bincount(x, minlength=minlength).astype(np.int64))  # type: ignore[no-any-return]
    if weights.shape != input.shape:
        raise RuntimeError("weights should be 1-d and have the same length as input")
    total = np.bincount(x, weights.array, minlength)
    return Tensor._of(total.astype(weights.dtype if weights.dtype == dtypes.float32 else np.float64))  # type: ignore[no-any-return]


@return_type("histogram")
class Histogram(NamedTuple):
    """What `histogram` gives."""

    hist: Tensor
    bin_edges: Tensor


def _span(name: str, x: Any, low: float, high: float) -> tuple[float, float]:
    """The bounds of a histogram: of the data if they are equal, and one apart if those are."""
    if not (math.isfinite(low) and math.isfinite(high)):
        raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite")
    if low > high:
        raise RuntimeError(f"{name}: max must be larger than min")
    if low == high and x.size:
        low, high = float(x.min()), float(x.max())
        if not (math.isfinite(low) and math.isfinite(high)):
            raise RuntimeError(f"{name}: range of [{low}, {high}] is not finite")
    return (low - 1, high + 1) if low == high else (low, high)


@offered
def histc(input: Tensor, bins: int = 100, min: float = 0, max: float = 0) -> Tensor:
    """How many elements lie in each of `bins` equal parts of [min, max], in `input`'s dtype; no gradient.

    >>> mt.histc(mt.tensor([1.0, 2.0, 1.0]), bins=4, min=0, max=3)
    tensor([0., 2., 1., 0.])
    """
    if not input.is_floating_point():
        raise NotImplementedError(f"histc: expected floating point, got {describe(input)}")
    if bins <= 0:
        raise RuntimeError("histc: bins must be > 0")
    low, high = _span("histc", input.array, min, max)
    flat = input.array.reshape(-1)
    kept = flat[(flat >= low) & (flat <= high)]
    places = np.minimum(((kept - low) / (high - low) * bins).astype(np.int64), bins - 1)
    return Tensor._of(np.bincount(places, minlength=bins).astype(input.dtype))  # type: ignore[no-any-return]


@offered
def histogram(
    input: Tensor, bins: Any, *, range: Any = None, weight: Tensor | None = None, density: bool = False
) -> Histogram:
    """How many elements lie in each bin, and the edges: `bins` is their number, or a vector of edges.

    >>> mt.histogram(mt.tensor([1.0, 2.0, 1.0]), bins=2).hist
    tensor([2., 1.])
    """
    if not input.is_floating_point():
        raise NotImplementedError(f"histogram: expected floating point, got {describe(input)}")
    x, weights = input.array.reshape(-1), None if weight is None else weight.array.reshape(-1)
    low, high = _span("histogram", x, *(range or (0, 0))) if isinstance(bins, int) else (0, 0)
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
    points, weights = input.array, None if weight is None else weight.array
    bins = [b.array if isinstance(b, Tensor) else b for b in bins] if not isinstance(bins, int) else bins
    pairs = None if range is None else list(zip(range[::2], range[1::2], strict=True))
    counts, edges = np.histogramdd(points, bins, pairs, density, weights)
    parts = tuple(Tensor._of(e.astype(input.dtype)) for e in edges)
    return HistogramDD(Tensor._of(counts.astype(input.dtype)), parts)


# --------------------------------------------------------------------- distances


@offered
def dist(input: Tensor, other: Tensor, p: float = 2) -> Any:
    """The p-norm of ``input - other``, over all elements.

    >>> mt.dist(mt.tensor([3.0, 0.0]), mt.tensor([0.0, 4.0]))
    tensor(5.)
    """
    return norm(input - other, p)


def pdist(input: Tensor, p: float = 2) -> Any:
    """The p-norm distances between each two rows of a matrix, in one dimension.

    >>> mt.pdist(mt.tensor([[0.0, 0.0], [3.0, 4.0], [0.0, 1.0]]))
    tensor([5.0000, 1.0000, 4.2426])
    """
    if input.ndim != 2 or not input.is_floating_point() or p < 0:
        raise RuntimeError(
            f"pdist only supports 2D floating-point tensors and p >= 0, got {describe(input)}, {p}"
        )
    first, second = np.triu_indices(input.shape[0], 1)
    return _length(index(input, (first,)) - index(input, (second,)), p)


def _length(x: Any, p: float) -> Any:
    if x.shape[-1]:
        return norm(x, p, -1)
    return sum(x, -1)


@offered
def renorm(input: Tensor, p: float, dim: int, maxnorm: float) -> Any:
    """The slices of `dim` scaled down so that the p-norm of each is at most `maxnorm`.

    >>> mt.renorm(mt.tensor([[3.0, 4.0], [0.0, 1.0]]), 2, 0, 1.0)
    tensor([[0.6000, 0.8000],
            [0.0000, 1.0000]])
    """
    if p <= 0 or maxnorm < 0 or input.ndim < 2:
        raise RuntimeError(
            f"renorm: expected a positive p, maxnorm >= 0 and at least 2 dimensions, got {p}, {maxnorm} and "
            f"{tuple(input.shape)}"
        )
    dim = positive(dim, input.ndim)
    lengths = norm(input, p, tuple(d for d in range(input.ndim) if d != dim), True)
    return input * where(lengths > maxnorm, maxnorm / (lengths + 1e-7), 1.0)


# ------------------------------------------------------------------- covariances


@offered
def cov(
    input: Tensor, *, correction: int = 1, fweights: Tensor | None = None, aweights: Tensor | None = None
) -> Any:
    """The covariances of the rows, observed in the columns, which may have weights.

    `fweights` are how often a column occurs, `aweights` how much it counts.

    >>> mt.cov(mt.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2 or input.dtype == np.bool_:
        raise RuntimeError(f"cov(): expected input to have two or fewer dimensions and be no bool, got "
                           f"{describe(input)}")  # fmt: skip
    x = floating(_reshape(input, (1, -1)) if input.ndim < 2 else input)
    weight = _weight(x, fweights, aweights)
    total = float(x.shape[1]) if weight is None else sum(weight)
    centre = mean(x, 1, True) if weight is None else sum(x * weight, 1, True) / total
    if weight is None or aweights is None:
        degrees = total - correction
    else:
        degrees = total - correction * sum(weight * aweights) / total
    centred = x - centre
    found = centred @ t(centred if weight is None else centred * weight)
    return _reshape(found / clamp_degrees(degrees), () if input.ndim < 2 else tuple(found.shape))


def clamp_degrees(n: Any) -> Any:
    """A divisor of at least 0, of NumPy's kind, so that a division by it gives infinity or NaN."""
    return clamp(n, min=0) if isinstance(n, Tensor) else Tensor._of(np.asarray(max(n, 0), np.float32))


def _weight(x: Tensor, fweights: Any, aweights: Any) -> Any:
    given = [w for w in (fweights, aweights) if w is not None]
    if any(w.ndim > 1 or w.numel() != x.shape[1] for w in given):
        raise ShapeError(f"cov(): expected one weight for each of the {x.shape[1]} columns")
    if fweights is not None and fweights.is_floating_point():
        raise RuntimeError(f"cov(): expected fweights to have integral dtype but got {fweights.dtype}")
    if any((w._data < 0).any() for w in given):
        raise RuntimeError("cov(): fweights and aweights cannot be negative")
    weights = [w.to(x.dtype) for w in given]
    return None if not weights else weights[0] if len(weights) == 1 else weights[0] * weights[1]


@offered
def corrcoef(input: Tensor) -> Any:
    """The correlation coefficients of the rows, observed in the columns.

    >>> mt.corrcoef(mt.tensor([[0.0, 1.0, 2.0], [2.0, 1.0, 0.0]]))
    tensor([[ 1., -1.],
            [-1.,  1.]])
    """
    if input.ndim > 2:
        raise RuntimeError(
            f"corrcoef(): expected input to have two or fewer dimensions, got {describe(input)}"
        )
    c = cov(input)
    if not c.ndim:
        return c / c
    spread = sqrt(_diagonal(c, 0, 0, 1))
    return clamp(c / unsqueeze(spread, 1) / unsqueeze(spread, 0), -1, 1)
