"""Groups of modules that repeat side by side, as in (Linear, Tanh) x 60: each gets a scope, to be folded."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace

from ..model import Graph, Node, Scope

_LONGEST = 8
"""A group has at most so many modules and operations."""
_LEAST = 3
"""So many equal groups are a repetition."""


@dataclass(frozen=True)
class _Unit:
    """A module's call, or an operation beside it."""

    key: Hashable
    name: str
    first: int
    scope: int | None = None
    node: int | None = None


def grouped(graph: Graph, signature: Callable[[Scope], Hashable]) -> Graph:
    """`graph` with a scope around each of several equal groups that follow each other in a module.

    signature : what two calls of modules have in common if they compute the same.
    """
    learnt = [node for node in graph.nodes if node.kind == "parameter"]
    learning = {scope.id for node in learnt for scope in graph.scopes_of(node.scope)}

    def parts(units: Sequence[_Unit]) -> list[Sequence[_Unit]]:
        runs = _runs([unit.key for unit in units], [unit.scope in learning for unit in units])
        return [units[a + i * n : a + (i + 1) * n] for a, n, count in runs for i in range(count)]

    return _with_scopes(graph, signature, parts)


def chapters(graph: Graph, most: int = 60) -> Graph:
    """`graph` with scopes around what follows each other, where a module or program runs more than `most`.

    >>> x = mt.ones(1, requires_grad=True)
    >>> for _ in range(1000):
    ...     x = -x
    >>> found = chapters(mt.viz.graph(x))
    >>> len(found.scopes), found.scopes[0].title
    (30, 'operations 1 to 34')
    """

    def parts(units: Sequence[_Unit]) -> list[Sequence[_Unit]]:
        if len(units) <= most:
            return []
        length = -(-len(units) // min(most // 2, int(len(units) ** 0.5)))
        return [units[at : at + length] for at in range(0, len(units), length)]

    return _with_scopes(graph, lambda scope: scope.id, parts, named=False)


def _with_scopes(
    graph: Graph, signature: Callable[[Scope], Hashable],
    parts: Callable[[Sequence[_Unit]], list[Sequence[_Unit]]], named: bool = True,
) -> Graph:  # fmt: skip
    """The graph with a scope around each of the parts into which what a module runs is cut."""
    scopes = list(graph.scopes)
    home: dict[int, int] = {}
    for parent in [None, *(scope.id for scope in graph.scopes)]:
        units = _units(graph, parent, signature, alone=not named)
        place = {unit.first: number for number, unit in enumerate(units, 1)}
        for part in parts(units):
            words = "" if named else f"operations {place[part[0].first]} to {place[part[-1].first]}"
            made = _scope(len(scopes), part, scopes, parent, words)
            scopes.append(made)
            for unit in part:
                if unit.scope is not None:
                    scopes[unit.scope] = replace(scopes[unit.scope], parent=made.id)
                elif unit.node is not None:
                    home[unit.node] = made.id
    if len(scopes) == len(graph.scopes):
        return graph
    return _ordered(replace(graph, nodes=_moved(graph, home), scopes=tuple(scopes)))


def _units(
    graph: Graph, parent: int | None, signature: Callable[[Scope], Hashable], alone: bool
) -> list[_Unit]:
    """What a module runs, in order: calls of its children, and operations of its own.

    alone : whether operations without any module beside them count.
    """
    firsts: dict[int, int] = {}
    for node in graph.nodes:
        for scope in graph.scopes_of(node.scope):
            if not node.is_leaf:
                firsts.setdefault(scope.id, node.id)
    children = [scope for scope in graph.scopes if scope.parent == parent and scope.id in firsts]
    if not children and not alone:
        return []
    calls = [_Unit(signature(s), s.kind, firsts[s.id], scope=s.id) for s in children]
    own = [node for node in graph.nodes if node.scope == parent and not node.is_leaf]
    ops = [_Unit((node.op, node.shape), node.op, node.id, node=node.id) for node in own]
    return sorted([*calls, *ops], key=lambda unit: unit.first)


def _runs(keys: Sequence[Hashable], leads: Sequence[bool]) -> list[tuple[int, int, int]]:
    """Where groups begin that repeat, how long each is, and how many there are; units alone are no groups.

    leads : what a group would rather begin with, if there are as many groups then.

    >>> _runs(list("xyzababab"), [letter == "b" for letter in "xyzababab"])
    [(3, 2, 3)]
    """
    found, at = [], 0
    while at < len(keys):
        best = (0, 1, 1)
        for length in range(1, _LONGEST + 1):
            count = _count(keys, at, length)
            if count >= _LEAST and count * length > best[0]:
                best = (count * length, length, count)
        covered, length, count = best
        shifts = [n for n in range(1, length) if leads[at + n] and _count(keys, at + n, length) >= count]
        at += shifts[0] if shifts and not leads[at] else 0
        if length > 1:
            found.append((at, length, count))
        at += max(covered, 1)
    return found


def _count(keys: Sequence[Hashable], at: int, length: int) -> int:
    """How many equal groups of a length there are from some place on."""
    count = 1
    while keys[at + count * length : at + (count + 1) * length] == keys[at : at + length]:
        count += 1
    return count


def _scope(id: int, part: Sequence[_Unit], scopes: Sequence[Scope], parent: int | None, words: str) -> Scope:
    modules = [scopes[unit.scope] for unit in part if unit.scope is not None]
    return Scope(
        id, modules[0].path if modules else "", _kind(part, modules, words), parent,
        last=modules[-1].path if len(modules) > 1 else "", guessed=any(one.guessed for one in modules),
    )  # fmt: skip


def _kind(part: Sequence[_Unit], modules: Sequence[Scope], words: str) -> str:
    """What a group is called: its modules and operations; a chapter by how many, or by where it begins."""
    if not words:
        return ", ".join(unit.name for unit in part)
    return f"{len(modules)} modules" if modules else words


def _moved(graph: Graph, home: dict[int, int]) -> tuple[Node, ...]:
    """The nodes with their new scopes; a leaf goes with its uses if all are in one group."""
    nodes = []
    for node in graph.nodes:
        uses = {home.get(edge.target) for edge in graph.uses[node.id]} if node.is_leaf else set()
        scope = home.get(node.id)
        if scope is None and len(uses) == 1:
            scope = next(iter(uses))
        nodes.append(node if scope is None else replace(node, scope=scope))
    return tuple(nodes)


def _ordered(graph: Graph) -> Graph:
    """The graph with its scopes renumbered so that parents come first."""
    depth = {scope.id: len(list(graph.scopes_of(scope.id))) for scope in graph.scopes}
    order = sorted(graph.scopes, key=lambda scope: depth[scope.id])
    new: dict[int | None, int | None] = {scope.id: place for place, scope in enumerate(order)}
    new[None] = None
    scopes = tuple(replace(s, id=place, parent=new[s.parent]) for place, s in enumerate(order))
    return replace(graph, scopes=scopes, nodes=tuple(replace(n, scope=new[n.scope]) for n in graph.nodes))
