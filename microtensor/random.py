"""Random tensors: PyTorch's CPU generator, so that one seed gives the same numbers here and there.

The streams themselves, and what is known to differ, are in `_stream`; this module gives them
PyTorch's names.  ``Dropout``, ``bernoulli`` and ``multinomial`` are the same as in PyTorch, too.
"""

from __future__ import annotations

import math
import os
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from . import dtypes
from ._stream import DEFAULT_SEED, Stream
from .attributes import CPU, Device, as_device
from .creation import _finish, _shape, _sizes
from .mode import no_grad
from .ops.inplace import check_target, write
from .tensor import Tensor


class Generator:
    """A source of random numbers of its own, with PyTorch's methods.

    >>> g = mt.Generator().manual_seed(0)
    >>> mt.rand(2, generator=g)
    tensor([0.4963, 0.7682])
    """

    def __init__(self, device: Any = "cpu") -> None:
        as_device(device)

    @cached_property
    def stream(self) -> Stream:
        """The numbers themselves; made when first asked for, since NumPy's generators load slowly."""
        return Stream(DEFAULT_SEED)

    @property
    def device(self) -> Device:
        """Always the CPU."""
        return CPU

    def manual_seed(self, seed: int) -> Generator:
        """Start anew from `seed`, any integer of 64 bits; returns self."""
        self.stream.seed(seed)
        return self

    def initial_seed(self) -> int:
        """The seed that the stream started from."""
        return self.stream.initial_seed()

    def seed(self) -> int:
        """Start anew from an unpredictable seed, and return it."""
        seed = int.from_bytes(os.urandom(8))
        self.manual_seed(seed)
        return seed

    def get_state(self) -> Tensor:
        """The whole state as a uint8 tensor, in PyTorch's layout."""
        return Tensor._of(np.frombuffer(self.stream.get_state(), np.uint8).copy())  # type: ignore[no-any-return]

    def set_state(self, state: Tensor) -> None:
        """Go back to a state that `get_state` gave."""
        self.stream.set_state(state.array.tobytes())


default_generator = Generator()


def manual_seed(seed: int) -> Generator:
    """Seed the default generator.

    >>> _ = mt.manual_seed(0)
    >>> mt.rand(1)
    tensor([0.4963])
    """
    return default_generator.manual_seed(int(seed))


def seed() -> int:
    """Seed the default generator unpredictably, and return the seed."""
    return default_generator.seed()


def initial_seed() -> int:
    """The seed of the default generator."""
    return default_generator.initial_seed()


def get_rng_state() -> Tensor:
    """The state of the default generator."""
    return default_generator.get_state()


def set_rng_state(new_state: Tensor) -> None:
    """Put the default generator into a state that `get_rng_state` gave."""
    default_generator.set_state(new_state)


def _stream(generator: Generator | None) -> Stream:
    return (generator or default_generator).stream


def _new(flat: Any, shape: tuple[int, ...], requires_grad: bool, device: Any = None) -> Tensor:
    return _finish(flat.reshape(shape), requires_grad, device)


def _float(dtype: Any) -> dtypes.DType:
    return dtypes.get_default_dtype() if dtype is None else np.dtype(dtype)


def rand(
    *size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False,
    device: Any = None, **ignored: Any,
) -> Tensor:  # fmt: skip
    """Uniform numbers in [0, 1).

    >>> _ = mt.manual_seed(0)
    >>> mt.rand(2)
    tensor([0.4963, 0.7682])
    """
    shape = _shape(size, ignored)
    return _new(_stream(generator).uniform(math.prod(shape), _float(dtype)), shape, requires_grad, device)


def randn(
    *size: Any, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False,
    device: Any = None, **ignored: Any,
) -> Tensor:  # fmt: skip
    """Standard normal numbers.

    >>> _ = mt.manual_seed(0)
    >>> mt.randn(2)
    tensor([ 1.5410, -0.2934])
    """
    shape = _shape(size, ignored)
    return _new(_stream(generator).normal(math.prod(shape), _float(dtype)), shape, requires_grad, device)


