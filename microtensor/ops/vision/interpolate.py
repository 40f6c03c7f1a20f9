"""Images in another size: interpolation in all of PyTorch's modes but the antialiased ones."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.arrays.kernels import COMPLEX, WHOLE, without
from ...engine.calls.users_line import users_level
from ...engine.composite import composite
from ...engine.dtypes import uint8
from ...engine.half import widened
from ...engine.tensor import Tensor
from ..windows.keeping_format import keeping_format
from ..windows.separable_resampling import Taps, resample_shown_as
from ..windows.sizes import integers

_INTERPOLATING = {"linear": 3, "bilinear": 4, "trilinear": 5, "bicubic": 4}
_NODES = {
    "nearest": "UpsampleNearest{}DBackward0",
    "nearest-exact": "UpsampleNearestExact{}DBackward0",
    "linear": "UpsampleLinear1DBackward0",
    "bilinear": "UpsampleBilinear2DBackward0",
    "trilinear": "UpsampleTrilinear3DBackward0",
    "bicubic": "UpsampleBicubic2DBackward0",
}


def _nearest(n: int, size: int, ratio: float, half: float) -> Taps:
    """PyTorch finds the nearest element in single precision."""
    places = (np.arange(size, dtype=np.float32) + np.float32(half)) * np.float32(ratio)
    return Taps(size, n, np.arange(size), np.minimum(places.astype(np.int64), n - 1))


def _same(n: int) -> Taps:
    return _nearest(n, n, 1.0, 0.0)


def _places(n: int, size: int, ratio: float, align_corners: bool) -> Any:
    """Where the results lie, in units of the elements."""
    if align_corners:
        return np.arange(size) * ((n - 1) / (size - 1) if size > 1 else 0.0)
    return (np.arange(size) + 0.5) * ratio - 0.5


def _linear(n: int, size: int, ratio: float, align_corners: bool) -> Taps:
    places = _places(n, size, ratio, align_corners).clip(0)
    low = np.minimum(places.astype(np.int64), n - 1)
    high, share = np.minimum(low + 1, n - 1), np.minimum(places - low, 1.0)
    rows = np.arange(size)
    return Taps(size, n, np.tile(rows, 2), np.concatenate([low, high]), np.concatenate([1 - share, share]))


def _cubic(n: int, size: int, ratio: float, align_corners: bool) -> Taps:
    """Keys, "Cubic convolution interpolation" (1981), with a = -3/4, as PyTorch has it."""
    places = _places(n, size, ratio, align_corners)
    first = np.floor(places)
    t, a = places - first, -0.75
    near = [((a + 2) * x - (a + 3)) * x * x + 1 for x in (t, 1 - t)]
    far = [((a * x - 5 * a) * x + 8 * a) * x - 4 * a for x in (t + 1, 2 - t)]
    columns = [(first.astype(np.int64) + k).clip(0, n - 1) for k in (-1, 0, 1, 2)]
    weights = np.concatenate([far[0], *near, far[1]])
    return Taps(size, n, np.tile(np.arange(size), 4), np.concatenate(columns), weights)


def _filtered(mode: str, n: int, size: int, scale: float | None, align_corners: bool) -> Taps:
    """Where an image shrinks, a wider filter: all elements that a result stands for have a part in it.

    The filter is stretched by the ratio, cut at the borders, and its weights sum to 1; the cubic is Keys'
    with a = -0.5, as in Pillow.
    """
    ratio = 1 / scale if scale else n / size
    if align_corners:
        ratio = (n - 1) / (size - 1) if size > 1 else 0.0
    stretch, reach = max(ratio, 1.0), 2 if mode == "bicubic" else 1
    rows, columns, weights = [], [], []
    for i in range(size):
        middle = ratio * (i + 0.5)
        first = max(int(middle - reach * stretch + 0.5), 0)
        places = np.arange(first, min(int(middle + reach * stretch + 0.5), n))
        found = (_keys if mode == "bicubic" else _tent)((places - middle + 0.5) / stretch)
        rows.append(np.full(len(places), i))
        columns.append(places)
        weights.append(found / (found.sum() or 1.0))
    return Taps(size, n, np.concatenate(rows), np.concatenate(columns), np.concatenate(weights))


def _tent(x: Any) -> Any:
    return np.maximum(1 - np.abs(x), 0)


def _keys(x: Any) -> Any:
    x, a = np.abs(x), -0.5
    near, far = ((a + 2) * x - (a + 3)) * x * x + 1, (((x - 5) * x + 8) * x - 4) * a
    return np.where(x < 1, near, np.where(x < 2, far, 0))


@lru_cache
def _taps(
    mode: str, n: int, size: int, scale: float | None, align_corners: bool, antialias: bool = False
) -> Taps:
    if antialias:
        return _filtered(mode, n, size, scale, align_corners)
    ratio = 1 / scale if scale else n / size
    if mode.startswith("nearest"):
        return _nearest(n, size, ratio, 0.5 if mode == "nearest-exact" else 0.0)
    return (_cubic if mode == "bicubic" else _linear)(n, size, ratio, align_corners)


@composite("F.interpolate")
@keeping_format
@widened
def interpolate(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None, recompute_scale_factor: bool | None = None, antialias: bool = False,
) -> Tensor:  # fmt: skip
    """(N, C, ...) in another size, or times a factor.

    Modes: "nearest", "nearest-exact", "area"; "linear" (of (N, C, L)), "bilinear" and "bicubic" (of
    (N, C, H, W)), "trilinear".  `align_corners` maps the corners' centres onto each other; `antialias`
    (bilinear and bicubic) averages over what a smaller image leaves out.  Raises ``ValueError`` for a size
    and factor that do not fit, and ``NotImplementedError`` for a mode that the number of dimensions does
    not allow.

    >>> mt.nn.functional.interpolate(mt.tensor([[[1.0, 3.0]]]), size=3, mode="linear", align_corners=True)
    tensor([[[1., 2., 3.]]])
    """
    _check_options(mode, align_corners, antialias)
    spatial = tuple(input.shape)[2:]
    sizes, scales = _sizes(spatial, size, scale_factor, mode == "area" or bool(recompute_scale_factor))
    if recompute_scale_factor and size is not None:
        raise ValueError("recompute_scale_factor is not meaningful with an explicit size.")
    _check_dimensions(input, mode)
    if mode == "area":
        from ..pooling import adaptive_pool as adaptive_pools

        return getattr(adaptive_pools, f"adaptive_avg_pool{len(spatial)}d")(input, sizes)
    if min(sizes) < 1 or min(spatial) < 1:
        raise RuntimeError(
            f"Input and output sizes should be greater than 0, but got input {spatial} and output {sizes}"
        )
    numbers = zip(spatial, sizes, scales, strict=True)
    if not input.is_floating_point():
        _check_whole(input, mode)
    taps = tuple(_taps(mode, n, m, scale, bool(align_corners), antialias) for n, m, scale in numbers)
    if mode in _INTERPOLATING and input.dtype.kind != "f":
        return _of_bytes(input, taps, mode)
    node = _NODES[mode].format(len(spatial))
    return resample_shown_as(node.replace("Backward", "AaBackward") if antialias else node)(input, taps)


def _in_fixed_point(taps: Taps) -> Taps:
    """The same with weights of 16 bits, as many of them behind the point as the largest weight leaves."""
    merged: dict[tuple[int, int], float] = {}
    given = np.ones(len(taps.rows)) if taps.weights is None else taps.weights
    for row, column, weight in zip(taps.rows, taps.columns, given, strict=True):
        merged[row, column] = merged.get((row, column), 0.0) + weight
    weights = np.array(list(merged.values()))
    one = 2.0 ** min(22, 14 - math.floor(math.log2(weights.max() + 2**-16)))
    rows, columns = np.array(list(merged), np.int64).reshape(-1, 2).T
    return Taps(
        taps.size, taps.source, rows, columns, np.trunc(weights * one + np.copysign(0.5, weights)) / one
    )


def _check_whole(input: Tensor, mode: str) -> None:
    """Of the dtypes that are not floating, bytes alone are scaled: to the nearest, or as images."""
    nearest = mode.startswith("nearest")
    lacks = WHOLE - {uint8} if nearest or (input.ndim == 4 and mode in _INTERPOLATING) else WHOLE
    kind = "nearest" if nearest else "cubic" if mode == "bicubic" else "linear"
    without(f"compute_indices_weights_{kind}", lacks | COMPLEX)(input)


def _of_bytes(input: Tensor, taps: tuple[Taps, ...], mode: str) -> Any:
    """uint8 images as PyTorch scales them: the width first, then the height, rounded after each."""
    x, resample = input.double(), resample_shown_as(_NODES[mode].format(2))
    down, across = (_in_fixed_point(one) for one in taps)
    for pair in ((_same(input.shape[2]), across), (down, _same(across.size))):
        x = (resample(x, pair) + 0.5).floor().clamp(0, 255)
    return x.to(np.dtype(np.uint8))


def _check_options(mode: str, align_corners: bool | None, antialias: bool) -> None:
    if align_corners is not None and mode in ("nearest", "area", "nearest-exact"):
        raise ValueError(
            f"align_corners option can only be set with the interpolating modes: {' | '.join(_INTERPOLATING)}"
        )
    if antialias and mode not in ("bilinear", "bicubic"):
        raise ValueError("Anti-alias option is restricted to bilinear and bicubic modes")


def _check_dimensions(input: Tensor, mode: str) -> None:
    known = mode in _NODES or mode == "area"
    if not known or input.ndim not in (3, 4, 5) or _INTERPOLATING.get(mode, input.ndim) != input.ndim:
        wanted = f"{_INTERPOLATING[mode]}D" if mode in _INTERPOLATING else "3D, 4D or 5D"
        raise NotImplementedError(
            f"Got {input.ndim}D input, but {mode} mode needs {wanted} input"
            if known
            else f"interpolate: unknown mode {mode!r}: expected one of {', '.join([*_NODES, 'area'])}"
        )


def _sizes(spatial: Any, size: Any, factor: Any, forget: bool) -> tuple[Any, Any]:
    """The size of the result, and the factors by which coordinates are to be divided."""
    if (size is None) == (factor is None):
        raise ValueError(
            "either size or scale_factor should be defined"
            if size is None
            else "only one of size or scale_factor should be defined"
        )
    what, value = ("size", size) if factor is None else ("scale_factor", factor)
    values = tuple(value) if isinstance(value, Sequence) else (value,) * len(spatial)
    if len(values) != len(spatial):
        raise ValueError(
            f"Input and {what} must have the same number of spatial dimensions, but got input with spatial "
            f"dimensions of {list(spatial)} and {what} of {value}"
        )
    if factor is None:
        return integers(values, "interpolate", "size"), (None,) * len(spatial)
    sizes = tuple(math.floor(n * float(f)) for n, f in zip(spatial, values, strict=True))
    return sizes, (None,) * len(spatial) if forget else tuple(float(f) for f in values)


def upsample(
    input: Tensor, size: Any = None, scale_factor: Any = None, mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:  # fmt: skip
    """`interpolate`, by its older name.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     mt.nn.functional.upsample(mt.tensor([[[1.0, 3.0]]]), scale_factor=2)
    tensor([[[1., 1., 3., 3.]]])
    """
    warnings.warn(
        "`nn.functional.upsample` is deprecated. Use `interpolate` instead.", stacklevel=users_level()
    )
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` in the mode "nearest", by its older name.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     mt.nn.functional.upsample_nearest(mt.tensor([[[1.0, 3.0]]]), 3)
    tensor([[[1., 1., 3.]]])
    """
    warnings.warn(
        "`nn.functional.upsample_nearest` is deprecated. Use `interpolate` instead.", stacklevel=users_level()
    )
    return interpolate(input, size, scale_factor, mode="nearest")


def upsample_bilinear(input: Tensor, size: Any = None, scale_factor: Any = None) -> Tensor:
    """`interpolate` in the mode "bilinear" with aligned corners, by its older name.

    >>> import warnings
    >>> with warnings.catch_warnings(action="ignore"):
    ...     mt.nn.functional.upsample_bilinear(mt.tensor([[[[1.0, 3.0]]]]), (1, 3))
    tensor([[[[1., 2., 3.]]]])
    """
    warnings.warn(
        "`nn.functional.upsample_bilinear` is deprecated. Use `interpolate` instead.",
        stacklevel=users_level(),
    )
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)
