"""What a data set is, and how one is made of others: side by side, end to end, in part."""

from __future__ import annotations

import math
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any, Generic, TypeVar

from ...engine.tensor import Tensor
from ...random.generator import Generator, default_generator
from ...random.tensors import randperm

__all__ = [
    "ChainDataset",
    "ConcatDataset",
    "Dataset",
    "IterableDataset",
    "StackDataset",
    "Subset",
    "TensorDataset",
    "random_split",
]

T_co = TypeVar("T_co", covariant=True)


class Dataset(Generic[T_co]):
    """Samples by index: derive from it, and define ``__getitem__`` and ``__len__``.

    A data set that can fetch many samples at once more cheaply may define ``__getitems__``, which
    takes a list of indices and returns a list of samples.

    >>> class Squares(mt.utils.data.Dataset):
    ...     def __len__(self):
    ...         return 4
    ...     def __getitem__(self, index):
    ...         return index**2
    >>> [batch.tolist() for batch in mt.utils.data.DataLoader(Squares(), batch_size=3)]
    [[0, 1, 4], [9]]
    """

    def __getitem__(self, index: Any) -> T_co:
        """The sample at `index`."""
        raise NotImplementedError(f"{type(self).__name__} has to define __getitem__")

    def __add__(self, other: Dataset[Any]) -> ConcatDataset[Any]:
        """Put another data set behind this one."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T_co]):
    """Samples in the order in which they come: derive from it, and define ``__iter__``.

    >>> class Stream(mt.utils.data.IterableDataset):
    ...     def __iter__(self):
    ...         return iter([1.0, 2.0, 3.0])
    >>> [batch.tolist() for batch in mt.utils.data.DataLoader(Stream(), batch_size=2)]
    [[1.0, 2.0], [3.0]]
    """

    def __iter__(self) -> Iterator[T_co]:
        """Start anew."""
        raise NotImplementedError(f"{type(self).__name__} has to define __iter__")

    def __add__(self, other: Dataset[Any]) -> ChainDataset:  # type: ignore[override]
        """Put another data set behind this one."""
        return ChainDataset([self, other])


class TensorDataset(Dataset[tuple[Tensor, ...]]):
    """Tensors side by side: sample ``i`` is the tuple of their rows ``i``.

    Raises ``AssertionError`` if they have different numbers of rows.

    >>> data = mt.utils.data.TensorDataset(mt.arange(3), mt.ones(3, 2))
    >>> data[1]
    (tensor(1), tensor([1., 1.]))
    """

    tensors: tuple[Tensor, ...]

    def __init__(self, *tensors: Tensor) -> None:
        sizes = [tensor.size(0) for tensor in tensors]
        if len(set(sizes)) > 1:
            raise AssertionError(
                f"Size mismatch between tensors: they have {sizes} rows, and all must have the same"
            )
        self.tensors = tensors

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple([tensor[index] for tensor in self.tensors])

    def __len__(self) -> int:
        return self.tensors[0].size(0)  # type: ignore[no-any-return]


class StackDataset(Dataset[Any]):
    """Data sets side by side: samples are tuples, or dictionaries if the data sets have names.

    Raises ``ValueError`` for different lengths, for none at all, and for named and unnamed ones.

    >>> data = mt.utils.data.StackDataset(x=[1, 2], y=["a", "b"])
    >>> data[1]
    {'x': 2, 'y': 'b'}
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if bool(args) == bool(kwargs):
            raise ValueError(
                "StackDataset takes data sets either all with names or all without, at least one: "
                f"got {len(args)} without and {len(kwargs)} with"
            )
        self.datasets: Any = args or kwargs
        lengths = [len(dataset) for dataset in args or kwargs.values()]
        if len(set(lengths)) > 1:
            raise ValueError(f"Size mismatch between datasets: their lengths are {lengths}")
        self._length = lengths[0]

    def __getitem__(self, index: Any) -> Any:
        if isinstance(self.datasets, dict):
            return {name: dataset[index] for name, dataset in self.datasets.items()}
        return tuple([dataset[index] for dataset in self.datasets])

    def __len__(self) -> int:
        return self._length


