"""Sequences of different lengths in one batch: padded to a rectangle, or packed without padding.

A packed batch holds, step after step, one row for each sequence that is still going on, the longest
first; recurrent layers take it as it is.  Read step by step, the places of a rectangle that hold data are
in the order of the packed rows: so packing is reading by a mask, padding is writing by one, and each is
the other's gradient.
"""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from ...engine.tensor import Tensor
from ...ops.indexing.getitem import index, put
from ...ops.joining.cat_split import cat, unbind
from ..modules.rnn.packed_sequence import PackedSequence, invert_permutation

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


# -------------------------------------------------------------------------- packing


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """A rectangle (T, B, ...), or (B, T, ...), of padded sequences without its padding.

    `lengths` (a list or a tensor) must not grow from sequence to sequence, unless
    ``enforce_sorted=False``: then they are sorted, and whatever is made of the result is put back into
    the given order.  Raises ``RuntimeError`` for lengths that are not sorted, not positive, longer than
    the rectangle (where PyTorch packs what is there), or not one for each sequence.

    >>> x = mt.tensor([[1, 2], [3, 0]])
    >>> mt.nn.utils.rnn.pack_padded_sequence(x, [2, 1]).data
    tensor([1, 2, 3])
    """
    if not isinstance(input, Tensor):
        raise TypeError(f"pack_padded_sequence: expected input to be a Tensor, got {type(input).__name__}")
    counts = np.asarray(getattr(lengths, "array", lengths)).astype(np.int64)
    order = None
    if not enforce_sorted:
        order = Tensor._of(np.argsort(-counts, kind="stable"))
        counts, input = counts[order.array], input.index_select(0 if batch_first else 1, order)
    rows = input.transpose(0, 1) if batch_first else input
    _check_lengths(rows, counts)
    filled = _filled(counts, rows.shape[0])
    sizes = np.add.reduce(filled[: counts[0]], axis=1, dtype=np.int64)
    return PackedSequence(index(rows, (filled,)), Tensor._of(sizes), order)


def _filled(counts: Any, steps: int) -> Any:
    """Which places of a rectangle (steps, B) hold data."""
    return np.arange(steps)[:, None] < counts


def _check_lengths(rows: Tensor, counts: Any) -> None:
    if counts.ndim != 1:
        raise RuntimeError(
            f"pack_padded_sequence: lengths must be a vector of integers, and has {counts.ndim} dimensions"
        )
    if rows.ndim < 2:
        raise IndexError(
            f"pack_padded_sequence: input {tuple(rows.shape)} has no batch: expected (T, B, ...), or "
            "(B, T, ...) under batch_first=True"
        )
    if rows.numel() == 0:
        raise RuntimeError(
            f"pack_padded_sequence: Cannot pack empty tensors, and input is {tuple(rows.shape)}"
        )
    if len(counts) != rows.shape[1]:
        raise RuntimeError(
            f"pack_padded_sequence: Expected one length for each of {rows.shape[1]} sequences, and got "
            f"{len(counts)}"
        )
    if counts.min() <= 0:
        raise RuntimeError(
            "pack_padded_sequence: every length has to be greater than 0, and the smallest is "
            f"{counts.min()}: leave empty sequences out"
        )
    if np.any(counts[1:] > counts[:-1]):
        raise RuntimeError(
            "pack_padded_sequence: lengths must be sorted in decreasing order, and are "
            f"{counts.tolist()}: pass enforce_sorted=False to have them sorted"
        )
    if counts[0] > rows.shape[0]:
        raise RuntimeError(
            f"pack_padded_sequence: length {counts[0]} exceeds the {rows.shape[0]} steps of the input"
        )