def randint(
    low: int, high: Any = None, size: Any = None, *, generator: Generator | None = None,
    dtype: Any = None, requires_grad: bool = False, device: Any = None,
) -> Tensor:  # fmt: skip
    """Integers in [low, high), from 0 if only one bound is given.

    Raises ``RuntimeError`` if the range is empty.

    >>> _ = mt.manual_seed(0)
    >>> mt.randint(10, (3,))
    tensor([4, 9, 3])
    """
    if size is None:
        low, high, size = 0, low, high
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    shape = _sizes((size,))
    dtype = dtypes.int64 if dtype is None else np.dtype(dtype)
    flat = _stream(generator).integers(math.prod(shape), int(low), int(high), dtype)
    return _new(flat, shape, requires_grad, device)


def randperm(
    n: int, *, generator: Generator | None = None, dtype: Any = None, requires_grad: bool = False,
    device: Any = None, **ignored: Any,
) -> Tensor:  # fmt: skip
    """A random order of 0 to n - 1.

    >>> _ = mt.manual_seed(0)
    >>> mt.randperm(4)
    tensor([0, 1, 3, 2])
    """
    dtype = dtypes.int64 if dtype is None else np.dtype(dtype)
    return _new(_stream(generator).permutation(n, dtype), (n,), requires_grad, device)


def rand_like(input: Tensor, *, dtype: Any = None, **kwargs: Any) -> Tensor:
    """`rand` of `input`'s shape and dtype."""
    return rand(input.shape, dtype=input.dtype if dtype is None else dtype, **kwargs)


def randn_like(input: Tensor, *, dtype: Any = None, **kwargs: Any) -> Tensor:
    """`randn` of `input`'s shape and dtype."""
    return randn(input.shape, dtype=input.dtype if dtype is None else dtype, **kwargs)


def randint_like(input: Tensor, low: int, high: int | None = None, *, dtype: Any = None) -> Tensor:
    """`randint` of `input`'s shape and dtype."""
    low, high = (0, low) if high is None else (low, high)
    return randint(low, high, input.shape, dtype=input.dtype if dtype is None else dtype)


def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Generator | None = None, dtype: Any = None,
    requires_grad: bool = False, device: Any = None,
) -> Tensor:  # fmt: skip
    """Normal numbers of a mean and a deviation, numbers or tensors.

    >>> _ = mt.manual_seed(0)
    >>> mt.normal(10.0, 0.1, (2,))
    tensor([10.1541,  9.9707])
    """
    if isinstance(mean, Tensor) or isinstance(std, Tensor):
        shape = np.broadcast_shapes(*[tuple(v.shape) for v in (mean, std) if isinstance(v, Tensor)])
        like = mean if isinstance(mean, Tensor) else std
        with no_grad():
            return randn(shape, generator=generator, dtype=like.dtype) * std + mean  # type: ignore[no-any-return]
    shape, dtype = _sizes((size,)), _float(dtype)
    flat = _stream(generator).normal(math.prod(shape), dtype, float(mean), float(std))
    return _new(flat, shape, requires_grad, device)


def bernoulli(input: Tensor, p: float | None = None, *, generator: Generator | None = None) -> Tensor:
    """1 with the probability that `input` says, element by element, else 0.

    >>> mt.bernoulli(mt.tensor([0.0, 1.0]))
    tensor([0., 1.])
    """
    stream, shape = _stream(generator), tuple(input.shape)
    if p is not None:
        flat = stream.bernoulli(input.numel(), p)
    else:
        flat = stream.bernoulli_each(input.array.reshape(-1))
    return _new(flat.astype(input.dtype), shape, False)


def multinomial(
    input: Tensor, num_samples: int, replacement: bool = False, *, generator: Generator | None = None
) -> Tensor:
    """Indices drawn with probabilities proportional to each row of `input`.

    >>> mt.multinomial(mt.tensor([0.0, 1.0]), 2, replacement=True)
    tensor([1, 1])
    """
    return Tensor._of(_stream(generator).multinomial(input.array, num_samples, replacement))  # type: ignore[no-any-return]


# ------------------------------------------------------------------ in place


def _fill(x: Tensor, flat: Any, by: str) -> Tensor:
    check_target(x, by)
    write(x, flat.reshape(x.shape), by)
    return x


