"""Batches of a data set, in an order, again and again."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from typing import Any, Generic, TypeVar

from ...random.generator import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .fetch import END, Fetch, fetcher
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed
from .workers import Workers

__all__ = ["DataLoader"]

T_co = TypeVar("T_co", covariant=True)

_FIXED = (
    "batch_size",
    "batch_sampler",
    "sampler",
    "drop_last",
    "dataset",
    "persistent_workers",
)


class DataLoader(Generic[T_co]):
    """Goes through a data set in batches; each ``for`` is a new pass.

    Args:
        dataset: samples by index (`Dataset`, or anything with ``__getitem__`` and ``__len__``), or
            an `IterableDataset`.
        batch_size: samples in a batch; None yields the samples themselves.
        shuffle: a new random order in each pass, PyTorch's if the seed is PyTorch's.
        sampler: an order of your own, and `batch_sampler`, batches of your own.
        num_workers: threads that prepare batches ahead; 0 prepares each when it is asked for.
        collate_fn: makes a batch from a list of samples; `default_collate` unless given.
        drop_last: leave out a last batch that is not full.
        timeout: seconds to wait for a worker before raising ``RuntimeError``; 0 for no limit.
        worker_init_fn: is called in each worker with its number.
        generator: where the order and the workers' seeds come from; by default the global stream.
        prefetch_factor: batches that each worker prepares ahead, 2 unless given.
        persistent_workers: keep the workers for the next pass.

    `pin_memory`, `pin_memory_device`, `multiprocessing_context` and `in_order` are accepted and
    change nothing: there is no other memory and no other process, and the order is always kept.
    An error in a worker is raised where its batch is asked for.

    Each pass draws a seed for workers from the generator, even without any, as in PyTorch, so that
    a program's random numbers stay the same.

    Raises ``ValueError`` for options that contradict each other or are out of range.

    >>> _ = mt.manual_seed(0)
    >>> data = mt.utils.data.TensorDataset(mt.arange(5), mt.arange(5) ** 2)
    >>> for x, y in mt.utils.data.DataLoader(data, batch_size=2, shuffle=True):
    ...     print(x, y)
    tensor([1, 4]) tensor([ 1, 16])
    tensor([2, 3]) tensor([4, 9])
    tensor([0]) tensor([0])
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Fetch | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Generator | None = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        _check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        if multiprocessing_context is not None and num_workers == 0:
            raise ValueError(
                "multiprocessing_context can only be used with num_workers > 0, but got "
                f"num_workers={num_workers}"
            )
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            _check_iterable(shuffle, sampler, batch_sampler)
        _check_order(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
        if sampler is None:
            sampler = self._order(dataset, bool(shuffle), generator)
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_sampler = BatchSampler(sampler, batch_size, drop_last)
        batched = batch_sampler is not None
        self.dataset, self.sampler, self.batch_sampler = dataset, sampler, batch_sampler
        self.batch_size, self.drop_last, self.generator = batch_size, drop_last, generator
        self.num_workers, self.timeout, self.worker_init_fn = num_workers, timeout, worker_init_fn
        self.collate_fn = collate_fn or (default_collate if batched else default_convert)
        self.prefetch_factor = 2 if num_workers and prefetch_factor is None else prefetch_factor
        self.pin_memory, self.pin_memory_device = pin_memory, pin_memory_device
        self.multiprocessing_context, self.in_order = multiprocessing_context, in_order
        self._workers: Workers | None = None
        self.persistent_workers = persistent_workers  # the last: from here on it is all fixed

    def __setattr__(self, name: str, value: Any) -> None:
        if name in _FIXED and "persistent_workers" in self.__dict__:
            raise ValueError(
                f"{name} attribute should not be set after DataLoader is initialized: make another"
            )
        super().__setattr__(name, value)

    def _order(self, dataset: Any, shuffle: bool, generator: Generator | None) -> Iterable[Any]:
        if self._iterable:
            return repeat(None)
        if shuffle:
            return RandomSampler(dataset, generator=generator)
        return SequentialSampler(dataset)

    def __iter__(self) -> Iterator[T_co]:
        return _ThreadedPass(self) if self.num_workers else _Pass(self)

    def __len__(self) -> int:
        """The number of batches; ``TypeError`` for an iterable data set of unknown length."""
        if not self._iterable:
            order = self.sampler if self.batch_sampler is None else self.batch_sampler
            return len(order)  # type: ignore[arg-type]
        length = len(self.dataset)
        if self.batch_size is None:
            return length
        rounded = math.floor if self.drop_last else math.ceil
        return rounded(length / self.batch_size)

    def _fetcher(self) -> Fetch:
        batched = self.batch_sampler is not None
        return fetcher(self.dataset, batched, self.collate_fn, self.drop_last)


class _Pass(Iterator[Any]):
    """One pass through a loader."""

    def __init__(self, loader: DataLoader[Any]) -> None:
        order = loader.sampler if loader.batch_sampler is None else loader.batch_sampler
        self._loader, self._indices = loader, iter(order)
        self._start()

    def _start(self) -> None:
        draw_seed(self._loader.generator)
        self._fetch = self._loader._fetcher()

    def __next__(self) -> Any:
        batch = self._fetch(next(self._indices))
        if batch is END:
            raise StopIteration
        return batch

    def __len__(self) -> int:
        return len(self._loader)


class _ThreadedPass(_Pass):
    """One pass whose batches are prepared by threads."""

    def _start(self) -> None:
        loader = self._loader
        workers = loader._workers or Workers(
            loader.num_workers, loader.dataset, draw_seed(loader.generator), loader.worker_init_fn
        )
        if loader.persistent_workers:
            loader._workers = workers
        ahead = loader.prefetch_factor or 1
        self._batches = workers.batches(loader._fetcher, self._indices, ahead, loader.timeout)

    def __next__(self) -> Any:
        return next(self._batches)


def _check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent: bool) -> None:
    if num_workers < 0:
        raise ValueError(
            f"num_workers option should be non-negative, but got {num_workers}; use num_workers=0 "
            "to load in the calling thread"
        )
    if timeout < 0:
        raise ValueError(f"timeout option should be non-negative, but got {timeout}")
    if prefetch_factor is not None and (num_workers == 0 or prefetch_factor < 1):
        raise ValueError(
            "prefetch_factor option should be positive, and needs num_workers > 0: got "
            f"prefetch_factor={prefetch_factor}, num_workers={num_workers}"
        )
    if persistent and num_workers == 0:
        raise ValueError("persistent_workers option needs num_workers > 0")


def _check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    options = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                f"{name}={value}: the order is the data set's own"
            )


def _check_order(
    batch_size: int | None, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    if sampler is not None and shuffle:
        raise ValueError("sampler option is mutually exclusive with shuffle")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
        )
    if batch_size is None and drop_last:
        raise ValueError(
            "batch_size=None option disables auto-batching and is mutually exclusive with drop_last"
        )
