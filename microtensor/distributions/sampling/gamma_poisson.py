"""Rejection samplers, drawing from PyTorch's stream what PyTorch's samplers draw.

Gamma: Marsaglia and Tsang, "A simple method for generating gamma variables" (2000), with their boost for
shapes below 1.  Binomial: by inversion (Devroye, "Non-uniform random variate generation", 1986, chapter
X.4) where few successes are expected, else Hormann, "The generation of binomial random variates" (1993),
algorithm BTRS, with the acceptance test that PyTorch uses.  How many numbers a sample takes depends on
those before it, so these are loops in Python: some 3 us a sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...random.generator import Generator, default_generator

Draw = Callable[[], float]
_THIRD, _SQUEEZE = float(np.float32(1 / 3)), float(np.float32(0.0331))  # these are float32 in PyTorch


def _draws(generator: Generator | None = None) -> tuple[Draw, Draw]:
    """Uniform and normal numbers of double precision, one at a time."""
    stream = (generator or default_generator).stream
    return lambda: float(stream.uniform(1, np.float64)[0]), lambda: float(stream.normal(1, np.float64)[0])


def standard_gamma(shape: Any) -> Any:
    """Gamma numbers of rate 1, for an array of shapes; at least the smallest normal number."""
    uniform, normal = _draws()
    kind = shape.dtype.type
    flat = [_gamma(kind(a), kind, uniform, normal) for a in shape.reshape(-1)]
    found = np.array(flat, np.float64).reshape(shape.shape).astype(shape.dtype)
    return np.maximum(found, np.finfo(shape.dtype).tiny)


def dirichlet(concentration: Any) -> Any:
    """Points of the simplex: gamma numbers, divided by their sum along the last dimension."""
    found = standard_gamma(concentration.astype(np.float64))
    found = (found / found.sum(-1, keepdims=True)).astype(concentration.dtype)
    kind = np.finfo(concentration.dtype)
    return np.clip(found, kind.tiny, np.nextafter(kind.dtype.type(1), kind.dtype.type(0)))


def _gamma(a: Any, kind: Any, uniform: Draw, normal: Draw) -> float:
    """One gamma number; sums with the shape are rounded to its dtype, as in PyTorch."""
    scale = 1.0
    if a < 1:
        if a == 0:
            return 0.0
        scale = (1 - uniform()) ** float(kind(1) / a)
        a = a + kind(1)
    d = float(a - kind(_THIRD))
    c = 1 / math.sqrt(9 * d)
    while True:
        x = normal()
        y = 1 + c * x
        if y <= 0:
            continue
        v, u, xx = y * y * y, 1 - uniform(), x * x
        if u < 1 - _SQUEEZE * xx * xx or math.log(u) < 0.5 * xx + d * (1 - v + math.log(v)):
            return scale * d * v


def binomial(count: Any, probability: Any, generator: Generator | None = None) -> Any:
    """Numbers of successes, for arrays of one shape and dtype."""
    uniform, _ = _draws(generator)
    pairs = zip(count.reshape(-1).tolist(), probability.reshape(-1).tolist(), strict=True)
    flat = [_binomial(n, p, uniform) for n, p in pairs]
    return np.array(flat, count.dtype).reshape(count.shape)


def _binomial(n: float, p: float, uniform: Draw) -> float:
    if n <= 0 or p <= 0:
        return 0
    if p > 0.5:
        return n - _binomial(n, 1 - p, uniform)
    return _by_squeeze(n, p, uniform) if n * p >= 10 else _by_inversion(n, p, uniform)


def _by_inversion(n: float, p: float, uniform: Draw) -> float:
    """The number of geometric waiting times that fit into `n` trials."""
    log, waited, successes = math.log1p(-p), 0.0, 0
    while True:
        u = uniform()
        waited += math.ceil(math.log(u) / log) if u else n + 1
        if waited > n:
            return successes
        successes += 1


def _by_squeeze(n: float, p: float, uniform: Draw) -> float:
    deviation = math.sqrt(n * p * (1 - p))
    b = 1.15 + 2.53 * deviation
    a, c, near = -0.0873 + 0.0248 * b + 0.01 * p, n * p + 0.5, 0.92 - 4.2 / b
    odds, size, mode = p / (1 - p), (2.83 + 5.1 / b) * deviation, math.floor((n + 1) * p)
    while True:
        u, v = uniform() - 0.5, uniform()
        us = 0.5 - abs(u)
        k = math.floor((2 * a / us + b) * u + c) if us else -1
        if not 0 <= k <= n:
            continue
        if us >= 0.07 and v <= near:
            return k
        if math.log(v * size / (a / (us * us) + b)) <= _log_ratio(n, odds, mode, k):
            return k


def _log_ratio(n: float, odds: float, mode: int, k: int) -> float:
    """The logarithm of the probability of `k` over that of the mode."""
    return (
        (mode + 0.5) * math.log((mode + 1) / (odds * (n - mode + 1)))
        + (n + 1) * math.log((n - mode + 1) / (n - k + 1))
        + (k + 0.5) * math.log(odds * (n - k + 1) / (k + 1))
        + sum(map(_stirling_rest, (mode, n - mode))) - sum(map(_stirling_rest, (k, n - k)))
    )  # fmt: skip


def _stirling_rest(k: float) -> float:
    """What ``log k!`` is above Stirling's formula."""
    if k < 10:
        return math.lgamma(k + 1) - (k + 0.5) * math.log(k + 1) + (k + 1) - 0.5 * math.log(2 * math.pi)
    square = (k + 1) * (k + 1)
    return (1 / 12 - (1 / 360 - 1 / 1260 / square) / square) / (k + 1)
