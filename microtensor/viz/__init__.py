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
from .drawing import Drawing as Drawing
from .drawing import draw as draw
from .explain import Explanation as Explanation
from .explain import explain as explain
from .flow import flow as flow
from .graph.build import graph as graph
from .graph.fold import fold as fold
from .model import Edge as Edge
from .model import Graph as Graph
from .model import Node as Node
from .model import Saved as Saved
from .model import Scope as Scope
from .model import Summary as Summary
from .record import Recording as Recording
from .record import record as record
from .render.graphviz import RenderError as RenderError
from .watch import watch as watch
