"""Formats of named arrays without containers: NumPy's .npz, and .safetensors.

Both hold names and arrays, so what goes in is one tensor, or dicts and lists of tensors and numbers, whose
names are joined by dots:

    {"model": {"0.weight": w}, "losses": [a, b]}  ->  model.0.weight, losses.0, losses.1

and what comes out is one dict from name to tensor.  A state dict is such a dict already, and comes back as
it was.  Optimizers' state dicts hold texts and None as well: save those in PyTorch's format.
"""

from __future__ import annotations

import io
import json
import math
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any, BinaryIO

import numpy as np

from ..nn.module import Module
from ..tensor import Tensor
from .errors import FileFormatError
from .reading import Archive
from .storages import DTYPES, Storage

__all__ = ["flatten", "read_npy", "read_npz", "read_safetensors", "write_npz", "write_safetensors"]

Array = np.ndarray[Any, Any]
_NAMES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "U16": "uint16", "I32": "int32",
    "U32": "uint32", "I64": "int64", "U64": "uint64", "F16": "float16", "F32": "float32", "F64": "float64",
    "BF16": "bfloat16",
}  # fmt: skip
_CODES = {name: code for code, name in _NAMES.items()}


def flatten(obj: Any) -> dict[str, Array]:
    """Contiguous arrays by dotted name; one tensor alone is called ``tensor``.

    Raises ``PicklingError`` for what is no tensor or number, and for two values of one name.
    """
    flat: dict[str, Array] = {}
    for name, array in _walk("", {"tensor": obj} if isinstance(obj, Tensor) else obj):
        if name in flat:
            raise pickle.PicklingError(f"save: two values would both be called {name!r}: rename one of them")
        flat[name] = array
    return flat


def _walk(name: str, value: Any) -> Iterator[tuple[str, Array]]:
    if isinstance(value, (Mapping, list, tuple)):
        parts = value.items() if isinstance(value, Mapping) else enumerate(value)
        for key, part in parts:
            yield from _walk(f"{name}.{key}" if name else str(key), part)
    else:
        yield name, _array(name, value)


def _array(name: str, value: Any) -> Array:
    if isinstance(value, Tensor):
        return np.asarray(value.array.astype(value.dtype.newbyteorder("<"), copy=False), order="C")
    if isinstance(value, (bool, int, float, np.generic)):
        return np.asarray(value)
    module = " (of a module, save model.state_dict())" if isinstance(value, Module) else ""
    raise pickle.PicklingError(
        f"save: {name or 'the object'!r} is a {type(value).__name__}, and .npz and .safetensors hold tensors "
        f"and numbers only{module}: save it under another suffix, in PyTorch's format"
    )


# ------------------------------------------------------------------------ npz


def write_npz(obj: Any, file: BinaryIO) -> None:
    """Write an .npz file, which `numpy.load` opens as well."""
    arrays = flatten(obj)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, array in arrays.items():
            content = io.BytesIO()
            np.lib.format.write_array(content, array, allow_pickle=False)
            archive.writestr(f"{name}.npy", content.getbuffer())


def read_npz(archive: Archive) -> dict[str, Tensor]:
    """The tensors of an .npz file of `numpy.savez`; a compressed one is refused."""
    return {name.removesuffix(".npy"): read_npy(archive.read(name)) for name in archive.names}


def read_npy(data: Any) -> Tensor:
    """The tensor in the bytes of an .npy file."""
    stream = io.BytesIO(data)
    try:
        shape, fortran, dtype = _npy_header(stream)
    except Exception as error:  # NumPy parses it as Python's text, which can go wrong in many ways
        raise FileFormatError(f"the header of an .npy array is damaged: {error}") from None
    raw = memoryview(data)[stream.tell() :]
    array = _elements(dtype, _checked_shape(shape), raw[: math.prod(shape) * dtype.itemsize])
    return Tensor._of(array.reshape(shape, order="F" if fortran else "C"))  # type: ignore[no-any-return]


def _npy_header(stream: io.BytesIO) -> Any:
    version = np.lib.format.read_magic(stream)
    if version == (1, 0):
        return np.lib.format.read_array_header_1_0(stream)
    if version == (2, 0):
        return np.lib.format.read_array_header_2_0(stream)
    raise ValueError(f"version {version} holds named fields, and tensors have none")


# ---------------------------------------------------------------- safetensors


