"""Poisson samples, by the two algorithms that PyTorch draws with."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from ..engine import dtypes
from ..engine.tensor import Tensor
from .generator import Generator, _stream


def poisson(input: Tensor, generator: Generator | None = None) -> Tensor:
    """Poisson numbers, whose means are the elements of `input`, in its dtype.

    Means under 10 by multiplying uniform numbers (Knuth); others by transformed rejection (W. Hörmann, "The
    transformed rejection method for generating Poisson random variables", 1993, algorithm PTRS).

    >>> mt.poisson(mt.zeros(2))
    tensor([0., 0.])
    """
    if not input.is_floating_point():
        raise NotImplementedError(f"poisson: expected floating-point rates, got {input.dtype}")
    if (input._data < 0).any():
        raise RuntimeError("invalid Poisson rate, expected all rates to be non-negative")
    stream = _stream(generator)

    def draw() -> float:
        return float(stream.uniform(1, dtypes.float64)[0])

    flat = [_small(v, draw) if v < 10 else _large(v, draw) for v in input.array.reshape(-1).tolist()]
    return Tensor._of(np.array(flat, input.dtype).reshape(input.shape))  # type: ignore[no-any-return]


def _small(mean: float, draw: Callable[[], float]) -> int:
    limit, product, count = math.exp(-mean), 1.0, 0
    while mean:
        product *= draw()
        if product <= limit:
            break
        count += 1
    return count


def _large(mean: float, draw: Callable[[], float]) -> int:
    root, log_mean = math.sqrt(mean), math.log(mean)
    b = 0.931 + 2.53 * root
    a, inverse, v_r = -0.059 + 0.02483 * b, 1.1239 + 1.1328 / (b - 3.4), 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = draw() - 0.5, draw()
        us = 0.5 - abs(u)
        k: int = math.floor((2 * a / us + b) * u + mean + 0.43)
        if us >= 0.07 and v <= v_r:
            return k
        if k < 0 or (us < 0.013 and v > us):
            continue
        if math.log(v) + math.log(inverse) - math.log(a / (us * us) + b) <= k * log_mean - mean - math.lgamma(
            k + 1
        ):
            return k
