"""What a call leaves: results as tensors, gradients, and, where it ends in the middle, nothing half set."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine import versions
from ..engine.graph import Node
from ..engine.tensor import Tensor
from ..engine.versions import Write, next_number, owner
from .program import Array, Miss

__all__ = ["CompiledBackward0", "Outcome", "Stop", "of_history", "twin"]

new = object.__new__


class CompiledBackward0(Node):
    """Where the history of a compiled step's result ends: the step has walked the graph, and freed it."""

    __slots__ = ()


class Outcome:
    """What a captured call left behind: its results, and the gradients of tensors that were there before.

    `results` holds for each leaf of the result how to make it: ``("array", array, scalar, requires_grad)``
    for a tensor that the run made, ``("argument", k)`` for an argument handed through, ``("grad", k)`` for
    the gradient of ``grads[k]``, ``("object", value)`` else.
    `grads` are pairs of a tensor and the array of its gradient, None where it was dropped.
    """

    def __init__(
        self, shape: Any, results: list[tuple[Any, ...]], grads: list[tuple[Tensor, Array | None]]
    ) -> None:
        self.shape, self.results, self.grads = shape, results, grads

    def arrays(self) -> list[Array]:
        """The arrays that must be right at the end: results first."""
        found = [how[1] for how in self.results if how[0] == "array"]
        return found + [array for _, array in self.grads if array is not None]

    def repoint(self, arrays: list[Array]) -> None:
        """Take the places that `arrays` gave to other memory."""
        rest = iter(arrays)
        self.results = [(how[0], next(rest), *how[2:]) if how[0] == "array" else how for how in self.results]
        self.grads = [(t, None if a is None else next(rest)) for t, a in self.grads]


class Stop:
    """What is done where an exception ends a call in the middle.

    Args:
        dropped: tensors whose gradient the call has dropped, and whose memory may hold something else by now.
        writes: the version counters of what the call writes.
        label: who has written.
    """

    def __init__(self, dropped: Sequence[Tensor], writes: Sequence[Write], label: str) -> None:
        self.dropped, self.writes, self.label = dropped, list(writes), label

    def __call__(self, error: BaseException, renewals: Sequence[Any] = ()) -> None:
        """Drop the gradients, take back step counts that no update has followed, and say what was written."""
        for tensor in self.dropped:
            tensor._grad = None
        if not isinstance(error, Miss):
            for renewal in renewals:
                renewal.undo()
            versions.wrote_all(self.writes, self.label)


def of_history(data: Any) -> Tensor:
    """A tensor whose graph was walked; written out, since every step returns one."""
    tensor: Tensor = new(Tensor)
    tensor._data, tensor._rg = data, True
    tensor._grad = tensor._view = tensor._extras = None
    tensor._node = node = new(CompiledBackward0)
    node.edges, node.saved, node.extras, node.number = (), None, None, next_number()
    return tensor


def twin(array: Array) -> Array:
    """A copy in memory of the same layout."""
    memory = owner(array)
    start = array.__array_interface__["data"][0] - memory.__array_interface__["data"][0]
    return np.ndarray(array.shape, array.dtype, memory.copy("K"), start, array.strides)
