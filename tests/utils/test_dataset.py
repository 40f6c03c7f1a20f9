"""Data sets, samplers and the making of batches."""

from __future__ import annotations

from collections import OrderedDict, UserDict, UserList, namedtuple
from collections.abc import Callable, Iterator
from types import MappingProxyType
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor.utils import data

Point = namedtuple("Point", "x y")


class Squares(data.Dataset[int]):
    """Ten squares."""

    def __len__(self) -> int:
        return 10

    def __getitem__(self, index: int) -> int:
        return index**2


class Count(data.IterableDataset[int]):
    """Numbers up to `n`."""

    def __init__(self, n: int) -> None:
        self.n = n

    def __iter__(self) -> Iterator[int]:
        return iter(range(self.n))

    def __len__(self) -> int:
        return self.n


# -------------------------------------------------------------------- data sets


def test_tensors_side_by_side() -> None:
    """Samples are tuples of rows; slices work too."""
    x, y = mt.arange(6).reshape(3, 2), mt.arange(3)
    both = data.TensorDataset(x, y)
    assert len(both) == 3
    assert [part.tolist() for part in both[1]] == [[2, 3], 1]
    assert [part.tolist() for part in both[1:]] == [[[2, 3], [4, 5]], [1, 2]]
    with pytest.raises(AssertionError, match=r"Size mismatch between tensors.*\[3, 2\]"):
        data.TensorDataset(x, mt.zeros(2))


def test_end_to_end() -> None:
    """Indices run through, also from the end."""
    both = Squares() + data.TensorDataset(mt.arange(2))
    assert isinstance(both, data.ConcatDataset)
    assert (len(both), both.cumulative_sizes) == (12, [10, 12])
    assert (both[9], both[-12], both[10][0].item(), both[-1][0].item()) == (81, 0, 0, 1)
    for index, error in ((-13, ValueError), (12, IndexError)):
        with pytest.raises(error, match=f"{index}.* 12"):
            both[index]
    with pytest.raises(AssertionError, match="not be an empty"):
        data.ConcatDataset([])
    with pytest.raises(AssertionError, match="use ChainDataset"):
        data.ConcatDataset([Count(2)])


def test_iterables_in_a_row() -> None:
    """`ChainDataset`, or a plus between iterable data sets."""
    both = Count(2) + Count(1)
    assert (list(both), len(both)) == ([0, 1, 0], 3)
    with pytest.raises(AssertionError, match="only supports IterableDataset, not Squares"):
        list(data.ChainDataset([Squares()]))


def test_stack() -> None:
    """Tuples without names, dictionaries with."""
    assert data.StackDataset(Squares(), range(10))[3] == (9, 3)
    assert len(data.StackDataset(a=Squares())) == 10
    for args, kwargs, words in (
        ((), {}, "0 without and 0 with"),
        (([1],), {"a": [1]}, "1 without and 1 with"),
        (([1], [1, 2]), {}, r"lengths are \[1, 2\]"),
    ):
        with pytest.raises(ValueError, match=words):
            data.StackDataset(*args, **kwargs)


def test_subset() -> None:
    """By index, by a list if the data set takes one, and many at once."""
    part = data.Subset(Squares(), [3, 1])
    assert (len(part), part[0], part.__getitems__([1, 0])) == (2, 9, [1, 9])
    rows = data.Subset(data.TensorDataset(mt.arange(5)), [4, 2])
    assert rows[[0, 1]][0].tolist() == [4, 2]


def test_a_subset_with_samples_of_its_own() -> None:
    """Overriding ``__getitem__`` is enough."""

    class Negative(data.Subset[int]):
        def __getitem__(self, idx: Any) -> Any:
            return -super().__getitem__(idx)

    loader = data.DataLoader(Negative(Squares(), [1, 2]), batch_size=2)
    assert [batch.tolist() for batch in loader] == [[-1, -4]]


