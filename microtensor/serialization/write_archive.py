"""PyTorch's files, put together; and files that are either the old or the new one, never half of each."""

from __future__ import annotations

import errno
import os
import secrets
import stat
import sys
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from .pickler import Pickler
from .shared_storage import Pool

__all__ = ["Target", "replacing", "write", "write_archive"]

Target = str | os.PathLike[str]
_ALIGNMENT = 64
_DATE = (1980, 1, 1, 0, 0, 0)  # equal content gives equal files


def write_archive(obj: Any, file: BinaryIO) -> None:
    """Write `obj` as `torch.save` does, with each storage at a multiple of 64 bytes."""
    pool = Pool()
    pickled = Pickler(pool).dump(obj)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        _add(archive, "data.pkl", pickled)
        _add(archive, ".format_version", b"1")
        _add(archive, ".storage_alignment", b"%d" % _ALIGNMENT)
        _add(archive, "byteorder", sys.byteorder.encode())
        for index in range(len(pool.arrays)):
            _add(archive, f"data/{index}", pool.raw(index))
        _add(archive, "version", b"3\n")


def _add(archive: zipfile.ZipFile, name: str, content: Any) -> None:
    info = zipfile.ZipInfo(f"archive/{name}", _DATE)
    info.file_size = info.compress_size = len(content)
    info.CRC = 0  # which FileHeader needs, and writestr computes
    # The padding stands in an extra field, of 4 bytes at least, before the content.
    begin = archive.start_dir + len(info.FileHeader()) + 4
    padding = -begin % _ALIGNMENT
    info.extra = b"FB" + padding.to_bytes(2, "little") + bytes(padding)
    archive.writestr(info, content)


@contextmanager
def replacing(path: Target) -> Iterator[BinaryIO]:
    """A file to write, which takes the place of `path` when all of it is on the disk.

    After an error, or a crash at any moment, `path` is what it was before.  A device or a pipe is written
    to directly; a file that may not be written to raises ``PermissionError``.
    """
    target = os.path.realpath(path)
    mode = os.stat(target).st_mode if os.path.exists(target) else None
    if mode is not None and not os.access(target, os.W_OK):
        raise PermissionError(errno.EACCES, "the file is read-only, and is not replaced", target)
    if mode is not None and not stat.S_ISREG(mode):
        with open(target, "wb") as file:
            yield file
        return
    if not os.path.isdir(os.path.dirname(target)):
        raise RuntimeError(f"Parent directory {os.path.dirname(target)} does not exist.")
    temporary = f"{target}.{secrets.token_hex(4)}.tmp"
    try:
        with open(temporary, "xb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(temporary, stat.S_IMODE(mode))
        os.replace(temporary, target)
    except BaseException:
        _remove(temporary)
        raise


def _remove(path: str) -> None:
    if os.path.exists(path):
        os.remove(path)


def write(path: Any, content: Callable[[BinaryIO], None]) -> None:
    """Write to a path, or into a file that is open."""
    if hasattr(path, "write"):
        content(path)
        return
    with replacing(path) as file:
        content(file)
