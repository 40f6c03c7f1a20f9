"""One rank's parameters and buffers for everybody, in few messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ...creation.from_data import from_numpy
from ...distributed import broadcast
from ...distributed.process_group import ProcessGroup
from ...engine import versions
from ...engine.tensor import Tensor

__all__ = ["broadcast_all"]

CHUNK = 25 * 1024 * 1024
"""Bytes of one message, about."""


def broadcast_all(tensors: Sequence[Tensor], group: ProcessGroup, source: int = 0) -> None:
    """Overwrite the tensors with those of one rank of the group.

    Memory in which nothing changes does not count as written: a graph that has saved it stays valid.
    """
    for part in _chunks(tensors):
        letters = np.concatenate([_bytes(tensor) for tensor in part])
        broadcast(from_numpy(letters), group=group, group_src=source)
        ends = np.cumsum([tensor.nbytes for tensor in part])[:-1]
        for tensor, found in zip(part, np.split(letters, ends), strict=True):
            _overwrite(tensor, found)


def _chunks(tensors: Sequence[Tensor]) -> Iterator[list[Tensor]]:
    part: list[Tensor] = []
    for tensor in tensors:
        part.append(tensor)
        if sum(member.nbytes for member in part) >= CHUNK:
            yield part
            part = []
    if part:
        yield part


def _bytes(tensor: Tensor) -> Any:
    return np.ascontiguousarray(tensor.array).reshape(-1).view(np.uint8)


def _overwrite(tensor: Tensor, letters: Any) -> None:
    if not np.array_equal(_bytes(tensor), letters):
        array = tensor.array
        array[...] = letters.view(array.dtype).reshape(array.shape)
        versions.wrote(array, "broadcast")