def lengths_of(packed: PackedSequence) -> Any:
    """The length of each sequence as an array, the longest first."""
    sizes = packed.batch_sizes.array
    return np.add.reduce(np.arange(sizes[0]) < sizes[:, None], axis=0, dtype=np.int64)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Tensor, Tensor]:  # fmt: skip
    """The rectangle (T, B, ...), or (B, T, ...), of a packed batch, and the sequences' lengths.

    Raises ``ValueError`` if `total_length` is less than the longest sequence's.

    >>> packed = mt.nn.utils.rnn.pack_sequence([mt.tensor([1, 2]), mt.tensor([3])])
    >>> mt.nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
    (tensor([[1, 2],
            [3, 0]]), tensor([2, 1]))
    """
    counts = lengths_of(sequence)
    steps = int(counts[0]) if total_length is None else total_length
    if steps < counts[0]:
        raise ValueError(
            "pad_packed_sequence: Expected total_length to be at least the length of the longest sequence, "
            f"{counts[0]}, and got {steps}"
        )
    padded = _spread(sequence.data, _filled(counts, steps), padding_value)
    padded = padded.transpose(0, 1) if batch_first else padded
    if sequence.unsorted_indices is not None:
        padded = padded.index_select(0 if batch_first else 1, sequence.unsorted_indices)
        counts = counts[sequence.unsorted_indices.array]
    return padded, Tensor._of(counts)


def _spread(data: Tensor, filled: Any, padding_value: float) -> Any:
    """The rows of `data` in the filled places, and the padding in all others."""
    rest = tuple(data.shape[1:])
    padded = put(data, (*filled.shape, *rest), (filled,))
    if padding_value == 0:
        return padded
    empty = Tensor._of(~filled.reshape(filled.shape + (1,) * len(rest)))
    return padded.masked_fill(empty, padding_value)


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences (L, ...) of several lengths as one rectangle: (T, B, ...), or (B, T, ...).

    Raises ``RuntimeError`` for no sequences, for numbers, and for differing further dimensions.

    >>> mt.nn.utils.rnn.pad_sequence([mt.tensor([1, 2]), mt.tensor([3])], batch_first=True)
    tensor([[1, 2],
            [3, 0]])
    """
    if not isinstance(sequences, Iterable):
        raise RuntimeError(f"pad_sequence: Expected an iterable of Tensors, got {type(sequences).__name__}")
    parts = list(unbind(sequences) if isinstance(sequences, Tensor) else sequences)
    _check_parts(parts, padding_side)
    counts = np.array([len(p) for p in parts])[:, None]
    places = np.arange(counts.max())
    filled = places < counts if padding_side == "right" else places >= counts.max() - counts
    padded = _spread(cat([p.to(parts[0].dtype) for p in parts]), filled, padding_value)
    return padded if batch_first else padded.transpose(0, 1).contiguous()


def _check_parts(parts: list[Any], padding_side: str) -> None:
    for i, part in enumerate(parts):
        if not isinstance(part, Tensor):
            raise TypeError(f"pad_sequence: expected Tensor as element {i}, but got {type(part).__name__}")
    if not parts:
        raise RuntimeError("pad_sequence: received an empty list of sequences")
    if padding_side not in ("left", "right"):
        raise RuntimeError(f"pad_sequence: Expected padding_side to be left or right, but got {padding_side}")
    if any(p.ndim == 0 or p.shape[1:] != parts[0].shape[1:] for p in parts):
        raise RuntimeError(
            "pad_sequence: expected sequences (L, ...) that differ in their first dimension alone, and got "
            f"{[tuple(p.shape) for p in parts]}"
        )


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """The sequences of a rectangle, as views; the inverse of `pad_sequence`.

    >>> mt.nn.utils.rnn.unpad_sequence(mt.tensor([[1, 2], [3, 0]]), mt.tensor([2, 1]), batch_first=True)
    [tensor([1, 2]), tensor([3])]
    """
    rows = padded_sequences if batch_first else padded_sequences.transpose(0, 1)
    return [row[:n] for row, n in zip(unbind(rows), lengths.tolist(), strict=True)]


def pack_sequence(sequences: list[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (L, ...) packed; the longest first, unless ``enforce_sorted=False``.

    >>> mt.nn.utils.rnn.pack_sequence([mt.tensor([1, 2]), mt.tensor([3])]).data
    tensor([1, 3, 2])
    """
    lengths = [s.shape[0] for s in sequences]
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a packed batch, in the order in which they were given.

    >>> rnn = mt.nn.utils.rnn
    >>> rnn.unpack_sequence(rnn.pack_sequence([mt.tensor([1, 2]), mt.tensor([3])]))
    [tensor([1, 2]), tensor([3])]
    """
    return unpad_sequence(*pad_packed_sequence(packed_sequences))
