"""A program in ONNX's vocabulary, as plain data: what is written to an ``.onnx`` file, and to NumPy source.

Operators and attributes, and what they mean, are those of the ONNX standard (onnx.ai/onnx/operators).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from .sizes import Expression, Int

__all__ = ["Graph", "Info", "Node", "pruned", "shown"]


@dataclass(frozen=True)
class Info:
    """What is known of a value: its dtype and shape."""

    name: str
    dtype: np.dtype[Any]
    shape: tuple[Int, ...]


@dataclass
class Node:
    """One operation: names of operands ("" where an optional one is missing) and results, and attributes.

    `line` is the user's, `scope` the module that was running.
    """

    op: str
    inputs: list[str]
    outputs: list[str]
    attributes: dict[str, Any] = field(default_factory=dict)
    line: str = ""
    scope: str = ""


@dataclass
class Graph:
    """Inputs, initial values (parameters, buffers and constants by name), operations and outputs."""

    name: str
    opset: int
    inputs: list[Info] = field(default_factory=list)
    outputs: list[Info] = field(default_factory=list)
    nodes: list[Node] = field(default_factory=list)
    initializers: dict[str, Any] = field(default_factory=dict)
    infos: dict[str, Info] = field(default_factory=dict)

    def rename(self, old: str, new: str) -> None:
        """Give a value another name wherever it stands."""
        for node in self.nodes:
            node.inputs = [new if name == old else name for name in node.inputs]
            node.outputs = [new if name == old else name for name in node.outputs]
        if old in self.infos:
            info = self.infos.pop(old)
            self.infos[new] = Info(new, info.dtype, info.shape)


def shown(size: Int) -> int | str | None:
    """A size as the file has it: a number, the name of a dynamic one, or None."""
    if isinstance(size, int):
        return size
    if not isinstance(size, Expression):
        return None
    single = len(size.terms) == 1 and len(size.terms[0][0]) == 1 and size.terms[0][1] == 1
    return size.terms[0][0][0] if single else str(size)


def pruned(graph: Graph) -> Graph:
    """The graph without nodes and initial values that no output needs."""
    needed = {info.name for info in graph.outputs}
    kept = []
    for node in reversed(graph.nodes):
        if needed.intersection(node.outputs):
            kept.append(node)
            needed.update(node.inputs)
    graph.nodes = kept[::-1]
    graph.initializers = {name: array for name, array in graph.initializers.items() if name in needed}
    return graph
