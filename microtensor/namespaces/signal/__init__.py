"""``torch.signal``, whose one part is `windows`."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType

__all__ = ["windows"]


def __getattr__(name: str) -> ModuleType:
    if name == "windows":
        return import_module("microtensor.signal.windows")
    raise AttributeError(f"module 'microtensor.signal' has no attribute {name!r}", name=name)


def __dir__() -> list[str]:
    return [*__all__]
