"""For the time of a capture, the package's own code meets traced arrays.  NumPy itself is never patched.

Three kinds of things are exchanged, and put back when the last capture ends:

- the slots ``_data`` and ``_grad`` of Tensor become properties that wrap what is read and unwrap what is
  written;
- the name ``np`` in the package's modules means a `Creators`, which tells the capture of arrays made;
- functions that keep or hide arrays (caches, scratch memory, drawn numbers) get a wrapper of their own.

All of these ask for the capture of *this thread*, so that another thread's eager training goes on as before.
"""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FunctionType
from typing import Any

import numpy as np

from ...engine import versions as storage
from ...engine.arrays import memory_format
from ...engine.tensor import Tensor
from ...ops.indexing import getitem
from ...ops.views import broadcast_view
from ...optim.updates.elementwise import Elementwise
from ...random.mt19937 import MT19937
from ...random.stream import Stream
from .creators import DRAWS, Creators, add_at, cached, drawn, opaque, stretched, taken
from .observation import Observation
from .optimizers import traced_advance, traced_ready
from .traced import active, current, plain

__all__ = ["observed"]

_DATA, _GRAD = Tensor.__dict__["_data"], Tensor.__dict__["_grad"]
_lock = threading.Lock()
_depth = 0
_undo: list[tuple[Any, str, Any]] = []


def _read_data(tensor: Tensor) -> Any:
    capture = current.capture
    if capture is None:
        return _DATA.__get__(tensor)
    return capture.read_data(tensor)


def _write_data(tensor: Tensor, value: Any) -> None:
    capture = current.capture
    if capture is None:
        _DATA.__set__(tensor, plain(value))
    else:
        capture.write_data(tensor, value)


def _read_grad(tensor: Tensor) -> Any:
    capture = current.capture
    return _GRAD.__get__(tensor) if capture is None else capture.read_grad(tensor)


def _write_grad(tensor: Tensor, value: Any) -> None:
    capture = current.capture
    if capture is not None:
        capture.write_grad(tensor, value)
    _GRAD.__set__(tensor, value)


@contextmanager
def observed(capture: Observation) -> Iterator[None]:
    """Let this thread's arrays be traced by `capture`."""
    _enter()
    current.capture = capture
    try:
        yield
    finally:
        current.capture = None
        _leave()


def _enter() -> None:
    global _depth
    with _lock:
        _depth += 1
        if _depth == 1:
            for holder, name, value in _exchanges():
                _undo.append((holder, name, _held(holder, name)))
                _set(holder, name, value)


def _leave() -> None:
    global _depth
    with _lock:
        _depth -= 1
        if _depth == 0:
            while _undo:
                _set(*_undo.pop())


def _held(holder: Any, name: str) -> Any:
    return holder[name] if isinstance(holder, dict) else holder.__dict__[name]


def _set(holder: Any, name: str, value: Any) -> None:
    if isinstance(holder, dict):
        holder[name] = value
    else:
        setattr(holder, name, value)


def _exchanges() -> Iterator[tuple[Any, str, Any]]:
    yield Tensor, "_data", property(_read_data, _write_data)
    yield Tensor, "_grad", property(_read_grad, _write_grad)
    yield Elementwise, "_advance", traced_advance
    yield Elementwise, "_ready", traced_ready
    windows: Any = sys.modules.get(f"{_PACKAGE}.ops.windows.im2col")
    if windows is not None:
        yield windows.Scratch, "take", taken(windows.Scratch.take)
    for name in DRAWS:
        yield Stream, name, drawn(name, Stream.__dict__[name])
    for name in ("get_state", "set_state", "seed"):
        yield MT19937, name, _forbidden(name, MT19937.__dict__[name])
    _know_opaque()
    for module in list(sys.modules.values()):
        name = getattr(module, "__name__", "")
        if name.partition(".")[0] == _PACKAGE and not name.startswith(_OURS):
            yield from _in_module(vars(module))


_PACKAGE = __name__.partition(".")[0]
_OURS = __name__.rsplit(".", 2)[0]
_owner = storage.owner
OPAQUE = {
    "special.erf_rational": ("erf_array",),
    "special.erf_arrays": ("erfc_array", "erfcx_array", "erfinv_array", "ndtri_array", "log_ndtr_array"),
    "special.gamma_arrays": ("log_gamma", "digamma_array", "zeta_array"),
    "indexing.tie_order": ("settle_sort", "settle_topk", "kth_order"),
}
"""By module of `ops`, functions of arrays that choose by their values what to do."""

_FUNCTIONS: dict[Any, Any] = {}


def _in_module(names: dict[str, Any]) -> Iterator[tuple[Any, str, Any]]:
    for name, value in list(names.items()):
        if value is np:
            yield names, name, _CREATORS
        elif isinstance(value, functools._lru_cache_wrapper):
            yield names, name, _FUNCTIONS.setdefault(value, cached(value))
        elif type(value) is FunctionType and value in _FUNCTIONS:
            yield names, name, _FUNCTIONS[value]


def _know_opaque() -> None:
    """Wrap the opaque functions of the modules that are there; nothing is imported for it."""
    for name, functions in OPAQUE.items():
        module = sys.modules.get(f"{_PACKAGE}.ops.{name}")
        for function in [getattr(module, f) for f in functions] if module is not None else []:
            if function not in _FUNCTIONS:
                _FUNCTIONS[function] = opaque(function)


def _owner_of(array: Any) -> Any:
    return _owner(plain(array))


_FUNCTIONS[storage.owner] = _owner_of
_FUNCTIONS[broadcast_view.broadcast_view] = stretched(broadcast_view.broadcast_view)
_FUNCTIONS[memory_format.strided] = stretched(memory_format.strided)
_FUNCTIONS[getitem.add_at] = add_at(getitem.add_at)
_CREATORS = Creators()


def _forbidden(name: str, method: Callable[..., Any]) -> Callable[..., Any]:
    def call(self: Any, *args: Any) -> Any:
        capture = active()
        if capture is not None:
            capture.refuse(f"the generator's {name} is called")
        return method(self, *args)

    return call
