"""The share of one process among several that train on one data set, in PyTorch's order."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sized

from ...random.generator import Generator
from ...random.tensors import randperm
from .sampler import Sampler

__all__ = ["DistributedSampler"]


class DistributedSampler(Sampler[int]):
    """Every `num_replicas`-th index, from `rank` on, of an order that all replicas agree on.

    All replicas get equally many: the order is filled up from its beginning or, with `drop_last`, cut.
    Call `set_epoch` before each pass, since the order depends on the seed and the epoch alone.

    Without `num_replicas` or `rank` they are the default process group's (`microtensor.distributed`).
    Raises ``ValueError`` for a rank that is not below `num_replicas`, and if there is no group to ask.

    >>> list(mt.utils.data.DistributedSampler(range(5), num_replicas=2, rank=1, shuffle=False))
    [1, 3, 0]
    """

    def __init__(
        self,
        dataset: Sized,
        num_replicas: int | None = None,
        rank: int | None = None,
        shuffle: bool = True,
        seed: int = 0,
        drop_last: bool = False,
    ) -> None:
        if num_replicas is None or rank is None:
            from ...distributed import get_rank, get_world_size

            num_replicas = get_world_size() if num_replicas is None else num_replicas
            rank = get_rank() if rank is None else rank
        if not 0 <= rank < num_replicas:
            raise ValueError(f"Invalid rank {rank}, rank should be in the interval [0, {num_replicas - 1}]")
        self.dataset, self.num_replicas, self.rank = dataset, num_replicas, rank
        self.shuffle, self.seed, self.drop_last = shuffle, seed, drop_last
        self.epoch = 0
        self.num_samples = self._share(len(dataset))
        self.total_size = self.num_samples * num_replicas

    def _share(self, count: int) -> int:
        if self.drop_last and count % self.num_replicas:
            return math.ceil((count - self.num_replicas) / self.num_replicas)
        return math.ceil(count / self.num_replicas)

    def __iter__(self) -> Iterator[int]:
        order = list(range(len(self.dataset)))
        if self.shuffle:
            order = randperm(len(order), generator=Generator().manual_seed(self.seed + self.epoch)).tolist()
        if order and not self.drop_last:
            order *= math.ceil(self.total_size / len(order))
        return iter(order[: self.total_size][self.rank :: self.num_replicas])

    def __len__(self) -> int:
        return self.num_samples

    def set_epoch(self, epoch: int) -> None:
        """Make the next pass another order."""
        self.epoch = epoch
