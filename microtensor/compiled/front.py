"""`microtensor.compile`: what is compiled, a function or a module, and by which backend."""

from __future__ import annotations

import functools
from typing import Any

from ..nn.modules.module import Module
from .function import BACKENDS, Compiled
from .module import OptimizedModule

__all__ = ["compiled"]

_MODES = (None, "default", "reduce-overhead", "max-autotune", "max-autotune-no-cudagraphs")


def compiled(model: Any, fullgraph: bool, backend: Any, mode: str | None, options: Any, disable: bool) -> Any:
    """What `microtensor.compile` returns."""
    chosen = _backend(backend)
    if mode is not None and options is not None:
        raise RuntimeError(
            "Either mode or options can be specified, but both can't be specified at the same time."
        )
    if mode not in _MODES:
        raise RuntimeError(
            f"compile: unrecognized mode={mode!r}, should be one of: {', '.join(map(str, _MODES[1:]))}"
        )
    if model is None:
        return functools.partial(
            compiled, fullgraph=fullgraph, backend=backend, mode=mode, options=options, disable=disable
        )
    if not callable(model):
        raise TypeError(f"compile takes a function or a module, not {type(model).__name__}")
    if disable or isinstance(model, (Compiled, OptimizedModule)):
        return model
    if isinstance(model, Module):
        return OptimizedModule(model, fullgraph, chosen)
    return Compiled(model, fullgraph, chosen)


def _backend(backend: Any) -> str:
    """Ours by name; PyTorch's names mean "auto"."""
    if callable(backend):
        raise TypeError(
            'compile(backend=) takes a name, "auto", "numpy", "c" or "eager", and not a function on a graph: '
            "there is no such graph here"
        )
    if not isinstance(backend, str):
        raise TypeError(f"compile(backend=) takes a name, not {type(backend).__name__}")
    return backend if backend in BACKENDS else "auto"
