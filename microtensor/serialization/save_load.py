"""`save` and `load`: which format, and from or to where."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, BinaryIO

from ..engine.size_device import as_device, names_meta
from ..engine.tensor import Tensor
from ..func.trees.maps import tree_map
from .npz_safetensors import read_npy, read_npz, read_safetensors, write_npz, write_safetensors
from .object_unpickler import ObjectMachine
from .read_archive import Archive, Reader, read_archive, read_stream
from .shards import is_index, read_shards
from .unpickler import Machine
from .write_archive import Target, write, write_archive

__all__ = ["load", "save"]


def save(
    obj: Any, f: Target | BinaryIO, pickle_module: Any = None, pickle_protocol: int = 2, **ignored: Any
) -> None:
    """Write tensors, and containers of tensors, to a path or into an open file.

    The suffix of the path decides: ``.npz`` and ``.safetensors`` hold one dict from name to tensor (nested
    dicts and lists are flattened, their names joined by dots); anything else is PyTorch's own format, which
    also holds numbers, texts, None, lists, tuples, sets and dicts of these, and in which tensors that share
    memory share it again after loading.  Whole modules, and objects of other classes, are written as `pickle`
    writes them, by the names of their classes and their attributes; ``weights_only=False`` loads them.

    A path is written beside its old content and then takes its place at once: after an error, or when the
    machine stops, the old file is still there.  `pickle_module` and `pickle_protocol` change nothing.

    Raises ``pickle.PicklingError`` for what the file cannot hold, as a function inside a function.

    >>> import io
    >>> file = io.BytesIO()
    >>> mt.save({"weight": mt.ones(2), "epoch": 3}, file)
    >>> _ = file.seek(0)
    >>> mt.load(file)
    {'weight': tensor([1., 1.]), 'epoch': 3}
    """
    suffix = "" if hasattr(f, "write") else os.path.splitext(os.fspath(f))[1].lower()
    form = {".npz": write_npz, ".safetensors": write_safetensors}.get(suffix, write_archive)
    write(f, lambda file: form(obj, file))


def load(
    f: Target | BinaryIO,
    map_location: Any = None,
    pickle_module: Any = None,
    *,
    weights_only: bool | None = True,
    mmap: bool | None = None,
    **ignored: Any,
) -> Any:
    """What a file of `save`, of PyTorch's ``torch.save``, an ``.npz``, ``.safetensors`` or ``.gguf`` holds.

    The content decides which of these it is, not the name.  An index of shards,
    ``model.safetensors.index.json``, gives the tensors of all its files.  Tensors come to the CPU, wherever
    they were saved and whatever `map_location` says.

    Args:
        f: a path, or a file that is open for reading.
        map_location: a device, a dict of devices, or a function; all but "meta" lead to the CPU.
        weights_only: build tensors, numbers, texts, containers, and what `add_safe_globals` allows, and run
            nothing else.  With False, whole modules and any other objects are built as Python's `pickle`
            builds them: **the file may run any program**, so do that only with files that you trust.
        pickle_module: changes nothing.
        mmap: leave tensors in the file, of which only what is looked at is read; they can be written to, and
            the file stays as it is.  Only for a path of a file in PyTorch's format of today.
        **ignored: arguments of Python's `pickle`, which change nothing.

    Raises `FileFormatError`, which is a ``pickle.UnpicklingError`` and a ``RuntimeError``, for a damaged
    file and for one that holds what is not allowed; ``ValueError`` for `mmap` without a path.

    >>> import io
    >>> file = io.BytesIO()
    >>> mt.save([mt.arange(3)], file)
    >>> mt.load(io.BytesIO(file.getvalue()))
    [tensor([0, 1, 2])]
    """
    if names_meta(map_location):
        found = load(f, None, pickle_module, weights_only=weights_only, mmap=mmap)
        return tree_map(lambda x: x.to("meta") if isinstance(x, Tensor) else x, found)
    if isinstance(map_location, str) or hasattr(map_location, "type"):
        as_device(map_location)
    machine: Reader = Machine if weights_only or weights_only is None else ObjectMachine
    if hasattr(f, "read"):
        if mmap:
            raise ValueError("f must be a file path in order to use the mmap argument")
        return _read(io.BytesIO(f.read()), machine)
    with open(f, "rb") as file:
        return _read(file, machine, Path(f), bool(mmap))


def _read(file: BinaryIO, machine: Reader, path: Path | None = None, mapped: bool = False) -> Any:
    start = file.read(10)
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    if start.startswith(b"PK"):
        return _zipped(Archive(file, size, _map(file) if mapped else None), machine)
    if mapped:
        raise RuntimeError(
            "mmap can only be used with files saved with torch.save(_use_new_zipfile_serialization=True), "
            "which are zip archives: leave mmap out"
        )
    if start.startswith(b"GGUF"):
        from .gguf import read_gguf

        return read_gguf(file, path)
    data = file.read()
    if start.startswith(b"\x93NUMPY"):
        return read_npy(data)
    if start[8:9] == b"{":
        return read_safetensors(data)
    if is_index(start):
        return read_shards(data, None if path is None else path.parent, load)
    return read_stream(memoryview(data), machine)


def _map(file: BinaryIO) -> Any:
    """The file as memory, whose changes stay in memory."""
    from mmap import ACCESS_COPY, mmap

    return mmap(file.fileno(), 0, access=ACCESS_COPY)


def _zipped(archive: Archive, machine: Reader) -> Any:
    if all(name.endswith(".npy") for name in archive.names):
        return read_npz(archive)
    return read_archive(archive, machine)
