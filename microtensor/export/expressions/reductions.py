"""Operators along dimensions."""

# Functions give text, under the names of the operators that they write.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

from ..text import Text
from .registry import axes_of, written

REDUCTIONS = {
    "ReduceSum": "sum",
    "ReduceMean": "mean",
    "ReduceMax": "max",
    "ReduceMin": "min",
    "ReduceProd": "prod",
}


@written(*REDUCTIONS)
def reduction(w: Any, node: Any) -> Text:
    axes = axes_of(w, node)
    keep = {"keepdims": True} if node.attribute("keepdims", 1) else {}
    return w.method(node[0], REDUCTIONS[node.op], *([] if axes is None else [axes]), **keep)


@written("ReduceL1", "ReduceL2")
def size(w: Any, node: Any) -> Text:
    axes, keep = axes_of(w, node), bool(node.attribute("keepdims", 1))
    given = w.call("np.abs", node[0]) if node.op == "ReduceL1" else w.call("np.square", node[0])
    total = w.method(given, "sum", axes, **({"keepdims": True} if keep else {}))
    return total if node.op == "ReduceL1" else w.call("np.sqrt", total)


@written("ArgMax", "ArgMin")
def place(w: Any, node: Any) -> Text:
    keep = {"keepdims": True} if node.attribute("keepdims", 1) else {}
    return w.method(node[0], node.op.lower(), node.attribute("axis", 0), **keep)


@written("Softmax", "LogSoftmax")
def softmax(w: Any, node: Any) -> Text:
    name = "softmax" if node.op == "Softmax" else "log_softmax"
    return w.call(w.helper(name), node[0], node.attribute("axis", -1))


@written("CumSum")
def cumsum(w: Any, node: Any) -> Text:
    return w.call("np.cumsum", node[0], int(w.known(node, 1)), dtype=w.dtype_of(node, 0))


@written("TopK")
def topk(w: Any, node: Any) -> Text:
    count = w.known(node, 1)
    count = Text(f"{w.sizes_in(node, 1)}[0]") if count is None else int(count[0])
    return w.call(w.helper("top"), node[0], count, node.attribute("axis", -1), node.attribute("largest", 1))
