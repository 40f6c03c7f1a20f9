"""Seeing a computation graph: as data, as a picture, as text.

    loss.draw()                      # in a notebook
    viz.draw(loss).save("graph.svg")
    viz.draw(loss).save("page.html") # to be explored in a browser, with the backward pass as a film
    loss.explain()                   # in words, with all numbers
    viz.graph(loss)                  # the data that all of it is made from
    viz.plot.losses(history)         # curves, regions, histograms: see `plot`

Imported when it is first used: a program that draws nothing pays nothing.  Whoever wants more in a picture
than a graph remembers (lines, values, gradients, times) computes inside ``with viz.watch():``.
"""

from __future__ import annotations

from . import plot
from .drawing import Drawing, draw
from .explain import Explanation, explain
from .flow import flow
from .graph.build import graph
from .graph.fold import fold
from .model import Edge, Graph, Node, Saved, Scope, Summary
from .record import Recording, record
from .render.graphviz import RenderError
from .watch import watch
