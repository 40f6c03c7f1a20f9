"""A backward pass, step by step, as plain data: what arrived where, and what was sent on.

A graph says what may flow; a recording says what did, in the order in which the engine took the nodes.  The
player of an HTML page and `explain` are made from it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..autograd.grad_backward import grad as gradients_of
from ..engine.tensor import Tensor
from .array_summary import summary
from .graph.build import graph as graph_of
from .graph.infer_shapes import Evidence
from .graph.reachable import Item, collect, is_reentrant, tensors_of
from .graph.recompute_values import values_of
from .heat import Heat, heat
from .model import Edge, Graph, Node, Summary

_FEW = 64
"""So many elements are shown one by one."""


@dataclass(frozen=True)
class Excerpt:
    """An array in a few numbers, and all of its elements, in rows, if they are few."""

    summary: Summary
    rows: tuple[tuple[complex, ...], ...] = ()
    heat: Heat | None = None
    """Its cells, if they are many."""

    @property
    def norm(self) -> float | None:
        """The Euclidean norm of the finite elements."""
        found = self.summary
        count = int(np.prod(found.shape)) - found.nans - found.infinities
        return None if found.rms is None else found.rms * float(np.sqrt(count))


@dataclass(frozen=True)
class Sent:
    """What a node sent on to one of its operands."""

    to: int
    """The id of the operand."""
    argument: str
    """What the formula calls it."""
    formula: str
    """The partial derivative, as the source has it; "" if it is not known."""
    found: Excerpt | None
    """The cotangent, before broadcasting was undone."""


@dataclass(frozen=True)
class Step:
    """One node that was pulled back, or one leaf whose gradient is complete."""

    node: int
    arrived: tuple[Excerpt | None, ...]
    """The cotangent of each of the node's results."""
    sent: tuple[Sent, ...] = ()


@dataclass(frozen=True)
class Recording:
    """One backward pass over one graph.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> recording = mt.viz.record(x * x)
    >>> [(step.node, step.arrived[0].summary.number) for step in recording.steps]
    [(1, 1.0), (0, 6.0)]
    >>> x.grad is None
    True
    """

    graph: Graph
    """The graph with values and gradients, as far as they are known."""
    steps: tuple[Step, ...]
    """In the order of the engine; a leaf comes after the last node that sends to it."""
    values: Mapping[int, Excerpt]
    """The results, by the ids of the nodes."""
    why: str = ""
    """Why there are no steps, if there are none."""


def record(tensor: Any, *more: Any, names: Mapping[str, Tensor] | None = None) -> Recording:
    """Run a backward pass from one tensor or several, and return what happened, step by step.

    No ``.grad`` changes and the graph is kept, as with ``autograd.grad(..., retain_graph=True)``; hooks run.
    An array is pulled back from a gradient of ones, which is the pass from its sum.  If a ``backward()`` has
    freed the graph, the gradients that ``viz.watch(grads=True)`` noted are used; without those the recording
    has no steps, and `Recording.why` says so.

    names : what to call tensors, as for `graph`.

    Raises ``TypeError`` for what is no tensor.
    """
    roots = tensors_of((tensor, *more), "record")
    items, tops = collect(roots)
    found = values_of(items, Evidence(items, tops, roots))
    values = {item.id: _excerpt(array) for item, array in found.items()}
    if not any(item.is_op for item in items):
        return _told(graph_of(*roots, names=names, values=True), values, "Nothing was computed.")
    if any(item.is_op and item.thing.freed and not item.beside for item in items):
        return _from_notes(graph_of(*roots, names=names, values=True, grads=True), values)
    if any(item.is_op and is_reentrant(item.thing) for item in items):
        return _told(graph_of(*roots, names=names, values=True), values, _REENTRANT)
    tape = _run(roots, items)
    whole = _filled(graph_of(*roots, names=names, values=True), tape, values)
    return Recording(whole, _steps(whole, tape), values)


def on(recording: Recording, graph: Graph) -> Recording:
    """The recording with the names and modules of a graph that was made of the same tensors earlier.

    Names are those of living modules, which may be gone by now; and what a backward pass has freed in between
    cannot be told apart from what was never there, so then there are no steps.
    """
    met = recording.graph
    if [node.kind for node in met.nodes] != [node.kind for node in graph.nodes]:
        return Recording(graph, (), {}, recording.why or _FREED)
    pairs = zip(graph.nodes, met.nodes, strict=True)
    nodes = tuple(replace(node, value=m.value, grad=m.grad) for node, m in pairs)
    return replace(recording, graph=replace(graph, nodes=nodes, edges=met.edges))


def _told(graph: Graph, values: Mapping[int, Excerpt], why: str) -> Recording:
    return Recording(_filled(graph, {}, values), (), values, why)


# ------------------------------------------------------------ values


def _plain(value: complex) -> complex:
    return value if isinstance(value, complex) else float(value)


def _excerpt(array: Any) -> Excerpt:
    array = np.asarray(array.detach().array if isinstance(array, Tensor) else array)
    few = 0 < array.size <= _FEW and array.dtype.kind in "biufc"
    rows = array.reshape(-1, array.shape[-1] if array.ndim else 1).tolist() if few else []
    return Excerpt(
        summary(array), tuple(tuple(map(_plain, row)) for row in rows), None if few else heat(array)
    )


# ------------------------------------------------------------ the pass

Tape = dict[int, tuple[tuple[Excerpt | None, ...], tuple[Excerpt | None, ...]]]
"""By the ids of nodes, in the order of the pass: what arrived, and what was sent along the node's edges."""