def uniform_(
    self: Tensor, from_: float = 0.0, to: float = 1.0, *, generator: Generator | None = None, **kwargs: Any
) -> Tensor:
    """Write uniform numbers in [from, to)."""
    check_target(self, "uniform_")
    low = float(kwargs.get("from", from_))
    return _fill(self, _stream(generator).uniform(self.numel(), self.dtype, low, float(to)), "uniform_")


def normal_(
    self: Tensor, mean: float = 0.0, std: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Write normal numbers."""
    check_target(self, "normal_")
    blocks = self.is_contiguous()
    flat = _stream(generator).normal(self.numel(), self.dtype, float(mean), float(std), blocks=blocks)
    return _fill(self, flat, "normal_")


def bernoulli_(self: Tensor, p: Any = 0.5, *, generator: Generator | None = None) -> Tensor:
    """Write 1 with probability `p` (a number or a tensor), else 0."""
    check_target(self, "bernoulli_")
    stream = _stream(generator)
    if isinstance(p, Tensor):
        wide = np.broadcast_to(p.array, self.shape)
        return _fill(self, stream.bernoulli_each(wide.reshape(-1)), "bernoulli_")
    return _fill(self, stream.bernoulli(self.numel(), float(p)), "bernoulli_")


def random_(
    self: Tensor, from_: int | None = None, to: int | None = None, *, generator: Generator | None = None,
    **kwargs: Any,
) -> Tensor:  # fmt: skip
    """Write integers in [from, to); in [0, from) if only one bound is given; of all sizes if none."""
    check_target(self, "random_")
    low, stream = kwargs.get("from", from_), _stream(generator)
    if low is None and to is None:
        return _fill(self, stream.full_range(self.numel(), self.dtype), "random_")
    low, high = (0, low) if to is None else (low or 0, to)
    return _fill(self, stream.integers(self.numel(), int(low or 0), int(high or 0), self.dtype), "random_")


def exponential_(self: Tensor, lambd: float = 1.0, *, generator: Generator | None = None) -> Tensor:
    """Write exponential numbers of this rate."""
    check_target(self, "exponential_")
    return _fill(self, _stream(generator).exponential(self.numel(), self.dtype, lambd), "exponential_")


def cauchy_(
    self: Tensor, median: float = 0.0, sigma: float = 1.0, *, generator: Generator | None = None
) -> Tensor:
    """Write Cauchy numbers."""
    check_target(self, "cauchy_")
    flat = _stream(generator).cauchy(self.numel(), self.dtype, float(median), float(sigma))
    return _fill(self, flat, "cauchy_")


def log_normal_(
    self: Tensor, mean: float = 1.0, std: float = 2.0, *, generator: Generator | None = None
) -> Tensor:
    """Write numbers whose logarithm has this mean and deviation."""
    check_target(self, "log_normal_")
    flat = _stream(generator).log_normal(self.numel(), self.dtype, float(mean), float(std))
    return _fill(self, flat, "log_normal_")


def geometric_(self: Tensor, p: float, *, generator: Generator | None = None) -> Tensor:
    """Write numbers of trials to the first success of probability `p`."""
    check_target(self, "geometric_")
    return _fill(self, _stream(generator).geometric(self.numel(), float(p), self.dtype), "geometric_")


for _function in (
    uniform_, normal_, bernoulli_, random_, exponential_, cauchy_, log_normal_, geometric_,
    bernoulli, multinomial,
):  # fmt: skip
    setattr(Tensor, _function.__name__, _function)


def fork_rng(devices: Sequence[Any] = (), enabled: bool = True) -> Any:
    """A context after which the default generator is where it was before.

    >>> _ = mt.manual_seed(0)
    >>> with mt.random.fork_rng():
    ...     _ = mt.rand(5)
    >>> mt.rand(1)
    tensor([0.4963])
    """
    return _Fork(enabled)


class _Fork:
    def __init__(self, enabled: bool) -> None:
        self.enabled = enabled

    def __enter__(self) -> None:
        self._state = default_generator.stream.get_state()

    def __exit__(self, *exc: object) -> None:
        if self.enabled:
            default_generator.stream.set_state(self._state)
