"""From tensors to items: what is reachable, in the order in which the program made it.

This reads the graph's public face (``grad_fn``, ``next_functions``, ``op``, ``held``, ``number``) with a
list in place of recursion, so a chain of a hundred thousand operations is no deeper than one of three.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from ...autograd.tensor_name import name_of_array
from ...engine.tensor import Tensor
from ...errors import describe
from ..notes import Constant, note_of


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
    beside: bool = False
    """Whether only a detached tensor leads to it, so that no gradient does."""
    name: str | None = None
    """What a constant was called when it was used."""
    origin: Any = None
    """The node that a constant was detached from."""

    @property
    def array(self) -> Any:
        """The array of a leaf."""
        return self.thing.array if isinstance(self.thing, Tensor) else self.thing


def is_array(value: Any) -> bool:
    """Whether a saved value holds elements."""
    return isinstance(value, (np.ndarray, np.generic))


def is_reentrant(node: Any) -> bool:
    """Whether a node is a checkpoint of the older form, whose formula runs a backward pass of its own."""
    return str(node.name()) == "CheckpointFunctionBackward"


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
    main, beside = _reachable(roots)
    found = sorted(main | beside, key=lambda node: int(node.number))
    nodes = {node: Item(node, is_op=True, held=node.held, beside=node in beside) for node in found}
    items: list[Item] = []
    for item in nodes.values():
        item.operands = sorted(_links(item, nodes, leaves), key=lambda link: link.slot)
        for link in item.operands:
            if link.source.origin in nodes:
                link.source.operands = [Link(nodes[link.source.origin], 0, carries=False)]
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


def _reachable(roots: Sequence[Tensor]) -> tuple[set[Any], set[Any]]:
    """The nodes of the engine that gradients reach; and those that only detached tensors come from."""
    main = _behind([t.grad_fn for t in roots if t.grad_fn is not None], set())
    beside: set[Any] = set()
    fresh = main
    while fresh:
        constants = [x for node in fresh for x in getattr(note_of(node), "operands", ())]
        origins = [x.origin.node for x in constants if isinstance(x, Constant) and x.origin is not None]
        fresh = _behind([node for node in origins if node is not None], main | beside)
        beside |= fresh
    return main, beside


def _behind(starts: Sequence[Any], known: set[Any]) -> set[Any]:
    """The nodes from which those at the start were computed, and these themselves, but for the known ones."""
    seen = set(starts) - known
    stack = list(seen)
    while stack:
        for node, _ in stack.pop().next_functions:
            if node is not None and node not in seen and node not in known and not hasattr(node, "variable"):
                seen.add(node)
                stack.append(node)
    return seen


def _leaf(tensor: Any, leaves: dict[int, Item]) -> Item:
    return leaves.setdefault(id(tensor), Item(tensor))


def _links(item: Item, nodes: dict[Any, Item], leaves: dict[int, Item]) -> list[Link]:
    """The operands of a node: those that get a gradient, and the constants that it has saved."""
    links, taken, node = [], set(), item.thing
    edges = zip(node.next_functions, slots_of(node), node.broadcast_shapes, strict=True)
    for (edge, output), slot, stretched in edges:
        if edge is not None:
            source = _leaf(edge.variable, leaves) if hasattr(edge, "variable") else nodes[edge]
            links.append(Link(source, slot, output, _argument(node, slot), stretched, not item.beside))
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
    node, links = item.thing, []
    if node.op is None or (len(taken) == len(node.op.arrays) and not node.op.variadic):
        return []
    noted = getattr(note_of(node), "operands", ())
    for slot, value in enumerate(_operands(node.op, item.held, noted)):
        if slot not in taken:
            seen = noted[slot] if slot < len(noted) else None
            value = seen.array if value is None and isinstance(seen, Constant) else value
            value = seen if value is None else value
            if is_array(value) or isinstance(value, (int, float)):
                leaf = _constant(value, seen, leaves)
                links.append(Link(leaf, slot, 0, _argument(node, slot), carries=False))
    return links


def _operands(op: Any, held: dict[str, Any], noted: Sequence[Any]) -> list[Any]:
    """What is held of each operand, None where that is nothing."""
    if not op.variadic:
        return [held.get(name) for name in op.arrays]
    found = held.get(op.arrays[0])
    return list(found) if isinstance(found, (tuple, list)) else [None] * len(noted)


def _constant(value: Any, seen: Any, leaves: dict[int, Item]) -> Item:
    """The leaf of a constant, with what a watch has noted of it."""
    leaf = _leaf(value, leaves) if isinstance(value, np.ndarray) else Item(value)
    leaf.name = leaf.name or name_of_array(value)
    if isinstance(seen, Constant):
        leaf.name = leaf.name or seen.name
        leaf.origin = leaf.origin or (None if seen.origin is None else seen.origin.node)
    return leaf
