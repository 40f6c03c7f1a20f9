"""Objects from process to process, whose arrays pass through shared memory.

What is large (the arrays, by pickle's out-of-band buffers, and with them the pickle) is written into
a file without a name, in memory where the system has such files, and its descriptor follows the
message through the pipe.  The receiver reads it into memory of its own and closes it.  Nothing has a
name, so nothing can be left behind, however a process ends, and no batch that a program keeps holds a
descriptor.  Where descriptors cannot be sent (Windows), all goes through the pipe.
"""

from __future__ import annotations

import os
import pickle
import tempfile
from collections.abc import Sequence
from multiprocessing import reduction
from multiprocessing.connection import Connection
from typing import IO, Any

import numpy as np

__all__ = ["receive", "send"]

Bytes = bytes | bytearray | memoryview

SMALL = 1 << 13
"""Bytes that a pipe takes faster than a file."""

_SHARES = os.name == "posix" and reduction.HAVE_SEND_HANDLE


def send(pipe: Connection, value: Any) -> None:
    """Send an object; raises what pickling it raises, and then nothing has been sent."""
    buffers: list[pickle.PickleBuffer] = []
    text = pickle.dumps(value, 5, buffer_callback=buffers.append)
    parts: list[Bytes] = [text, *[buffer.raw() for buffer in buffers]]
    sizes = [len(part) for part in parts]
    if sum(sizes) <= SMALL or not _SHARES:
        pipe.send((sizes, b"".join(parts)))
        return
    with _file_of(parts) as file:
        pipe.send((sizes, None))
        reduction.send_handle(pipe, file.fileno(), None)


def receive(pipe: Connection) -> Any:
    """The next object; its arrays are new memory.  Raises ``EOFError`` or ``OSError`` at the pipe's end."""
    sizes, inline = pipe.recv()
    if inline is not None:
        return _load(_cut(memoryview(bytearray(inline)), sizes))
    with open(reduction.recv_handle(pipe), "rb") as file:
        file.seek(0)
        return _load([_read(file, size) for size in sizes])


def _file_of(parts: Sequence[Bytes]) -> IO[bytes]:
    file = _nameless()
    for part in parts:
        file.write(part)
    file.flush()
    return file


def _nameless() -> IO[bytes]:
    if hasattr(os, "memfd_create"):
        return open(os.memfd_create("batch"), "wb")
    return tempfile.TemporaryFile()


def _read(file: Any, size: int) -> memoryview:
    part = np.empty(size, np.uint8).data
    if file.readinto(part) != size:
        raise EOFError("a batch is shorter than its worker said")
    return part


def _cut(whole: memoryview, sizes: Sequence[int]) -> list[memoryview]:
    ends = np.cumsum(sizes).tolist()
    return [whole[end - size : end] for end, size in zip(ends, sizes, strict=True)]


def _load(parts: Sequence[memoryview]) -> Any:
    return pickle.loads(parts[0], buffers=parts[1:])
