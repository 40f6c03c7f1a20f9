"""PyTorch's names of the layers that a call goes through: libraries name some to switch autocast off.

Here a call goes through no such layers; a set of keys is a value, and autocast is the one layer that a guard
excludes.
"""

from __future__ import annotations

from contextlib import ExitStack
from enum import Enum
from typing import Any

from ..amp import autocast

__all__ = ["DispatchKey", "DispatchKeySet", "_ExcludeDispatchKeyGuard"]

_BACKENDS = ("CPU", "CUDA", "HIP", "XLA", "MPS", "IPU", "XPU", "HPU", "VE", "Lazy", "MTIA", "MAIA", "Meta")
_LAYERS = (
    "Undefined CompositeExplicitAutogradNonFunctional CompositeExplicitAutograd CompositeImplicitAutograd "
    "AutogradOther Autograd Conjugate ZeroTensor Negative BackendSelect ADInplaceOrView PythonTLSSnapshot "
    "Python FuncTorchDynamicLayerFrontMode FuncTorchDynamicLayerBackMode FuncTorchBatched FuncTorchVmapMode "
    "FuncTorchGradWrapper PythonDispatcher PreDispatch Functionalize AutocastCPU AutocastMPS AutocastXPU "
    "AutocastHPU AutocastIPU AutocastCUDA AutocastPrivateUse1 Dense Quantized Sparse SparseCsr NestedTensor "
    "AutogradFunctionality"
)
_KINDS = ("", "Quantized", "Sparse", "SparseCsr", "NestedTensor", "Autograd")
_NAMES = [*_LAYERS.split(), *(f"{kind}{backend}" for kind in _KINDS for backend in _BACKENDS)]

DispatchKey = Enum("DispatchKey", {name: number for number, name in enumerate(_NAMES)})  # type: ignore[misc]
"""PyTorch's dispatch keys by name; their numbers are not PyTorch's."""


class DispatchKeySet:
    """Several keys.

    >>> from microtensor._C import DispatchKey, DispatchKeySet
    >>> both = DispatchKeySet(DispatchKey.CPU) | DispatchKeySet(DispatchKey.AutocastCPU)
    >>> both, both.has(DispatchKey.AutocastCPU)
    (DispatchKeySet(AutocastCPU, CPU), True)
    """

    def __init__(self, *keys: Any) -> None:
        self._keys = frozenset(keys)

    def has(self, key: Any) -> bool:
        """Whether a key is among them."""
        return key in self._keys

    def add(self, key: Any) -> DispatchKeySet:
        """These, and another one."""
        return DispatchKeySet(*self._keys, key)

    def remove(self, key: Any) -> DispatchKeySet:
        """These without one."""
        return DispatchKeySet(*self._keys - {key})

    def __or__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(*self._keys | other._keys)

    def __and__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(*self._keys & other._keys)

    def __sub__(self, other: DispatchKeySet) -> DispatchKeySet:
        return DispatchKeySet(*self._keys - other._keys)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DispatchKeySet) and self._keys == other._keys

    def __hash__(self) -> int:
        return hash(self._keys)

    def __repr__(self) -> str:
        return f"DispatchKeySet({', '.join(key.name for key in sorted(self._keys, key=lambda k: k.value))})"


_AUTOCAST = {f"Autocast{name.upper()}": name for name in ("cpu", "cuda", "xpu")}


class _ExcludeDispatchKeyGuard:
    """The length of a ``with`` in which autocast is off on the devices whose keys are given.

    Raises ``NotImplementedError`` for any other key: there is no layer of that name to leave out.
    """

    def __init__(self, keys: DispatchKeySet) -> None:
        others = sorted(key.name for key in keys._keys if key.name not in _AUTOCAST)
        if others:
            raise NotImplementedError(
                f"calls do not go through a layer {others[0]} here: of dispatch keys only "
                f"{', '.join(_AUTOCAST)} can be excluded"
            )
        self._devices = [_AUTOCAST[key.name] for key in keys._keys]
        self._inside = ExitStack()

    def __enter__(self) -> None:
        for device in self._devices:
            self._inside.enter_context(autocast(device, enabled=False))

    def __exit__(self, *error: object) -> None:
        self._inside.close()
