"""``torch.cuda.amp``: mixed precision with the device left out, as older programs write it.

There is no GPU, so that all of it warns once it is enabled and does nothing.
"""

from __future__ import annotations

import functools
from typing import Any

from microtensor.engine.attributes.dtype_objects import float16

from . import grad_scaler, mixed

__all__ = ["GradScaler", "autocast", "custom_bwd", "custom_fwd"]


class autocast(mixed.autocast):  # noqa: N801 - PyTorch's name
    """``mt.amp.autocast("cuda", ...)``."""

    def __init__(self, enabled: bool = True, dtype: Any = float16, cache_enabled: bool = True) -> None:
        super().__init__("cuda", dtype, enabled, cache_enabled)


class GradScaler(grad_scaler.GradScaler):
    """``mt.amp.GradScaler("cuda", ...)``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("cuda", *args, **kwargs)


custom_fwd = functools.partial(mixed.custom_fwd, device_type="cuda")
custom_bwd = functools.partial(mixed.custom_bwd, device_type="cuda")
