"""What programs ask to find an accelerator of any kind: there is none."""

from __future__ import annotations

from typing import Any

from .devices.absent import (
    device_count,
    empty_cache,
    is_available,
    max_memory_allocated,
    max_memory_reserved,
    memory_allocated,
    memory_reserved,
    memory_stats,
    refuse,
    reset_peak_memory_stats,
)

__all__ = [
    "current_accelerator", "current_device_idx", "current_device_index", "current_stream", "device_count",
    "device_index", "empty_cache", "get_device_capability", "get_memory_info", "is_available",
    "max_memory_allocated", "max_memory_reserved", "memory_allocated", "memory_reserved", "memory_stats",
    "reset_accumulated_memory_stats", "reset_peak_memory_stats", "set_device_idx", "set_device_index",
    "set_stream", "synchronize",
]  # fmt: skip


def current_accelerator(check_available: bool = False) -> Any:
    """None: there is no accelerator.

    >>> mt.accelerator.current_accelerator() is None
    True
    """
    return None


reset_accumulated_memory_stats = reset_peak_memory_stats
current_device_index = current_device_idx = set_device_index = set_device_idx = device_index = refuse
current_stream = set_stream = synchronize = get_memory_info = get_device_capability = refuse
