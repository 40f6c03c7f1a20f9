"""Batches of a data set, in an order, again and again."""

from __future__ import annotations

import abc
import math
from collections.abc import Callable, Iterable, Iterator
from itertools import repeat
from types import ModuleType
from typing import Any, Generic, TypeVar

from ...random.generator import Generator
from .collate import default_collate, default_convert
from .dataset import IterableDataset
from .fetch import END, Fetch, fetcher
from .loader_options import check_iterable, check_order, check_workers, warn_of_too_many
from .sampler import BatchSampler, RandomSampler, SequentialSampler, draw_seed
from .worker_loop import Job
from .worker_pass import Pool, WorkerPass
from .worker_threads import Threads

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
        num_workers: processes that prepare batches ahead; 0 prepares each when it is asked for.
        collate_fn: makes a batch from a list of samples; `default_collate` unless given.
        drop_last: leave out a last batch that is not full.
        timeout: seconds to wait for a worker before raising ``RuntimeError``; 0 for no limit.
        worker_init_fn: is called in each worker with its number.
        generator: where the order and the workers' seeds come from; by default the global stream.
        prefetch_factor: batches that each worker prepares ahead, 2 unless given.
        persistent_workers: keep the workers for the next pass.
        multiprocessing_context: how workers start: ``"fork"``, ``"spawn"``, ``"forkserver"``, a context of
            Python's `multiprocessing`, or ``"thread"`` for threads, which PyTorch has not; by default
            as Python starts processes.
        in_order: give batches in their order; without it, as they come.

    A worker's random numbers, Python's and NumPy's global ones among them, begin at the seed of the pass
    plus the worker's number, so that one seed gives one result, and PyTorch's. Threads share Python's and
    NumPy's global generators, which are therefore left alone; ``get_worker_info().rng`` has their own.
    Under fork a data set may be any object; otherwise it is pickled. Arrays come back through shared
    memory. Processes suit samples made in Python, threads those that wait, or a data set too large to copy.

    `pin_memory` and `pin_memory_device` are accepted and change nothing: there is no other memory. An
    error in a worker is raised where its batch is asked for; a worker that dies raises
    ``RuntimeError``.

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
        check_workers(num_workers, timeout, prefetch_factor, persistent_workers)
        self._iterable = isinstance(dataset, IterableDataset)
        if self._iterable:
            check_iterable(shuffle, sampler, batch_sampler)
        check_order(batch_size, bool(shuffle), sampler, batch_sampler, drop_last)
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
        self._iterator: WorkerPass | None = None
        self._warn()
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

    @property
    def multiprocessing_context(self) -> Any:
        """How workers start: None for Python's default, a context, or ``"thread"``."""
        return self._context

    @multiprocessing_context.setter
    def multiprocessing_context(self, context: Any) -> None:
        if context is not None and self.num_workers == 0:
            raise ValueError(
                "multiprocessing_context can only be used with multi-process loading (num_workers > 0), "
                f"but got num_workers={self.num_workers}"
            )
        self._context = (
            context if context in (None, "thread") else _processes(self.num_workers).as_context(context)
        )

    def __iter__(self) -> Iterator[T_co]:
        if self.num_workers == 0:
            return _Pass(self)
        if self._iterator is not None:
            self._iterator.reset()
            return self._iterator
        self._warn()
        started = self._start()
        if self.persistent_workers:
            self._iterator = started
        return started

    def _warn(self) -> None:
        if self._context != "thread":
            warn_of_too_many(self.num_workers)

    def _start(self) -> WorkerPass:
        iter(
            self._index_sampler
        )  # PyTorch asks for the order twice, which a sampler that draws at once may notice
        return WorkerPass(
            self._pool(draw_seed(self.generator)), self.num_workers, self._index_sampler,
            ahead=self.prefetch_factor or 1, timeout=self.timeout, in_order=self.in_order,
            persistent=self.persistent_workers,
        )  # fmt: skip

    def _pool(self, seed: int) -> Pool:
        batched = self.batch_sampler is not None
        what = (self.dataset, batched, self.collate_fn, self.drop_last)
        job = Job(*what, self.worker_init_fn, self.num_workers, seed)
        if self._context == "thread":
            return Threads(job)
        processes = _processes(self.num_workers)
        pool: Pool = processes.Processes(job, processes.as_context(self._context))
        return pool

    @property
    def _auto_collation(self) -> bool:
        """Whether samples become batches."""
        return self.batch_sampler is not None

    @property
    def _dataset_kind(self) -> int:
        return _DatasetKind.Iterable if self._iterable else _DatasetKind.Map

    @property
    def _index_sampler(self) -> Iterable[Any]:
        return self.sampler if self.batch_sampler is None else self.batch_sampler

    def __len__(self) -> int:
        """The number of batches; ``TypeError`` for an iterable data set of unknown length."""
        if not self._iterable:
            return len(self._index_sampler)  # type: ignore[arg-type]
        length = len(self.dataset)
        if self.batch_size is None:
            return length
        rounded = math.floor if self.drop_last else math.ceil
        return rounded(length / self.batch_size)


def _processes(num_workers: int) -> ModuleType:
    """The module that starts processes: what it needs loads slowly, and is not everywhere."""
    try:
        from . import worker_processes
    except ImportError as error:
        raise RuntimeError(
            f"DataLoader: num_workers={num_workers} needs processes, and this platform starts none (a "
            "browser does not): use num_workers=0"
        ) from error
    return worker_processes


class _DatasetKind:
    """How a data set is read."""

    Map = 0
    Iterable = 1


class _Pass(Iterator[Any]):
    """One pass through a loader, without workers; other libraries make it for loaders of their own."""

    def __init__(self, loader: Any) -> None:
        self._loader, self._indices = loader, iter(loader._index_sampler)
        draw_seed(loader.generator)
        iterable = loader._dataset_kind == _DatasetKind.Iterable
        what = loader.dataset, loader._auto_collation, loader.collate_fn, loader.drop_last
        self._fetch = fetcher(*what, iterable=iterable)

    def __next__(self) -> Any:
        batch = self._fetch(next(self._indices))
        if batch is END:
            raise StopIteration
        return batch

    def __len__(self) -> int:
        return len(self._loader)


class _BaseDataLoaderIter(abc.ABC):  # noqa: B024 - a name for the two that follow
    """One pass through a loader, with workers or without."""


_BaseDataLoaderIter.register(_Pass)
_BaseDataLoaderIter.register(WorkerPass)
_collate_fn_t = Callable[[list[Any]], Any]
_SingleProcessDataLoaderIter, _MultiProcessingDataLoaderIter = _Pass, WorkerPass
