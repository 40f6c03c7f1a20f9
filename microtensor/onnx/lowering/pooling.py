"""Pooling: by windows, and to a number of parts."""

# Handlers add nodes by name, which mypy cannot see; what they say is the op that they are registered for.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from ..sizes import whole
from .layers import pads_of
from .registry import Unsayable, lowers
from .shapes import vector


def _as_images(b: Any, x: Any, dims: int) -> tuple[Any, bool]:
    """An operand with exactly two dimensions before its windows', and whether it had another number."""
    lead = x.ndim - dims
    if lead == 2:
        return x, False
    return b.Unsqueeze(x, vector(*range(2 - lead))) if lead < 2 else b.Reshape(
        x, b.ints([1, -1, *x.shape[lead:]])
    ), True


def _windows(b: Any, op: str, x: Any, kernel: Any, **how: Any) -> Any:
    images, other = _as_images(b, x, len(kernel))
    out = b.node(op, images, kernel_shape=list(kernel), **how)
    return b.Reshape(out, b.ints(b.call.results[0].shape)) if other else out


@lowers("max_pool")
def max_pool(b: Any, x: Any, kernel: Any, stride: Any, padding: Any, dilation: Any, out_size: Any) -> Any:
    """`padding` is what the windows need, at the end too where they begin inside and end outside."""
    if x.dtype.kind != "f":
        raise Unsayable("MaxPool takes floating-point numbers")
    pads = _known(padding)
    return _windows(b, "MaxPool", x, kernel, strides=list(stride), pads=pads, dilations=list(dilation))


def _known(padding: Any) -> list[int]:
    pads = pads_of(padding)
    if not all(map(whole, pads)):
        raise Unsayable("its borders change with a dynamic size: a window does not divide it")
    return pads


@lowers("avg_pool")
def avg_pool(b: Any, x: Any, kernel: Any, stride: Any, padding: Any, out_size: Any, divisor: Any) -> Any:
    """The mean that counts the borders, times the share of the windows' sizes."""
    if x.dtype.kind != "f":
        raise Unsayable("AveragePool takes floating-point numbers")
    out = _windows(
        b, "AveragePool", x, kernel, strides=list(stride), pads=_known(padding), count_include_pad=1
    )
    count = int(np.prod(kernel))
    if isinstance(divisor, int) and divisor == count:
        return out
    if not isinstance(divisor, (int, float, np.ndarray)):
        raise Unsayable("its divisor changes with a dynamic size")
    return b.Mul(out, np.asarray(count / np.asarray(divisor, np.float64), x.dtype))


@lowers("adaptive_max_pool")
def adaptive_max_pool(b: Any, x: Any, parts: Any) -> Any:
    """The largest of each part, dimension by dimension: parts are cut at rounded places."""
    found = x
    for axis, m in enumerate(parts, x.ndim - len(parts)):
        n = x.shape[axis]
        if not whole(n):
            raise Unsayable("parts of a dynamic dimension")
        cuts = [(i * n // m, -((-(i + 1) * n) // m)) for i in range(m)]
        pieces = [b.Slice(found, vector(low), vector(high), vector(axis)) for low, high in cuts]
        found = b.Concat(*[b.ReduceMax(p, vector(axis), keepdims=1) for p in pieces], axis=axis)
    return found
