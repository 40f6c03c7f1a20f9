"""Ops that rearrange: shapes, transposition, joining, padding, triangles."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..sizes import Expression, whole
from .registry import Unsayable, lowers


def vector(*numbers: int) -> Any:
    """A vector of int64."""
    return np.array(numbers, np.int64)


def reshaped(b: Any, x: Any, shape: Sequence[Any]) -> Any:
    """`x` in the shape that the call's result has, with 0 and -1 for dynamic sizes where they can stand."""
    sizes = list(shape)
    if sum(not whole(n) for n in sizes) > 1:
        sizes = [0 if i < x.ndim and not whole(n) and n == x.shape[i] else n for i, n in enumerate(sizes)]
    open_ = [i for i, n in enumerate(sizes) if not whole(n)]
    if open_:  # one is what is left, and it had better be one that nothing else can say
        free = next((i for i in open_ if not isinstance(sizes[i], Expression)), open_[-1])
        sizes[free] = -1
    if 0 in shape:  # an empty tensor: 0 is a length, and not the operand's
        return b.Reshape(x, b.ints(sizes), allowzero=1)
    return b.Reshape(x, b.ints(sizes))


@lowers("reshape", "squeeze_dims")
def reshape(b: Any, x: Any, shape: Any) -> Any:
    return reshaped(b, x, b.call.results[0].shape)


@lowers("transpose")
def transpose(b: Any, x: Any, dim0: int, dim1: int) -> Any:
    order = list(range(x.ndim))
    if not order:
        return b.Identity(x)
    order[dim0], order[dim1] = order[dim1], order[dim0]
    return b.Transpose(x, perm=order)


@lowers("t")
def matrix_transposed(b: Any, x: Any) -> Any:
    return b.Transpose(x, perm=[1, 0]) if x.ndim == 2 else b.Identity(x)


@lowers("permute")
def permute(b: Any, x: Any, dims: Any) -> Any:
    return b.Transpose(x, perm=[d % x.ndim for d in dims]) if x.ndim else b.Identity(x)


@lowers("unsqueeze")
def unsqueeze(b: Any, x: Any, dim: int) -> Any:
    return b.Unsqueeze(x, vector(dim % (x.ndim + 1)))


@lowers("squeeze_dim")
def squeeze(b: Any, x: Any, dim: int) -> Any:
    return b.Squeeze(x, vector(dim % x.ndim))


@lowers("expand")
def expand(b: Any, x: Any, shape: Any) -> Any:
    """A length that the operand has already may stand as 1, which keeps it."""
    lead = len(shape) - x.ndim
    return b.Expand(
        x, b.ints([1 if i >= lead and n == x.shape[i - lead] else n for i, n in enumerate(shape)])
    )


@lowers("expand_to")
def expand_to(b: Any, x: Any, shape: Any, dim: Any = None, keepdim: bool = False) -> Any:
    if dim is not None and not keepdim and x.ndim < len(shape):
        dims = [dim] if isinstance(dim, int) else dim
        x = b.Unsqueeze(x, vector(*sorted(d % len(shape) for d in dims)))
    return b.Expand(x, b.ints(shape))


@lowers("tril", "triu")
def triangle(b: Any, x: Any, diagonal: int = 0) -> Any:
    return b.Trilu(x, np.int64(diagonal), upper=int(b.call.name == "triu"))


@lowers("flip")
def flip(b: Any, x: Any, dims: Any) -> Any:
    dims = [dims] if isinstance(dims, int) else list(dims)
    if not dims or not x.ndim:
        return b.Identity(x)
    ends = vector(*[-(2**62)] * len(dims))
    return b.Slice(
        x, vector(*[-1] * len(dims)), ends, vector(*[d % x.ndim for d in dims]), vector(*[-1] * len(dims))
    )


@lowers("cat")
def cat(b: Any, *xs: Any, dim: int = 0) -> Any:
    return b.Concat(*xs, axis=dim % xs[0].ndim)


