"""How a drawing looks: colours by what a node is, and by how large a gradient is."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ..model import Graph, Node, Summary

INK, LABEL, LINE, PALE = "#1f2933", "#52606d", "#7b8794", "#b8c2cc"
CLUSTERS = ("#f7f9fb", "#eef2f6", "#e4eaf0")
"""Backgrounds of modules, by how deep they lie."""
RED, VIOLET, CUT = "#d7263d", "#8e44ec", "#9aa5b1"
SCALE = ("#8fd3c8", "#56b4c0", "#3f9fc4", "#1f6699", "#153e75")
"""From the smallest gradient to the largest."""
VANISHED = 1e-10


def light_of(color: str) -> float:
    """The relative luminance of ``#rrggbb``, by the formula of WCAG 2.2."""
    parts = [int(color[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def ink_on(color: str) -> str:
    """White or dark, whichever can be read better on a colour.

    >>> ink_on("#8fd3c8"), ink_on("#153e75")
    ('#1f2933', '#ffffff')
    """
    light = light_of(color) + 0.05
    return INK if light / (light_of(INK) + 0.05) > 1.05 / light else "#ffffff"


@dataclass(frozen=True)
class Paint:
    """Fill, border and text of a node."""

    fill: str
    border: str
    text: str = INK


_BY_KIND = {
    "op": Paint("#e6f0fa", "#7ba6d0"),
    "parameter": Paint("#fdf1d8", "#dfa94a"),
    "input": Paint("#e3f5e9", "#63b07f"),
    "constant": Paint("#f4f5f7", "#c3cad2", "#616e7c"),
    "module": Paint("#d3e2f4", "#4d7fb3"),
    "ops": Paint("#e9e6f5", "#8f86c2"),
}
_ROOTS = (
    Paint("#24425f", "#7ba6d0", "#ffffff"),
    Paint("#6b3a66", "#bd7fb7", "#ffffff"),
    Paint("#8a4637", "#d08b7b", "#ffffff"),
)
_HIGHER = (Paint("#f5e6f4", "#bd7fb7"), Paint("#fae5e1", "#d08b7b"))


def paint(node: Node) -> Paint:
    """The colours of a node: the root dark, what a backward pass recorded in other hues."""
    if node.root and not node.is_leaf:
        return _ROOTS[min(node.order, len(_ROOTS) - 1)]
    if node.order and not node.is_leaf:
        return _HIGHER[min(node.order, len(_HIGHER)) - 1]
    return _BY_KIND[node.kind]


class Flow:
    """The logarithmic scale of the gradients in one graph."""

    def __init__(self, graph: Graph) -> None:
        found = [*(node.grad for node in graph.nodes), *(edge.grad for edge in graph.edges)]
        grads = [grad for grad in found if grad is not None]
        sizes = [math.log10(g.rms) for g in grads if g.rms and g.rms > VANISHED and not g.nans + g.infinities]
        self.low, self.high = (min(sizes), max(sizes)) if sizes else (0.0, 0.0)
        bad = [bool(grad.nans + grad.infinities) for grad in grads]
        gone = any(not b and (g.rms or 0.0) <= VANISHED for g, b in zip(grads, bad, strict=True))
        cut = not all(edge.carries for edge in graph.edges)
        states = ((gone, VIOLET, "vanished"), (any(bad), RED, "NaN or inf"), (cut, CUT, "no gradient"))
        self.states = [(color, words) for there, color, words in states if there]
        """What is no size, and occurs here."""

    def place(self, rms: float) -> float:
        """Between 0 for the smallest and 1 for the largest."""
        return (math.log10(rms) - self.low) / (self.high - self.low) if self.high > self.low else 1.0

    def color(self, grad: Summary) -> str:
        """Red for what is not finite, violet for what has vanished, else by size."""
        if grad.nans or grad.infinities:
            return RED
        if grad.rms is None or grad.rms <= VANISHED:
            return VIOLET
        return SCALE[min(int(self.place(grad.rms) * len(SCALE)), len(SCALE) - 1)]

    def width(self, grad: Summary) -> float:
        """The width of a line, in points."""
        if grad.nans or grad.infinities:
            return 4.0
        if grad.rms is None or grad.rms <= VANISHED:
            return 1.6
        return round(1.2 + 3.8 * self.place(grad.rms), 2)

    def legend(self, sizes: int = len(SCALE)) -> list[tuple[str, str]]:
        """Colours and what they mean, from the largest size on, of so many sizes."""
        steps = len(SCALE)
        places = sorted({round(i * (steps - 1) / max(sizes - 1, 1)) for i in range(sizes)}, reverse=True)
        if self.high <= self.low:
            return [(SCALE[-1], f"{10.0**self.high:.2g}"), *self.states]
        ticks = {i: self.low + (self.high - self.low) * (i + 0.5) / steps for i in places}
        return [*((SCALE[i], f"{10.0 ** ticks[i]:.2g}") for i in places), *self.states]
