"""Loaders against PyTorch's: the same batches in the same order, and the same use of the stream."""

from __future__ import annotations

import inspect
import multiprocessing
import random
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtensor as mt
from microtensor.utils import data

torch = pytest.importorskip("torch", reason="parity tests need torch==2.13.0")

Make = Callable[[Any, Any], Any]


def rows(package: Any, part: Any, n: int = 10) -> Any:
    """A `TensorDataset` of `n` rows."""
    x = package.arange(2 * n).reshape(n, 2).float()
    return part.TensorDataset(package.arange(n), x)


class Mixed:
    """Samples with something of everything."""

    def __len__(self) -> int:
        return 7

    def __getitem__(self, i: int) -> Any:
        return (
            i,
            i / 2,
            np.float32(i),
            np.arange(3) * i,
            {"a": np.int64(i), "s": f"x{i}"},
            [i, i > 3],
        )


class Eager:
    """A sampler that draws as soon as it is asked for an iterator."""

    def __init__(self, package: Any) -> None:
        self.package = package

    def __iter__(self) -> Iterator[int]:
        return iter(self.package.randperm(10).tolist())

    def __len__(self) -> int:
        return 10


def iterable(part: Any, n: int = 7) -> Any:
    """An iterable data set of `n` numbers."""

    class Numbers(part.IterableDataset):  # type: ignore[misc, name-defined]
        def __iter__(self) -> Iterator[int]:
            return iter(range(n))

    return Numbers()


def own(package: Any) -> Any:
    """A generator beside the global one."""
    return package.Generator().manual_seed(42)


LOADERS: dict[str, Make] = {
    "in order": lambda p, d: d.DataLoader(rows(p, d), 3),
    "shuffled": lambda p, d: d.DataLoader(rows(p, d), 3, shuffle=True),
    "full batches": lambda p, d: d.DataLoader(rows(p, d), 3, shuffle=True, drop_last=True),
    "generator": lambda p, d: d.DataLoader(rows(p, d), 3, shuffle=True, generator=own(p)),
    "no batches": lambda p, d: d.DataLoader(rows(p, d), None, shuffle=True),
    "mixed": lambda p, d: d.DataLoader(Mixed(), 3, shuffle=True),
    "mixed, no batches": lambda p, d: d.DataLoader(Mixed(), None),
    "replacement": lambda p, d: d.DataLoader(rows(p, d), 4, sampler=d.RandomSampler(range(10), True, 70)),
    "replacement, whole blocks": lambda p, d: d.DataLoader(
        rows(p, d), 4, sampler=d.RandomSampler(range(10), True, 64, own(p))
    ),
    "more than there are": lambda p, d: d.DataLoader(
        rows(p, d), 4, sampler=d.RandomSampler(range(10), num_samples=23)
    ),
    "subset": lambda p, d: d.DataLoader(rows(p, d), 4, sampler=d.SubsetRandomSampler([3, 1, 9])),
    "weighted": lambda p, d: d.DataLoader(
        rows(p, d), 4, sampler=d.WeightedRandomSampler([0.1, 0.2, 0.7, 0.4], 13)
    ),
    "weighted once": lambda p, d: d.DataLoader(
        rows(p, d), 4, sampler=d.WeightedRandomSampler([0.1, 0.2, 0.7, 0.4], 3, False)
    ),
    "batch sampler": lambda p, d: d.DataLoader(
        rows(p, d), batch_sampler=d.BatchSampler(d.RandomSampler(range(10)), 4, True)
    ),
    "eager sampler": lambda p, d: d.DataLoader(rows(p, d), 4, sampler=Eager(p)),
    "eager sampler, no batches": lambda p, d: d.DataLoader(rows(p, d), None, sampler=Eager(p)),
    "split": lambda p, d: d.DataLoader(d.random_split(rows(p, d), [0.5, 0.3, 0.2])[1], 2, shuffle=True),
    "split by a generator": lambda p, d: d.DataLoader(
        d.random_split(rows(p, d), [7, 3], generator=own(p))[0], 2, shuffle=True
    ),
    "end to end": lambda p, d: d.DataLoader(rows(p, d) + rows(p, d, 3), 5, shuffle=True),
    "side by side": lambda p, d: d.DataLoader(d.StackDataset(a=rows(p, d, 7), b=Mixed()), 5, shuffle=True),
    "one of three": lambda p, d: d.DataLoader(rows(p, d), 2, sampler=d.DistributedSampler(range(10), 3, 1)),
    "one of three, cut": lambda p, d: d.DataLoader(
        rows(p, d), 2, sampler=d.DistributedSampler(range(10), 3, 2, seed=4, drop_last=True)
    ),
    "one of too many": lambda p, d: d.DataLoader(
        rows(p, d), 2, sampler=d.DistributedSampler(range(3), 10, 7, shuffle=False)
    ),
    "batched tensors": lambda p, d: d.DataLoader(
        p.utils.data.Subset(rows(p, d), [1, 5, 2, 8]), 3, shuffle=True
    ),
    "iterable": lambda p, d: d.DataLoader(iterable(d), 3),
    "iterable, full batches": lambda p, d: d.DataLoader(iterable(d), 3, drop_last=True),
    "iterable, no batches": lambda p, d: d.DataLoader(iterable(d), None),
    "iterables in a row": lambda p, d: d.DataLoader(iterable(d) + iterable(d, 2), 4),
}


