"""Who a worker of a loader is, and the random numbers that it draws: one seed gives PyTorch's."""

from __future__ import annotations

import random
import threading
from dataclasses import dataclass
from typing import Any

import numpy as np

from ...random.generator import Generator, manual_seed, set_stream_of_this_thread

__all__ = ["WorkerInfo", "enter_process", "enter_thread", "get_worker_info", "leave_thread"]


@dataclass(frozen=True, slots=True)
class WorkerRng:
    """The generators of one worker thread, since Python's and NumPy's global ones belong to all threads."""

    random_generator: random.Random
    torch_generator: Generator
    numpy_generator: np.random.Generator


@dataclass(frozen=True, slots=True)
class WorkerInfo:
    """What `get_worker_info` tells: which worker of how many, with which seed and data set.

    `rng` has generators of the worker's own where workers are threads; in processes it is None, for
    there the global ones are the worker's own.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any
    rng: WorkerRng | None = None
    worker_method: str | None = "multiprocessing"


_here = threading.local()
_of_this_process: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker that this code runs in; None outside of a loader's workers.

    >>> print(mt.utils.data.get_worker_info())
    None
    """
    return getattr(_here, "info", None) or _of_this_process


def enter_process(worker: int, count: int, base_seed: int, dataset: Any) -> None:
    """Make this process a worker: seed its generators, PyTorch's, Python's and NumPy's, as PyTorch does."""
    global _of_this_process
    seed = base_seed + worker
    random.seed(seed)
    manual_seed(seed)
    np.random.seed(_words(base_seed, worker).generate_state(4))
    _of_this_process = WorkerInfo(worker, count, seed, dataset)


def enter_thread(worker: int, count: int, base_seed: int, dataset: Any) -> None:
    """Make this thread a worker: what it draws from the default generator comes from a stream of its own."""
    seed = base_seed + worker
    generator = Generator().manual_seed(seed)
    set_stream_of_this_thread(generator.stream)
    rng = WorkerRng(random.Random(seed), generator, np.random.default_rng(_words(base_seed, worker)))
    _here.info = WorkerInfo(worker, count, seed, dataset, rng, "thread")


def leave_thread() -> None:
    """Forget the data set: a thread's variables would hold it until the thread is gone."""
    _here.info = None


def _words(base_seed: int, worker: int) -> np.random.SeedSequence:
    """What PyTorch seeds NumPy with: the number of the worker, and the halves of the seed."""
    return np.random.SeedSequence([worker, base_seed & 0xFFFFFFFF, base_seed >> 32, 0])
