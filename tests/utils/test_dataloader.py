"""The loader: batches, orders, passes, workers, refusals."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import microtensor as mt
from microtensor.utils import data
from microtensor.utils.data import DataLoader


def batches(loader: Any) -> list[Any]:
    """Everything that a pass yields, as lists."""
    return [_plain(batch) for batch in loader]


def _plain(batch: Any) -> Any:
    return [_plain(b) for b in batch] if isinstance(batch, list) else batch.tolist()


class Count(data.IterableDataset[int]):
    """Numbers up to `n`."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.n))

    def __len__(self) -> int:
        return self.n


# ------------------------------------------------------------------------ passes


def test_batches_and_the_last_one() -> None:
    """Five samples in twos: with the rest or without it, as often as one likes."""
    loader = DataLoader(range(5), batch_size=2)
    assert batches(loader) == batches(loader) == [[0, 1], [2, 3], [4]]
    assert len(loader) == len(iter(loader)) == 3
    loader = DataLoader(range(5), batch_size=2, drop_last=True)
    assert batches(loader) == [[0, 1], [2, 3]]
    assert len(loader) == 2


def test_two_passes_at_once() -> None:
    """Each has a place of its own."""
    loader = DataLoader(range(3))
    assert [(a.item(), b.item()) for a in loader for b in loader] == [
        (a, b) for a in range(3) for b in range(3)
    ]


def test_shuffling() -> None:
    """A new order in each pass; the same ones from the same seed."""
    loader = DataLoader(range(20), batch_size=20, shuffle=True)
    mt.manual_seed(5)
    first, second = batches(loader), batches(loader)
    assert sorted(first[0]) == list(range(20))
    assert first != second
    mt.manual_seed(5)
    assert [batches(loader), batches(loader)] == [first, second]


def test_a_generator_of_its_own() -> None:
    """The global stream stays where it was."""
    mt.manual_seed(0)
    expected = mt.rand(2).tolist()
    mt.manual_seed(0)
    loader = DataLoader(range(9), shuffle=True, generator=mt.Generator().manual_seed(1))
    batches(loader)
    assert mt.rand(2).tolist() == expected


def test_a_pass_takes_one_seed_from_the_stream() -> None:
    """Two 32-bit draws, as in PyTorch, even if nothing is shuffled."""
    mt.manual_seed(0)
    iter(DataLoader(range(3)))
    after = mt.rand(1).item()
    mt.manual_seed(0)
    assert mt.rand(3)[2].item() == after


def test_samples_without_batches() -> None:
    """``batch_size=None`` converts each sample, and `collate_fn` gets one."""
    assert batches(DataLoader([np.ones(1), np.zeros(1)], batch_size=None)) == [[1.0], [0.0]]
    assert list(DataLoader(range(2), batch_size=None, collate_fn=str)) == ["0", "1"]
    assert len(DataLoader(range(2), batch_size=None)) == 2


def test_orders_of_ones_own() -> None:
    """A sampler gives indices, a batch sampler lists of them; tensors and arrays of indices too."""
    assert batches(DataLoader(range(9), 2, sampler=[5, 3, 1])) == [[5, 3], [1]]
    loader = DataLoader(range(9), batch_sampler=[[5], [3, 1]])
    assert batches(loader) == [[5], [3, 1]]
    assert (len(loader), loader.batch_size) == (2, None)
    rows = data.TensorDataset(mt.arange(9))
    for order in (mt.tensor([5, 3, 1]), np.array([5, 3, 1]), [-4, 3, 1]):
        assert batches(DataLoader(rows, 2, sampler=order)) == [[[5, 3]], [[1]]]


def test_many_samples_at_once() -> None:
    """``__getitems__`` is used where there is one."""

    class Many(data.Dataset[int]):
        def __getitems__(self, indices: list[int]) -> list[int]:
            return [10 * index for index in indices]

        def __len__(self) -> int:
            return 3

    assert batches(DataLoader(Many(), 2)) == [[0, 10], [20]]


@pytest.mark.parametrize("drop_last", [False, True])
def test_iterables(drop_last: bool) -> None:
    """Batches until there is nothing more; a length if the data set has one."""
    loader = DataLoader(Count(5), 2, drop_last=drop_last)
    assert batches(loader) == batches(loader) == [[0, 1], [2, 3], [4]][: 3 - drop_last]
    assert len(loader) == 3 - drop_last
    assert batches(DataLoader(Count(2), None, collate_fn=mt.tensor)) == [0, 1]
    assert len(DataLoader(Count(2), None)) == 2


# --------------------------------------------------------------- the short cut


