"""What programs ask about GPUs before they choose a device: there are none."""

from __future__ import annotations


def is_available() -> bool:
    """Always False: tensors live on the CPU.

    >>> mt.device("cuda" if mt.cuda.is_available() else "cpu")
    device(type='cpu')
    """
    return False


def device_count() -> int:
    """Always 0."""
    return 0


def manual_seed_all(seed: int) -> None:
    """Nothing: there is no GPU to seed."""


manual_seed = manual_seed_all
