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

from ...array_summary import number, shape, size
from ...explain import brief, called, equation, filled_in, in_a_line, short
from ...graph.fold import LIMIT
from ...model import Edge, Graph, Node, Scope, Summary
from ...record import Excerpt, Recording, Sent, Step
from ..labels import title as title_of
from ..style import VANISHED

if TYPE_CHECKING:
    from ...drawing import Drawing


SCRIPTS = ("model.js", "layout.js", "view.js", "details.js", "player.js", "main.js")
WHOLE = 1500
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
    graph = drawing.whole if _is_readable(drawing) else drawing.graph
    shown = {member: node.id for node in graph.nodes for member in node.members or (node.id,)}
    sizes, arrived = _sizes(recording.graph), _arrived(recording)
    return {
        "title": drawing.title or _title(drawing.whole), "direction": drawing.direction, "flow": drawing.flow,
        "notes": list(graph.notes),
        "nodes": [_node(graph, node, recording, arrived) for node in graph.nodes],
        "edges": [_edge(edge, recording, graph) for edge in graph.edges],
        "scopes": [_scope(graph, scope) for scope in graph.scopes],
        "folded": _folded(graph, drawing.depth), "scale": {"low": min(sizes), "high": max(sizes)},
        "steps": _steps(recording, shown), "why": recording.why,
    }  # fmt: skip


def _is_readable(drawing: Drawing) -> bool:
    """Whether the page can fold the whole graph by itself, which it does by modules."""
    graph = drawing.whole
    if drawing.folded is not None or len(graph.nodes) > WHOLE:
        return drawing.folded is False
    return _open(graph, set(_folded(graph, drawing.depth))) <= LIMIT


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
        "boxed": len(node.members) > 1 or node.kind in ("module", "ops"),
        "graded": met is not None and met.grad is not None, "line": node.line,
        "value": None if id is None else _array(recording.values.get(id), node.value),
        "grad": None if met is None else _array(arrived.get(met.id), met.grad),
        "saved": [[item.name, _saved(item.shape, item.dtype, item.nbytes, item.text)] for item in node.saved]
        + ([["freed", "by a backward pass"]] if node.freed and node.op else []),
        "formulas": [list(pair) for pair in node.formulas], "time": _time(node),
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


def _saved(dims: tuple[int, ...] | None, dtype: str, nbytes: int, text: str) -> str:
    return text if dims is None else f"{shape(dims)} {dtype}, {size(nbytes)}"


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
    return {"id": scope.id, "parent": scope.parent, "title": scope.title}


def _folded(graph: Graph, depth: int | None) -> list[int]:
    """The modules that are folded at first: those that lie `depth` deep, or as many as make it readable."""
    levels: dict[int, int] = {}
    for scope in graph.scopes:
        levels[scope.id] = 0 if scope.parent is None else levels[scope.parent] + 1
    if depth is not None:
        return [id for id, level in levels.items() if level == depth]
    for level in range(max(levels.values(), default=-1) + 1, 0, -1):
        folded = {id for id, deep in levels.items() if deep >= level}
        if _open(graph, folded) <= OPEN:
            return sorted(folded)
    return [id for id, level in levels.items() if level >= 1]


def _open(graph: Graph, folded: set[int]) -> int:
    """How many boxes there are with these modules folded."""
    boxes = set()
    for node in graph.nodes:
        around = [scope.id for scope in graph.scopes_of(node.scope) if scope.id in folded]
        boxes.add(("module", around[-1]) if around else ("node", node.id))
    return len(boxes)


# ------------------------------------------------------------ arrays


def _array(excerpt: Excerpt | None, found: Summary | None) -> dict[str, Any] | None:
    """What the page shows of an array."""
    about = excerpt.summary if excerpt is not None else found
    if about is None:
        return None
    single = about.number is not None and about.shape in ((), (1,))
    exact = about.number if single and about.number is not None and math.isfinite(about.number) else None
    rows = [] if excerpt is None or single else [[_plain(x) for x in row] for row in excerpt.rows]
    return {
        "number": short(about.number) if single else "", "exact": exact, "brief": brief(excerpt or found),
        "size": short(about.number) if single else _norm(excerpt),
        "stats": _stats(about), "rows": rows if sum(map(len, rows)) else [],
    }  # fmt: skip


def _norm(excerpt: Excerpt | None) -> str:
    return "" if excerpt is None else f"norm {short(excerpt.norm)}"


def _plain(value: float) -> float | str:
    """JSON has no NaN and no infinities; JavaScript's Number() reads them from strings."""
    return float(f"{value:.6g}") if math.isfinite(value) else str(value).replace("inf", "Infinity")


def _stats(about: Summary) -> list[list[str]]:
    lines = [["shape", shape(about.shape)]]
    if about.mean is not None:
        lines += [["mean", f"{number(about.mean)} ± {number(about.std)}"]]
        lines += [["range", f"{number(about.low)} to {number(about.high)}"], ["rms", number(about.rms)]]
    bad = [[name, str(n)] for name, n in (("NaN", about.nans), ("infinite", about.infinities)) if n]
    return lines + bad


def _arrived(recording: Recording) -> dict[int, Excerpt]:
    """The gradient of each node, of its first result that has one."""
    found = {step.node: [one for one in step.arrived if one is not None] for step in recording.steps}
    return {node: arrived[0] for node, arrived in found.items() if arrived}


# ------------------------------------------------------------ steps


def _steps(recording: Recording, shown: Mapping[int, int]) -> list[dict[str, Any]]:
    last = {sent.to: step.node for step in recording.steps for sent in step.sent}
    return [_step(recording, step, shown, last) for step in recording.steps]


def _step(
    recording: Recording, step: Step, shown: Mapping[int, int], last: Mapping[int, int]
) -> dict[str, Any]:
    graph = recording.graph
    node = graph.by_id[step.node]
    name = called(graph, step.node)
    texts = [called(graph, edge.source) for edge in graph.operands[step.node]]
    title = name if node.is_leaf else f"{name} = {equation(graph, node, texts)}"
    sent = [{**_sent(recording, step, to, shown), "last": last[to.to] == step.node} for to in step.sent]
    return {
        "node": shown.get(step.node, 0), "title": title,
        "arrived": [_array(found, None) for found in step.arrived], "sent": sent,
    }  # fmt: skip


def _sent(recording: Recording, step: Step, sent: Sent, shown: Mapping[int, int]) -> dict[str, Any]:
    numbers = filled_in(recording, step, sent)
    params = recording.graph.by_id[step.node].params
    found = _array(sent.found, None)
    return {
        "to": shown.get(sent.to, 0), "name": called(recording.graph, sent.to), "found": found,
        "formula": in_a_line(sent.formula, params, 90),
        "numbers": "" if found and numbers == found["brief"] else numbers,
    }  # fmt: skip
