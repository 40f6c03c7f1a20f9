"""Norms, with slope 0 where the norm is 0."""

from __future__ import annotations

import math
from typing import Any

from ..tensor import Tensor
from .pointwise import abs
from .reduce import amax, amin, root, sum


def norm(input: Tensor, p: Any = "fro", dim: Any = None, keepdim: bool = False, dtype: Any = None) -> Any:
    """The p-norm over `dim` (all by default); 2 unless said otherwise.

    The gradient at 0 is 0, as in PyTorch.

    >>> mt.norm(mt.tensor([3.0, 4.0]))
    tensor(5.)
    """
    x = input if dtype is None else input.to(dtype)
    if p in ("fro", None, 2):
        return root(sum(x * x, dim, keepdim))
    if p in (math.inf, -math.inf):
        return (amax if p > 0 else amin)(abs(x), dim, keepdim)
    if p == 0:
        return sum((x != 0).to(x.dtype), dim, keepdim)
    return sum(abs(x), dim, keepdim) if p == 1 else sum(abs(x) ** p, dim, keepdim) ** (1 / p)


Tensor.norm = norm
