"""From tensors to items: what is reachable, in the order in which the program made it.

This reads the graph's public face (``grad_fn``, ``next_functions``, ``op``, ``held``, ``number``) with a
list in place of recursion, so a chain of a hundred thousand operations is no deeper than one of three.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...engine.tensor import Tensor
from ...errors import describe
from ..watch import note_of


@dataclass
class Link:
    """One operand of an item."""

    source: Item
    slot: int
    output: int = 0
    argument: str = ""
    broadcast: tuple[int, ...] | None = None
    carries: bool = True


@dataclass(eq=False)
class Item:
    """A node of the engine, a leaf, or a constant that a node has saved; with its operands."""

    thing: Any
    is_op: bool = False
    """Whether an operation, and not a leaf."""
    id: int = -1
    operands: list[Link] = field(default_factory=list)
    held: dict[str, Any] = field(default_factory=dict)
    """What a node holds for its formulas."""

    @property
    def array(self) -> Any:
        """The array of a leaf."""
        return self.thing.array if isinstance(self.thing, Tensor) else self.thing


def is_array(value: Any) -> bool:
    """Whether a saved value holds elements."""
    return isinstance(value, (np.ndarray, np.generic))


def tensors_of(values: Iterable[Any], asked: str) -> list[Tensor]:
    """All tensors in `values`, also in lists, tuples and dicts; ``TypeError`` for anything else."""
    found: list[Tensor] = []
    stack = list(values)[::-1]
    while stack:
        value = stack.pop()
        if isinstance(value, Tensor):
            found.append(value)
        elif isinstance(value, (list, tuple)):
            stack.extend(reversed(value))
        elif isinstance(value, dict):
            stack.extend(reversed(list(value.values())))
        else:
            raise TypeError(f"{asked}: expected tensors, got {describe(value)}; pass the result to be drawn")
    if not found:
        raise TypeError(f"{asked}: expected at least one tensor")
    return found


def collect(roots: Sequence[Tensor]) -> tuple[list[Item], list[Item]]:
    """All items in order of creation, and the items of `roots`."""
    leaves: dict[int, Item] = {}
    nodes = {node: Item(node, is_op=True, held=node.held) for node in _reachable(roots)}
    items: list[Item] = []
    for item in nodes.values():
        item.operands = sorted(_links(item, nodes, leaves), key=lambda link: link.slot)
        for link in item.operands:
            _number(link.source, items)
        _number(item, items)
    tops = [nodes[t.grad_fn] if t.grad_fn is not None else _leaf(t, leaves) for t in roots]
    for top in tops:
        _number(top, items)
    return items, tops


def _number(item: Item, items: list[Item]) -> None:
    if item.id < 0:
        item.id = len(items)
        items.append(item)


def _reachable(roots: Sequence[Tensor]) -> list[Any]:
    """The nodes of the engine, the oldest first."""
    stack = [t.grad_fn for t in roots if t.grad_fn is not None]
    seen = set(stack)
    while stack:
        for node, _ in stack.pop().next_functions:
            if node is not None and node not in seen and not hasattr(node, "variable"):
                seen.add(node)
                stack.append(node)
    return sorted(seen, key=lambda node: int(node.number))


def _leaf(tensor: Any, leaves: dict[int, Item]) -> Item:
    return leaves.setdefault(id(tensor), Item(tensor))


def _links(item: Item, nodes: dict[Any, Item], leaves: dict[int, Item]) -> list[Link]:
    """The operands of a node: those that get a gradient, and the constants that it has saved."""
    links, taken, node = [], set(), item.thing
    edges = zip(node.next_functions, slots_of(node), node.broadcast_shapes, strict=True)
    for (edge, output), slot, broadcast_view in edges:
        if edge is not None:
            source = _leaf(edge.variable, leaves) if hasattr(edge, "variable") else nodes[edge]
            links.append(Link(source, slot, output, _argument(node, slot), broadcast_view))
            taken.add(slot)
    return links + _constants(item, taken, leaves)


def slots_of(node: Any) -> Sequence[int]:
    """Which arguments of its operation the edges of a node belong to."""
    op = node.op
    if op is not None and not op.variadic:
        return [op.arrays.index(name) for name in op.differentiable]
    return getattr(node, "positions", range(len(node.next_functions)))


def _argument(node: Any, slot: int) -> str:
    """What formulas call an operand."""
    if node.op is None:
        names = tuple(node.formulas)
        return names[slot] if len(names) > 1 else ""
    return f"{node.op.arrays[0]}[{slot}]" if node.op.variadic else str(node.op.arrays[slot])


def _constants(item: Item, taken: set[int], leaves: dict[int, Item]) -> list[Link]:
    """Operands that no gradient goes to: saved for the others' formulas, or numbers that a watch has seen."""
    node, held, links = item.thing, item.held, []
    if node.op is None or node.op.variadic or len(taken) == len(node.op.arrays):
        return []
    noted = getattr(note_of(node), "operands", ())
    numbers = dict(zip(node.op.arrays, noted, strict=True)) if len(noted) == len(node.op.arrays) else {}
    for slot, argument in enumerate(node.op.arrays):
        value = held.get(argument, numbers.get(argument))
        if slot not in taken and (is_array(value) or isinstance(value, (int, float))):
            leaf = _leaf(value, leaves) if isinstance(value, np.ndarray) else Item(value)
            links.append(Link(leaf, slot, 0, argument, carries=False))
    return links
