"""Channels into pixels, pixels into channels, and channels among themselves: each op beside its inverse."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ..windows.keeping_format import keeping_format


@op(x=lambda g, upscale_factor: _pixel_unshuffle(g, upscale_factor), complex=True, name="pixel_shuffle",
    samples=[case((2, 8, 2, 3), upscale_factor=2), case((9, 1, 2), upscale_factor=3)],
    reference=lambda x, upscale_factor: _by_index(x, upscale_factor))  # fmt: skip
def _pixel_shuffle(x: Any, /, upscale_factor: int) -> Any:
    """(..., C r r, H, W) to (..., C, H r, W r).

    >>> mt.nn.functional.pixel_shuffle(mt.arange(4.0).view(4, 1, 1), 2)
    tensor([[[0., 1.],
             [2., 3.]]])
    """
    (*lead, channels, high, wide), r = x.shape, upscale_factor
    parts = x.reshape(*lead, channels // (r * r), r, r, high, wide)
    n = len(lead)
    order = (*range(n + 1), n + 3, n + 1, n + 4, n + 2)
    return parts.transpose(order).reshape(*lead, channels // (r * r), high * r, wide * r)


@op(x=lambda g, downscale_factor: _pixel_shuffle(g, downscale_factor), complex=True, name="pixel_unshuffle",
    samples=[case((2, 2, 4, 6), downscale_factor=2), case((1, 3, 6), downscale_factor=3)],
    reference=lambda x, downscale_factor: _by_steps(x, downscale_factor))  # fmt: skip
def _pixel_unshuffle(x: Any, /, downscale_factor: int) -> Any:
    """(..., C, H r, W r) to (..., C r r, H, W): the inverse of `pixel_shuffle`.

    >>> mt.nn.functional.pixel_unshuffle(mt.arange(4.0).view(1, 2, 2), 2).flatten()
    tensor([0., 1., 2., 3.])
    """
    (*lead, channels, high, wide), r = x.shape, downscale_factor
    parts = x.reshape(*lead, channels, high // r, r, wide // r, r)
    n = len(lead)
    order = (*range(n + 1), n + 2, n + 4, n + 1, n + 3)
    return parts.transpose(order).reshape(*lead, channels * r * r, high // r, wide // r)


def _by_steps(x: Any, r: int) -> Any:
    parts = np.stack([x[..., i::r, j::r] for i, j in np.ndindex(r, r)], -3)
    return parts.reshape(*x.shape[:-3], -1, x.shape[-2] // r, x.shape[-1] // r)


def _by_index(x: Any, r: int) -> Any:
    out = np.empty((*x.shape[:-3], x.shape[-3] // r**2, x.shape[-2] * r, x.shape[-1] * r), x.dtype)
    for i, j in np.ndindex(r, r):
        out[..., i::r, j::r] = x[..., i * r + j :: r * r, :, :]
    return out


@op(x=lambda g, x_shape, groups, axis: _channel_shuffle(g, x_shape[axis] // groups, axis),
    complex=True, name="channel_shuffle",
    samples=[case((2, 6, 2), groups=2, axis=1), case((1, 6, 2, 1), groups=3, axis=1)],
    reference=lambda x, groups, axis: np.concatenate([x[:, i :: x.shape[1] // groups]
                                                for i in range(x.shape[1] // groups)], 1))  # fmt: skip
def _channel_shuffle(x: Any, /, groups: int, axis: int) -> Any:
    """Channels dealt out like cards: one of each group in turn.

    >>> mt.nn.functional.channel_shuffle(mt.arange(4.0).view(1, 4, 1), 2).flatten()
    tensor([0., 2., 1., 3.])
    """
    shape = x.shape
    parts = x.reshape(*shape[:axis], groups, shape[axis] // groups, *shape[axis + 1 :])
    return parts.swapaxes(axis, axis + 1).reshape(shape)


def _check(name: str, input: Tensor, what: str, factor: int) -> None:
    if input.ndim < 3:
        raise RuntimeError(
            f"{name} expects input to have at least 3 dimensions, but got input with {input.ndim} "
            "dimension(s)"
        )
    if factor <= 0:
        raise RuntimeError(f"{name} expects a positive {what}, but got {factor}")


@keeping_format
def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """(..., C r r, H, W) to (..., C, H r, W r): each r r channels become a square of r by r pixels.

    Shi et al., "Real-time single image and video super-resolution" (2016).  Raises ``RuntimeError`` for a
    number of channels that r r does not divide.

    >>> mt.pixel_shuffle(mt.zeros(8, 2, 3), 2).shape
    torch.Size([2, 4, 6])
    """
    _check("pixel_shuffle", input, "upscale_factor", upscale_factor)
    if input.shape[-3] % upscale_factor**2:
        raise RuntimeError(
            "pixel_shuffle expects its input's 'channel' dimension to be divisible by the square of "
            f"upscale_factor, but input.size(-3)={input.shape[-3]} is not divisible by {upscale_factor**2}"
        )
    return _pixel_shuffle(input, upscale_factor) if upscale_factor > 1 else input.clone()


@keeping_format
def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """(..., C, H r, W r) to (..., C r r, H, W): the inverse of `pixel_shuffle`.

    >>> mt.pixel_unshuffle(mt.zeros(2, 4, 6), 2).shape
    torch.Size([8, 2, 3])
    """
    _check("pixel_unshuffle", input, "downscale_factor", downscale_factor)
    for what, n in (("height", input.shape[-2]), ("width", input.shape[-1])):
        if n % downscale_factor:
            raise RuntimeError(
                f"pixel_unshuffle expects {what} to be divisible by downscale_factor, but {n} is not "
                f"divisible by {downscale_factor}"
            )
    return _pixel_unshuffle(input, downscale_factor) if downscale_factor > 1 else input.clone()


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels (N, C, ...) dealt out like cards: one of each of so many groups in turn.

    Zhang et al., "ShuffleNet" (2017), section 3.1.

    >>> mt.channel_shuffle(mt.arange(6.0).view(1, 6, 1), 2).flatten()
    tensor([0., 3., 1., 4., 2., 5.])
    """
    if input.ndim < 3:
        raise RuntimeError(
            f"channel_shuffle expects input with > 2 dims, but got input with sizes {list(input.shape)}"
        )
    if groups <= 0:
        raise RuntimeError(
            f"Number of groups to divide channels in must be positive. Value of groups:{groups}"
        )
    if input.shape[1] % groups:
        raise RuntimeError(
            f"Number of channels must be divisible by groups. Got {input.shape[1]} channels and {groups} "
            "groups."
        )
    return _channel_shuffle(input, groups, 1) if groups > 1 else input.clone()