def write_safetensors(obj: Any, file: BinaryIO) -> None:
    """Write a .safetensors file: a header in JSON, and the arrays in C order one after the other."""
    arrays = flatten(obj)
    header: dict[str, Any] = {}
    at = 0
    # Largest elements first, so that each array is aligned to its own elements.
    for name in sorted(arrays, key=lambda name: (-arrays[name].itemsize, name)):
        array = arrays[name]
        spot = [at, at + array.nbytes]
        header[name] = {"dtype": _code(array), "shape": list(array.shape), "data_offsets": spot}
        at += array.nbytes
    text = json.dumps(header, ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    file.write(len(text).to_bytes(8, "little") + text)
    for name in header:
        file.write(arrays[name].reshape(-1).view(np.uint8).data)


def _code(array: Array) -> str:
    return _CODES[array.dtype.newbyteorder("=").name]


def read_safetensors(data: memoryview) -> dict[str, Tensor]:
    """The tensors of a .safetensors file; each may take no byte that another takes."""
    length = int.from_bytes(data[:8], "little")
    if length > len(data) - 8:
        raise FileFormatError(
            f"the header of the .safetensors file declares {length} bytes, and is cut short"
        )
    try:
        header = json.loads(str(data[8 : 8 + length], "utf-8"))
    except (ValueError, RecursionError) as error:
        raise FileFormatError(f"the header of the .safetensors file is no JSON: {error}") from None
    if not isinstance(header, dict):
        raise FileFormatError("the header of the .safetensors file is no JSON object")
    header.pop("__metadata__", None)
    body = data[8 + length :]
    spots = sorted(_spot(name, entry, len(body)) for name, entry in header.items())
    if any(first[1] > second[0] for first, second in pairwise(spots)):
        raise FileFormatError("two tensors of the .safetensors file overlap")
    return {name: _entry(entry, body) for name, entry in header.items()}


def _spot(name: str, entry: Any, size: int) -> tuple[int, int]:
    try:
        begin, end = entry["data_offsets"]
        sound = type(begin) is type(end) is int and 0 <= begin <= end <= size
    except (TypeError, KeyError, ValueError):
        sound = False
    if not sound or str(entry.get("dtype")) not in _NAMES:
        raise FileFormatError(
            f"{name!r} in the .safetensors file is no array of real numbers inside of it: {entry!r:.200}"
        )
    return begin, end


def _entry(entry: Any, body: memoryview) -> Tensor:
    begin, end = entry["data_offsets"]
    kind, shape = _NAMES[entry["dtype"]], _checked_shape(entry.get("shape"))
    if kind == "bfloat16":
        array = _widened(body[begin:end], shape)
    else:
        array = _elements(DTYPES[kind].newbyteorder("<"), shape, body[begin:end])
    return Tensor._of(array.reshape(shape))  # type: ignore[no-any-return]


def _widened(raw: memoryview, shape: tuple[int, ...]) -> Array:
    storage = Storage("bfloat16", len(raw) // 2)
    if len(raw) != 2 * math.prod(shape):
        raise FileFormatError(f"an array of shape {shape} and bfloat16 has {len(raw)} bytes: it is cut short")
    storage.fill(raw, "little")
    return storage.elements


# ----------------------------------------------------------------------- both


def _checked_shape(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, (list, tuple)) or len(shape) > 64:
        raise FileFormatError("a shape is no list of at most 64 sizes")
    if any(type(n) is not int or not 0 <= n < 2**62 for n in shape):
        raise FileFormatError(f"a shape has a size that is none: {shape!r:.200}")
    return tuple(shape)


def _elements(dtype: Any, shape: tuple[int, ...], raw: memoryview) -> Array:
    """A copy of `raw` as elements of this machine's byte order, after checking that they are all there."""
    if dtype.kind not in "biuf" or dtype.newbyteorder("=").name not in DTYPES:
        raise FileFormatError(f"the file holds an array of {dtype}, and tensors hold real numbers")
    if len(raw) != math.prod(shape) * dtype.itemsize:
        raise FileFormatError(f"an array of shape {shape} and {dtype} has {len(raw)} bytes: it is cut short")
    if dtype.kind == "b":
        return np.not_equal(np.frombuffer(raw, np.uint8), 0)
    return np.array(np.frombuffer(raw, dtype), dtype.newbyteorder("="))
