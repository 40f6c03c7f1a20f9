"""What programs ask about the CPU as a device, by the names that they know from GPUs."""

from __future__ import annotations

from typing import Any

from .amp import of_cpu as amp

__all__ = ["amp", "current_device", "device_count", "is_available", "is_initialized", "synchronize"]


def is_available() -> bool:
    """Always True."""
    return True


def is_initialized() -> bool:
    """Always True."""
    return True


def device_count() -> int:
    """Always 1."""
    return 1


def current_device() -> str:
    """Always ``"cpu"``."""
    return "cpu"


def synchronize(device: Any = None) -> None:
    """Nothing: work on the CPU is done when a call returns."""
