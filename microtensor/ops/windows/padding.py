"""Borders: constant, reflected, repeated, wrapped; a negative width takes away."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, without
from ...engine.composite import composite
from ...engine.dtypes import fitting
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...errors import describe
from .keeping_format import keeping_format
from .separable_resampling import Taps, resample_shown_as
from .sizes import Pairs, integers


def _keys(size: Any, padding: Pairs) -> tuple[Any, Any]:
    """Where the image lies in the result, and which part of the image does."""
    inside = [slice(max(low, 0), max(low, 0) + _kept(n, low, high)) for n, (low, high) in _zip(size, padding)]
    source = [slice(max(-low, 0), n - max(-high, 0)) for n, (low, high) in _zip(size, padding)]
    return (..., *inside), (..., *source)


def _zip(size: Any, padding: Pairs) -> Any:
    return zip(size, padding, strict=True)


def _kept(n: int, low: int, high: int) -> int:
    return n - max(-low, 0) - max(-high, 0)


@op(
    x=lambda g, padding: constant_pad(g, tuple([(-low, -high) for low, high in padding]), 0.0),
    complex=True,
    node="ConstantPadNdBackward0",
    samples=[
        case((2, 3), padding=((1, 2),), value=0.5),
        case((2, 4, 3), padding=((-1, 2), (0, -1)), value=0.0),
        case((3,), padding=((-1, -1),), value=2.0),
    ],
    reference=lambda x, padding, value: _padded_by_numpy(x, padding, value),
)
def constant_pad(x: Any, /, padding: Pairs, value: float) -> Any:
    """A border of one value around the last dimensions; its own adjoint with the widths negated.

    >>> mt.nn.functional.pad(mt.tensor([1.0, 2.0]), (1, -1))
    tensor([0., 1.])
    """
    lead = x.ndim - len(padding)
    sizes = [n + low + high for n, (low, high) in _zip(x.shape[lead:], padding)]
    shape = (*x.shape[:lead], *sizes)
    out = np.full(shape, value, x.dtype) if value else np.zeros(shape, x.dtype)
    inside, source = _keys(x.shape[lead:], padding)
    out[inside] = x[source]
    return out


def _padded_by_numpy(x: Any, padding: Pairs, value: float) -> Any:
    lead = [(0, 0)] * (x.ndim - len(padding))
    grown = np.pad(x, [*lead, *[(max(a, 0), max(b, 0)) for a, b in padding]], constant_values=value)
    return grown[(..., *[slice(max(-a, 0), min(b, 0) or None) for a, b in padding])]


@lru_cache
def _border(mode: str, n: int, low: int, high: int) -> Taps:
    """The element that each place of a padded dimension shows."""
    places = np.arange(-low, n + high)
    if mode == "replicate":
        columns = places.clip(0, n - 1)
    elif mode == "circular":
        columns = max(-low, 0) + (places + min(low, 0)) % _kept(n, low, high)  # what is taken away goes first
    else:
        columns = n - 1 - np.abs(n - 1 - np.abs(places))
    return Taps(len(places), n, np.arange(len(places)), columns)


_NODES = {
    "reflect": "ReflectionPad{}DBackward0",
    "replicate": "ReplicationPad{}DBackward0",
    "circular": "CopySlices",
}


@composite("F.pad")
@keeping_format
def pad(input: Tensor, pad: Any, mode: str = "constant", value: float | None = None) -> Tensor:
    """`input` with a border: `pad` holds the widths before and after the last dimension, then the one before.

    `mode` is "constant" (of `value`), "reflect", "replicate" or "circular"; the last three need dimensions in
    front: (N, C, ...) or (C, ...).  Raises ``RuntimeError`` for widths that do not fit, and
    ``NotImplementedError`` for another mode or number of dimensions.

    >>> mt.nn.functional.pad(mt.tensor([[[1.0, 2.0, 3.0]]]), (2, 1), mode="reflect")
    tensor([[[3., 2., 1., 2., 3., 2.]]])
    """
    if isinstance(value, complex):
        raise TypeError("pad(): argument 'value' (position 4) must be float, not complex")
    return _bordered(input, pad, mode, value)


def _bordered(input: Tensor, pad: Any, mode: str, value: Any) -> Tensor:
    widths = integers(tuple(pad), "pad", "pad")
    if len(widths) % 2:
        raise RuntimeError(f"Padding length must be divisible by 2: {widths} has {len(widths)} widths")
    if len(widths) > 2 * input.ndim:
        raise RuntimeError(
            "Padding length should be less than or equal to two times the input dimension but got padding "
            f"length {len(widths)} and input of dimension {input.ndim}"
        )
    pairs = tuple(zip(widths[-2::-2], widths[::-2], strict=True))
    size = tuple(input.shape)[input.ndim - len(pairs) :]
    if mode == "constant":
        _check_lengths(input, size, pairs, 0)
        return constant_pad(input, pairs, fitting(value or 0.0, input.dtype))
    _check_mode(input, mode, pairs, size, value)
    if mode != "circular":
        without({"reflect": "reflection", "replicate": "replication"}[mode] + f"_pad{len(pairs)}d", BOOL)(
            input
        )
    taps = tuple(_border(mode, n, *pair) for n, pair in _zip(size, pairs))
    tied = () if mode == "circular" else ("x",)
    return resample_shown_as(_NODES[mode].format(len(pairs)), piecewise=tied)(input, taps)


def _check_lengths(input: Tensor, size: Any, pairs: Pairs, least: int) -> None:
    for n, (low, high) in _zip(size, pairs):
        if n + low + high < least or _kept(n, low, high) < 0:
            raise RuntimeError(
                f"pad: {describe(input)} with widths {(low, high)} on a dimension of length {n}: narrow(): "
                "length must be non-negative"
            )


def _check_mode(input: Tensor, mode: str, pairs: Pairs, size: Any, value: float | None) -> None:
    dims = len(pairs)
    if mode not in _NODES:
        raise NotImplementedError(
            f"Unrecognised padding mode {mode}: expected 'constant', 'reflect', 'replicate' or 'circular'"
        )
    if value is not None and value != 0:
        raise RuntimeError(f'Padding mode "{mode}" doesn\'t take in value argument')
    if dims not in (1, 2, 3) or input.ndim not in (dims + 1, dims + 2):
        raise NotImplementedError(
            f"pad: {describe(input)} and {2 * dims} widths: mode {mode!r} pads the last 1, 2 or 3 dimensions "
            "of an image with channels, (C, ...) or (N, C, ...)"
        )
    _check_lengths(input, size, pairs, 1)
    most = {"reflect": 1, "circular": 0}.get(mode)
    if most is not None and any(max(pair) > n - most for n, pair in _zip(size, pairs)):
        raise RuntimeError(
            f"Padding size should be less than the corresponding input dimension, but got: padding {pairs} "
            f"of input {list(input.shape)}; Padding value causes wrapping around more than once"
        )


def constant_pad_nd(input: Tensor, pad: Any, value: Any = 0) -> Tensor:
    """`pad` with a constant, which may be complex, under the name of PyTorch's kernel.

    >>> mt.constant_pad_nd(mt.tensor([1, 2]), (1, 0), 7)
    tensor([7, 1, 2])
    """
    return _bordered(input, pad, "constant", value)