class ConcatDataset(Dataset[T_co]):
    """Data sets end to end.

    Raises ``AssertionError`` for none, and for an `IterableDataset`, which has no indices.

    >>> data = mt.utils.data.ConcatDataset([["a", "b"], ["c"]])
    >>> data[2], data[-3]
    ('c', 'a')
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise AssertionError("datasets should not be an empty iterable")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise AssertionError("ConcatDataset does not support IterableDataset: use ChainDataset")
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, idx: int) -> T_co:
        if idx < -len(self):
            raise ValueError(
                f"absolute value of index should not exceed dataset length: {idx} for {len(self)}"
            )
        idx += len(self) if idx < 0 else 0
        which = bisect_right(self.cumulative_sizes, idx)
        if which == len(self.datasets):
            raise IndexError(f"index {idx} is out of range for {len(self)} samples")
        return self.datasets[which][idx - (self.cumulative_sizes[which - 1] if which else 0)]  # type: ignore[no-any-return]


class ChainDataset(IterableDataset[Any]):
    """Iterable data sets, one after the other.

    >>> class Count(mt.utils.data.IterableDataset):
    ...     def __iter__(self):
    ...         return iter(range(2))
    >>> list(Count() + Count())
    [0, 1, 0, 1]
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = datasets

    def __iter__(self) -> Iterator[Any]:
        for dataset in self._checked():
            yield from dataset

    def __len__(self) -> int:
        return sum(len(dataset) for dataset in self._checked())

    def _checked(self) -> Iterator[Any]:
        for dataset in self.datasets:
            if not isinstance(dataset, IterableDataset):
                raise AssertionError(
                    f"ChainDataset only supports IterableDataset, not {type(dataset).__name__}"
                )
            yield dataset


class Subset(Dataset[T_co]):
    """The samples of `dataset` at `indices`, in that order.

    >>> mt.utils.data.Subset(["a", "b", "c"], [2, 0])[0]
    'c'
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset, self.indices = dataset, indices

    def __getitem__(self, idx: Any) -> Any:
        if isinstance(idx, list):
            return self.dataset[[self.indices[i] for i in idx]]
        return self.dataset[self.indices[idx]]

    def __getitems__(self, indices: list[int]) -> list[Any]:
        """Many samples, at once if the data set can do that."""
        if type(self).__getitem__ is not Subset.__getitem__:
            return [self[index] for index in indices]
        chosen = [self.indices[index] for index in indices]
        if callable(getattr(self.dataset, "__getitems__", None)):
            return self.dataset.__getitems__(chosen)  # type: ignore[no-any-return]
        return [self.dataset[index] for index in chosen]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Any,
    lengths: Sequence[int | float],
    generator: Generator | None = default_generator,
) -> list[Subset[Any]]:
    """Cut a data set at random into parts without overlap.

    Args:
        dataset: samples by index.
        lengths: sizes of the parts, or fractions that add up to 1. Fractions are rounded down,
            and what is left goes to the parts in turn, from the first.
        generator: where the order comes from; by default the global stream.

    Raises ``ValueError`` for a fraction outside of [0, 1] and for lengths that do not add up; warns
    about a part of a fraction that comes out empty.

    >>> _ = mt.manual_seed(0)
    >>> [list(part) for part in mt.utils.data.random_split(range(4), [0.75, 0.25])]
    [[0, 1, 3], [2]]
    """
    total = sum(lengths)
    if math.isclose(total, 1) and total <= 1:
        lengths = _from_fractions(len(dataset), lengths)
    if sum(lengths) != len(dataset):
        raise ValueError(
            "Sum of input lengths does not equal the length of the input dataset: "
            f"{list(lengths)} add up to {sum(lengths)}, and there are {len(dataset)} samples"
        )
    order = randperm(len(dataset), generator=generator).tolist()
    ends = zip(accumulate(map(int, lengths)), map(int, lengths), strict=True)
    return [Subset(dataset, order[end - length : end]) for end, length in ends]


def _from_fractions(count: int, fractions: Sequence[float]) -> list[int]:
    for index, fraction in enumerate(fractions):
        if not 0 <= fraction <= 1:
            raise ValueError(f"Fraction at index {index} is not between 0 and 1: {fraction}")
    lengths = [math.floor(count * fraction) for fraction in fractions]
    for index in range(count - sum(lengths)):
        lengths[index % len(lengths)] += 1
    for index, length in enumerate(lengths):
        if length == 0:
            warnings.warn(
                f"Length of split at index {index} is 0. This might result in an empty dataset.",
                stacklevel=3,
            )
    return lengths
