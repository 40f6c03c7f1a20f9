"""The names of ``torch._dynamo`` that libraries use without depending on PyTorch's compiler."""

from __future__ import annotations

from typing import Any

from microtensor.compiled.module import OptimizedModule

from ..compiler import (
    allow_in_graph,
    assume_constant_result,
    disable,
    is_compiling,
    list_backends,
    reset,
    set_stance,
    substitute_in_graph,
)
from . import config, eval_frame, exc

__all__ = [
    "OptimizedModule", "allow_in_graph", "assume_constant_result", "config", "disable", "disallow_in_graph",
    "eval_frame", "exc", "forbid_in_graph", "graph_break", "is_compiling", "is_dynamo_supported",
    "list_backends", "mark_dynamic", "mark_static", "mark_static_address", "maybe_mark_dynamic", "optimize",
    "reset", "set_stance", "substitute_in_graph",
]  # fmt: skip


def is_dynamo_supported() -> bool:
    """Always False: it reads no bytecode."""
    return False


def graph_break(msg: str = "") -> None:
    """Nothing: no graph is being built."""


def mark_dynamic(t: Any, index: Any, **bounds: Any) -> None:
    """Nothing: each shape has a program of its own."""


def mark_static(t: Any, index: Any = None) -> None:
    """Nothing: each shape has a program of its own."""


maybe_mark_dynamic = mark_dynamic
disallow_in_graph = forbid_in_graph = allow_in_graph


def mark_static_address(t: Any, guard: bool = True) -> None:
    """Nothing: memory is found anew at each call."""


def optimize(backend: Any = "inductor", **options: Any) -> Any:
    """A decorator: `microtensor.compile` with this backend.

    >>> from microtensor import _dynamo
    >>> _dynamo.optimize("eager")(len)([1])
    1
    """
    from microtensor import compile

    return compile(backend=backend)
