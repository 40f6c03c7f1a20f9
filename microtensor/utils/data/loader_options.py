"""What a loader's options must be, and what is said of more workers than processors."""

from __future__ import annotations

import os
import warnings
from typing import Any

__all__ = ["check_iterable", "check_order", "check_workers", "warn_of_too_many"]


def warn_of_too_many(num_workers: int) -> None:
    """Warn, as PyTorch does, of more worker processes than processors that this process may use."""
    may_use = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    if num_workers > may_use:
        warnings.warn(
            f"This DataLoader will create {num_workers} worker processes in total. Our suggested max number "
            f"of worker in current system is {may_use}, which is smaller than what this DataLoader is going "
            "to create. More workers than processors may be slower: lower num_workers",
            stacklevel=4,
        )


def check_workers(num_workers: int, timeout: float, prefetch_factor: int | None, persistent: bool) -> None:
    """The number of workers and what goes with it."""
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


def check_iterable(shuffle: Any, sampler: Any, batch_sampler: Any) -> None:
    """An iterable data set has its own order."""
    options = {"shuffle": shuffle or None, "sampler": sampler, "batch_sampler": batch_sampler}
    for name, value in options.items():
        if value is not None:
            raise ValueError(
                f"DataLoader with IterableDataset: expected unspecified {name} option, but got "
                f"{name}={value}: the order is the data set's own"
            )


def check_order(
    batch_size: int | None, shuffle: bool, sampler: Any, batch_sampler: Any, drop_last: bool
) -> None:
    """Options for the order that exclude each other."""
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
