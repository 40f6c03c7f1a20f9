"""A drawing as one HTML file that needs no network and no program: to explore, and to watch backward run.

The files beside this one are the page: HTML, CSS and JavaScript, written by hand.  Here the graph becomes
JSON and is put into them.  Whatever a user has named stays text: the page sets it as text, the JSON has no
``<``, and the page's own policy allows only the style and the script whose hashes it carries.
"""

from __future__ import annotations

import base64
import hashlib
import html
import json
import math
from collections.abc import Mapping
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from ...array_summary import shape, size
from ...formula_words import derivatives, kept_as
from ...graph.fold import LIMIT
from ...graph.groups import chapters
from ...model import Edge, Graph, Node, Saved, Scope, Summary
from ...notation import called
from ...record import Excerpt, Recording
from ..labels import title as title_of
from ..style import VANISHED
from .arrays import array
from .films import arrived_of, forward_of, steps_of

if TYPE_CHECKING:
    from ...drawing import Drawing


SCRIPTS = (
    "model.js", "layout.js", "view.js", "heat.js", "details.js", "map.js", "save.js", "player.js", "state.js",
    "main.js",
)  # fmt: skip
WHOLE = 6000
"""A page holds all nodes of a graph up to so many, and folds modules by itself; beyond it, what is drawn."""
OPEN = 30
"""So many nodes may be open when the page is opened."""


