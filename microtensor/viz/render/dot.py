"""A graph in DOT, the language of Graphviz.

Portable DOT: six-digit colours, boxes and records, Helvetica, ASCII labels, and tooltips for the rest, so
that every version of every program draws it alike.
"""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import replace

from ..model import Edge, Graph, Node, Scope
from ..wording import ascii_of, field, quoted, shortened, text, tip
from .labels import fields_of, tooltip, within
from .style import CLUSTERS, CUT, INK, LABEL, LINE, PALE, Flow, ink_on, paint


def dot_of(
    graph: Graph, shows: frozenset[str], *, flow: bool = False, direction: str = "TB", title: str = ""
) -> str:
    """The DOT text of a graph: modules as nested clusters, operands in their order.

    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> x.name = "x"
    >>> print(dot_of(mt.viz.graph(x.exp()), frozenset(["op"])))
    digraph microtensor {
    ...
    }
    """
    scale = Flow(graph) if flow else None
    graph = _with_copies(graph)
    lines = ["digraph microtensor {", *_defaults(direction, title, graph.notes)]
    lines += _tree(graph, shows, scale)
    lines += [_edge(graph, edge, scale) for edge in graph.edges]
    lines += _legend(scale, direction) if scale else []
    return "\n".join([*lines, "}"]) + "\n"


def _attributes(**given: object) -> str:
    """``[a="1" b="2"]``; the values are escaped already."""
    words = [f"{name}={quoted(str(value))}" for name, value in given.items() if value not in ("", None)]
    return f"[{' '.join(words)}]"


def _defaults(direction: str, title: str, notes: Sequence[str]) -> list[str]:
    font = {"fontname": "Helvetica", "fontsize": 11}
    return [
        "  graph " + _attributes(
            rankdir=direction, bgcolor="#ffffff", pad="0.25", nodesep="0.22", ranksep="0.34", **font,
            fontcolor=LABEL, labelloc="t", labeljust="l", label=_caption(title, notes), tooltip=" ",
        ),
        "  node " + _attributes(
            shape="box", style="filled,rounded", penwidth="1.1", margin="0.11,0.055", height="0.3",
            width="0.3", **font,
        ),
        "  edge " + _attributes(color=LINE, arrowsize="0.6", penwidth="1.1", **font, fontcolor=LABEL),
    ]  # fmt: skip


def _caption(title: str, notes: Sequence[str]) -> str:
    """The title and the notes, in lines that make no picture wider than it is."""
    lines = [shortened(ascii_of(line), 180) for line in title.splitlines()] + [*map(ascii_of, notes)]
    rows = [text(row) for line in lines for row in textwrap.wrap(line, 64)]
    return rows[0] if len(rows) == 1 else "".join(f"{row}\\l" for row in rows)


_SHARED = 8
"""A leaf with more uses is drawn at each of them: a star of long edges is slow to lay out, and unreadable."""


def _with_copies(graph: Graph) -> Graph:
    """The graph in which a leaf of many uses stands beside each of them.  Ids of copies come last."""
    copies: list[Node] = []
    edges: list[Edge] = []
    many = [n for n in graph.nodes if n.is_leaf and len(graph.uses[n.id]) > _SHARED and not n.root]
    busy = {node.id: node for node in many if not graph.operands[node.id]}
    last = max((node.id for node in graph.nodes), default=0)
    for edge in graph.edges:
        leaf = busy.get(edge.source)
        if leaf is not None:
            scope = graph.by_id[edge.target].scope if leaf.scope is not None else None
            copies.append(replace(leaf, id=last + 1 + len(copies), scope=scope, members=(leaf.id,)))
            edge = replace(edge, source=copies[-1].id)
        edges.append(edge)
    nodes = (*(node for node in graph.nodes if node.id not in busy), *copies)
    return replace(graph, nodes=nodes, edges=tuple(edges)) if busy else graph


# ------------------------------------------------------------ nodes in clusters


def _tree(graph: Graph, shows: frozenset[str], scale: Flow | None) -> Iterator[str]:
    """Nodes and clusters; a scope opens where its first node is, without recursion."""
    inside: dict[int | None, list[Node]] = {}
    for node in graph.nodes:
        inside.setdefault(node.scope, []).append(node)
    used = {scope.id for key in inside for scope in graph.scopes_of(key)}
    children: dict[int | None, list[Scope]] = {}
    for scope in graph.scopes:
        if scope.id in used:
            children.setdefault(scope.parent, []).append(scope)
    todo: list[tuple[Scope | None, int]] = [(scope, 0) for scope in reversed(children.get(None, []))]
    yield from (_node(graph, node, shows, scale, 1) for node in inside.get(None, []))
    level = 0
    while todo:
        scope_, depth = todo.pop()
        if scope_ is None:
            level -= 1
            yield "  " * (level + 1) + "}"
            continue
        yield from _open(graph, scope_, depth)
        level = depth + 1
        yield from (_node(graph, node, shows, scale, level + 1) for node in inside.get(scope_.id, []))
        todo.append((None, depth))
        todo.extend((child, depth + 1) for child in reversed(children.get(scope_.id, [])))


