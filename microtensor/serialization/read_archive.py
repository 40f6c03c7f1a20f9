"""PyTorch's files, taken apart: the zip archives of today, and the streams of before 1.6.

An archive holds a pickle (``data.pkl``) and each storage as a member (``data/0``, ...).  Members are stored,
never compressed, and are read once, so that all of them together are no larger than the file; anything
else is refused before memory is asked for.
"""

from __future__ import annotations

import struct
import sys
import zipfile
import zlib
from collections.abc import Callable
from typing import Any, BinaryIO

from .allowlist import StorageType, find
from .errors import FileFormatError
from .storages import Storage, typed
from .unpickler import Machine

__all__ = ["read_archive", "read_stream"]

Reader = Callable[..., Any]  # a Machine, or an ObjectMachine

_DAMAGED = (
    zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError, KeyError, IndexError, struct.error,
    NotImplementedError, OverflowError, RuntimeError,
)  # fmt: skip
_DENSEST = 1032
"""Bytes that deflate makes of one at most."""

_MAGIC = 0x1950A86A20F9469CFC6C


class Archive:
    """The members of a zip file, each of which may be read once; `memory` is a map of the file, if any."""

    def __init__(self, file: BinaryIO, size: int, memory: Any = None) -> None:
        self.size = self.left = size
        self.memory = memory
        try:
            self.zip = zipfile.ZipFile(file)
        except _DAMAGED as error:
            raise FileFormatError(_broken(error)) from None
        self.names = self.zip.namelist()
        if len(set(self.names)) < len(self.names):
            raise FileFormatError("the archive has two members of one name: readers would not agree on it")

    def read(self, name: str) -> bytes:
        """All bytes of a member; what is compressed, damaged or larger than the file is refused."""
        info = self._stored(name)
        try:
            return self.zip.read(info)
        except _DAMAGED as error:
            raise FileFormatError(_broken(error)) from None

    def unpacked(self, name: str) -> bytes:
        """All bytes of a member that may be compressed, if deflate can have made so few of them."""
        info = self._member(name)
        if info.file_size > _DENSEST * info.compress_size + 1000:
            raise FileFormatError(f"{name!r} declares {info.file_size} bytes, more than it can hold")
        try:
            return self.zip.read(info)
        except _DAMAGED as error:
            raise FileFormatError(_broken(error)) from None

    def mapped(self, name: str) -> memoryview | None:
        """A member in the file's memory, which is read when it is looked at; None where there is no map."""
        if self.memory is None:
            return None
        info = self._stored(name)
        lengths = bytes(self.memory[info.header_offset + 26 : info.header_offset + 30])
        start = info.header_offset + 30 + sum(struct.unpack("<HH", lengths))
        return memoryview(self.memory)[start : start + info.file_size]

    def _member(self, name: str) -> zipfile.ZipInfo:
        if name not in self.zip.NameToInfo:
            raise FileFormatError(f"the archive lacks {name!r}: it is damaged, or not written by torch.save")
        return self.zip.getinfo(name)

    def _stored(self, name: str) -> zipfile.ZipInfo:
        info = self._member(name)
        if info.compress_type != zipfile.ZIP_STORED or info.compress_size != info.file_size:
            raise FileFormatError(f"{name!r} is compressed, and torch.save never compresses: unpack it first")
        self.left -= info.file_size
        if self.left < 0:
            raise FileFormatError(f"{name!r} declares {info.file_size} bytes, more than the file has")
        return info


def _broken(error: Exception) -> str:
    return f"the zip archive is damaged ({error}): copy or save it again"


def read_archive(archive: Archive, machine: Reader = Machine) -> Any:
    """The object in an archive of `torch.save`, its pickle read by `machine`."""
    root = _root(archive)
    order = "little"
    if f"{root}byteorder" in archive.names:
        order = str(archive.read(f"{root}byteorder"), "ascii", "replace")
    if order not in ("little", "big"):
        raise FileFormatError(f"the byte order is {order!r}, and should be little or big")
    storages: dict[str, Storage] = {}

    def persist(pid: Any) -> Storage:
        kind, key, numel = _described(pid, 5)
        if key not in storages:
            member = f"{root}data/{key}"
            raw = archive.mapped(member)
            storages[key] = _filled(
                kind, numel, archive.read(member) if raw is None else raw, order, raw is not None
            )
        return _same(storages[key], kind, numel)

    return machine(archive.read(f"{root}data.pkl"), find, persist, size=archive.size).run()


