"""What holds in every graph, and removing the nodes that do nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from .node import Node

if TYPE_CHECKING:
    from .graph import Graph

__all__ = ["dead_code_removed", "lint"]


def dead_code_removed(graph: Graph, is_impure: Callable[[Node], bool]) -> bool:
    """Remove, from the end, nodes that nobody uses and that have no side effect; whether there were any."""
    lint(graph)
    before = len(graph.nodes)
    for node in reversed(graph.nodes):
        if not node.users and not is_impure(node):
            graph.erase_node(node)
    return len(graph.nodes) < before


def lint(graph: Graph) -> None:
    """Raise for the first node that does not fit."""
    seen: set[Node] = set()
    names: set[str] = set()
    for node in graph.nodes:
        for used in node._input_nodes:
            _check_use(graph, node, used, seen)
        if node.name in names:
            raise RuntimeError(f"lint: two nodes are called {node.name!r}")
        seen.add(node)
        names.add(node.name)
    if graph.owning_module is not None:
        for node in graph.nodes:
            if node.op in ("get_attr", "call_module"):
                _check_path(graph.owning_module, node)


def _check_use(graph: Graph, node: Node, used: Node, seen: set[Node]) -> None:
    if used.graph is not graph:
        raise RuntimeError(f"lint: {node} uses {used}, which belongs to another graph")
    if used not in seen:
        raise RuntimeError(
            f"lint: {node} uses {used}, which is not defined before it: nodes stand in the order of running"
        )


def _check_path(module: Any, node: Node) -> None:
    from microtensor import Tensor, nn

    here = module
    for i, part in enumerate(str(node.target).split(".")):
        if not hasattr(here, part):
            path = ".".join(str(node.target).split(".")[: i + 1])
            raise ValueError(f"lint: {node} has the target {node.target!r}, and the module has no {path!r}")
        here = getattr(here, part)
    if node.op == "call_module" and not isinstance(here, nn.Module):
        raise ValueError(f"lint: {node} calls {node.target!r}, which is no module but {type(here).__name__}")
    if node.op == "get_attr" and not isinstance(here, (nn.Module, Tensor)):
        import warnings

        warnings.warn(
            f"lint: {node} reads {node.target!r}, which is neither a module nor a tensor", stacklevel=4
        )
