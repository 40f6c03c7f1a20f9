"""Settings of the whole library that programs make at their start.

Those that decide what is computed are checked; those that only choose how fast are remembered and have no
effect, because NumPy decides that (threads of its BLAS are set by ``OMP_NUM_THREADS`` before it starts).
"""

from __future__ import annotations

import os
from typing import Any

from .attributes import CPU, Device, as_device

__all__ = [
    "are_deterministic_algorithms_enabled",
    "get_default_device",
    "get_float32_matmul_precision",
    "get_num_interop_threads",
    "get_num_threads",
    "is_autocast_enabled",
    "set_default_device",
    "set_float32_matmul_precision",
    "set_num_interop_threads",
    "set_num_threads",
    "use_deterministic_algorithms",
]

_kept: dict[str, Any] = {"threads": None, "interop": None, "precision": "highest", "deterministic": False}


def set_num_threads(num: int) -> None:
    """Remember a number of threads; raises ``RuntimeError`` unless it is positive.

    >>> mt.set_num_threads(1)
    >>> mt.get_num_threads()
    1
    """
    _kept["threads"] = _positive(num)


def set_num_interop_threads(num: int) -> None:
    """Remember a number of threads; raises ``RuntimeError`` unless it is positive.

    >>> mt.set_num_interop_threads(1)
    """
    _kept["interop"] = _positive(num)


def _positive(num: Any) -> int:
    if not isinstance(num, int) or num <= 0:
        raise RuntimeError(f"Expected positive number of threads, got {num!r}")
    return num


def get_num_threads() -> int:
    """The number that was set, else the number of processors."""
    return _kept["threads"] or os.cpu_count() or 1


def get_num_interop_threads() -> int:
    """The number that was set, else the number of processors."""
    return _kept["interop"] or os.cpu_count() or 1


def set_float32_matmul_precision(precision: str) -> None:
    """Remember ``"highest"``, ``"high"`` or ``"medium"``; float32 is always computed as float32.

    Raises ``ValueError`` for any other word.

    >>> mt.set_float32_matmul_precision("high")
    >>> mt.set_float32_matmul_precision("highest")
    """
    if precision not in ("highest", "high", "medium"):
        raise ValueError(f"float32 matmul precision is highest, high or medium, not {precision!r}")
    _kept["precision"] = precision


def get_float32_matmul_precision() -> str:
    """The word that was set, ``"highest"`` at first."""
    return str(_kept["precision"])


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Remember it: everything here is deterministic anyway.

    >>> mt.use_deterministic_algorithms(True)
    >>> mt.use_deterministic_algorithms(False)
    """
    _kept["deterministic"], _kept["warn_only"] = bool(mode), bool(mode and warn_only)


def are_deterministic_algorithms_enabled() -> bool:
    """What was set, False at first."""
    return bool(_kept["deterministic"])


def set_default_device(device: Any) -> None:
    """The CPU, or ``RuntimeError``.

    >>> mt.set_default_device("cpu")
    """
    as_device(device)


def get_default_device() -> Device:
    """Always the CPU.

    >>> mt.get_default_device()
    device(type='cpu')
    """
    return CPU


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Always False.

    >>> mt.is_autocast_enabled()
    False
    """
    return False