def test_abstract() -> None:
    """What has to be defined says so."""
    for make, words in (
        (lambda: data.Dataset()[0], "Dataset has to define __getitem__"),
        (lambda: iter(data.IterableDataset()), "IterableDataset has to define __iter__"),
        (lambda: iter(data.Sampler()), "Sampler has to define __iter__"),
    ):
        with pytest.raises(NotImplementedError, match=words):
            make()


# ----------------------------------------------------------------- random split


def test_split_by_lengths_and_by_fractions() -> None:
    """Every sample is in one part; what rounding leaves goes to the first parts."""
    parts = data.random_split(range(10), [3, 7], generator=mt.Generator().manual_seed(1))
    assert [len(part) for part in parts] == [3, 7]
    assert sorted([*parts[0], *parts[1]]) == list(range(10))
    parts = data.random_split(range(11), [0.5, 0.25, 0.25])
    assert [len(part) for part in parts] == [6, 3, 2]


def test_split_follows_its_generator() -> None:
    """The same seed, the same parts; another one leaves the global stream alone."""
    draws = []
    for _ in range(2):
        generator = mt.Generator().manual_seed(3)
        draws.append([list(part) for part in data.random_split(range(9), [4, 5], generator)])
    assert draws[0] == draws[1]
    mt.manual_seed(0)
    data.random_split(range(9), [4, 5], mt.Generator())
    after = mt.rand(2).tolist()
    mt.manual_seed(0)
    assert after == mt.rand(2).tolist()


def test_split_refusals() -> None:
    """Lengths that do not add up, fractions that are none; an empty part is warned about."""
    with pytest.raises(ValueError, match=r"\[1, 2\] add up to 3, and there are 10"):
        data.random_split(range(10), [1, 2])
    with pytest.raises(ValueError, match="Fraction at index 0 is not between 0 and 1: 1.5"):
        data.random_split(range(10), [1.5, -0.5])
    with pytest.warns(UserWarning, match="split at index 1 is 0"):
        data.random_split(range(1), [0.5, 0.5])


# --------------------------------------------------------------------- samplers


def test_orders() -> None:
    """Permutations without replacement, any number with it."""
    assert list(data.SequentialSampler("abc")) == [0, 1, 2]
    once = data.RandomSampler(range(7))
    assert sorted(once) == list(range(7)) != list(once)
    more = list(data.RandomSampler(range(3), num_samples=7))
    assert [sorted(more[:3]), sorted(more[3:6]), len(more)] == [[0, 1, 2], [0, 1, 2], 7]
    drawn = list(data.RandomSampler(range(3), replacement=True, num_samples=100))
    assert len(drawn) == 100
    assert set(drawn) == {0, 1, 2}
    assert sorted(data.SubsetRandomSampler([5, 3, 8])) == [3, 5, 8]


def test_weights() -> None:
    """Weightless samples are not drawn; without replacement each is drawn once."""
    sampler = data.WeightedRandomSampler([0.0, 1.0, 3.0], 400)
    counts = np.bincount(list(sampler), minlength=3)
    assert counts[0] == 0
    assert 250 < counts[2] < 350
    assert sorted(data.WeightedRandomSampler([1.0, 1.0], 2, replacement=False)) == [0, 1]


def test_batches_of_indices() -> None:
    """With the last one, or without."""
    for drop_last, lengths in ((False, [3, 3, 1]), (True, [3, 3])):
        sampler = data.BatchSampler(range(7), 3, drop_last)
        assert [len(batch) for batch in sampler] == lengths
        assert len(sampler) == len(lengths)


SAMPLERS: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: data.RandomSampler([]), ValueError, "num_samples should be a positive.*num_samples=0"),
    (lambda: data.RandomSampler([1], replacement=1), TypeError, "replacement should be a boolean"),
    (lambda: data.WeightedRandomSampler([1.0], 0), ValueError, "num_samples=0"),
    (lambda: data.WeightedRandomSampler([[1.0]], 1), ValueError, r"have shape \(1, 1\)"),
    (lambda: data.BatchSampler([1], 0, False), ValueError, "batch_size=0"),
    (lambda: data.BatchSampler([1], True, False), ValueError, "batch_size=True"),
    (lambda: data.BatchSampler([1], 1, 0), ValueError, "drop_last should be a boolean"),
]


