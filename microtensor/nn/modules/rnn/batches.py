"""The forms in which sequences come to a recurrent layer, and the one in which its op wants them: rows.

A `Batch` holds the rows of all steps, one step after the other, and knows the way back to the form that
came in: a batch with time first or second, one sequence, or a packed batch.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from functools import lru_cache
from typing import Any

import numpy as np

from ....engine.overriding.dispatch import casts
from ....engine.tensor import Tensor
from ....ops.indexing.getitem import index
from ....ops.indexing.narrow import narrow
from ....ops.recurrent.unrolling import Sizes, spans
from ....ops.views.flip import flip
from .packed_sequence import PackedSequence


class Batch(ABC):
    """Sequences of any lengths as rows: the base of what differs between packed ones and others."""

    ndim = 3
    """The number of dimensions that the states must have."""

    def __init__(self, rows: Any, sizes: Sizes) -> None:
        self.rows, self.sizes = rows, sizes

    def check_states(self, names: tuple[str, ...], states: tuple[Any, ...]) -> None:
        """``RuntimeError`` for given states of a wrong number of dimensions."""
        given = [s.dim() for s in states if s is not None]
        if any(n != self.ndim for n in given):
            raise RuntimeError(
                f"For {'batched 3-D' if self.ndim == 3 else 'unbatched 2-D'} input, {' and '.join(names)} "
                f"should also be {self.ndim}-D, and got {' and '.join(f'{n}-D' for n in given)}"
            )

    def first_state(self, layer: Any, state: Any, size: int) -> Any:
        """A given state as (layers * directions, B, size), zeros if None; checked."""
        expected = (len(layer._all_weights), self.sizes[0], size)
        if state is None:
            return Tensor._of(np.zeros(expected, self.rows.dtype))
        state = self.sorted(state if self.ndim == 3 else state.unsqueeze(1))
        if tuple(state.shape) != expected:
            raise RuntimeError(
                f"{layer.mode}: Expected hidden size {expected} (layers * directions, batch, features), got "
                f"{list(state.shape)}"
            )
        return state

    def sorted(self, state: Any) -> Any:
        """A state in the order of the rows."""
        return state

    def last_state(self, state: Any) -> Any:
        """All layers' last states in the form and order in which states are given."""
        return state if self.ndim == 3 else state.squeeze(1)

    @abstractmethod
    def turned(self, rows: Any) -> Any:
        """Each sequence read backwards; twice is the sequence itself."""

    @abstractmethod
    def last(self, rows: Any) -> Any:
        """The last row of each sequence."""

    @abstractmethod
    def restored(self, rows: Any) -> Any:
        """The layer's result in the form of the input."""


class Rectangle(Batch):
    """Sequences of one length: (T, B, I), or (B, T, I), or (T, I)."""

    def __init__(self, input: Any, batch_first: bool) -> None:
        self.ndim, self.second = input.ndim, batch_first and input.ndim == 3
        x = input if self.ndim == 3 else input.unsqueeze(1)
        steps, self.count, width = (x.transpose(0, 1) if self.second else x).shape
        x = x.transpose(0, 1) if self.second else x
        if not steps:
            raise RuntimeError(
                f"Expected sequence length to be larger than 0 in RNN, got {tuple(input.shape)}"
            )
        super().__init__(x.reshape(steps * self.count, width), (self.count,) * steps)

    def _opened(self, rows: Any) -> Any:
        return rows.reshape(len(self.sizes), self.count, rows.shape[1])

    def turned(self, rows: Any) -> Any:
        """The steps in reverse order."""
        return flip(self._opened(rows), 0).reshape(rows.shape)

    def last(self, rows: Any) -> Any:
        """The rows of the last step."""
        return narrow(rows, 0, rows.shape[0] - self.count, self.count)

    def restored(self, rows: Any) -> Any:
        """With time first or second, or without a batch, as it came."""
        x = self._opened(rows)
        if self.ndim == 2:
            return x.squeeze(1)
        return x.transpose(0, 1) if self.second else x


class Packed(Batch):
    """Sequences of several lengths in a PackedSequence."""

    def __init__(self, packed: PackedSequence) -> None:
        super().__init__(packed.data, tuple(packed.batch_sizes.tolist()))
        self.packed = packed

    def sorted(self, state: Any) -> Any:
        """The longest sequence first."""
        order = self.packed.sorted_indices
        return state if order is None else state.index_select(1, order)

    def last_state(self, state: Any) -> Any:
        """In the order in which the sequences were given."""
        order = self.packed.unsorted_indices
        return state if order is None else state.index_select(1, order)

    def turned(self, rows: Any) -> Any:
        """Each sequence by itself in reverse order."""
        return index(rows, (backwards(self.sizes),))

    def last(self, rows: Any) -> Any:
        """The row at which each sequence ends."""
        return index(rows, (ends(self.sizes),))

    def restored(self, rows: Any) -> Any:
        """A PackedSequence of the same order."""
        return self.packed._replace(data=rows)


@lru_cache(maxsize=64)
def _places(sizes: Sizes) -> tuple[Any, Any, Any, Any]:
    """The first row of each step, the length of each sequence, and each row's step and sequence."""
    starts = np.array([s.start for s in spans(sizes)])
    counts = np.add.reduce(np.arange(sizes[0]) < np.array(sizes)[:, None], axis=0)
    steps = np.repeat(np.arange(len(sizes)), sizes)
    return starts, counts, steps, np.arange(len(steps)) - starts[steps]


def ends(sizes: Sizes) -> Any:
    """The row at which each sequence ends.

    >>> from microtensor.nn.modules.rnn.batches import ends
    >>> ends((2, 1))
    array([2, 1])
    """
    starts, counts, _, _ = _places(sizes)
    return starts[counts - 1] + np.arange(sizes[0])


def backwards(sizes: Sizes) -> Any:
    """For each row the one that takes its place when every sequence is read backwards.

    >>> from microtensor.nn.modules.rnn.batches import backwards
    >>> backwards((2, 1))
    array([2, 1, 0])
    """
    starts, counts, steps, which = _places(sizes)
    return starts[counts[which] - 1 - steps] + which


def batch_of(layer: Any, input: Any) -> Batch:
    """The input of a layer as rows; ``ValueError`` and ``RuntimeError`` for what does not fit the layer."""
    if isinstance(input, PackedSequence):
        return Packed(_checked(layer, input, input.data, 2))
    if input.dim() not in (2, 3):
        raise ValueError(f"{layer._get_name()}: Expected input to be 2D or 3D, got {input.dim()}D instead")
    return Rectangle(_checked(layer, input, input, input.dim()), layer.batch_first)


def _checked(layer: Any, input: Any, x: Any, ndim: int) -> Any:
    weight = layer.weight_ih_l0
    if x.dtype != weight.dtype and not casts():
        raise ValueError(
            f"{layer._get_name()}: input dtype {x.dtype} does not match weight dtype {weight.dtype}. Convert "
            f"the input, input.to({weight.dtype}), or the model, model.to({x.dtype})"
        )
    if x.dim() != ndim:
        raise RuntimeError(f"input must have {ndim} dimensions, got {x.dim()}")
    if x.shape[-1] != layer.input_size:
        raise RuntimeError(
            f"input.size(-1) must be equal to input_size. Expected {layer.input_size}, got {x.shape[-1]}"
        )
    return input