def page_of(drawing: Drawing) -> str:
    """The page of a drawing.

    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> page_of(mt.viz.draw(x * x))[:15]
    '<!DOCTYPE html>'
    """
    recording = drawing.record()
    data = json.dumps(_data(drawing, recording), ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    script = "\n" + "\n".join(_text(name) for name in SCRIPTS)
    style = _text("style.css")
    parts = {
        "title": html.escape(drawing.title or "Computation graph"), "style": style, "script": script,
        "data": data.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e"),
        "style-hash": _hash(style), "script-hash": _hash(script),
    }  # fmt: skip
    return _fill(_text("page.html"), parts)


def _fill(template: str, parts: Mapping[str, str]) -> str:
    """The template with its parts, each put in once: nothing inside of a part is looked at again."""
    pieces = template.split("{{")
    filled = [pieces[0]]
    for piece in pieces[1:]:
        name, rest = piece.split("}}", 1)
        filled += [parts[name], rest]
    return "".join(filled)


def _text(name: str) -> str:
    return files(__package__).joinpath(name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


# ------------------------------------------------------------ the data


def _data(drawing: Drawing, recording: Recording) -> dict[str, Any]:
    graph = _readable(drawing)
    shown = {member: node.id for node in graph.nodes for member in node.members or (node.id,)}
    sizes, arrived = _sizes(recording.graph), arrived_of(recording)
    return {
        "title": drawing.title or _title(drawing.whole), "direction": drawing.direction, "flow": drawing.flow,
        "notes": list(graph.notes),
        "nodes": [_node(graph, node, recording, arrived) for node in graph.nodes],
        "edges": [_edge(edge, recording, graph) for edge in graph.edges],
        "scopes": [_scope(graph, scope) for scope in graph.scopes],
        "folded": _folded(graph, drawing.depth), "scale": {"low": min(sizes), "high": max(sizes)},
        "steps": steps_of(recording, shown), "forward": forward_of(recording, shown), "why": recording.why,
    }  # fmt: skip


def _readable(drawing: Drawing) -> Graph:
    """The whole graph, which the page folds by modules, or by chapters where those are too many."""
    graph = drawing.whole
    if drawing.folded is not None or len(graph.nodes) > WHOLE:
        return graph if drawing.folded is False else drawing.graph
    if _open(graph, set(_folded(graph, drawing.depth))) <= LIMIT:
        return graph
    return chapters(graph)


def _title(graph: Graph) -> str:
    names = [node.name or node.op or node.kind for node in graph.roots]
    return f"Computation of {', '.join(names[:3])}" + (" ..." if len(names) > 3 else "")


def _sizes(graph: Graph) -> list[float]:
    """The logarithms of the gradients' sizes, for the scale of their colours."""
    found = [*(node.grad for node in graph.nodes), *(edge.grad for edge in graph.edges)]
    return [math.log10(g.rms) for g in found if g is not None and g.rms and g.rms > VANISHED] or [0.0]


def _seen(graph: Graph, node: Node, recording: Recording) -> int | None:
    """The id of what was recorded of a node; None for a box of several."""
    members = node.members or (node.id,)
    if node.kind in ("module", "ops") or members[0] not in recording.graph.by_id:
        return None
    return members[0]


def _node(graph: Graph, node: Node, recording: Recording, arrived: Mapping[int, Excerpt]) -> dict[str, Any]:
    id = _seen(graph, node, recording)
    met = None if id is None else recording.graph.by_id[id]
    path = " / ".join(scope.title for scope in reversed(list(graph.scopes_of(node.scope))))
    plain = node.kind == "constant" and not node.name and node.shape in ((), None)
    return {
        "id": node.id, "kind": node.kind, "leaf": node.is_leaf, "op": node.op, "name": node.name,
        "label": _label(graph, node, recording), "what": _what(node), "grad_fn": node.grad_fn, "path": path,
        "shape": None if node.shape is None else shape(node.shape), "dtype": node.dtype,
        "type": "" if node.shape in ((), None) else shape(node.shape), "plain": plain,
        "scope": node.scope, "order": node.order, "root": node.root, "params": list(node.params),
        "parameters": node.parameters if node.kind == "parameter" else 0,
        "bad": bool(met and met.grad and met.grad.nans + met.grad.infinities), "checkpoint": node.checkpoint,
        "boxed": len(node.members) > 1 or node.kind in ("module", "ops"),
        "graded": met is not None and met.grad is not None, "line": node.line,
        "value": None if id is None else array(recording.values.get(id), node.value),
        "grad": None if met is None else array(arrived.get(met.id), met.grad),
        "saved": [[kept_as(graph, node, item.name), _saved(item)] for item in node.saved]
        + ([["freed", "by a backward pass"]] if node.freed and node.op else []),
        "formulas": derivatives(graph, node), "time": _time(node),
    }  # fmt: skip


def _label(graph: Graph, node: Node, recording: Recording) -> str:
    """Its title; if nobody has named it, with the number by which the steps call it."""
    around = "" if node.scope is None else graph.scopes[node.scope].path
    words, id = title_of(node, around), _seen(graph, node, recording)
    if id is None or node.name or not called(recording.graph, id).startswith("%"):
        return words
    return f"%{id}: {words}" if node.is_leaf else f"%{id} = {words}"


def _what(node: Node) -> str:
    words = {"parameter": "a parameter", "input": "a leaf that requires a gradient", "constant": "a constant"}
    order = f", recorded by the backward pass of order {node.order}" if node.order else ""
    boxed = f"{len(node.members)} nodes of the whole graph" if len(node.members) > 1 else ""
    return words.get(node.kind) or (f"{node.grad_fn}{order}" if node.grad_fn else boxed or node.kind)


def _saved(item: Saved) -> str:
    return item.text if item.shape is None else f"{shape(item.shape)} {item.dtype}, {size(item.nbytes)}"


def _time(node: Node) -> str:
    if node.forward_ms is None:
        return ""
    back = "" if node.backward_ms is None else f", back {node.backward_ms:.3f}"
    return f"{node.forward_ms:.3f}{back}"


def _edge(edge: Edge, recording: Recording, graph: Graph) -> dict[str, Any]:
    found = _sent_along(edge, recording, graph) or edge.grad
    if found is None and graph.by_id[edge.source].is_leaf:
        found = graph.by_id[edge.source].grad
    return {
        "s": edge.source, "t": edge.target, "slot": edge.slot, "arg": edge.argument, "carries": edge.carries,
        "cast": "" if edge.broadcast is None else shape(edge.broadcast),
        "rms": None if found is None else found.rms, "bad": bool(found and found.nans + found.infinities),
    }  # fmt: skip


def _sent_along(edge: Edge, recording: Recording, graph: Graph) -> Summary | None:
    """The gradient on an edge of the recorded graph, where the drawn one has the same edge."""
    ends = [graph.by_id[end].members or (end,) for end in (edge.source, edge.target)]
    if any(len(members) > 1 for members in ends):
        return None
    met = recording.graph.operands.get(ends[1][0], [])
    return next((e.grad for e in met if e.source == ends[0][0] and e.slot == edge.slot), None)


def _scope(graph: Graph, scope: Scope) -> dict[str, Any]:
    return {"id": scope.id, "parent": scope.parent, "title": scope.title, "guessed": scope.guessed}


def _folded(graph: Graph, depth: int | None) -> list[int]:
    """The modules that are folded at first: those that lie `depth` deep, or as many as make it readable."""
    levels: dict[int, int] = {}
    for scope in graph.scopes:
        levels[scope.id] = 0 if scope.parent is None else levels[scope.parent] + 1
    if depth is not None:
        return [id for id, level in levels.items() if level == depth]
    several = sum(level == 0 for level in levels.values()) > 1
    for level in range(max(levels.values(), default=-1) + 1, -1 if several else 0, -1):
        folded = {id for id, deep in levels.items() if deep >= level}
        if _open(graph, folded) <= OPEN:
            return sorted(folded)
    return [id for id, level in levels.items() if level >= (0 if several else 1)]


def _open(graph: Graph, folded: set[int]) -> int:
    """How many boxes there are with these modules folded."""
    boxes = set()
    for node in graph.nodes:
        around = [scope.id for scope in graph.scopes_of(node.scope) if scope.id in folded]
        boxes.add(("module", around[-1]) if around else ("node", node.id))
    return len(boxes)
