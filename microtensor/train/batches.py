"""One pass after another over data of any kind: tensors, a Dataset, a loader, an iterable of batches."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from ..engine.tensor import Tensor
from ..random.tensors import randperm
from ..utils.data import DataLoader, Dataset, IterableDataset
from .types import Batch, Batches, Data


def batches_of(data: Data, batch_size: int | None, shuffle: bool | None) -> Batches:
    """Return a function that starts one pass over `data`."""
    if batch_size is not None and batch_size < 1:
        raise ValueError(f"batch_size has to be at least 1, not {batch_size}; None takes all.")
    if isinstance(data, tuple | list) and data and all(isinstance(t, Tensor) for t in data):
        return _slices(data, batch_size, shuffle)
    if isinstance(data, Dataset):
        loader = _loader(data, batch_size, shuffle)
        return lambda: loader
    if not isinstance(data, Iterable) or isinstance(data, tuple):
        raise TypeError(
            f"data is {_described(data)}, but has to be a tuple of tensors (inputs, target), a "
            "Dataset, a DataLoader, or an iterable of batches; microtensor.from_numpy turns an "
            "array into a tensor."
        )
    if batch_size is not None or shuffle:
        raise ValueError(
            "batch_size and shuffle are for tensors and Datasets; these data come in batches "
            "already, so give both to the DataLoader that makes them."
        )
    return lambda: data


def _loader(dataset: Dataset[Any], batch_size: int | None, shuffle: bool | None) -> DataLoader[Any]:
    """Load in batches what is a Dataset; an iterable one without a batch size makes its own."""
    if isinstance(dataset, IterableDataset):
        return DataLoader(dataset, batch_size, shuffle=shuffle)
    size = batch_size or len(dataset)  # type: ignore[arg-type]
    return DataLoader(dataset, size, shuffle=_shuffled(shuffle, batch_size))


def _slices(tensors: Sequence[Tensor], batch_size: int | None, shuffle: bool | None) -> Batches:
    """Cut tensors into batches along dimension 0; the full batch is cut once for all epochs."""
    lengths = [len(tensor) for tensor in tensors]
    if len(set(lengths)) != 1:
        raise ValueError(f"all tensors need the same number of samples, but have {lengths}")
    if len(tensors) < 2:
        raise ValueError("data need a target as their last tensor, but hold one tensor only")
    if not (count := lengths[0]):
        raise ValueError("data hold no samples: all tensors are empty along dimension 0")
    size = batch_size or count
    if size >= count and not shuffle:
        return lambda: (tensors,)

    def start() -> Iterator[Batch]:
        order = randperm(count) if _shuffled(shuffle, batch_size) else None
        for first in range(0, count, size):
            chosen = slice(first, first + size) if order is None else order[first : first + size]
            yield [tensor[chosen] for tensor in tensors]

    return start


def _shuffled(shuffle: bool | None, batch_size: int | None) -> bool:
    return batch_size is not None if shuffle is None else shuffle


def _described(data: Any) -> str:
    if isinstance(data, tuple):
        return f"a tuple of {', '.join(type(item).__name__ for item in data) or 'nothing'}"
    return f"of type {type(data).__name__}"
