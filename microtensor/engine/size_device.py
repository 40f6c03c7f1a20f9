"""What a tensor says of itself besides its dtype: its size, the device that it lives on, and its layout.

PyTorch's documentation calls them tensor attributes.  All are small immutable values that print as PyTorch's.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np


class Size(tuple[int, ...]):
    """A shape: a tuple that prints and counts as PyTorch's.

    >>> mt.zeros(2, 3).shape
    torch.Size([2, 3])
    >>> mt.zeros(2, 3).shape.numel()
    6
    """

    __slots__ = ()

    def numel(self) -> int:
        """The product of the dimensions."""
        return int(np.prod(self, dtype=np.int64))

    def __repr__(self) -> str:
        return f"torch.Size({list(self)})"

    def __getitem__(self, key: Any) -> Any:
        item = tuple.__getitem__(self, key)
        return Size(item) if isinstance(key, slice) else item

    def __add__(self, other: Any) -> Size:
        return Size(tuple.__add__(self, tuple(other)))

    def __radd__(self, other: Any) -> Size:
        return Size(tuple.__add__(tuple(other), self))

    def __mul__(self, times: Any) -> Size:
        return Size(tuple.__mul__(self, times))

    __rmul__ = __mul__


class device:  # noqa: N801 - PyTorch's name
    """Where a tensor lives: the CPU, or "meta", where it has no numbers.

    Others can be named, and are refused where they are used; ``RuntimeError`` for a text that names none.

    >>> mt.device("cuda", 1), str(mt.device("cuda", 1))
    (device(type='cuda', index=1), 'cuda:1')
    """

    __slots__ = ("_index", "_type")

    def __init__(self, type: Any, index: int | None = None) -> None:
        """A device by its kind and number, or by both in one text."""
        kind, colon, number = str(type).partition(":")
        if kind not in _KINDS:
            raise RuntimeError(
                f"Expected one of {', '.join(_KINDS)} device type at start of device string: {type}"
            )
        if colon and index is not None:
            raise RuntimeError(
                f"type (string) must not include an index because index was passed explicitly: {type}"
            )
        if colon and not (number.isdecimal() and str(int(number)) == number):
            raise RuntimeError(f"Invalid device string: {str(type)!r}: a number stands after the colon")
        self._type, self._index = kind, int(number) if colon else index

    @property
    def type(self) -> str:
        """The kind of device, ``"cpu"``."""
        return self._type

    @property
    def index(self) -> Any:
        """Its number; None if none was given."""
        return self._index

    def __enter__(self) -> device:
        """``with device("meta"):`` lets what names no device make tensors there."""
        if not names_meta(self):
            as_device(self)
        needed = names_meta(self) or default_device() is not CPU
        _contexts.append((self, meta("device_context").enter(self) if needed else None))
        return self

    def __exit__(self, *error: object) -> None:
        """Tensors are made where they were made before."""
        _, token = _contexts.pop()
        if token is not None:
            meta("device_context").leave(token)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, device) and (self._type, self._index) == (other._type, other._index)

    def __hash__(self) -> int:
        return hash((self._type, self._index))

    def __str__(self) -> str:
        return self._type if self._index is None else f"{self._type}:{self._index}"

    def __repr__(self) -> str:
        number = "" if self._index is None else f", index={self._index}"
        return f"device(type={self._type!r}{number})"

    def __reduce__(self) -> tuple[Any, ...]:
        return device, (str(self),)


_KINDS = (
    "cpu", "cuda", "ipu", "xpu", "mkldnn", "opengl", "opencl", "ideep", "hip", "ve", "fpga", "maia", "xla",
    "lazy", "vulkan", "mps", "meta", "hpu", "mtia", "privateuseone",
)  # fmt: skip
CPU = device("cpu")
DeviceLike = device | str | int | None
"""What a device is named by in a call; None is the CPU."""
_contexts: list[tuple[device, Any]] = []


def default_device() -> device:
    """Where tensors are made that name no device: the innermost context's, or the CPU."""
    return _contexts[-1][0] if _contexts else CPU


def names_meta(where: Any) -> bool:
    """Whether this is the device "meta", or its name."""
    return where is not None and not isinstance(where, int) and str(where).partition(":")[0] == "meta"


def meta(module: str) -> Any:
    """A module of `creation.meta`, which is imported when a program first names that device."""
    return import_module(f"{__package__.partition('.')[0]}.creation.meta.{module}")


def as_device(where: Any) -> device:
    """The CPU, for anything that names it; else a sentence that says what to do."""
    if where is None or str(where).split(":")[0] == "cpu":
        return CPU
    raise RuntimeError(
        f"device {str(where)!r} is not here: microtensor computes on the CPU only. "
        'Use device="cpu", or guard the call with cuda.is_available(), which is False.'
    )
