"""From the indices of a batch to the batch.

A `TensorDataset`, or a `Subset` of one, is indexed once for the whole batch, instead of sample by
sample and then stacked; the result is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from enum import Enum
from typing import Any

import numpy as np

from ...creation.from_data import from_numpy
from ...engine.tensor import Tensor
from .collate import default_collate
from .dataset import IterableDataset, Subset, TensorDataset

__all__ = ["END", "Fetch", "fetcher"]

Fetch = Callable[[Any], Any]


class _End(Enum):
    END = "end"


END: Any = _End.END
"""What a fetch returns when an iterable data set is exhausted; the same object in every process."""

Rows = np.ndarray[Any, Any]


def fetcher(
    dataset: Any, batched: bool, collate_fn: Fetch, drop_last: bool, iterable: bool | None = None
) -> Fetch:
    """The function that turns what a sampler yields into what the loader yields."""
    if isinstance(dataset, IterableDataset) if iterable is None else iterable:
        return _from_iterator(iter(dataset), batched, collate_fn, drop_last)
    if not batched:
        return lambda index: collate_fn(dataset[index])
    gather = _gather(dataset) if collate_fn is default_collate else None
    if gather is not None:
        return lambda indices: gather(np.array(indices, np.intp))
    if callable(getattr(dataset, "__getitems__", None)):
        return lambda indices: collate_fn(dataset.__getitems__(indices))
    return lambda indices: collate_fn([dataset[index] for index in indices])


def _from_iterator(samples: Iterator[Any], batched: bool, collate_fn: Fetch, drop_last: bool) -> Fetch:
    def fetch_one(_: Any) -> Any:
        sample = next(samples, END)
        return END if sample is END else collate_fn(sample)

    def fetch(places: list[Any]) -> Any:
        batch = [sample for _, sample in zip(places, samples, strict=False)]
        complete = len(batch) == len(places) or not drop_last
        return collate_fn(batch) if batch and complete else END

    return fetch if batched else fetch_one


def _gather(dataset: Any) -> Callable[[Rows], list[Tensor]] | None:
    """A function that takes rows out of tensors, if that is all that the data set does."""
    if type(dataset) is TensorDataset:
        tensors = dataset.tensors
        return lambda rows: [_take(tensor, rows) for tensor in tensors]
    inner = _gather(dataset.dataset) if type(dataset) is Subset else None
    if inner is None:
        return None
    indices = np.array(dataset.indices)
    if indices.dtype.kind not in "iu" or indices.ndim != 1:
        return None
    return lambda rows: inner(indices[rows])


def _take(tensor: Tensor, rows: Rows) -> Tensor:
    """Rows of a tensor; the op is needed only if a gradient may flow through."""
    if tensor.requires_grad:
        return tensor[from_numpy(rows)]
    return from_numpy(tensor.array.take(rows, 0))
