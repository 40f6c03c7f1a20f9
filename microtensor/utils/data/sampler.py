"""Orders in which a data set is gone through, drawn as PyTorch draws them.

Given the same seed the orders are PyTorch's, and so is the number of draws that each takes from
the generator: a `RandomSampler` without a generator of its own draws one 64-bit seed from the
global stream and its permutation from a new generator with that seed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence, Sized
from itertools import islice
from typing import Any, Generic, TypeVar

from ...creation.factories import empty
from ...creation.from_data import as_tensor
from ...engine.dtypes import float64, int64
from ...random.generator import Generator
from ...random.tensors import multinomial, randint, randperm

__all__ = [
    "BatchSampler",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "SubsetRandomSampler",
    "WeightedRandomSampler",
    "draw_seed",
]

T_co = TypeVar("T_co", covariant=True)


def draw_seed(generator: Generator | None) -> int:
    """A seed of 63 bits, from two draws of the generator."""
    return int(empty((), dtype=int64).random_(generator=generator).item())


class Sampler(Generic[T_co]):
    """An order: derive from it, and define ``__iter__`` over indices, or over lists of them.

    >>> class Backwards(mt.utils.data.Sampler):
    ...     def __init__(self, data):
    ...         self.data = data
    ...     def __iter__(self):
    ...         return reversed(range(len(self.data)))
    >>> letters = ["a", "b", "c"]
    >>> list(mt.utils.data.DataLoader(letters, batch_size=2, sampler=Backwards(letters)))
    [['c', 'b'], ['a']]
    """

    def __iter__(self) -> Iterator[T_co]:
        """The indices of one pass."""
        raise NotImplementedError(f"{type(self).__name__} has to define __iter__")


class SequentialSampler(Sampler[int]):
    """All samples, in the order of their indices.

    >>> list(mt.utils.data.SequentialSampler("abc"))
    [0, 1, 2]
    """

    def __init__(self, data_source: Sized) -> None:
        self.data_source = data_source

    def __iter__(self) -> Iterator[int]:
        return iter(range(len(self.data_source)))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(Sampler[int]):
    """All samples in a random order, or `num_samples` drawn at random.

    Without replacement, more samples than there are come as several permutations in a row. Raises
    ``ValueError`` if there is nothing to draw, ``TypeError`` if `replacement` is no bool.

    >>> _ = mt.manual_seed(0)
    >>> list(mt.utils.data.RandomSampler("abcd"))
    [2, 3, 0, 1]
    """

    def __init__(
        self,
        data_source: Sized,
        replacement: bool = False,
        num_samples: int | None = None,
        generator: Generator | None = None,
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"replacement should be a boolean value, but got replacement={replacement}")
        self.data_source, self.replacement = data_source, replacement
        self._num_samples, self.generator = num_samples, generator
        _require_positive("num_samples", self.num_samples)

    @property
    def num_samples(self) -> int:
        """How many indices one pass gives."""
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def __iter__(self) -> Iterator[int]:
        generator = self.generator
        if generator is None:
            generator = Generator().manual_seed(draw_seed(None))
        draw = self._with_replacement if self.replacement else self._without_replacement
        yield from draw(generator)

    def _with_replacement(self, generator: Generator) -> Iterator[int]:
        n, left = len(self.data_source), self.num_samples
        while left >= 0:  # blocks of 32, and a last one that may be empty, as PyTorch draws them
            size = (min(left, 32),)
            yield from randint(0, n, size, dtype=int64, generator=generator).tolist()
            left -= 32

    def _without_replacement(self, generator: Generator) -> Iterator[int]:
        n, left = len(self.data_source), self.num_samples
        while left >= 0:
            yield from randperm(n, generator=generator).tolist()[:left]
            left -= n

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(Sampler[int]):
    """The given indices, in a random order.

    >>> _ = mt.manual_seed(0)
    >>> list(mt.utils.data.SubsetRandomSampler([10, 20, 30, 40]))
    [10, 20, 40, 30]
    """

    def __init__(self, indices: Sequence[int], generator: Generator | None = None) -> None:
        self.indices, self.generator = indices, generator

    def __iter__(self) -> Iterator[int]:
        for place in randperm(len(self.indices), generator=self.generator).tolist():
            yield self.indices[place]

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(Sampler[int]):
    """Indices drawn with probabilities proportional to `weights`, which need not add up to 1.

    Raises ``ValueError`` for weights that are not one number a sample and for nothing to draw.

    >>> list(mt.utils.data.WeightedRandomSampler([0.0, 0.0, 1.0], num_samples=2))
    [2, 2]
    """

    def __init__(
        self,
        weights: Sequence[float],
        num_samples: int,
        replacement: bool = True,
        generator: Generator | None = None,
    ) -> None:
        _require_positive("num_samples", num_samples)
        _require_bool("replacement", replacement)
        self.weights = as_tensor(weights, dtype=float64)
        if self.weights.ndim != 1:
            raise ValueError(
                f"weights should be a 1d sequence but given weights have shape {tuple(self.weights.shape)}"
            )
        self.num_samples, self.replacement, self.generator = num_samples, replacement, generator

    def __iter__(self) -> Iterator[int]:
        drawn = multinomial(self.weights, self.num_samples, self.replacement, generator=self.generator)
        yield from drawn.tolist()

    def __len__(self) -> int:
        return self.num_samples


class BatchSampler(Sampler[list[int]]):
    """The indices of another sampler, in lists of `batch_size`.

    >>> list(mt.utils.data.BatchSampler(range(5), batch_size=2, drop_last=False))
    [[0, 1], [2, 3], [4]]
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        _require_positive("batch_size", batch_size)
        _require_bool("drop_last", drop_last)
        self.sampler, self.batch_size, self.drop_last = sampler, batch_size, drop_last

    def __iter__(self) -> Iterator[list[int]]:
        indices = iter(self.sampler)
        while batch := list(islice(indices, self.batch_size)):
            if self.drop_last and len(batch) < self.batch_size:
                return
            yield batch

    def __len__(self) -> int:
        full, rest = divmod(len(self.sampler), self.batch_size)  # type: ignore[arg-type]
        return full + (rest > 0 and not self.drop_last)


def _require_positive(name: str, value: Any) -> None:
    if not isinstance(value, int) or isinstance(value, bool) or value <= 0:
        raise ValueError(f"{name} should be a positive integer value, but got {name}={value}")


def _require_bool(name: str, value: Any) -> None:
    if not isinstance(value, bool):
        raise ValueError(f"{name} should be a boolean value, but got {name}={value}")
