"""What programs ask about GPUs before they choose a device: there are none."""

from __future__ import annotations

from typing import Any

from microtensor import _lazy

from .amp import of_cuda as amp  # noqa: F401 - a public name
from .devices import nvtx, random  # noqa: F401 - public names
from .devices.absent import (
    max_memory_reserved,
    memory_reserved,
    refuse,
    reset_peak_memory_stats,
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


def memory_summary(device: Any = None, abbreviated: bool = False) -> str:
    """An empty text."""
    return ""


can_device_access_peer = current_device = get_device_name = get_device_capability = get_device_properties = (
    set_device
) = refuse
memory_cached, max_memory_cached = memory_reserved, max_memory_reserved
reset_max_memory_allocated = reset_max_memory_cached = reset_accumulated_memory_stats = (
    reset_peak_memory_stats
)
graph = make_graphed_callables = set_per_process_memory_fraction = refuse

__getattr__, __dir__ = _lazy.publish(__name__)
