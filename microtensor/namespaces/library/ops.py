"""``torch.ops``: every operator by its namespace and name; a namespace is there before it has operators."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from . import of_torchaudio, of_torchvision
from .operators import namespace

loaded_libraries: set[str] = set()
"""Compiled libraries that were loaded: none can be."""


def load_library(path: str) -> None:
    """Raises ``OSError``: operators that are compiled against PyTorch need PyTorch itself.

    Two of torchvision's are defined all the same, without which it could not be imported: `of_torchvision`.
    Of torchaudio, which would not stand the error, a few are defined instead: `of_torchaudio`.
    """
    if of_torchaudio.is_library(path):
        return of_torchaudio.define_operators()
    if Path(path).parent.name == of_torchvision.NAME:
        of_torchvision.define_operators()
    raise OSError(
        f"{path}: operators compiled against PyTorch need PyTorch itself; define them with torch.library"
    )


def __getattr__(name: str) -> Any:
    if name[:2] == "__":
        raise AttributeError(f"module 'torch.ops' has no attribute {name!r}")
    return namespace(name)
