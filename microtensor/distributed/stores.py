"""PyTorch's stores, by which ranks exchange keys and values: MPI needs none, and each refuses to be made."""

from __future__ import annotations

from typing import Any

__all__ = ["FileStore", "HashStore", "PrefixStore", "Store", "TCPStore"]


class Store:
    """A store of keys and values that all ranks see: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            f"{type(self).__name__} is not in microtensor: ranks find each other by MPI; objects are "
            "exchanged with broadcast_object_list and all_gather_object"
        )


class FileStore(Store):
    """A store in a file."""


class HashStore(Store):
    """A store in this process."""


class PrefixStore(Store):
    """A store whose keys begin alike."""


class TCPStore(Store):
    """A store behind a port."""
