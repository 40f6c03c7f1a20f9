"""Handing tensors to other libraries, and taking theirs, without a copy: DLPack and the array API.

An array that is handed over shares its memory and has no history, so a tensor that requires a gradient is
refused, as in PyTorch.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.size_device import as_device
from ..engine.tensor import Tensor, install

__all__ = ["from_dlpack", "to_dlpack"]

_CPU = (1, 0)
# DLPack before its version 1.0, which is what NumPy 2.0 speaks, has no flag for read-only memory.
_WITHOUT_LEAVE = np.lib.NumpyVersion(np.__version__) < "2.1.0"


def _dlpack(
    self: Tensor, *, stream: Any = None, max_version: Any = None, dl_device: Any = None, copy: Any = None
) -> Any:
    """A capsule of DLPack around the memory; ``BufferError`` while a gradient is required."""
    if self.requires_grad:
        raise BufferError(
            "Can't export tensors that require gradient, use tensor.detach(): the other library would not "
            "record what it computes"
        )
    asked = {"stream": stream, "max_version": max_version, "dl_device": dl_device, "copy": copy}
    return self.array.__dlpack__(**{name: value for name, value in asked.items() if value is not None})


def _dlpack_device(self: Tensor) -> tuple[int, int]:
    """The CPU, in DLPack's numbers."""
    return _CPU


def _array_namespace(self: Tensor, *, api_version: str | None = None) -> Any:
    """The functions of the array API standard on tensors; ``ValueError`` for a version that is not here."""
    from . import array_api

    return array_api.namespace(api_version)


class _Capsule:
    """An object of DLPack around a bare capsule, which is used up by the first who reads it."""

    def __init__(self, capsule: Any) -> None:
        self._capsule = capsule

    def __dlpack__(self, **ignored: Any) -> Any:
        return self._capsule

    def __dlpack_device__(self) -> tuple[int, int]:
        return _CPU


def _writable(exporter: Any) -> np.ndarray[Any, Any]:
    """The array of an exporter that does not say who may write: it exports no other than writable memory."""
    return np.asarray(_Writable(np.from_dlpack(exporter)))


class _Writable:
    """An array that may be written to: of a bare capsule NumPy cannot know that, and forbids it."""

    def __init__(self, array: np.ndarray[Any, Any]) -> None:
        self._array = array  # keeps the memory alive
        interface = array.__array_interface__
        self.__array_interface__ = {**interface, "data": (interface["data"][0], False)}


def from_dlpack(ext_tensor: Any, *, device: Any = None, copy: bool | None = None) -> Tensor:
    """A tensor that shares memory with an array of another library, or with a capsule of DLPack.

    It shares none if `copy` is true.  Raises ``TypeError`` for what is neither, and ``BufferError`` for an
    array that is not on the CPU.

    >>> a = np.zeros(2)
    >>> mt.from_dlpack(a).fill_(1)
    tensor([1., 1.], dtype=torch.float64)
    >>> a
    array([1., 1.])
    """
    as_device(device)
    array = _imported(ext_tensor)
    return Tensor._of(array.copy() if copy else array)  # type: ignore[no-any-return]


def _imported(ext_tensor: Any) -> np.ndarray[Any, Any]:
    if type(ext_tensor).__name__ == "PyCapsule":
        return _writable(_Capsule(ext_tensor))
    if not hasattr(ext_tensor, "__dlpack__"):
        raise TypeError(
            f"from_dlpack takes an array with __dlpack__, not {type(ext_tensor).__name__}: "
            "use tensor(data) for a copy"
        )
    return _writable(ext_tensor) if _WITHOUT_LEAVE else np.from_dlpack(ext_tensor)


def to_dlpack(tensor: Tensor) -> Any:
    """A capsule of DLPack around a tensor's memory, for a library that takes bare ones.

    >>> mt.from_dlpack(mt.utils.dlpack.to_dlpack(mt.arange(2)))
    tensor([0, 1])
    """
    return _dlpack(tensor)


install(__dlpack__=_dlpack, __dlpack_device__=_dlpack_device, __array_namespace__=_array_namespace)
