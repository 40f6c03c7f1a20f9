"""PyTorch's ``torch.distributed.device_mesh``: named only; ranks are in groups, and in no grid."""

from __future__ import annotations

from typing import Any, NoReturn

__all__ = ["DeviceMesh", "init_device_mesh"]


class DeviceMesh:
    """A grid of ranks: making one raises ``RuntimeError``."""

    def __init__(self, *args: Any, **kwargs: Any) -> NoReturn:
        raise RuntimeError(
            "DeviceMesh: ranks in a grid are not in microtensor: make the groups with distributed.new_group"
        )


def init_device_mesh(*args: Any, **kwargs: Any) -> NoReturn:
    """Raises ``RuntimeError``: make groups with `new_group`.

    >>> from microtensor.distributed.device_mesh import init_device_mesh
    >>> init_device_mesh("cpu", (2, 2))
    Traceback (most recent call last):
    RuntimeError: DeviceMesh: ranks in a grid are not in microtensor: ...
    """
    DeviceMesh()
