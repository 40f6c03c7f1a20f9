"""Seeing a computation graph: as data, as a picture, as text.

    loss.draw()                      # in a notebook
    viz.draw(loss).save("graph.svg")
    viz.graph(loss)                  # the data that all of it is made from

Imported when it is first used: a program that draws nothing pays nothing.  Whoever wants more in a picture
than a graph remembers (lines, values, gradients, times) computes inside ``with viz.watch():``.
"""

from __future__ import annotations

from .drawing import Drawing, draw
from .flow import flow
from .fold import fold
from .model import Edge, Graph, Node, Saved, Scope, Summary
from .render import RenderError
from .walk import graph
from .watch import watch

__all__ = [
    "Drawing", "Edge", "Graph", "Node", "RenderError", "Saved", "Scope", "Summary", "draw", "flow",
    "fold", "graph", "watch",
]  # fmt: skip
