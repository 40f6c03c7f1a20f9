"""Partial derivatives in the user's words: ``g * b`` where the source says ``g * y``.

A formula's source names its operands by the op's own letters and calls helpers of the engine.  For a reader
the letters become what the operands are called, parameters their values, and each helper what it does:
``g / 4 to each``, ``g at [1:], else 0``.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping
from functools import lru_cache

from .formula_reader import Writer
from .helper_words import HELPERS
from .model import Edge, Graph, Node
from .notation import called

_LONGEST = 200


def derivative(
    graph: Graph, node: Node, edge: Edge | None, formula: str, values: Mapping[str, str] | None = None
) -> str:
    """The partial derivative by one operand, in words.

    values : what stands for the letters of the formula instead of names, to show it with numbers; a letter
        that is not among them makes the answer "".

    >>> x = mt.ones(4, requires_grad=True)
    >>> x.name = "x"
    >>> graph = mt.viz.graph((x * x).mean())
    >>> node = graph.nodes[-1]
    >>> derivative(graph, node, graph.operands[node.id][0], dict(node.formulas)["x"])
    'g / 4 to each'
    """
    if not formula:
        return "?" if values is None else ""
    writer = Writer(graph, node, edge, HELPERS, values)
    try:
        found = str(writer.read(_returned(formula, node, edge)))
    except (SyntaxError, LookupError):  # words, and calls of functions that share a helper's name
        found = formula.splitlines()[-1].strip() if values is None else ""
    if values is not None:
        return found if writer.used and not writer.unknown else ""
    return found if len(found) <= _LONGEST else f"{found[: _LONGEST - 3]}..."


def local(graph: Graph, node: Node, edge: Edge | None, formula: str) -> str:
    """What the gradient is multiplied with, in words; "" where the formula is no such product.

    >>> x = mt.ones(4, requires_grad=True)
    >>> x.name = "x"
    >>> graph = mt.viz.graph(x.sin())
    >>> local(graph, graph.nodes[-1], graph.operands[1][0], "g * cos(x)")
    'cos(x)'
    """
    try:
        rest = _without_g(_returned(formula, node, edge)) if formula else None
        return "" if rest is None else str(Writer(graph, node, edge, HELPERS).read(rest))
    except (SyntaxError, LookupError):
        return ""


def _without_g(tree: ast.expr) -> ast.expr | None:
    """A product without its factor g; None if g stands elsewhere."""
    if isinstance(tree, ast.Name) and tree.id == "g":
        return ast.Constant(1)
    if isinstance(tree, ast.UnaryOp):
        rest = _without_g(tree.operand)
        return None if rest is None else ast.UnaryOp(tree.op, rest)
    if isinstance(tree, ast.IfExp):
        return None
    if not isinstance(tree, ast.BinOp) or not isinstance(tree.op, (ast.Mult, ast.Div)) or _has_g(tree.right):
        return None
    rest = _without_g(tree.left)
    if isinstance(rest, ast.Constant) and isinstance(tree.op, ast.Mult):
        return tree.right
    return None if rest is None else ast.BinOp(rest, tree.op, tree.right)


def _has_g(tree: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id == "g" for part in ast.walk(tree))


def derivatives(graph: Graph, node: Node) -> list[tuple[str, str]]:
    """Each operand's name and its partial derivative in words."""
    edges = {edge.argument: edge for edge in graph.operands[node.id]}
    return [
        (
            called(graph, edges[name].source) if name in edges else name,
            derivative(graph, node, edges.get(name), formula),
        )
        for name, formula in node.formulas
    ]


def kept_as(graph: Graph, node: Node, name: str) -> str:
    """What a person calls a value that an operation has saved: an operand, its result, or a parameter.

    >>> x = mt.ones(4, requires_grad=True)
    >>> x.name = "x"
    >>> graph = mt.viz.graph(x.exp() / x)
    >>> [kept_as(graph, graph.nodes[-1], saved.name) for saved in graph.nodes[-1].saved]
    ['x', '%1']
    """
    operands = {edge.argument: edge.source for edge in graph.operands[node.id]}
    operands["out"] = node.id
    return called(graph, operands[name]) if name in operands else name


@lru_cache(maxsize=512)
def _parsed(text: str) -> ast.expr:
    return ast.parse(text, mode="eval").body


def _returned(formula: str, node: Node, edge: Edge | None) -> ast.expr:
    """What a formula returns: of a Function's backward, the item of this operand."""
    body = _parsed(formula.splitlines()[-1].strip().removeprefix("return "))
    if not node.formulas or node.formulas[0][0] != "backward" or edge is None:
        return body
    items = body.elts if isinstance(body, ast.Tuple) else [body]
    return items[edge.slot] if edge.slot < len(items) else body