def _open(graph: Graph, scope: Scope, depth: int) -> list[str]:
    indent = "  " * (depth + 1)
    many = scope.repeats > 1
    around = "" if scope.parent is None else graph.scopes[scope.parent].path
    title = replace(scope, path=within(scope.path, around), last=within(scope.last, around)).title
    attributes = _attributes(
        label=text(shortened(ascii_of(title), 60)), style="filled,rounded",
        fillcolor=CLUSTERS[min(depth, len(CLUSTERS) - 1)], color="#4d7fb3" if many else "#cbd5df",
        penwidth="2.2" if many else "1", fontname="Helvetica", fontsize=11 if many else 10,
        fontcolor="#2f5f93" if many else LABEL, margin=9, tooltip=tip(_about(scope)),
    )  # fmt: skip
    return [f"{indent}subgraph cluster_{scope.id} {{", f"{indent}  graph {attributes}"]


def _about(scope: Scope) -> str:
    return f"{scope.title}\nguessed from its parameters" if scope.guessed else scope.title


def _node(graph: Graph, node: Node, shows: frozenset[str], scale: Flow | None, indent: int) -> str:
    look = paint(node)
    around = "" if node.scope is None else graph.scopes[node.scope].path
    fields = [shortened(ascii_of(words)) for words in fields_of(node, graph, shows, around)]
    record = bool(shows & {"values", "grads"}) and len(fields) > 1
    label = "{ " + " | ".join(map(field, fields)) + " }" if record else "\n".join(fields)
    border, width = look.border, "1.8" if node.kind in ("module", "ops") else ""
    style = "filled,rounded,dashed" if node.checkpoint else ""
    if scale is not None and node.grad is not None and not node.root:
        border, width = scale.color(node.grad), str(scale.width(node.grad))
    attributes = _attributes(
        label=label if record else text(label), shape="record" if record else "", fillcolor=look.fill,
        color=border, fontcolor=look.text if look.text != INK else "", penwidth=width,
        fontsize=9 if node.kind == "constant" else "", style=style, tooltip=tip(tooltip(node, graph)),
    )  # fmt: skip
    return "  " * indent + f"n{node.id} {attributes};"


# ------------------------------------------------------------ edges


def _edge(graph: Graph, edge: Edge, scale: Flow | None) -> str:
    source, target = graph.by_id[edge.source], graph.by_id[edge.target]
    return f"  n{edge.source} -> n{edge.target} {_edge_look(edge, source, target, scale)};".replace(
        " [];", ";"
    )


def _edge_look(edge: Edge, source: Node, target: Node, scale: Flow | None) -> str:
    grad = edge.grad
    if grad is None and source.is_leaf:
        grad = source.grad
    words = [f"operand {edge.argument or edge.slot} of {target.op}"] if target.kind == "op" else []
    words += [f"broadcast from {edge.broadcast}"] if edge.broadcast is not None else []
    words += [f"gradient {grad.rms:.3e} (rms)"] if scale and grad and grad.rms is not None else []
    look: dict[str, object] = {"tooltip": tip("\n".join(words))}
    if not edge.carries:
        look |= {"color": CUT if scale else PALE, "style": "dashed"}
    elif scale is not None and grad is not None:
        look |= {"color": scale.color(grad), "penwidth": scale.width(grad)}
    return _attributes(**look)


def _legend(scale: Flow, direction: str) -> list[str]:
    """The colours of gradients, and of what is no size, side by side."""
    attributes = _attributes(
        label="gradient (root mean square)", style="rounded", color="#cbd5df", fontname="Helvetica",
        fontsize=10, fontcolor=LABEL, margin=9, tooltip=" ",
    )  # fmt: skip
    lines = ["  subgraph cluster_legend {", f"    graph {attributes}"]
    entries = scale.legend(3 if direction in ("LR", "RL") else 5)
    for i, (color, words) in enumerate(entries):
        look = {"fillcolor": "#ffffff", "style": "dashed,rounded", "fontcolor": LABEL} if color == CUT else {}
        look = look or {"fillcolor": color, "fontcolor": ink_on(color)}
        words = _attributes(
            label=words, color=color, fontsize=9, height="0.22", margin="0.05,0.03", tooltip=" ", **look
        )
        lines.append(f"    legend{i} {words};")
    row = " -> ".join(f"legend{i}" for i in range(len(entries)))
    return [*lines, f"    {{ rank=same; {row} [style=invis]; }}", "  }"]
