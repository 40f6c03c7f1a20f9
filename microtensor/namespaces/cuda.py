"""What programs ask about GPUs before they choose a device: there are none."""

from __future__ import annotations

from typing import Any

from microtensor import _lazy


def is_available() -> bool:
    """Always False: tensors live on the CPU.

    >>> mt.device("cuda" if mt.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return False


def device_count() -> int:
    """Always 0."""
    return 0


def is_initialized() -> bool:
    """Always False."""
    return False


def is_bf16_supported(including_emulation: bool = True) -> bool:
    """Always False."""
    return False


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no GPU to seed."""


manual_seed = manual_seed_all


def empty_cache() -> None:
    """Nothing: there is no GPU memory to give back."""


def memory_allocated(device: Any = None) -> int:
    """Always 0."""
    return 0


max_memory_allocated = memory_reserved = max_memory_reserved = memory_allocated


def reset_peak_memory_stats(device: Any = None) -> None:
    """Nothing: no memory is counted."""


def synchronize(device: Any = None) -> None:
    """Raises ``RuntimeError``: there is no device to wait for."""
    raise RuntimeError(
        "there is no GPU: microtensor computes on the CPU only. Guard the call with "
        "torch.cuda.is_available(), which is False"
    )


current_device = get_device_name = get_device_capability = get_device_properties = set_device = synchronize

__getattr__, __dir__ = _lazy.publish(__name__)
