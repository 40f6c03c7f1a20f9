"""PyTorch's ``torch.autograd.profiler``, which is `microtensor.profiler.autograd_profiler`."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    if name[:2] == "__":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module("microtensor.profiler.autograd_profiler"), name)
