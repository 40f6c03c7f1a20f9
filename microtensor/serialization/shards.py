"""Checkpoints in several files: an index says which file has which tensor.

The format of Hugging Face's libraries: ``model.safetensors.index.json`` or ``pytorch_model.bin.index.json``
beside the shards, a JSON object whose ``weight_map`` has the name of a file for the name of each tensor.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ..engine.tensor import Tensor
from .errors import FileFormatError

__all__ = ["is_index", "read_shards"]


def is_index(start: bytes) -> bool:
    """Whether a file that begins so is an index: no other format of tensors begins as a JSON object."""
    return start.lstrip().startswith(b"{")


def read_shards(data: bytes, folder: Path | None, load: Callable[[Path], Any]) -> dict[str, Tensor]:
    """The tensors that an index names, read by `load` from the files beside it, each of them once."""
    if folder is None:
        raise FileFormatError(
            "load: an index names files that lie beside it: give its path, not an open file"
        )
    found: dict[str, Tensor] = {}
    for file, names in _files(data).items():
        held = load(_beside(folder, file))
        missing = [name for name in names if not isinstance(held, dict) or name not in held]
        if missing:
            raise FileFormatError(f"load: the index says that {file!r} holds {missing[0]!r}, and it does not")
        found |= {name: held[name] for name in names}
    return found


def _files(data: bytes) -> dict[str, list[str]]:
    """The names of tensors by file."""
    try:
        places = json.loads(data)["weight_map"]
        items = list(places.items())
    except (ValueError, KeyError, AttributeError, TypeError):
        raise FileFormatError(
            "load: the file begins as JSON, and is no index of shards: expected an object with a weight_map"
        ) from None
    if not all(isinstance(file, str) for _, file in items):
        raise FileFormatError("load: a weight_map has a file name for each tensor's name")
    return {file: [name for name, place in items if place == file] for file in dict.fromkeys(places.values())}


def _beside(folder: Path, file: str) -> Path:
    """The path of a shard; only files in the index's own folder are read."""
    if Path(file).name != file or "\\" in file:
        raise FileFormatError(f"load: the index names the file {file!r}, which does not lie beside it")
    path = folder / file
    if not path.exists():
        raise FileNotFoundError(f"load: the index names {file!r}, which is missing in {folder}")
    return path
