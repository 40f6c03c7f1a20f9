"""Formats of named arrays without containers: NumPy's .npz, and .safetensors.

Both hold names and arrays, so what goes in is one tensor, or dicts and lists of tensors and numbers, whose
names are joined by dots:

    {"model": {"0.weight": w}, "losses": [a, b]}  ->  model.0.weight, losses.0, losses.1

and what comes out is one dict from name to tensor.  A state dict is such a dict already, and comes back as
it was.  Optimizers' state dicts hold texts and None as well: save those in PyTorch's format.
"""

from __future__ import annotations

import io
import math
import pickle
import zipfile
from collections.abc import Iterator, Mapping
from typing import Any, BinaryIO

import numpy as np

from ..engine.attributes.low_precision import NAMES, numpy_dtype
from ..engine.tensor import Tensor
from ..nn.modules.module import Module
from .errors import FileFormatError
from .read_archive import Archive
from .storages import DTYPES, Storage

__all__ = ["flatten", "read_npy", "read_npz", "read_safetensors", "write_npz", "write_safetensors"]

Array = np.ndarray[Any, Any]
_TOO_MANY = 2**60  # elements of 8 bytes, which no address space holds; NumPy counts them beside a 0 as well
_NAMES = {
    "BOOL": "bool", "U8": "uint8", "I8": "int8", "I16": "int16", "U16": "uint16", "I32": "int32",
    "U32": "uint32", "I64": "int64", "U64": "uint64", "F16": "float16", "F32": "float32", "F64": "float64",
    "C64": "complex64", "C128": "complex128", "BF16": "bfloat16",
    "F8_E4M3": "float8_e4m3fn", "F8_E5M2": "float8_e5m2", "F8_E8M0": "float8_e8m0fnu",
    "F8_E4M3FNUZ": "float8_e4m3fnuz", "F8_E5M2FNUZ": "float8_e5m2fnuz",
}  # fmt: skip


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
        return np.asarray(value.array.astype(value.array.dtype.newbyteorder("<"), copy=False), order="C")
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
    """The tensors of an .npz file of `numpy.savez` or `numpy.savez_compressed`."""
    return {name.removesuffix(".npy"): read_npy(archive.unpacked(name)) for name in archive.names}


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


def _library(what: str) -> Any:
    """The safetensors package, or one sentence that says how to get it."""
    try:
        import safetensors.numpy
    except ImportError:
        raise ImportError(
            f'{what} a .safetensors file needs the safetensors package: pip install "microtensor[io]"'
        ) from None
    return safetensors


def write_safetensors(obj: Any, file: BinaryIO) -> None:
    """Write a .safetensors file; `flatten` puts all arrays in C order, which its library does not check.

    Raises ``TypeError`` for complex128, for which the format has no name.
    """
    arrays = flatten(obj)
    wide = [name for name, array in arrays.items() if array.dtype == np.complex128]
    if wide:
        raise TypeError(
            f"a .safetensors file cannot hold complex128, which {wide[0]!r} is: save it as .pt or .npz, "
            "or what x.to(torch.complex64) gives"
        )
    file.write(_library("writing").numpy.save(arrays))


def read_safetensors(data: bytes) -> dict[str, Tensor]:
    """The tensors of a .safetensors file by name, in alphabetic order; its library checks the bounds."""
    library = _library("reading")
    try:
        entries = sorted(library.deserialize(data), key=lambda item: str(item[0]))
    except library.SafetensorError as error:
        raise FileFormatError(f"the .safetensors file is damaged: {error}") from None
    return {name: _entry(name, entry) for name, entry in entries}


def _entry(name: str, entry: Any) -> Tensor:
    kind, shape, raw = _NAMES.get(entry["dtype"]), _checked_shape(entry["shape"]), memoryview(entry["data"])
    if kind is None:
        found = f"{name!r} in a .safetensors file has dtype {entry['dtype']}"
        raise FileFormatError(f"{found}, which no tensor has")
    if kind == "bfloat16":
        array = _widened(raw)
    elif kind in NAMES:
        array = _elements(np.dtype(np.uint8), shape, raw).view(numpy_dtype(kind))
    else:
        array = _elements(DTYPES[kind].newbyteorder("<"), shape, raw)
    return Tensor._of(array.reshape(shape))  # type: ignore[no-any-return]


def _widened(raw: memoryview) -> Array:
    storage = Storage("bfloat16", len(raw) // 2)
    storage.fill(raw, "little")
    return storage.elements


# ----------------------------------------------------------------------- both


def _checked_shape(shape: Any) -> tuple[int, ...]:
    if not isinstance(shape, (list, tuple)) or len(shape) > 64:
        raise FileFormatError("a shape is no list of at most 64 sizes")
    if any(type(n) is not int or n < 0 for n in shape) or math.prod(filter(None, shape)) >= _TOO_MANY:
        raise FileFormatError(f"a shape has a size that is none: {shape!r:.200}")
    return tuple(shape)


def _elements(dtype: Any, shape: tuple[int, ...], raw: memoryview) -> Array:
    """A copy of `raw` as elements of this machine's byte order, after checking that they are all there."""
    if dtype.kind not in "biufc" or dtype.newbyteorder("=").name not in DTYPES:
        raise FileFormatError(f"the file holds an array of {dtype}: tensors hold numbers of 8 to 128 bits")
    if len(raw) != math.prod(shape) * dtype.itemsize:
        raise FileFormatError(f"an array of shape {shape} and {dtype} has {len(raw)} bytes: it is cut short")
    if dtype.kind == "b":
        return np.not_equal(np.frombuffer(raw, np.uint8), 0)
    return np.array(np.frombuffer(raw, dtype), dtype.newbyteorder("="))