@pytest.mark.parametrize(("make", "error", "words"), SAMPLERS)
def test_sampler_refusals(make: Callable[[], Any], error: type[Exception], words: str) -> None:
    """What cannot be done is said in words."""
    with pytest.raises(error, match=words):
        make()


# -------------------------------------------------------------------- collation


@pytest.mark.parametrize(
    ("samples", "dtype", "expected"),
    [
        ([1, 2], mt.int64, [1, 2]),
        ([True, False], mt.bool, [True, False]),
        ([0.5, 1.5], mt.float64, [0.5, 1.5]),
        ([np.float32(0.5), np.float32(1.5)], mt.float32, [0.5, 1.5]),
        ([np.int16(1), np.int16(2)], mt.int16, [1, 2]),
        ([np.arange(2, dtype=np.int8)] * 2, mt.int8, [[0, 1], [0, 1]]),
        ([mt.ones(1), mt.zeros(1)], mt.float32, [[1.0], [0.0]]),
    ],
)
def test_numbers_become_tensors(samples: Any, dtype: Any, expected: Any) -> None:
    """With one more dimension, and PyTorch's dtypes."""
    batch = data.default_collate(samples)
    assert isinstance(batch, mt.Tensor)
    assert (batch.dtype, batch.tolist()) == (dtype, expected)


def test_structures_are_kept() -> None:
    """Dictionaries, lists and named tuples; a plain tuple becomes a list."""
    batch = data.default_collate([{"a": (1, "x"), "b": Point([1], 2)}] * 2)
    assert type(batch["a"]) is list
    assert batch["a"][1] == ("x", "x")
    assert isinstance(batch["b"], Point)
    assert batch["b"].x[0].tolist() == [1, 1]
    assert type(data.default_collate([OrderedDict(a=1)] * 2)) is OrderedDict
    assert type(data.default_collate([UserDict(a=1)] * 2)) is UserDict
    assert type(data.default_collate([UserList([1])] * 2)) is UserList
    assert type(data.default_collate([MappingProxyType({"a": 1})] * 2)) is MappingProxyType
    assert data.default_collate([b"a", b"b"]) == [b"a", b"b"]
    assert [part.tolist() for part in data.default_collate([range(2)] * 2)] == [[0, 0], [1, 1]]


def test_a_dictionary_keeps_its_attributes() -> None:
    """Of the first sample, which stays as it was."""

    class Tagged(dict):
        tag = ""

    sample = Tagged(a=1)
    sample.tag = "first"
    batch = data.default_collate([sample, Tagged(a=2)])
    assert (type(batch), batch.tag, batch["a"].tolist()) == (Tagged, "first", [1, 2])
    assert sample == {"a": 1}


def test_gradients_flow_through_a_batch() -> None:
    """Stacked samples are part of the graph."""
    w = mt.ones(2, requires_grad=True)
    data.default_collate([w, w]).sum().backward()
    assert w.grad.tolist() == [2.0, 2.0]


def test_what_makes_no_batch() -> None:
    """Other things, arrays of strings, and sequences of unequal lengths."""
    with pytest.raises(TypeError, match="found <class 'object'>. Pass a collate_fn"):
        data.default_collate([object()])
    with pytest.raises(TypeError, match="found <U1"):
        data.default_collate([np.array(["a"])])
    with pytest.raises(RuntimeError, match=r"equal size, but sizes are \[1, 2\]"):
        data.default_collate([[1], [1, 2]])


def test_conversion_of_one_sample() -> None:
    """Arrays become tensors, the rest stays."""
    found = data.default_convert({"a": np.ones(2), "b": (np.float32(3), "x"), "c": np.array(["s"])})
    assert isinstance(found["a"], mt.Tensor)
    assert found["b"][0].dtype == mt.float32
    assert (found["b"][1], found["c"][0]) == ("x", "s")
    assert data.default_convert(Point(1, 2)) == Point(1, 2)
    tensor = mt.ones(1)
    assert data.default_convert(tensor) is tensor
