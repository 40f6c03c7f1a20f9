"""What programs ask about Apple's GPUs: there are none."""

from __future__ import annotations

from .devices.absent import (
    device_count,
    empty_cache,
    get_rng_state,
    is_available,
    manual_seed,
    refuse,
    seed,
    set_rng_state,
)

__all__ = [
    "compile_shader", "current_allocated_memory", "device_count", "driver_allocated_memory", "empty_cache",
    "get_rng_state", "is_available", "manual_seed", "recommended_max_memory", "seed",
    "set_per_process_memory_fraction", "set_rng_state", "synchronize",
]  # fmt: skip


def current_allocated_memory() -> int:
    """Always 0."""
    return 0


driver_allocated_memory = recommended_max_memory = current_allocated_memory
compile_shader = set_per_process_memory_fraction = synchronize = refuse