@lowers("stack")
def stack(b: Any, *xs: Any, dim: int = 0) -> Any:
    axis = dim % (xs[0].ndim + 1)
    return b.Concat(*[b.Unsqueeze(x, vector(axis)) for x in xs], axis=axis)


@lowers("constant_pad")
def constant_pad(b: Any, x: Any, padding: Any, value: Any) -> Any:
    """`padding` is a pair for each dimension."""
    lows, highs = ([pair[end] for pair in padding] for end in (0, 1))
    lead = [0] * (x.ndim - len(lows))
    grown = [max(n, 0) if whole(n) else n for n in (*lead, *lows, *lead, *highs)]
    found = b.Pad(x, b.ints(grown), np.asarray(value, x.dtype))
    cuts = [(max(-low, 0), min(high, 0), axis) for axis, (low, high) in enumerate(padding, len(lead))
            if whole(low) and whole(high) and (low < 0 or high < 0)]  # fmt: skip
    if not cuts:
        return found
    starts, ends, axes = zip(*cuts, strict=True)
    return b.Slice(found, vector(*starts), vector(*[end or 2**62 for end in ends]), vector(*axes))


def _other_mode(arguments: dict[str, Any]) -> bool:
    return arguments["mode"] != "constant" and min(arguments["pad"]) >= 0


@lowers("F.pad", when=_other_mode)
def pad(b: Any, input: Any, pad: Any, mode: str = "constant", value: Any = None) -> Any:
    """Borders that repeat the content; PyTorch counts dimensions from the last."""
    names = {"reflect": "reflect", "replicate": "edge", "circular": "wrap"}
    if mode == "circular" and b.opset < 19:
        raise Unsayable("Pad wraps around from opset 19 on")
    lead = [0] * (input.ndim - len(pad) // 2)
    lows, highs = list(pad[::2])[::-1], list(pad[1::2])[::-1]
    return b.Pad(input, b.ints([*lead, *lows, *lead, *highs]), mode=names[mode])


@lowers("pixel_shuffle")
def pixel_shuffle(b: Any, x: Any, upscale_factor: int) -> Any:
    if x.ndim == 4:
        return b.DepthToSpace(x, blocksize=int(upscale_factor), mode="CRD")
    r, (c, h, w) = upscale_factor, x.shape[-3:]
    lead = list(x.shape[:-3])
    n = len(lead)
    _static(x.shape)
    wide = b.Reshape(x, b.ints([*lead, c // r**2, r, r, h, w]))
    turned = b.Transpose(wide, perm=[*range(n), n, n + 3, n + 1, n + 4, n + 2])
    return b.Reshape(turned, b.ints(b.call.results[0].shape))


@lowers("pixel_unshuffle")
def pixel_unshuffle(b: Any, x: Any, downscale_factor: int) -> Any:
    r, (c, h, w) = downscale_factor, x.shape[-3:]
    lead = list(x.shape[:-3])
    n = len(lead)
    _static([c, h, w])
    wide = b.Reshape(x, b.ints([*lead, c, h // r, r, w // r, r]))
    turned = b.Transpose(wide, perm=[*range(n), n, n + 2, n + 4, n + 1, n + 3])
    return b.Reshape(turned, b.ints(b.call.results[0].shape))


@lowers("channel_shuffle")
def channel_shuffle(b: Any, x: Any, groups: int, axis: int) -> Any:
    axis %= x.ndim
    before, channels, after = list(x.shape[:axis]), x.shape[axis], list(x.shape[axis + 1 :])
    wide = b.Reshape(x, b.ints([*before, groups, channels // groups, *after]))
    order = list(range(x.ndim + 1))
    order[axis], order[axis + 1] = axis + 1, axis
    return b.Reshape(b.Transpose(wide, perm=order), b.ints([*before, channels, *after]))


def _static(sizes: Any) -> None:
    if not all(map(whole, sizes)):
        raise Unsayable("it would rearrange a dynamic dimension")
