"""From indices to a batch, as objects that other loaders make for themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..fetch import END, fetcher

__all__ = ["_BaseDatasetFetcher", "_IterableDatasetFetcher", "_MapDatasetFetcher"]


class _BaseDatasetFetcher:
    """What turns indices into what a loader yields."""

    def __init__(
        self, dataset: Any, auto_collation: bool, collate_fn: Callable[[Any], Any], drop_last: bool
    ) -> None:
        self.dataset, self.auto_collation = dataset, auto_collation
        self.collate_fn, self.drop_last = collate_fn, drop_last
        self._fetch = fetcher(dataset, auto_collation, collate_fn, drop_last)

    def fetch(self, possibly_batched_index: Any) -> Any:
        """The sample, or the batch; ``StopIteration`` at the end of an iterable data set."""
        found = self._fetch(possibly_batched_index)
        if found is END:
            raise StopIteration
        return found


class _MapDatasetFetcher(_BaseDatasetFetcher):
    """For data sets with ``__getitem__``."""


class _IterableDatasetFetcher(_BaseDatasetFetcher):
    """For data sets with ``__iter__``."""
