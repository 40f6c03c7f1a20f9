"""Buckets: gradients that are reduced together, in one array.

A message has a price of its own, so small gradients share one; a large one is reduced where it lies,
without a copy.  Buckets are filled from the model's end, where backward begins.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from ...engine import versions
from ...engine.tensor import Tensor

Array = np.ndarray[Any, Any]

__all__ = ["Bucket", "GradBucket", "assign"]

OWN = 256 * 1024
"""Bytes from which a gradient is a bucket of its own."""

FIRST = 1024 * 1024
"""Bytes of the first bucket, which should be on its way early."""


def assign(parameters: Sequence[Tensor], cap: int) -> list[list[int]]:
    """Positions of parameters, from the last to the first, by bucket: one dtype, at most about `cap` bytes.

    >>> from microtensor.nn.parallel.buckets import assign
    >>> assign([mt.zeros(3), mt.zeros(2), mt.zeros(1)], cap=12)
    [[2, 1], [0]]
    """
    return [list(part) for part in _parts(parameters, cap)]


def _parts(parameters: Sequence[Tensor], cap: int) -> Iterator[list[int]]:
    part: list[int] = []
    size, limit = 0, min(FIRST, cap)
    for index in reversed(range(len(parameters))):
        p = parameters[index]
        large = p.nbytes >= OWN
        if part and (large or p.dtype != parameters[part[0]].dtype):
            yield part
            part, size, limit = [], 0, cap
        part.append(index)
        size += p.nbytes
        if large or size >= limit:
            yield part
            part, size, limit = [], 0, cap
    if part:
        yield part


class Bucket:
    """Some parameters' gradients on their way to their mean over all ranks."""

    def __init__(self, indices: list[int], parameters: Sequence[Tensor], as_view: bool) -> None:
        self.indices, self.as_view = indices, as_view
        self.parameters = [parameters[index] for index in indices]
        self.shapes = [tuple(p.shape) for p in self.parameters]
        sizes = [p.numel() for p in self.parameters]
        self.ends = np.cumsum(sizes).tolist()
        self.dtype = self.parameters[0].array.dtype
        self.flat: Array | None = None if len(indices) == 1 else np.empty(self.ends[-1], self.dtype)
        self.parts: list[Array] = []
        self.work: Any = None
        self.missing: set[int] = set()

    def start(self) -> None:
        """Forget the last pass."""
        self.missing, self.work = set(self.indices), None

    def share(self, parts: Sequence[Array], rank: int) -> None:
        """Let all gradients of this rank come to where the others can read them: ``parts[rank]``."""
        self.parts = [part.view(self.dtype) for part in parts]
        self.flat = self.parts[rank]

    def view(self, place: int, flat: Array | None = None) -> Array:
        """Where the gradient of the parameter at `place` lies in the flat array, or in another one."""
        flat = self.flat if flat is None else flat
        assert flat is not None
        begin = self.ends[place - 1] if place else 0
        return flat[begin : self.ends[place]].reshape(self.shapes[place])

    def put(self, index: int, scale: float) -> None:
        """Take the gradient of a parameter, times `scale`; zeros if it has none."""
        place = self.indices.index(index)
        grad = self.parameters[place]._grad
        self.missing.discard(index)
        if len(self.indices) == 1 and not self.parts:
            self.flat = self._in_place(grad, scale)
        elif grad is None:
            self.view(place)[...] = 0
        else:
            np.multiply(grad.array, self.dtype.type(scale), out=self.view(place))

    def _in_place(self, grad: Tensor | None, scale: float) -> Array:
        """A gradient that is a bucket of its own, where it lies if it can be reduced there."""
        if grad is None:
            return np.zeros(self.ends[-1], self.dtype)
        array = grad.array
        target = array if array.flags.c_contiguous and array.flags.writeable else None
        if scale == 1 and target is not None:
            return array.reshape(-1)
        found: Array = np.multiply(array, self.dtype.type(scale), out=target)
        return found.reshape(-1)

    def asked(self) -> bool:
        """Whether the reduction is done; asking moves it on."""
        ask: Callable[[], bool] = getattr(self.work, "is_completed", None) or self.work.done
        return ask()

    def add_up(self, index: int) -> None:
        """Let the sum of what all ranks have put into their parts be the parameter's gradient.

        Everybody adds in the order of ranks, so that the sums are the same to the last bit.
        """
        place = self.indices.index(index)
        p, (first, second, *others) = self.parameters[place], [self.view(place, part) for part in self.parts]
        held = None if p._grad is None else p._grad.array
        found = np.add(first, second, out=held if held is not None and held.flags.writeable else None)
        for other in others:
            found += other
        if found is not held:
            p._grad = Tensor._of(found)
        versions.wrote(found, "the reduction of gradients")

    def give(self, index: int) -> None:
        """Let the reduced gradient be the parameter's."""
        place = self.indices.index(index)
        p, found = self.parameters[place], self.view(place)
        grad = p._grad
        if grad is None or self.as_view:
            p._grad = Tensor._of(found if self.as_view or len(self.indices) == 1 else found.copy())
        elif not np.may_share_memory(grad.array, found):
            grad.array[...] = found
        versions.wrote(p._grad.array, "the reduction of gradients")


class GradBucket:
    """A bucket as a communication hook sees it.

    ``buffer()`` is the flat tensor of all its gradients, which nobody has divided yet; `set_buffer` replaces
    its content.
    """

    def __init__(self, bucket: Bucket, number: int, last: bool) -> None:
        assert bucket.flat is not None
        self._bucket, self._number, self._last = bucket, number, last
        self._buffer: Tensor = Tensor._of(bucket.flat)

    def index(self) -> int:
        """Its place in the order in which buckets are reduced."""
        return self._number

    def is_last(self) -> bool:
        """Whether it is the last one of the pass."""
        return self._last

    def buffer(self) -> Tensor:
        """The gradients, end to end."""
        return self._buffer

    def set_buffer(self, buffer: Tensor) -> None:
        """Overwrite the gradients."""
        self._buffer.array[...] = buffer.detach().array.reshape(-1)

    def gradients(self) -> list[Tensor]:
        """The gradients, one by one, in the buffer's memory."""
        return [Tensor._of(self._bucket.view(place)) for place in range(len(self._bucket.indices))]

    def parameters(self) -> list[Tensor]:
        """The parameters whose gradients they are."""
        return list(self._bucket.parameters)
