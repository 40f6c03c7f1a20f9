"""Filling a tensor with random numbers: ``x.normal_()`` and its family."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np

from ..engine.arrays.kernels import BOOL, COMPLEX, without
from ..engine.tensor import Tensor
from ..engine.writes import check_target, write
from .generator import Generator, _stream
from .pairs import in_pairs, memory_order, normal_numbers


def _fill(x: Tensor, flat: Any, by: str) -> Tensor:
    check_target(x, by)
    order = memory_order(x.array)
    write(x, flat.reshape([x.shape[d] for d in order]).transpose(np.argsort(order)), by)
    return x


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **kwargs: Any
) -> Tensor:
    """Write uniform numbers in [from, to), into both parts of complex numbers."""
    check_target(self, "uniform_")
    low = float(kwargs.get("from", from_))
    draw = _stream(generator).uniform
    return _fill(self, in_pairs(draw, self.numel(), self.dtype, low, float(to)), "uniform_")


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Write normal numbers."""
    check_target(self, "normal_")
    draw, deviation = partial(_stream(generator).normal, blocks=self.is_contiguous()), float(std)
    flat = normal_numbers(draw, self.numel(), self.dtype, mean, deviation)
    return _fill(self, flat, "normal_")


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Write 1 with probability `p` (a number or a tensor), else 0."""
    check_target(self, "bernoulli_")
    without("bernoulli_scalar_cpu_", COMPLEX)(self)
    stream = _stream(generator)
    if isinstance(p, Tensor):
        wide = np.broadcast_to(p.array, self.shape)
        ordered = wide.transpose(memory_order(self.array)).reshape(-1)
        return _fill(self, stream.bernoulli_each(ordered), "bernoulli_")
    return _fill(self, stream.bernoulli(self.numel(), float(p)), "bernoulli_")


def random_(
    self: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None,
    **kwargs: Any,
) -> Tensor:  # fmt: skip
    """Write integers in [from, to); in [0, from) if only one bound is given; of all sizes if none."""
    check_target(self, "random_")
    without("random_kernel_cpu", COMPLEX)(self)
    low, stream = kwargs.get("from", from_), _stream(generator)
    if low is None and to is None:
        return _fill(self, stream.full_range(self.numel(), self.dtype), "random_")
    low, high = (0, low) if to is None else (low or 0, to)
    return _fill(self, stream.integers(self.numel(), int(low or 0), int(high or 0), self.dtype), "random_")


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Write exponential numbers of this rate."""
    check_target(self, "exponential_")
    return _fill(self, _stream(generator).exponential(self.numel(), self.dtype, float(lambd)), "exponential_")


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Write Cauchy numbers."""
    check_target(self, "cauchy_")
    flat = _stream(generator).cauchy(self.numel(), self.dtype, float(median), float(sigma))
    return _fill(self, flat, "cauchy_")


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Write numbers whose logarithm has this mean and deviation."""
    check_target(self, "log_normal_")
    flat = _stream(generator).log_normal(self.numel(), self.dtype, float(mean), float(std))
    return _fill(self, flat, "log_normal_")


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Write numbers of trials to the first success of probability `p`."""
    check_target(self, "geometric_")
    without("geometric_cpu", BOOL | COMPLEX)(self)
    return _fill(self, _stream(generator).geometric(self.numel(), float(p), self.dtype), "geometric_")
