"""Saving and loading: PyTorch's files, .npz and .safetensors; and loading runs nothing.

A file of PyTorch's is a program for Python's pickle machine.  `load` reads it with a machine of its own that
can build tensors and containers and nothing else (`machine`, `allowed`), so a file from anywhere can do no
more than be refused.  `save` writes what PyTorch loads with its default ``weights_only=True``.

    torch.save(model.state_dict(), "model.pt")
    model.load_state_dict(torch.load("model.pt"))
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

from .errors import FileFormatError
from .save_load import load, save

MAP_LOCATION: TypeAlias = Callable[[Any, str], Any] | str | dict[str, str] | None
DEFAULT_PROTOCOL = 2

__all__ = [
    "DEFAULT_PROTOCOL",
    "MAP_LOCATION",
    "FileFormatError",
    "add_safe_globals",
    "clear_safe_globals",
    "get_safe_globals",
    "load",
    "safe_globals",
    "save",
]


# Programs call these before they load; here no name needs to be allowed, because none is ever called.


def add_safe_globals(safe_globals: list[Any]) -> None:
    """Nothing: a file's names are never called, so none can be made safe.

    >>> mt.serialization.add_safe_globals([dict])
    >>> mt.serialization.get_safe_globals()
    []
    """


def get_safe_globals() -> list[Any]:
    """The empty list: no names beyond the reader's own are allowed."""
    return []


def clear_safe_globals() -> None:
    """Nothing: there are none."""


@contextmanager
def safe_globals(safe_globals: list[Any]) -> Iterator[None]:
    """Nothing, for the length of a ``with`` block."""
    yield
