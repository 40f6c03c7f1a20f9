"""What a library asks before it compiles a part of itself."""

from __future__ import annotations

from typing import Any

import microtensor

__all__ = ["is_compile_supported"]


def is_compile_supported(device_type: Any) -> bool:
    """Whether `microtensor.compile` does something on devices of this type: on the CPU."""
    return bool(microtensor.device(device_type).type == "cpu")
