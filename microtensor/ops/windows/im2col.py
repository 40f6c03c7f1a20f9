"""Where the windows of a convolution lie in memory, and how they become the columns of a matrix.

A convolution is a product with the matrix whose columns are the windows.  Laying that matrix out costs
as much as the product, unless its rows are long runs of memory.  They are, after one pass over the
image: it is copied into a frame of zeros, split by the stride into its phases (all pixels with the same
remainder), and in a phase the pixels that one kernel element meets are a single run that starts a little
later for every element.  The run goes on over the frame between the rows of the image: the few columns
that arise there mean nothing, and are left out when the product is copied to its place, which adds the
bias on the way.  Images are taken in blocks, so that all of this stays in the cache.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from functools import cached_property, lru_cache
from itertools import product
from typing import Any

import numpy as np

from .sizes import Ints, Pairs, length

BLOCK = 1 << 17
"""Elements of the matrices that are laid out at a time, so that they stay in the second-level cache."""

MEMORY = 1 << 23
"""Bytes that are kept for each thread that convolves."""

COLUMNS = 256
"""The fewest columns for which it is worth reading the weights once more."""


class Windows:
    """All windows of one kernel in images of one size, whatever is in them."""

    def __init__(self, size: Ints, kernel: Ints, stride: Ints, padding: Pairs, dilation: Ints) -> None:
        per_dim = list(zip(size, kernel, stride, padding, dilation, strict=True))
        self.size, self.kernel, self.stride = size, kernel, stride
        self.padding, self.dilation = padding, dilation
        self.out = tuple(length(*numbers) for numbers in per_dim)
        self.grid = tuple(o + d * (k - 1) // s for o, (_, k, s, _, d) in zip(self.out, per_dim, strict=True))
        self.count = math.prod(kernel)
        self.plain = self.count == 1 and set(stride) == {1} and not any(map(any, padding))
        self.run = self.out[0] * math.prod(self.grid[1:])
        self._place([range(0, d * k, d) for k, d in zip(kernel, dilation, strict=True)])

    @cached_property
    def opposite(self) -> Windows | None:
        """The windows over the results that the pixels see, if they are such as a convolution has."""
        reach = [d * (k - 1) for k, d in zip(self.kernel, self.dilation, strict=True)]
        padding = tuple((r - low, r - high) for r, (low, high) in zip(reach, self.padding, strict=True))
        if set(self.stride) != {1} or min(map(min, padding)) < 0:
            return None
        return windows_of(self.out, self.kernel, self.stride, padding, self.dilation)

    def _place(self, reaches: list[range]) -> None:
        """Each kernel element's phase, and where its run starts there."""
        steps = [math.prod(self.grid[k + 1 :]) for k in range(len(self.grid))]
        phases: dict[Ints, int] = {}
        self.elements = []
        for offset in product(*reaches):
            phase = tuple(o % s for o, s in zip(offset, self.stride, strict=True))
            start = sum(o // s * step for o, s, step in zip(offset, self.stride, steps, strict=True))
            self.elements.append((phases.setdefault(phase, len(phases)), start))
        self.phases = [self._parts(phase) for phase in phases]
        self.total = max([start for _, start in self.elements]) + self.run
        self.total = max(self.total, math.prod(self.grid))

    def _parts(self, phase: Ints) -> tuple[Any, Any]:
        """Which part of a phase's grid is image, and which part of the image that is."""
        inside, source = [], []
        numbers = zip(phase, self.size, self.grid, self.stride, self.padding, strict=True)
        for a, n, grid, stride, (low, _) in numbers:
            first = max(-(-(low - a) // stride), 0)
            last = min((n - 1 - a + low) // stride + 1, grid)
            inside.append(slice(first, max(last, first)))
            start = first * stride + a - low
            source.append(slice(start, start + max(last - first, 0) * stride, stride))
        return tuple(inside), tuple(source)

    def blocks(self, images: int, rows: int) -> Iterator[slice]:
        """The images in blocks of about equal size, for a matrix of so many rows."""
        most = max(BLOCK // max(rows * self.run, 1), -(-COLUMNS // max(self.run, 1)), 1)
        step = -(-images // -(-images // most)) if images else 1
        return (slice(start, min(start + step, images)) for start in range(0, images, step))


windows_of = lru_cache(256)(Windows)


class _Memory(threading.local):
    """What a thread's convolutions share: pages that are there already, and in the cache."""

    def __init__(self) -> None:
        self.bytes = np.empty(MEMORY, np.uint8)


_memory = _Memory()


class Scratch:
    """Hands out parts of the thread's memory, one after the other, and fresh memory when that is full."""

    def __init__(self) -> None:
        self.used = 0

    def take(self, shape: Ints, dtype: Any) -> Any:
        """An array of anything; it belongs to whoever made this `Scratch` last."""
        start = self.used
        self.used += -(-math.prod(shape) * dtype.itemsize // 64) * 64
        if self.used > MEMORY:
            return np.empty(shape, dtype)
        return np.ndarray(shape, dtype, _memory.bytes, start)


class Frame:
    """Memory for the windows of one block of images, to be filled again for each block."""

    def __init__(self, windows: Windows, channels: int, images: int, dtype: Any, scratch: Scratch) -> None:
        self.windows, self.channels, self.images = windows, channels, images
        w = windows
        self.source = scratch.take((len(w.phases), channels, images, w.total), dtype)
        self.source[...] = 0
        self.pixels = self.source[..., : math.prod(w.grid)].reshape(*self.source.shape[:-1], *w.grid)
        self.runs = [self.source[p, :, :, start : start + w.run] for p, start in w.elements]
        self.columns = (
            self.runs[0] if w.count == 1 else scratch.take((channels, w.count, images, w.run), dtype)
        )

    def matrix(self, groups: int) -> Any:
        """The columns as a matrix for each group of channels."""
        rows = self.channels // groups * self.windows.count
        return self.columns.reshape(groups, rows, self.images * self.windows.run)

    def fill(self, x: Any) -> None:
        """Lay out the windows of these images, (images, channels, ...)."""
        x = x.swapaxes(0, 1)
        for pixels, (inside, source) in zip(self.pixels, self.windows.phases, strict=True):
            pixels[:, :, *inside] = x[:, :, *source]
        if self.windows.count > 1:
            for k, run in enumerate(self.runs):
                self.columns[:, k] = run

    def collect(self, out: Any) -> None:
        """The adjoint of `fill`: add up what is in the columns where it came from, and write it to `out`."""
        if self.windows.count > 1:
            self.source[...] = 0
            for k, run in enumerate(self.runs):
                run += self.columns[:, k]
        out = out.swapaxes(0, 1)
        for pixels, (inside, source) in zip(self.pixels, self.windows.phases, strict=True):
            out[:, :, *source] = pixels[:, :, *inside]


class Results:
    """Memory for one number for each window, channel by channel, with the columns that mean nothing."""

    def __init__(self, windows: Windows, channels: int, images: int, dtype: Any, scratch: Scratch) -> None:
        self.array = scratch.take((channels, images, windows.run), dtype)
        wide = self.array.reshape(channels, images, windows.out[0], *windows.grid[1:])
        self.inside = wide[(..., *[slice(n) for n in windows.out])].swapaxes(0, 1)
        self.channels = channels

    def fill(self, y: Any) -> None:
        """Lay out these numbers, (images, channels, ...), and zeros in the columns that mean nothing."""
        if self.inside.size != self.array.size:
            self.array[...] = 0
        self.inside[...] = y

    def matrix(self, groups: int) -> Any:
        """The numbers as a matrix for each group of channels."""
        return self.array.reshape(groups, self.channels // groups, self.array.shape[1] * self.array.shape[2])
