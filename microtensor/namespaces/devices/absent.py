"""Answers to whoever asks for an accelerator: there is none, its memory is empty, and nothing waits for it.

Questions are answered and settings without effect are taken, so that a program which looks before it leaps
runs. What needs the device itself raises ``RuntimeError``.
"""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = [
    "Event", "Stream", "StreamContext", "current_stream", "default_stream", "device", "device_count",
    "device_of", "empty_cache", "get_rng_state", "get_rng_state_all", "init", "ipc_collect", "is_available",
    "is_bf16_supported", "is_current_stream_capturing", "is_initialized", "manual_seed", "manual_seed_all",
    "max_memory_allocated", "max_memory_reserved", "mem_get_info", "memory_allocated", "memory_reserved",
    "memory_stats", "refuse", "reset_peak_memory_stats", "seed", "seed_all", "set_rng_state",
    "set_rng_state_all", "set_stream", "stream", "synchronize",
]  # fmt: skip


def is_available() -> bool:
    """Always False: tensors live on the CPU.

    >>> mt.device("cuda" if mt.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return False


def device_count() -> int:
    """Always 0."""
    return 0


def is_initialized() -> bool:
    """Always False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Always False."""
    return False


def is_current_stream_capturing() -> bool:
    """Always False."""
    return False


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no device to seed."""


def manual_seed(seed: int) -> None:
    """Nothing: there is no device to seed."""


def seed_all() -> None:
    """Nothing: there is no device to seed."""


seed = seed_all


def get_rng_state_all() -> list[Any]:
    """An empty list: there is no device with random numbers."""
    return []


def set_rng_state_all(new_states: Any) -> None:
    """Nothing for the states of no devices; ``RuntimeError`` if there are any."""
    if len(list(new_states)):
        refuse()


def empty_cache() -> None:
    """Nothing: there is no memory to give back."""


def ipc_collect() -> None:
    """Nothing: there is no memory to give back."""


def memory_allocated(device: Any = None) -> int:
    """Always 0."""
    return 0


def memory_reserved(device: Any = None) -> int:
    """Always 0."""
    return 0


def max_memory_allocated(device: Any = None) -> int:
    """Always 0."""
    return 0


def max_memory_reserved(device: Any = None) -> int:
    """Always 0."""
    return 0


def memory_stats(device: Any = None) -> dict[str, int]:
    """An empty dictionary."""
    return {}


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing: no memory is counted."""


def refuse(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises ``RuntimeError``: there is no such device."""
    raise RuntimeError(
        "there is no GPU: microtensor computes on the CPU only. Guard the call with "
        "torch.cuda.is_available(), which is False"
    )


def synchronize(device: Any = None) -> None:
    """Raises ``RuntimeError``: there is no device to wait for."""
    refuse()


init = current_stream = default_stream = set_stream = mem_get_info = get_rng_state = set_rng_state = refuse


class _Nowhere:
    """A context manager that changes nothing; entering it for a real device raises ``RuntimeError``."""

    def __init__(self, which: Any = None) -> None:
        self.which = which

    def __enter__(self) -> None:
        if self.which is not None and self.which != -1:
            refuse()

    def __exit__(self, *error: object) -> None:
        """Nothing is to be undone."""


class device(_Nowhere):  # noqa: N801 - PyTorch's name
    """The length of a ``with`` in which a device is current; of None or -1 nothing, else it raises."""


class device_of(_Nowhere):  # noqa: N801
    """The length of a ``with`` in which a tensor's device is the current one: nothing, on the CPU."""

    def __init__(self, obj: Any) -> None:
        super().__init__(None)


class StreamContext(_Nowhere):
    """The length of a ``with`` in which work goes to a stream; of None nothing, else it raises."""


def stream(stream: Any) -> StreamContext:
    """The context manager of a stream; None stands for none."""
    return StreamContext(stream)


class Stream:
    """A queue of work on a device: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse()


class Event:
    """A mark in a queue of work on a device: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse()
