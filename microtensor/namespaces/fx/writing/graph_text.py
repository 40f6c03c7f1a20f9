"""A graph as text: its nodes one a line, or as a table."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ..graph import Graph

__all__ = ["print_tabular", "text"]


def text(graph: Graph) -> str:
    """``graph():`` and a line for each node."""
    return "\n    ".join(["graph():", *(node.format_node() for node in graph.nodes)])


def print_tabular(graph: Graph) -> None:
    """Print a table with a row for each node."""
    try:
        from tabulate import tabulate  # type: ignore[import-untyped,unused-ignore]
    except ImportError as error:
        raise ImportError(
            "print_tabular needs the package tabulate: pip install tabulate; print(graph) needs nothing"
        ) from error
    rows = [[node.op, node.name, node.target, node.args, node.kwargs] for node in graph.nodes]
    print(tabulate(rows, headers=["opcode", "name", "target", "args", "kwargs"]))
