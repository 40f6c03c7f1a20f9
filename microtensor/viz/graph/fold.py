"""Making a large graph small: equal siblings once, modules as boxes, and the rest in boxes of operations.

A picture of more than some hundred nodes shows nothing.  So what repeats is shown once (`repeats`), what
lies deeper than asked for becomes a box (`boxes`), and if that is not enough, or there are no modules,
operations that follow each other share a box (`chunks`).  Each takes a `Graph` and returns a `Graph`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import Any

from ..model import Edge, Graph, Node, Saved, Scope, Summary, renumbered
from .groups import grouped

LIMIT = 300
"""Above so many nodes a graph is folded without being asked."""
_WORTH = 100
"""Above so many nodes what repeats is shown once, if that halves them."""
PAGE = 50
"""So many nodes of a folded graph can be read on one page."""


def fold(
    graph: Graph, depth: int | None = None, folded: bool | None = None, limit: int = LIMIT, *,
    alike: bool = True,
) -> Graph:  # fmt: skip
    """`graph` as it can be shown.

    depth : modules that lie so deep become boxes: 0 the whole model, 1 its children, ...
    folded : False shows all, with a `depth` each of its modules; True folds what repeats, also in a small
        graph; None folds what has more than `limit` nodes, or was given a `depth`, and shows equal blocks
        once if there are more than 100 nodes and that halves them.
    alike : whether blocks that compute the same are alike also in what is to be shown.  Gradients differ, so
        a drawing of their flow folds what repeats only if `folded` is True.

    >>> x = mt.ones(1, requires_grad=True)
    >>> y = x
    >>> for _ in range(1000):
    ...     y = -y
    >>> g = fold(mt.viz.graph(y))
    >>> len(g.nodes) <= 300, g.folded_from
    (True, 1001)
    """
    if depth is not None and (not isinstance(depth, int) or depth < 0):
        raise ValueError(f"depth: expected 0, 1, 2, ... or None, got {depth!r}")
    small = graph
    if alike and folded is None and _WORTH < len(graph.nodes) <= limit and depth is None:
        small = repeats(with_groups(graph))
        return _told(small, graph, None, None) if 2 * len(small.nodes) <= len(graph.nodes) else graph
    if folded or (alike and folded is None and (depth is not None or len(graph.nodes) > limit)):
        small = repeats(with_groups(graph))
        small = graph if len(small.nodes) == len(graph.nodes) else small
    if depth is not None:
        small = boxes(small, depth)
    if folded is not False:
        if small is not graph and depth is None and len(small.nodes) > PAGE:
            small = layers(small)
        small = _fitted(small, limit)
    return graph if len(small.nodes) == len(graph.nodes) else _told(small, graph, depth, folded)


def with_groups(graph: Graph) -> Graph:
    """The graph with scopes around groups of modules that repeat."""
    members = _members(graph)
    return grouped(graph, lambda scope: _signature(graph, scope, members[scope.id]))


def _fitted(graph: Graph, limit: int) -> Graph:
    """With modules folded from within, as far as is needed."""
    if len(graph.nodes) <= limit:
        return graph
    found = graph
    for level in range(max(map(_level(graph), graph.scopes), default=-1), -1, -1):
        if len(found.nodes) <= limit:
            return found
        found = boxes(graph, level)
    return found if len(found.nodes) <= limit else chunks(found, min(limit, 2 * PAGE))


def _told(small: Graph, graph: Graph, depth: int | None, folded: bool | None) -> Graph:
    unfolding = "a larger depth=" if folded is False else "a larger depth= or fold=False"
    how = "fold=False shows all" if depth is None else f"{unfolding} shows more"
    note = f"{len(graph.nodes)} nodes are shown as {len(small.nodes)}: {how}"
    return replace(small, folded_from=len(graph.nodes), notes=(*graph.notes, note))


def _level(graph: Graph) -> Callable[[Scope], int]:
    """How many scopes lie around a scope."""
    found: dict[int, int] = {}
    for scope in graph.scopes:
        found[scope.id] = 0 if scope.parent is None else found[scope.parent] + 1
    return lambda scope: found[scope.id]


# ------------------------------------------------------------ equal siblings


def repeats(graph: Graph) -> Graph:
    """Show a run of equal calls of modules once, as in ``Block x 12``.

    Calls are equal if the same operations, of the same shapes, are connected in the same way inside.
    """
    while True:
        members = _members(graph)
        runs = _runs(graph, members)
        if not runs:
            return graph
        graph = _merged(graph, runs, members)


def _members(graph: Graph) -> dict[int, list[int]]:
    """The ids of the nodes inside of each scope, also deep inside.

    Without constants: calls that compute the same are equal also if one of them was given a constant.
    """
    found: dict[int, list[int]] = {scope.id: [] for scope in graph.scopes}
    for node in graph.nodes:
        for scope in graph.scopes_of(node.scope):
            if node.kind != "constant":
                found[scope.id].append(node.id)
    return found


def _runs(graph: Graph, members: dict[int, list[int]]) -> list[list[Scope]]:
    """The outermost runs of two or more equal siblings with no operation in between."""
    families: dict[int | None, list[Scope]] = {}
    for scope in graph.scopes:
        if members[scope.id]:
            families.setdefault(scope.parent, []).append(scope)
    before = list(accumulate((not node.is_leaf for node in graph.nodes), initial=0))
    found = []
    for family in families.values():
        family.sort(key=lambda scope: members[scope.id][-1])
        signatures = [_signature(graph, scope, members[scope.id]) for scope in family]
        run = [family[0]]
        for (a, b), (x, y) in zip(pairwise(family), pairwise(signatures), strict=True):
            between = before[_first_op(graph, members[b.id])] - before[members[a.id][-1] + 1]
            if x == y and between == 0:
                run.append(b)
            else:
                found.append(run)
                run = [b]
        found.append(run)
    level = _level(graph)
    runs = [run for run in found if len(run) > 1]
    outermost = min((level(run[0]) for run in runs), default=0)
    return [run for run in runs if level(run[0]) == outermost]


def _first_op(graph: Graph, ids: Sequence[int]) -> int:
    return next((i for i in ids if not graph.nodes[i].is_leaf), ids[0])


def _signature(graph: Graph, scope: Scope, ids: Sequence[int]) -> tuple[Any, ...]:
    """What two calls have in common if they compute the same: operations, shapes, connections."""
    place = {id: index for index, id in enumerate(ids)}
    parts = []
    for id in ids:
        node = graph.nodes[id]
        inner = "" if node.scope is None else _inner(scope, graph.scopes[node.scope])
        operands = tuple((e.slot, place.get(e.source, -1)) for e in graph.operands[id])
        parts.append((node.kind, node.op, node.shape, inner, operands))
    return scope.kind, *parts


def _inner(scope: Scope, inner: Scope) -> str:
    """Where a module lies inside of another; in a group of several, what it is."""
    if inner.id == scope.id:
        return ""
    prefix = f"{scope.path}." if scope.path else ""
    grouped = ", " in scope.kind or not inner.path.startswith(prefix)
    return inner.kind if grouped else inner.path[len(prefix) :]


def _merged(graph: Graph, runs: Sequence[Sequence[Scope]], members: dict[int, list[int]]) -> Graph:
    """The graph without the copies: what led into or out of them leads to the first."""
    twin: dict[int, int] = {}
    for first, *others in runs:
        for copy in others:
            twin.update(zip(members[copy.id], members[first.id], strict=True))
    copies: dict[int, list[int]] = {}
    for old, new in twin.items():
        copies.setdefault(new, []).append(old)
    absorbed = _constants_of(graph, runs)
    for constant in absorbed:
        user = graph.uses[constant][0].target
        copies.setdefault(twin.get(user, user), []).append(constant)
    nodes = [_with_copies(graph, n, copies) for n in graph.nodes if n.id not in twin and n.id not in absorbed]
    within = _copy_of(graph, twin)
    edges = []
    for edge in graph.edges:
        if edge.source in absorbed:
            continue
        a, b = within.get(edge.source), within.get(edge.target)
        if a is None or b is None or a == b:  # else it leads from one copy to the next
            source, target = twin.get(edge.source, edge.source), twin.get(edge.target, edge.target)
            edges.append(replace(edge, source=source, target=target))
    counted = {run[0].id: run for run in runs}
    scopes = [
        replace(scope, repeats=len(counted[scope.id]), last=_end(counted[scope.id][-1]))
        if scope.id in counted
        else scope
        for scope in graph.scopes
    ]
    return _graph(graph, nodes, edges, scopes)


def _end(scope: Scope) -> str:
    """The path of the last module of a call, or of a group of calls."""
    return scope.last or scope.path


def _constants_of(graph: Graph, runs: Sequence[Sequence[Scope]]) -> set[int]:
    """The constants inside of the copies."""
    gone = {copy.id for run in runs for copy in run[1:]}
    constants = [node for node in graph.nodes if node.kind == "constant" and graph.uses[node.id]]
    return {n.id for n in constants if any(scope.id in gone for scope in graph.scopes_of(n.scope))}


def _copy_of(graph: Graph, twin: dict[int, int]) -> dict[int, int]:
    """For the nodes of each copy, and of the first one, the number of the copy."""
    seen: Counter[int] = Counter()
    found = dict.fromkeys(twin.values(), 0)
    for copy, first in twin.items():
        seen[first] += 1
        found[copy] = seen[first]
    return found


def _with_copies(graph: Graph, node: Node, copies: dict[int, list[int]]) -> Node:
    if node.id not in copies:
        return node
    together = [node, *(graph.nodes[i] for i in copies[node.id])]
    members = tuple(i for n in together for i in (n.members or (n.id,)))
    root, grad = any(n.root for n in together), worst([n.grad for n in together])
    return replace(node, members=members, grad=grad, root=root)


def worst(grads: Iterable[Summary | None]) -> Summary | None:
    """Of several gradients the one to worry about: with NaN or infinities, or the smallest."""
    known = [g for g in grads if g is not None]
    return min(known, key=lambda g: (not g.nans, not g.infinities, g.rms or 0.0), default=None)


# ------------------------------------------------------------ boxes


def boxes(graph: Graph, depth: int) -> Graph:
    """Each call of a module that lies `depth` deep as one box."""
    level = _level(graph)
    home = {}
    for node in graph.nodes:
        for scope in graph.scopes_of(node.scope):
            if level(scope) == depth:
                home[node.id] = scope
    return _boxed(graph, home)


def layers(graph: Graph) -> Graph:
    """Each call of a module that calls no other module as one box."""
    parents = {scope.parent for scope in graph.scopes}
    inside = [node for node in graph.nodes if node.scope is not None and node.scope not in parents]
    return _boxed(graph, {node.id: graph.scopes[node.scope] for node in inside if node.scope is not None})


def _boxed(graph: Graph, home: dict[int, Scope]) -> Graph:
    groups: dict[int, list[Node]] = {}
    for node in graph.nodes:
        if node.id in home:
            groups.setdefault(home[node.id].id, []).append(node)
    made = {id: _module_box(graph, graph.scopes[id], nodes) for id, nodes in groups.items()}
    return _contracted(graph, {n: made[home[n].id] for n in home})


def _module_box(graph: Graph, scope: Scope, nodes: Sequence[Node]) -> Node:
    path = f"{scope.path} to {scope.last}" if scope.last else scope.path
    times = f" x {scope.repeats}" if scope.repeats > 1 else ""
    return replace(
        _box(nodes), kind="module", op=scope.kind + times, name=path, scope=scope.parent,
        parameters=sum(node.parameters * _copies(graph, node, scope) for node in nodes),
    )  # fmt: skip


def _copies(graph: Graph, node: Node, outermost: Scope) -> int:
    """How often a node is there inside of a scope whose inner scopes may stand for several."""
    found = 1
    for scope in graph.scopes_of(node.scope):
        found *= scope.repeats
        if scope.id == outermost.id:
            break
    return found


def _box(nodes: Sequence[Node]) -> Node:
    """What is true of several nodes together; the last operation speaks for them."""
    last = next((node for node in reversed(nodes) if not node.is_leaf), nodes[-1])
    total = sum(node.saved_bytes for node in nodes)
    return replace(
        last, checkpoint=any(node.checkpoint for node in nodes),
        saved=(Saved("saved", nbytes=total),) if total else (), formulas=(), params=(), line="",
        grad_fn="", members=tuple(i for node in nodes for i in (node.members or (node.id,))),
        root=any(node.root for node in nodes), order=min(node.order for node in nodes),
        forward_ms=_sum(node.forward_ms for node in nodes),
        backward_ms=_sum(node.backward_ms for node in nodes),
    )  # fmt: skip


def _sum(times: Iterable[float | None]) -> float | None:
    known = [time for time in times if time is not None]
    return sum(known) if known else None


def chunks(graph: Graph, limit: int) -> Graph:
    """Operations that follow each other in boxes, so that at most `limit` nodes are left.

    Intervals of the order of creation: since operands are older, no two boxes lead to each other.
    """
    ops = [node for node in graph.nodes if not node.is_leaf]
    length = -(-len(ops) // max(limit // 2, 1))
    home: dict[int, list[Node]] = {}
    for start in range(0, len(ops), length):
        part = ops[start : start + length]
        home.update({node.id: part for node in part})
    _absorb(graph, home, limit // 2)
    made = {key: _ops_box(part) for key, part in {id(part): part for part in home.values()}.items()}
    return _contracted(graph, {node: made[id(part)] for node, part in home.items()})


def _absorb(graph: Graph, home: dict[int, list[Node]], limit: int) -> None:
    """Put leaves into the box that uses them: those that one box uses, and more if there are too many."""
    leaves = [node for node in graph.nodes if node.is_leaf]
    users = {leaf.id: [home[e.target] for e in graph.uses[leaf.id]] for leaf in leaves}
    shared = [leaf for leaf in leaves if len({id(part) for part in users[leaf.id]}) > 1]
    kept = {leaf.id for leaf in shared[:limit]}
    for leaf in leaves:
        if leaf.id not in kept and users[leaf.id]:
            users[leaf.id][0].insert(0, leaf)
            home[leaf.id] = users[leaf.id][0]


def _ops_box(nodes: Sequence[Node]) -> Node:
    counted = Counter(node.op for node in nodes if not node.is_leaf).most_common(3)
    ops = [node for node in nodes if not node.is_leaf]
    scopes = {node.scope for node in ops}
    if len(nodes) == 1:
        return nodes[0]
    return replace(
        _box(sorted(nodes, key=lambda node: node.id)), kind="ops", name=f"{len(ops)} operations",
        op=", ".join(f"{op} x {n}" if n > 1 else op for op, n in counted),
        scope=scopes.pop() if len(scopes) == 1 else None, parameters=sum(node.parameters for node in nodes),
    )  # fmt: skip


def _contracted(graph: Graph, home: dict[int, Node]) -> Graph:
    """The graph in which each node is replaced by its box, if it has one."""
    made = {box.id: box for box in home.values()}
    nodes = [node for node in graph.nodes if node.id not in home] + list(made.values())
    edges = []
    for edge in graph.edges:
        source, target = home.get(edge.source), home.get(edge.target)
        if source is None or target is None or source.id != target.id:
            edges.append(
                replace(
                    edge,
                    source=edge.source if source is None else source.id,
                    target=edge.target if target is None else target.id,
                )
            )
    return _graph(graph, nodes, edges, graph.scopes)


def _graph(old: Graph, nodes: Sequence[Node], edges: Sequence[Edge], scopes: Sequence[Scope]) -> Graph:
    """A graph of what is left: ids are ids of the old graph no more, and parallel edges are one."""
    unique: dict[tuple[int, int, int], Edge] = {}
    boxed = {node.id for node in nodes if node.members}
    for edge in edges:
        slot = edge.slot if edge.target not in boxed and edge.source not in boxed else -1
        key = (edge.source, edge.target, slot)
        first = unique.get(key)
        unique[key] = edge if first is None else replace(first, grad=worst([first.grad, edge.grad]))
    members = [node if node.members else replace(node, members=(node.id,)) for node in nodes]
    new_nodes, new_edges = renumbered(members, unique.values())
    return replace(old, nodes=new_nodes, edges=new_edges, scopes=tuple(scopes))
