"""Parameters, buffers and modules by their path in a module."""

from __future__ import annotations

from typing import Any

from microtensor import Tensor, nn

from .graph import Graph

__all__ = ["assign", "copied", "used_paths"]


def used_paths(graph: Graph) -> list[str]:
    """The paths that a graph names."""
    return [str(node.target) for node in graph.nodes if node.op in ("get_attr", "call_module")]


def copied(source: Any, target: Any, path: str) -> None:
    """Let `target` hold at a path what `source` holds there, with empty modules on the way."""
    *way, name = path.split(".")
    for part in way:
        theirs, ours = getattr(source, part), getattr(target, part, None)
        if theirs is ours:
            return
        source, target = theirs, ours if ours is not None else _empty(target, part)
    _put(target, name, getattr(source, name))


def assign(value: Any, target: Any, path: str) -> None:
    """Put `value` at a path of `target`, with empty modules on the way."""
    *way, name = path.split(".")
    for part in way:
        inner = getattr(target, part, None)
        target = inner if inner is not None else _empty(target, part)
    _put(target, name, value)


def _empty(module: Any, name: str) -> nn.Module:
    made = nn.Module()
    setattr(module, name, made)
    return made


def _put(module: Any, name: str, value: Any) -> None:
    """A tensor that is no parameter becomes a buffer."""
    if isinstance(value, Tensor) and not isinstance(value, nn.Parameter):
        module.register_buffer(name, value)
    else:
        setattr(module, name, value)
