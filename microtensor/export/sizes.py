"""Vectors of sizes as Python numbers: ``x.reshape(x.shape[0] * 2, -1)`` where ONNX computes with arrays.

Where a shape follows the inputs', ONNX reads it, computes with vectors of integers and joins them.  In Python
that is one expression for each size, and needs no line of its own.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ..onnx.graph import Node
from .text import ATOM, NEGATION, PRODUCT, SUM, Text, binary

__all__ = ["constant_sizes", "sizes_of"]

_SIGNS = {"Add": ("+", SUM), "Sub": ("-", SUM), "Mul": ("*", PRODUCT), "Div": ("//", PRODUCT)}


def sizes_of(node: Node, known: Mapping[str, list[Text]], text: Any) -> list[Text] | None:
    """The sizes that a node makes of those that are `known`; None if it makes anything else."""
    if node.op == "Shape":
        if "start" not in node.attributes:
            return None
        places = range(node.attributes["start"], node.attributes["end"])
        return [Text(f"{text.within(ATOM)}.shape[{i}]") for i in places]
    if not all(name in known for name in node.inputs):
        return None
    parts = [known[name] for name in node.inputs]
    if node.op == "Concat":
        return [size for part in parts for size in part]
    if node.op in _SIGNS and len(parts[0]) == len(parts[1]) == 1:
        return [binary(_SIGNS[node.op][0], parts[0][0], parts[1][0], _SIGNS[node.op][1])]
    return None


def constant_sizes(array: Any) -> list[Text]:
    """A constant vector."""
    return [Text(str(n), NEGATION if n < 0 else ATOM) for n in array.tolist()]
