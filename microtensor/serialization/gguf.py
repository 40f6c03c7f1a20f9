"""``.gguf`` files, the format of llama.cpp, by the gguf package: its reader and its tables of quantization.

Numbers in blocks of few bits become float32 here; whole ones and float16 stay what they are.
"""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np

from ..engine.tensor import Tensor
from .errors import FileFormatError

__all__ = ["read_gguf"]

PLAIN = frozenset(["F32", "F16", "F64", "I8", "I16", "I32", "I64"])


def read_gguf(file: BinaryIO, path: Path | None) -> dict[str, Tensor]:
    """The tensors of a file by name, in PyTorch's order of dimensions."""
    if path is not None:
        return _read(path)
    with tempfile.TemporaryDirectory() as folder:  # the reader maps a file
        copy = Path(folder, "model.gguf")
        copy.write_bytes(file.read())
        return _read(copy)


def _read(path: Path) -> dict[str, Tensor]:
    library = _library()
    try:
        entries = library.GGUFReader(path).tensors
        return {entry.name: _tensor(library, entry) for entry in entries}
    except (ValueError, KeyError, IndexError, OverflowError, UnicodeDecodeError, MemoryError) as error:
        raise FileFormatError(f"load: the .gguf file is damaged: {error}") from None


def _tensor(library: Any, entry: Any) -> Tensor:
    """One tensor as a copy: sizes stand in the file from the last dimension to the first."""
    kind, shape = entry.tensor_type, tuple(int(n) for n in reversed(entry.shape))
    if kind.name in PLAIN:
        return Tensor._of(np.array(entry.data).reshape(shape))  # type: ignore[no-any-return]
    try:
        numbers = library.quants.dequantize(entry.data, kind)
    except NotImplementedError:
        raise FileFormatError(
            f"load: {entry.name!r} is quantized as {kind.name}, which the gguf package does not undo"
        ) from None
    return Tensor._of(np.array(numbers, np.float32).reshape(shape))  # type: ignore[no-any-return]


def _library() -> Any:
    """The gguf package, or one sentence that says how to get it."""
    try:
        import gguf
        import gguf.quants
    except ImportError:
        raise ImportError(
            'reading a .gguf file needs the gguf package: pip install "microtensor[gguf]"'
        ) from None
    return gguf
