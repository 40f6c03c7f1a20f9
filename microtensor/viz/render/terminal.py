"""A graph for a terminal: one line for each operation, in order, indented by module."""

from __future__ import annotations

from collections.abc import Iterator

from ..model import Graph, Node
from ..wording import in_a_row, shortened
from .labels import fields_of


def text_of(graph: Graph, shows: frozenset[str]) -> str:
    """Each operation as an assignment, with its operands; leaves appear where they are used.

    >>> x = mt.ones(3, requires_grad=True)
    >>> x.name = "x"
    >>> print(text_of(mt.viz.graph((x * 2).sum()), frozenset(["op", "shape"])))
    %2 = mul(x, 2)  (3,)
    %3 = sum(%2)  scalar
    """
    return "\n".join([*_lines(graph, shows), *(f"({note})" for note in graph.notes)])


def _lines(graph: Graph, shows: frozenset[str]) -> Iterator[str]:
    open_scopes: list[int] = []
    for node in graph.nodes:
        if node.is_leaf and not (node.root or "values" in shows or "grads" in shows):
            continue
        path = [scope.id for scope in graph.scopes_of(node.scope)][::-1]
        shared = 0
        while shared < min(len(path), len(open_scopes)) and path[shared] == open_scopes[shared]:
            shared += 1
        for depth in range(shared, len(path)):
            yield "  " * depth + in_a_row(graph.scopes[path[depth]].title)
        open_scopes = path
        yield "  " * len(path) + in_a_row(_line(graph, node, shows))


def _line(graph: Graph, node: Node, shows: frozenset[str]) -> str:
    details = "  ".join(fields_of(node, graph, shows)[1:])
    if node.is_leaf:
        return f"{_reference(node)}: {node.kind}  {details}".rstrip()
    operands = ", ".join(_reference(graph.by_id[edge.source]) for edge in graph.operands[node.id])
    what = (
        f"[{shortened(node.name)}: {node.op}]"
        if node.kind == "module"
        else f"[{node.op}]"
        if node.kind == "ops"
        else node.op
    )
    return f"{_reference(node)} = {what}({operands})  {details}".rstrip()


def _reference(node: Node) -> str:
    number = node.value.number if node.value is not None else None
    if (
        node.kind == "constant"
        and not node.name
        and number is not None
        and node.value
        and not node.value.shape
    ):
        return f"{number:g}"
    named = node.name and node.kind not in ("module", "ops")
    return shortened(node.name) if named else f"%{node.id}"