@given(st.data())
def test_rows_at_once_are_rows_one_by_one(draw: Any) -> None:
    """For tensors, and subsets of subsets of them, the batch is what collation would make."""
    n = draw.draw(st.integers(1, 12))
    rows = data.TensorDataset(mt.arange(n), mt.rand(n, 2, 3), mt.ones(n, dtype=mt.bool))
    indices = st.lists(st.integers(-n, n - 1), min_size=1, max_size=9)
    part = data.Subset(rows, draw.draw(indices))
    places = draw.draw(st.lists(st.integers(0, len(part) - 1), min_size=1, max_size=9))
    nested = data.Subset(part, places)
    for dataset in (rows, part, nested):
        quick = DataLoader(dataset, 4)
        slow = DataLoader(dataset, 4, collate_fn=lambda batch: data.default_collate(batch))
        for one, other in zip(quick, slow, strict=True):
            assert type(one) is type(other) is list
            assert _plain(one) == _plain(other)
            assert [t.dtype for t in one] == [t.dtype for t in other]


def test_batches_are_copies_and_gradients_flow() -> None:
    """Writing into a batch leaves the data alone; rows that require a gradient get it."""
    plain, learned = mt.zeros(3), mt.ones(3, requires_grad=True)
    ((x, w),) = DataLoader(data.TensorDataset(plain, learned), 3)
    x += 1
    assert plain.tolist() == [0.0, 0.0, 0.0]
    (w * 2).sum().backward()
    assert learned.grad.tolist() == [2.0, 2.0, 2.0]


def test_rows_out_of_range() -> None:
    """An ``IndexError``, as with one row."""
    with pytest.raises(IndexError):
        batches(DataLoader(data.TensorDataset(mt.arange(3)), 2, sampler=[0, 3]))


# --------------------------------------------------------------------- refusals


REFUSED: list[tuple[dict[str, Any], str]] = [
    ({"num_workers": -1}, "should be non-negative, but got -1"),
    ({"timeout": -1}, "timeout option should be non-negative"),
    ({"prefetch_factor": 2}, "needs num_workers > 0: got prefetch_factor=2, num_workers=0"),
    ({"prefetch_factor": 0, "num_workers": 1}, "prefetch_factor option should be positive"),
    ({"persistent_workers": True}, "needs num_workers > 0"),
    ({"multiprocessing_context": "fork"}, "num_workers > 0\\), but got num_workers=0"),
    ({"sampler": [1], "shuffle": True}, "sampler option is mutually exclusive with shuffle"),
    ({"batch_sampler": [[1]], "batch_size": 2}, "batch_sampler option is mutually exclusive"),
    ({"batch_sampler": [[1]], "drop_last": True}, "batch_sampler option is mutually exclusive"),
    ({"batch_size": None, "drop_last": True}, "batch_size=None option disables auto-batching"),
    ({"batch_size": 0}, "batch_size should be a positive integer"),
    ({"dataset": [], "shuffle": True}, "num_samples=0"),
    ({"dataset": Count(3), "shuffle": True}, "unspecified shuffle option, but got shuffle=True"),
    ({"dataset": Count(3), "sampler": [1]}, "unspecified sampler option"),
    ({"dataset": Count(3), "batch_sampler": [[1]]}, "unspecified batch_sampler option"),
]


@pytest.mark.parametrize(("options", "words"), REFUSED)
def test_refusals(options: dict[str, Any], words: str) -> None:
    """What cannot be done is said in words."""
    with pytest.raises(ValueError, match=words):
        DataLoader(**{"dataset": range(9), **options})


def test_options_are_fixed() -> None:
    """Those that the order was made from; the others may change."""
    loader = DataLoader(range(4), batch_size=2)
    for name in (
        "batch_size",
        "dataset",
        "sampler",
        "drop_last",
        "batch_sampler",
        "persistent_workers",
    ):
        with pytest.raises(ValueError, match=f"{name} attribute should not be set after"):
            setattr(loader, name, 3)
    collate: Callable[[Any], Any] = sum
    loader.collate_fn = collate
    assert list(loader) == [1, 5]


def test_options_without_effect() -> None:
    """They are taken, and change nothing."""
    loader = DataLoader(range(2), pin_memory=True, pin_memory_device="x", in_order=False)
    assert batches(loader) == [[0], [1]]


def test_an_unknown_length() -> None:
    """An iterable data set without a length has none as a loader either."""

    class Endless(data.IterableDataset[int]):
        def __iter__(self) -> Iterator[int]:
            return iter(int, 1)

    with pytest.raises(TypeError):
        len(DataLoader(Endless()))