def plain(value: Any) -> Any:
    """A batch as lists, with dtypes."""
    if isinstance(value, list | tuple):
        return type(value).__name__, [plain(item) for item in value]
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if hasattr(value, "tolist"):
        return str(value.dtype).removeprefix("torch."), tuple(value.shape), value.tolist()
    return value


def observed(package: Any, part: Any, make: Make) -> Any:
    """Two passes, and where they leave the global stream."""
    package.manual_seed(7)
    loader = make(package, part)
    passes = [[plain(batch) for batch in loader] for _ in range(2)]
    return passes, package.rand(3).tolist()


@pytest.mark.parametrize("name", LOADERS)
def test_loaders(name: str) -> None:
    """Batches, dtypes, order, and the stream afterwards."""
    make = LOADERS[name]
    assert observed(torch, torch.utils.data, make) == observed(mt, data, make)


@given(st.integers(0, 2**63), st.integers(1, 30), st.integers(1, 8), st.booleans(), st.booleans())
def test_any_seed(seed: int, n: int, size: int, drop_last: bool, shuffle: bool) -> None:
    """A training loop sees the same order as in PyTorch."""
    found = []
    for package, part in ((torch, torch.utils.data), (mt, data)):
        package.manual_seed(seed)
        loader = part.DataLoader(rows(package, part, n), size, shuffle=shuffle, drop_last=drop_last)
        found.append([plain(batch) for _ in range(2) for batch in loader])
        found[-1].append(package.rand(1).item())
    assert found[0] == found[1]


def _drawing(package: Any, part: Any) -> tuple[Any, Any]:
    class Drawing(part.Dataset):  # type: ignore[misc]
        """The index, and a number of each stream that PyTorch seeds."""

        def __len__(self) -> int:
            return 10

        def __getitem__(self, index: int) -> Any:
            return index, package.randn(()).item(), np.random.rand(), random.random()

    class Shards(part.IterableDataset):  # type: ignore[misc]
        """Each worker its own numbers; the first has fewer."""

        def __iter__(self) -> Any:
            info = part.get_worker_info()
            for i in range(info.id, 7 + 9 * info.id, info.num_workers):
                yield i, package.randint(0, 100, (2,)), info.seed % 1000

    return Drawing(), Shards()


WORKERS: list[dict[str, Any]] = [
    {"shuffle": True, "prefetch_factor": 3},
    {"persistent_workers": True, "drop_last": True},
    {"order": True},
    {"shards": True},
    {"shards": True, "num_workers": 3, "persistent_workers": True},
    {"shards": True, "num_workers": 1, "batch_size": None},
]


@pytest.mark.filterwarnings("ignore:This DataLoader will create", "ignore:.*use of fork")
@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="forks")
@pytest.mark.parametrize("options", WORKERS, ids=str)
def test_workers_draw_the_same_numbers(options: dict[str, Any]) -> None:
    """Batches, their order and all random numbers of two passes with workers, and the stream afterwards."""
    found = []
    for package, part in ((torch, torch.utils.data), (mt, data)):
        package.manual_seed(5)
        drawing, shards = _drawing(package, part)
        more = {"num_workers": 2, "batch_size": 2, "multiprocessing_context": "fork", **options}
        dataset = shards if more.pop("shards", False) else drawing
        if more.pop("order", False):
            more["sampler"] = Eager(package)
        loader = part.DataLoader(
            dataset, worker_init_fn=lambda i, package=package: package.rand(i + 1), **more
        )
        found.append([plain(batch) for _ in range(2) for batch in loader])
        found[-1].append(package.rand(1).item())
    assert found[0] == found[1]


SIGNATURES = [name for name in data.__all__ if name not in ("Dataset", "IterableDataset", "Sampler")]


@pytest.mark.parametrize("name", SIGNATURES)
def test_signatures(name: str) -> None:
    """Names, order and defaults of the arguments."""
    if not hasattr(torch.utils.data, name):
        assert name == "WorkerInfo"  # which PyTorch keeps in a private module
        return
    theirs, mine = (_arguments(getattr(part, name)) for part in (torch.utils.data, data))
    assert theirs == mine


def _arguments(function: Any) -> list[tuple[str, Any, Any]]:
    parameters = inspect.signature(function).parameters.values()
    return [(p.name, p.kind, repr(p.default).split(" object")[0].split(".")[-1]) for p in parameters]
