"""Operators that read and write by place."""

# Functions give text, under the names of the operators that they write.
# mypy: disable-error-code="no-any-return"
# ruff: noqa: D103

from __future__ import annotations

from typing import Any

import numpy as np

from ..text import NEGATION, Text
from .registry import written


@written("Gather")
def gather(w: Any, node: Any) -> Text:
    key = [":"] * node.attribute("axis", 0) + [str(node[1])]
    return Text(f"{node[0].within(NEGATION + 1)}[{', '.join(key)}]")


@written("GatherND")
def gather_nd(w: Any, node: Any) -> Text:
    return Text(f"{node[0].within(NEGATION + 1)}[tuple(np.moveaxis({node[1]}, -1, 0))]")


@written("GatherElements")
def gather_elements(w: Any, node: Any) -> Text:
    """The index may be smaller than the operand, which ``take_along_axis`` does not allow."""
    axis, x = node.attribute("axis", 0), node[0].within(NEGATION + 1)
    cut = ", ".join(
        ":" if i == axis else f":{w.attribute(node[1], 'shape')}[{i}]" for i in range(node.ndim(1))
    )
    x = (
        x
        if node.shape(0)[:axis] + node.shape(0)[axis + 1 :]
        == node.shape(1)[:axis] + node.shape(1)[axis + 1 :]
        else f"{x}[{cut}]"
    )
    return w.call("np.take_along_axis", Text(x), node[1], axis)


@written("ScatterElements")
def scatter_elements(w: Any, node: Any) -> Text:
    return w.call(
        w.helper("scattered"), *node.texts, node.attribute("axis", 0), node.attribute("reduction", "none")
    )


@written("ScatterND")
def scatter_nd(w: Any, node: Any) -> Text:
    return w.call(w.helper("scattered_rows"), *node.texts, node.attribute("reduction", "none"))


@written("OneHot")
def one_hot(w: Any, node: Any) -> Text:
    depth = int(np.ravel(w.known(node, 1))[0])
    return Text(f"(np.expand_dims({node[0]}, -1) == np.arange({depth})).astype(np.int64)")
