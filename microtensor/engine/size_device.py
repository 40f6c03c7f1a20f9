"""What a tensor says of itself besides its dtype: its size, and the device that it lives on.

PyTorch's documentation calls them tensor attributes.  Both are small immutable values, a tuple and a text.
"""

from __future__ import annotations

from typing import Any

import numpy as np


class Size(tuple[int, ...]):
    """A shape: a tuple that prints and counts as PyTorch's.

    >>> mt.zeros(2, 3).shape
    Size([2, 3])
    >>> mt.zeros(2, 3).shape.numel()
    6
    """

    __slots__ = ()

    def numel(self) -> int:
        """The product of the dimensions."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"Size({list(self)})"

    def __getitem__(self, key: Any) -> Any:
        item = tuple.__getitem__(self, key)
        return Size(item) if isinstance(key, slice) else item

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple.__add__(tuple(other), self))


class Device(str):
    """Where a tensor lives: always the CPU.  Others can be named, and are refused where they are used.

    It equals its name, which in PyTorch it does not.

    >>> mt.device("cuda", 1).type
    'cuda'
    """

    __slots__ = ()

    def __new__(cls, type: Any = "cpu", index: int | None = None) -> Device:
        """A device by its kind and number, or by both in one text."""
        text = str(type)
        if text.partition(":")[0] not in _KINDS or (index is not None and ":" in text):
            raise RuntimeError(f"Expected one of {', '.join(_KINDS)} at start of device string: {text}")
        return str.__new__(cls, text if index is None else f"{text}:{index}")

    @property
    def type(self) -> str:
        """The kind of device, ``"cpu"``."""
        return str(self.partition(":")[0])

    def __enter__(self) -> Device:
        """``with device("cpu"):`` makes tensors there, which is where they are made."""
        as_device(self)
        return self

    def __exit__(self, *error: object) -> None:
        """Nothing was changed."""

    @property
    def index(self) -> Any:
        """Its number; None if none was given."""
        number = self.partition(":")[2]
        return int(number) if number else None

    def __repr__(self) -> str:
        return (
            f"device(type='{self.type}')"
            if self.index is None
            else f"device(type='{self.type}', index={self.index})"
        )


_KINDS = ("cpu", "cuda", "mps", "xpu", "xla", "meta")
CPU = Device("cpu")


def as_device(device: Any) -> Device:
    """The CPU, for anything that names it; else a sentence that says what to do."""
    if device is None or str(device).split(":")[0] == "cpu":
        return CPU
    raise RuntimeError(
        f"device {str(device)!r} is not here: microtensor computes on the CPU only. "
        'Use device="cpu", or guard the call with cuda.is_available(), which is False.'
    )
