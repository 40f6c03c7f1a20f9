"""The elements that all windows have at one offset of the kernel, as views: pooling reduces over them."""

from __future__ import annotations

from itertools import product
from typing import Any

import numpy as np

from .sizes import Ints, Pairs


def _padded(x: Any, padding: Pairs, fill: Any) -> Any:
    """`x` with `fill` around its last dimensions; itself where there is nothing to add."""
    if not any(map(any, padding)):
        return x
    lead = x.ndim - len(padding)
    sizes = [n + low + high for n, (low, high) in zip(x.shape[lead:], padding, strict=True)]
    out = np.full((*x.shape[:lead], *sizes), fill, x.dtype)
    out[_middle(padding, x.shape[lead:])] = x
    return out


def _middle(padding: Pairs, size: Ints) -> Any:
    return (..., *[slice(low, low + n) for (low, _), n in zip(padding, size, strict=True)])


def _views(x: Any, kernel: Ints, stride: Ints, dilation: Ints, out: Ints) -> list[Any]:
    """For each offset in the kernel, what all windows have there."""
    numbers = list(zip(stride, dilation, out, strict=True))
    keys = product(*[range(k) for k in kernel])
    return [
        x[
            (
                ...,
                *[
                    slice(o * d, o * d + (n - 1) * s + 1, s)
                    for o, (s, d, n) in zip(key, numbers, strict=True)
                ],
            )
        ]
        for key in keys
    ]


def _one_dim(x: Any, axis: int, kernel: int, stride: int, dilation: int, out: int) -> list[Any]:
    """`_views` of one dimension, counted from the end."""
    rest = (slice(None),) * (-axis - 1)
    starts = [o * dilation for o in range(kernel)]
    return [x[(..., slice(first, first + (out - 1) * stride + 1, stride), *rest)] for first in starts]
