"""Saving and loading: PyTorch's files, .npz and .safetensors; and loading runs nothing unless it is told to.

A file of PyTorch's is a program for Python's pickle machine.  `load` reads it with a machine of its own that
can build tensors and containers, what the program allows, and nothing else (`unpickler`, `allowlist`), so a
file from anywhere can do no more than be refused.  With ``weights_only=False`` Python's own machine reads it,
which builds whole modules too (`object_unpickler`).  `save` writes what PyTorch loads.

    torch.save(model.state_dict(), "model.pt")
    model.load_state_dict(torch.load("model.pt"))
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from .allowlist import safe
from .errors import FileFormatError
from .object_names import named
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


def add_safe_globals(safe_globals: Sequence[Any]) -> None:
    """Let files name these classes and functions, which `load` then calls.

    An item may be a pair of one and the name that files give it.

    >>> class Point:
    ...     x = 1
    >>> mt.serialization.add_safe_globals([(Point, "shapes.Point")])
    >>> len(mt.serialization.get_safe_globals())
    1
    >>> mt.serialization.clear_safe_globals()
    """
    safe.update(map(_entry, safe_globals))


def _entry(item: Any) -> tuple[str, Any]:
    if isinstance(item, tuple):
        return item[1], item[0]
    return ".".join(named(item)), item


def get_safe_globals() -> list[Any]:
    """The classes and functions that are allowed; one that has another name in files as a pair with that.

    >>> mt.serialization.get_safe_globals()
    []
    """
    return [item if _entry_or_none(item) == name else (item, name) for name, item in safe.items()]


def _entry_or_none(item: Any) -> str | None:
    try:
        return ".".join(named(item))
    except pickle.PicklingError:
        return None


def clear_safe_globals() -> None:
    """Allow none any more."""
    safe.clear()


@contextmanager
def safe_globals(safe_globals: Sequence[Any]) -> Iterator[None]:
    """Allow these in a ``with`` block, and afterwards what was allowed before.

    >>> with mt.serialization.safe_globals([range]):
    ...     mt.serialization.get_safe_globals()
    [<class 'range'>]
    """
    before = dict(safe)
    add_safe_globals(safe_globals)
    try:
        yield
    finally:
        safe.clear()
        safe.update(before)
