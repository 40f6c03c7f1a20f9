"""``torch.cpu.amp``: mixed precision with the device left out, as older programs write it."""

from __future__ import annotations

from typing import Any

from microtensor.engine.attributes.dtype_objects import bfloat16

from . import grad_scaler, mixed

__all__ = ["GradScaler", "autocast"]


class autocast(mixed.autocast):  # noqa: N801 - PyTorch's name
    """``mt.amp.autocast("cpu", ...)``."""

    def __init__(self, enabled: bool = True, dtype: Any = bfloat16, cache_enabled: bool = True) -> None:
        super().__init__("cpu", dtype, enabled, cache_enabled)


class GradScaler(grad_scaler.GradScaler):
    """``mt.amp.GradScaler("cpu", ...)``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("cpu", *args, **kwargs)