def _run(roots: Sequence[Tensor], items: Sequence[Item]) -> Tape:
    tape: Tape = {}
    leaves = [item for item in items if isinstance(item.thing, Tensor) and item.thing.requires_grad]
    handles = [item.thing.register_hook(_noting(tape, item.id)) for item in items if item.is_op]
    tops = [root for root in roots if root.grad_fn is not None]
    ones = [Tensor.detach(root).clone().fill_(1.0) for root in tops]
    try:
        with np.errstate(all="ignore"):  # whoever only looks at a NaN need not be warned of it
            wanted = [leaf.thing for leaf in leaves]
            found = gradients_of(tops, wanted, ones, retain_graph=True, allow_unused=True)
    finally:
        for handle in handles:
            handle.remove()
    for leaf, g in zip(leaves, found, strict=True):
        if g is not None:
            tape[leaf.id] = ((_excerpt(g),), ())
    return tape


def _noting(tape: Tape, id: int) -> Callable[[tuple[Any, ...], tuple[Any, ...]], None]:
    """A hook that looks at once: the engine may add to these arrays later."""

    def note(sent: tuple[Any, ...], arrived: tuple[Any, ...]) -> None:
        tape[id] = (_all(arrived), _all(sent))

    return note


def _all(arrays: Sequence[Any]) -> tuple[Excerpt | None, ...]:
    return tuple(None if array is None else _excerpt(array) for array in arrays)


def _filled(graph: Graph, tape: Tape, values: Mapping[int, Excerpt]) -> Graph:
    """The graph with the values and gradients that were seen."""
    nodes = tuple(_node(node, tape, values) for node in graph.nodes)
    places = _places(graph)
    edges = []
    for edge in graph.edges:
        sent, place = tape.get(edge.target, ((), ()))[1], places[edge]
        found = sent[place] if 0 <= place < len(sent) else None
        edges.append(edge if found is None else replace(edge, grad=found.summary))
    return replace(graph, nodes=nodes, edges=tuple(edges))


def _node(node: Node, tape: Tape, values: Mapping[int, Excerpt]) -> Node:
    arrived = next((g for g in tape.get(node.id, ((), ()))[0] if g is not None), None)
    value = values[node.id].summary if node.id in values else node.value
    return replace(node, value=value, grad=node.grad if arrived is None else arrived.summary)


def _places(graph: Graph) -> dict[Edge, int]:
    """Each edge's place among the edges of the engine's node, which has those that carry a gradient only."""
    found = {}
    for node in graph.nodes:
        names = [name for name, _ in node.formulas]
        plain = 0
        for edge in graph.operands[node.id]:
            if not edge.carries:
                found[edge] = -1
            elif edge.argument in names:
                found[edge] = names.index(edge.argument)
            else:
                found[edge] = edge.slot if edge.argument else plain
            plain += edge.carries
    return found


def _steps(graph: Graph, tape: Tape) -> tuple[Step, ...]:
    """The tape as steps, with each leaf after the last node that sends to it."""
    places = _places(graph)
    steps: list[Step] = []
    order = [id for id in tape if graph.by_id[id].kind == "op"]
    turn = {id: index for index, id in enumerate(order)}
    done: dict[int, list[int]] = {}
    for id in tape:
        if id not in turn:
            users = [turn[edge.target] for edge in graph.uses[id] if edge.carries and edge.target in turn]
            done.setdefault(max(users, default=-1), []).append(id)
    steps += [Step(leaf, tape[leaf][0]) for leaf in done.get(-1, ())]
    for index, id in enumerate(order):
        arrived, sent = tape[id]
        steps.append(Step(id, arrived, _sent(graph, graph.by_id[id], sent, places)))
        steps += [Step(leaf, tape[leaf][0]) for leaf in done.get(index, ())]
    return tuple(steps)


def _sent(
    graph: Graph, node: Node, sent: Sequence[Excerpt | None], places: Mapping[Edge, int]
) -> tuple[Sent, ...]:
    formulas = dict(node.formulas)
    only = next(iter(formulas.values()), "")
    found = []
    for edge in graph.operands[node.id]:
        if edge.carries:
            place = places[edge]
            excerpt = sent[place] if 0 <= place < len(sent) else None
            formula = formulas.get(edge.argument) or (only if len(formulas) == 1 else "")
            found.append(Sent(edge.source, edge.argument, formula, excerpt))
    return tuple(found)


def _from_notes(graph: Graph, values: Mapping[int, Excerpt]) -> Recording:
    """The pass that a watch has noted; a graph knows its order, since the youngest node goes first."""
    tape: Tape = {}
    places = _places(graph)
    for node in reversed(graph.nodes):
        if node.grad is None:
            continue
        sent: dict[int, Excerpt | None] = {
            places[edge]: None if edge.grad is None else _of(edge.grad) for edge in graph.operands[node.id]
        }
        tape[node.id] = ((_of(node.grad),), tuple(sent.get(i) for i in range(max(sent, default=-1) + 1)))
    steps = _steps(graph, tape)
    if not any(step.sent for step in steps):
        return _told(replace(graph, notes=()), values, _FREED)
    return Recording(_filled(graph, tape, values), steps, values)


_REENTRANT = (
    "a checkpoint with use_reentrant=True runs only in backward(), which would change gradients: set "
    "use_reentrant=False to see the backward pass."
)
_FREED = (
    "backward() has freed this graph, so its backward pass cannot be shown: draw it before backward(), pass "
    "retain_graph=True, or compute it inside `with viz.watch(grads=True):`."
)


def _of(found: Summary) -> Excerpt:
    return Excerpt(found, () if found.number is None else ((found.number,),))
