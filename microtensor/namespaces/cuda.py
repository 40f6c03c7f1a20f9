"""What programs ask about GPUs before they choose a device: there are none."""

from __future__ import annotations

from typing import Any

from microtensor import _lazy
from microtensor.devices.absent import (
    Event,
    Stream,
    StreamContext,
    current_stream,
    default_stream,
    device,
    device_count,
    device_of,
    empty_cache,
    get_rng_state,
    get_rng_state_all,
    init,
    ipc_collect,
    is_available,
    is_bf16_supported,
    is_current_stream_capturing,
    is_initialized,
    manual_seed,
    manual_seed_all,
    max_memory_allocated,
    max_memory_reserved,
    mem_get_info,
    memory_allocated,
    memory_reserved,
    memory_stats,
    refuse,
    reset_peak_memory_stats,
    seed,
    seed_all,
    set_rng_state,
    set_rng_state_all,
    set_stream,
    stream,
    synchronize,
)

has_half = has_magma = False
default_generators: tuple[Any, ...] = ()


class OutOfMemoryError(RuntimeError):
    """A GPU has no memory left: never raised, and caught by programs that try smaller batches."""


class CUDAGraph:
    """Work recorded on a GPU: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        refuse()


def is_tf32_supported() -> bool:
    """Always False."""
    return False


def get_arch_list() -> list[str]:
    """An empty list: there is no GPU to compile for."""
    return []


def can_device_access_peer(device: Any, peer_device: Any) -> bool:
    """Always raises ``RuntimeError``: there are no two devices."""
    return refuse()


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """An empty text."""
    return ""


current_device = get_device_name = get_device_capability = get_device_properties = set_device = refuse
memory_cached, max_memory_cached = memory_reserved, max_memory_reserved
reset_max_memory_allocated = reset_max_memory_cached = reset_accumulated_memory_stats = reset_peak_memory_stats
graph = make_graphed_callables = set_per_process_memory_fraction = refuse

__getattr__, __dir__ = _lazy.publish(__name__)
