"""The pieces of PyTorch's compiled part that libraries name, each at its place in this package."""

from __future__ import annotations

from importlib import import_module
from typing import Any, ClassVar

from microtensor import Generator, Size, Tensor, device, dtype, is_grad_enabled
from microtensor.autograd.multithreading import (
    is_multithreading_enabled as _is_multithreading_enabled,
)
from microtensor.autograd.multithreading import (
    set_multithreading_enabled as _set_multithreading_enabled,
)
from microtensor.autograd.running_pass import (
    current_autograd_node as _current_autograd_node,
)
from microtensor.autograd.running_pass import (
    current_graph_task_id as _current_graph_task_id,
)
from microtensor.autograd.running_pass import (
    execution_order as _current_graph_task_execution_order,
)
from microtensor.autograd.running_pass import (
    will_engine_execute_node as _will_engine_execute_node,
)
from microtensor.engine.overriding.dispatch import changed, disabled, state

from ..overrides import (
    has_torch_function_unary as _has_torch_function_unary,
)
from ..overrides import (
    has_torch_function_variadic as _has_torch_function_variadic,
)
from .dispatch_keys import DispatchKey, DispatchKeySet
from .dispatch_keys import _ExcludeDispatchKeyGuard as _ExcludeDispatchKeyGuard

__all__ = [
    "DisableTorchFunction", "DisableTorchFunctionSubclass", "DispatchKey", "DispatchKeySet", "Generator",
    "Size", "TensorBase", "device", "dtype",
]  # fmt: skip

TensorBase = _TensorBase = Tensor
_TensorMeta: type = type(Tensor)
_disabled_torch_function_impl = disabled


class _Off:
    """A context manager that changes who is asked to answer calls; it may be entered again inside itself."""

    what: ClassVar[dict[str, Any]] = {}

    def __init__(self) -> None:
        self._entered: list[Any] = []

    def __enter__(self) -> None:
        manager = changed(**self.what)
        manager.__enter__()
        self._entered.append(manager)

    def __exit__(self, *error: Any) -> None:
        self._entered.pop().__exit__(None, None, None)


class DisableTorchFunctionSubclass(_Off):
    """The length of a ``with`` in which no subclass answers calls with ``__torch_function__``.

    >>> class Mine(mt.Tensor): ...
    >>> with mt._C.DisableTorchFunctionSubclass():
    ...     type(Mine([1.0]) * 2).__name__
    'Tensor'
    """

    what: ClassVar[dict[str, Any]] = {"subclasses": False}


class DisableTorchFunction(_Off):
    """The length of a ``with`` in which neither a subclass nor a mode answers calls."""

    what: ClassVar[dict[str, Any]] = {"subclasses": False, "asked": False}


class _AutoDispatchBelowAutograd:
    """The length of a ``with`` in which an operator's call goes below its Autograd kernel: see `library`."""

    def __enter__(self) -> None:
        self._manager = import_module("microtensor.library.operators").below_autograd()
        self._manager.__enter__()

    def __exit__(self, *error: Any) -> None:
        self._manager.__exit__(None, None, None)


def _is_torch_function_enabled() -> bool:
    return state().subclasses


def _get_tracing_state() -> Any:
    """None: nothing is being traced."""
    return None


def _is_tracing() -> bool:
    """Always False: a trace here is what Python runs."""
    return False


class Value:
    """A value in TorchScript's graph, which programs name in annotations: none is made here."""


def _are_functorch_transforms_active() -> bool:
    """Always False: what a transform cannot follow, it runs anew for each example."""
    return False


def _log_api_usage_once(event: str) -> None:
    """Nothing: nobody counts."""


def _cuda_getDeviceCount() -> int:  # noqa: N802
    return 0


class Graph:
    """TorchScript's graph, which annotations name: nothing here makes one."""


_get_privateuse1_backend_name = lambda: "privateuseone"  # noqa: E731
_is_grad_enabled = is_grad_enabled

from . import _autograd, _fft, _functions, _functorch, _linalg, _nn, _special  # noqa: E402 - modules of this package
