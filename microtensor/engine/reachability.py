"""Which nodes a backward pass has to visit: those that are reachable, or that lead to what was asked for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from .graph import Broadcast, Node
from .tensor import Tensor


def reachable(edges: Sequence[Any]) -> list[Node]:
    """All nodes that the sweep would visit from `edges`, youngest first."""
    seen, stack = set(), [edge for edge in edges if isinstance(edge, Node)]
    while stack:
        node = stack.pop()
        if node not in seen:
            seen.add(node)
            stack.extend(edge for edge in node.edges if isinstance(edge, Node))
    return sorted(seen, key=lambda node: -node.number)


def leading_to(nodes: Sequence[Node], targets: set[Any]) -> set[Any]:
    """The nodes on a path to one of `targets` (nodes or leaves), with the targets."""
    need = set(targets)
    for node in reversed(nodes):
        if any(edge in need for edge in node.edges if edge is not None):
            need.add(node)
    return need


def last_uses(nodes: Sequence[Node]) -> dict[int, list[Tensor]]:
    """For each node's number, the leaves that have received everything once it was pulled back."""
    oldest: dict[Tensor, int] = {}
    for node in nodes:
        number, edges = _operands_of(node)
        for leaf in [edge for edge in edges if isinstance(edge, Tensor)]:
            oldest.pop(leaf, None)  # so that leaves that are ready together keep their edges' order
            oldest[leaf] = number
    ready: dict[int, list[Tensor]] = {}
    for leaf, number in oldest.items():
        ready.setdefault(number, []).append(leaf)
    return ready


def _operands_of(node: Node) -> tuple[int, Sequence[Any]]:
    """Where a node's cotangents end up once broadcasting is undone, and the number of the node that does."""
    if isinstance(node, Broadcast):
        return node.number, ()
    between = [edge for edge in node.edges if isinstance(edge, Broadcast)]
    number = min((edge.number for edge in between), default=node.number)
    return number, [edge.edges[0] if isinstance(edge, Broadcast) else edge for edge in node.edges]