def _root(archive: Archive) -> str:
    roots = [name.removesuffix("data.pkl") for name in archive.names if name.endswith("/data.pkl")]
    if len(roots) != 1 or roots[0].count("/") != 1:
        raise FileFormatError(
            "the zip archive holds no data.pkl of torch.save: its members are "
            f"{', '.join(map(repr, archive.names[:5]))}"
        )
    if f"{roots[0]}constants.pkl" in archive.names:
        raise FileFormatError(
            "the archive is a TorchScript program: open it with torch.jit.load in PyTorch, and save its "
            "state_dict()"
        )
    return roots[0]


def _described(pid: Any, length: int) -> tuple[str, str, int]:
    """The dtype, the key and the number of elements in a persistent id."""
    if type(pid) is not tuple or len(pid) != length or pid[0] != "storage":
        raise FileFormatError("a persistent id describes no storage")
    _, kind, key, _, numel = pid[:5]
    if type(kind) is not StorageType or type(key) is not str or type(numel) is not int or numel < 0:
        raise FileFormatError("a storage is described by the wrong things")
    return typed(kind), key, numel


def _filled(kind: str, numel: int, raw: Any, order: str, mapped: bool) -> Storage:
    if len(raw) != numel * _itemsize(kind):
        raise FileFormatError(f"a storage of {numel} {kind} elements has {len(raw)} bytes")
    if mapped and order == sys.byteorder and kind not in ("bool", "bfloat16"):
        return Storage(kind, numel, raw)  # its elements are read from the file when they are looked at
    storage = Storage(kind, numel)
    storage.fill(raw, order)
    return storage


def _itemsize(kind: str) -> int:
    return Storage(kind, 0).itemsize


def _same(storage: Storage, kind: str, numel: int) -> Storage:
    if storage.kind != kind or storage.elements.size != numel:
        raise FileFormatError("two descriptions of one storage contradict each other")
    return storage


def read_stream(data: memoryview, machine: Reader = Machine) -> Any:
    """The object in a stream of pickles and raw storages, as PyTorch wrote before 1.6.

    The third pickle tells of the machine that wrote it; storages are little-endian on every machine.
    """
    left = len(data)
    storages: dict[str, Storage] = {}

    def persist(pid: Any) -> Storage:
        nonlocal left
        kind, key, numel = _described(pid, 6)
        if pid[5] is not None:
            raise FileFormatError("the file has views of storages, as only PyTorch before 0.4 wrote them")
        if key not in storages:
            left -= numel * _itemsize(kind)
            if left < 0:
                raise FileFormatError(f"a storage declares {numel} elements, more than the file has")
            storages[key] = Storage(kind, numel)
        return _same(storages[key], kind, numel)

    if bytes(data[:1]) != b"\x80":
        raise FileFormatError(_NO_TENSORS)
    at = 0
    parts = []
    for _ in range(5):
        reader = machine(data, find, persist, at)
        parts.append(reader.run())
        at = reader.at
        _check_preamble(parts)
    _fill_all(storages, parts[4], data[at:])
    return parts[3]


_NO_TENSORS = (
    "the content is no file of tensors: neither a zip archive of torch.save, nor a stream of "
    "an older one, nor an .npz, nor .safetensors"
)


def _check_preamble(parts: list[Any]) -> None:
    if not _is(parts[0], _MAGIC):
        raise FileFormatError(_NO_TENSORS)
    if len(parts) == 2 and not _is(parts[1], 1001):
        raise FileFormatError("the stream's protocol is not 1001, which is the only one")


def _is(value: Any, number: int) -> bool:
    """Comparing or showing what a file holds may take for ever: its type is asked first."""
    return type(value) is int and value == number


def _fill_all(storages: dict[str, Storage], keys: Any, data: memoryview) -> None:
    if type(keys) is not list or any(type(key) is not str for key in keys) or set(keys) != set(storages):
        raise FileFormatError("the storages in the stream are not those that its tensors need")
    for key in keys:
        storage = storages[key]
        count = int.from_bytes(data[:8], "little")
        if count != storage.elements.size or len(data) < 8 + storage.nbytes:
            raise FileFormatError(f"storage {key!r} is not as long as its tensors say: the file is cut short")
        storage.fill(data[8 : 8 + storage.nbytes], "little")
        data = data[8 + storage.nbytes :]
