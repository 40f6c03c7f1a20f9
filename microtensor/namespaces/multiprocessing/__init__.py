"""Python's own processes under the name that programs use; a tensor that goes to one is copied.

A queue pickles what is put into it: the other process gets a tensor of the same values, in its own memory.
"""

from __future__ import annotations

import multiprocessing
from typing import Any

from .spawning import (
    ProcessContext,
    ProcessException,
    ProcessExitedException,
    ProcessRaisedException,
    spawn,
    start_processes,
)

__all__ = [
    "ProcessContext", "ProcessException", "ProcessExitedException", "ProcessRaisedException",
    "get_all_sharing_strategies", "get_sharing_strategy", "set_sharing_strategy", "spawn", "start_processes",
    *(name for name in multiprocessing.__all__ if name != "reducer"),
]  # fmt: skip

_strategy = "file_system"


def __getattr__(name: str) -> Any:
    if name in multiprocessing.__all__:
        return getattr(multiprocessing, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def get_all_sharing_strategies() -> set[str]:
    """The names that `set_sharing_strategy` takes; nothing is shared under any of them.

    >>> mt.multiprocessing.get_all_sharing_strategies()
    {'file_system'}
    """
    return {"file_system"}


def get_sharing_strategy() -> str:
    """Always ``"file_system"``, and nothing is shared."""
    return _strategy


def set_sharing_strategy(new_strategy: str) -> None:
    """Nothing: tensors are copied.  ``AssertionError`` for a name that is no strategy of PyTorch's."""
    if new_strategy not in ("file_system", "file_descriptor"):
        raise AssertionError(f"expected one of 'file_system' and 'file_descriptor', got {new_strategy!r}")
