"""PackedSequence: sequences of different lengths, without padding."""

from __future__ import annotations

from typing import Any, NamedTuple, Self

import numpy as np

from ....engine.tensor import Tensor


class _Fields(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Fields):
    """A batch of sequences without padding: a named tuple, made by `pack_sequence` and its kin.

    `data` (N, ...) holds the rows of the first step, then those of the second, and so on; `batch_sizes`
    says how many rows each step has, which never grows.  `sorted_indices` is the order, longest first,
    into which the sequences were brought, and `unsorted_indices` its inverse; None if they came so.

    >>> packed = mt.nn.utils.rnn.pack_sequence([mt.tensor([1, 2]), mt.tensor([3])])
    >>> packed.data, packed.batch_sizes
    (tensor([1, 3, 2]), tensor([2, 1]))
    """

    __slots__ = ()

    def __new__(
        cls, data: Any, batch_sizes: Tensor | None = None, sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> Self:  # fmt: skip
        """From its fields, or from a pair of data and batch sizes."""
        if batch_sizes is None:
            if not isinstance(data, (list, tuple)) or len(data) != 2:
                raise AssertionError(
                    "PackedSequence: without batch_sizes, data must be a list or tuple of length 2, "
                    f"(data, batch_sizes), and it is a {type(data).__name__}; use pack_sequence()"
                )
            data, batch_sizes = data
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """With the data as ``Tensor.to`` gives it; itself if that changes nothing."""
        data = self.data.to(*args, **kwargs)
        return self if data is self.data else self._replace(data=data)

    def cpu(self) -> PackedSequence:
        """Itself: everything is on the CPU."""
        return self

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Refused with ``RuntimeError``, as for every tensor."""
        return self._replace(data=self.data.cuda(*args, **kwargs))

    def double(self) -> PackedSequence:
        """With data of float64."""
        return self.to(np.dtype(np.float64))

    def float(self) -> PackedSequence:
        """With data of float32."""
        return self.to(np.dtype(np.float32))

    def half(self) -> PackedSequence:
        """With data of float16."""
        return self.to(np.dtype(np.float16))

    def long(self) -> PackedSequence:
        """With data of int64."""
        return self.to(np.dtype(np.int64))

    def int(self) -> PackedSequence:
        """With data of int32."""
        return self.to(np.dtype(np.int32))

    def short(self) -> PackedSequence:
        """With data of int16."""
        return self.to(np.dtype(np.int16))

    def char(self) -> PackedSequence:
        """With data of int8."""
        return self.to(np.dtype(np.int8))

    def byte(self) -> PackedSequence:
        """With data of uint8."""
        return self.to(np.dtype(np.uint8))

    @property
    def is_cuda(self) -> bool:
        """False: everything is on the CPU."""
        return False

    def is_pinned(self) -> bool:
        """False: memory is pinned for a GPU's sake."""
        return False


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """The permutation that undoes this one; None for None.

    >>> mt.nn.utils.rnn.invert_permutation(mt.tensor([2, 0, 1]))
    tensor([1, 2, 0])
    """
    return None if permutation is None else Tensor._of(np.argsort(permutation.array, kind="stable"))
