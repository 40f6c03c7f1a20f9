"""Generators: the state of PyTorch's CPU stream, the default one, and what sets, saves and forks it."""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from functools import cached_property
from typing import Any

import numpy as np

from ..engine.size_device import CPU, as_device
from ..engine.size_device import device as _device
from ..engine.tensor import Tensor
from .mt19937 import DEFAULT_SEED
from .stream import Stream


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
    def device(self) -> _device:
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


class _PerThread(Generator):
    """The default generator of a program in which some threads have streams of their own."""

    __qualname__ = "Generator"  # which is what it is shown as

    @property
    def stream(self) -> Stream:
        """This thread's own numbers, or those of all others."""
        return getattr(_own, "stream", None) or self.__dict__["stream"]  # type: ignore[no-any-return]


default_generator = Generator()
_own = threading.local()


def set_stream_of_this_thread(stream: Stream) -> None:
    """Let this thread draw from a stream of its own where it would draw from the default generator.

    Asking which thread one is in costs: so the default generator begins to ask only now.
    """
    default_generator.stream  # noqa: B018 - makes the stream that the other threads keep
    default_generator.__class__ = _PerThread
    _own.stream = stream


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


def fork_rng(
    devices: Sequence[Any] | None = None, enabled: bool = True, device_type: str | None = None
) -> Any:
    """A context after which the default generator is where it was before.

    `devices` and `device_type` name generators of other devices, of which there are none.

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
