"""``draw(loss)`` and ``loss.draw()``: a picture of a computation, in a notebook, a file or a terminal."""

from __future__ import annotations

import html
import inspect
import os
import re
import sys
import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from ..engine.tensor import Tensor, install
from ..nn import Module
from .graph.build import graph as graph_of
from .graph.fold import LIMIT, fold
from .graph.reachable import tensors_of
from .model import Graph
from .program import program
from .record import Recording, on, record
from .render.dot import dot_of
from .render.graphviz import RenderError, render
from .render.labels import shows_of
from .render.terminal import text_of
from .watch import watch

_SMALL = 60
"""A picture of fewer nodes is never too large."""
_DOTS, _SIDE = 64e6, 16384
"""A raster image has no more dots, and none of its sides is longer."""


def _outside() -> int:
    """How far up the stack the caller of this package is, for a warning."""
    frame: Any = sys._getframe(1)
    here, level = os.path.dirname(os.path.abspath(__file__)), 1
    while frame.f_back is not None and os.path.abspath(frame.f_code.co_filename).startswith(here):
        frame, level = frame.f_back, level + 1
    return level


class Inline:
    """A page in a frame, for a notebook."""

    def __init__(self, page: str, height: int, nodes: int) -> None:
        self.page, self.height, self.nodes = page, height, nodes

    def _repr_html_(self) -> str:
        """The page in a frame that may run its script and hand over files, and do nothing else."""
        style = "width:100%;border:1px solid #dde4ea;border-radius:8px"
        return (
            f'<iframe sandbox="allow-scripts allow-downloads" style="{style};height:{self.height}px" '
            f'title="Computation graph" srcdoc="{html.escape(self.page)}"></iframe>'
        )

    def __repr__(self) -> str:
        elsewhere = 'elsewhere save it: draw(...).save("page.html")'
        return f"<the page of {self.nodes} nodes, for a notebook; {elsewhere}>"


class Drawing:
    """A graph and how it is to be shown.  Notebooks show the picture; `save` writes it.

    graph : what is drawn, after folding.
    whole : all of it.
    tensors : what was drawn.  A drawing keeps them, since a page shows their backward pass; graphs do not.
    source : the DOT text.
    """

    def __init__(
        self, whole: Graph, *, show: str | Iterable[str] = ("op", "shape"), depth: int | None = None,
        folded: bool | None = None, flow: bool = False, direction: str = "TB",
        size: tuple[float, float] | None = None, limit: int = LIMIT, title: str = "",
        tensors: Sequence[Tensor] = (),
    ) -> None:  # fmt: skip
        if direction not in ("TB", "LR", "BT", "RL"):
            raise ValueError(f"direction: expected TB, LR, BT or RL, got {direction!r}")
        self.whole, self.graph = whole, fold(whole, depth, folded, limit, alike=not flow)
        self.shows, self.flow, self.direction, self.size = shows_of(show), flow, direction, size
        self.title, self.depth, self.folded, self.tensors = title, depth, folded, tuple(tensors)

    @property
    def source(self) -> str:
        """The DOT text, for any program that knows DOT."""
        return dot_of(self.graph, self.shows, flow=self.flow, direction=self.direction, title=self.title)

    def text(self) -> str:
        """The graph for a terminal."""
        return text_of(self.graph, self.shows)

    def svg(self) -> str:
        """The picture as SVG; `RenderError` says what to install if nothing is there to draw with."""
        return render(self.source, "svg").decode()

    def png(self) -> bytes:
        """The picture as PNG, 96 dots an inch, in which text is as large as in the SVG.

        It is shrunk to `size` inches if that was asked for, and to 64 million dots with a warning.
        """
        size = self.size or self._bound()
        options = [f"-Gsize={size[0]:g},{size[1]:g}"] if size else []
        return render(self.source, "png", (*options, "-Gdpi=96"))

    def _bound(self) -> tuple[float, float] | None:
        """The size in inches to which a picture is shrunk that would be too large to be opened."""
        if len(self.graph.nodes) < _SMALL:
            return None
        found = re.search(r'<svg width="([\d.]+)pt" height="([\d.]+)pt"', self.svg())
        width, height = (float(n) / 72 for n in found.groups()) if found else (0.0, 0.0)
        dots = max(width * height * 96**2 / _DOTS, (max(width, height) * 96 / _SIDE) ** 2)
        if dots <= 1:
            return None
        warnings.warn(
            f"png: {len(self.graph.nodes)} nodes make {width * 96:.0f} x {height * 96:.0f} dots, shrunk "
            f"to {100 / dots**0.5:.0f} %, which makes text small: fold it (fold=True, or depth=1), or "
            "save SVG, or the page as .html",
            stacklevel=_outside(),
        )
        return width / dots**0.5, height / dots**0.5

    def pdf(self) -> bytes:
        """The picture as PDF, which takes Graphviz's own ``dot``."""
        return render(self.source, "pdf")

    def show(self, height: int = 620) -> Inline:
        """The interactive page itself in a notebook, `height` dots high.

        >>> x = mt.ones(1, requires_grad=True)
        >>> (x * 2).draw().show()
        <the page of 3 nodes, for a notebook; elsewhere save it: draw(...).save("page.html")>
        """
        return Inline(self.html(), height, len(self.graph.nodes))

    def html(self) -> str:
        """One page, without network or program: pan, zoom, search, fold, and step through the backward pass.

        The pass is run for it, on the tensors that were drawn, as `viz.record` does it.
        """
        from .render.page import page_of

        return page_of(self)

    def record(self) -> Recording:
        """The backward pass of what was drawn (see `viz.record`); without tensors, what the graph knows."""
        if not self.tensors:
            return Recording(self.whole, (), {}, "This drawing was made from a graph, without its tensors.")
        return on(record(*self.tensors), self.whole)

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write a file of the kind that the name's ending says: .svg .png .pdf .html .dot .txt ...

        Raises ``ValueError`` for another ending, and `RenderError` if a picture cannot be made.

        >>> import tempfile, os
        >>> folder = tempfile.mkdtemp()
        >>> mt.viz.draw(mt.ones(1, requires_grad=True) * 2).save(os.path.join(folder, "graph.dot"))
        """
        suffix = os.path.splitext(os.fspath(path))[1].lower()
        if suffix not in WRITERS:
            raise ValueError(
                f"save: expected a name that ends in {', '.join(WRITERS)}, got {os.fspath(path)!r}"
            )
        content = WRITERS[suffix](self)
        with open(path, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)

    def to_graphviz(self) -> Any:
        """The same as a ``graphviz.Source``, for programs that work with the graphviz package."""
        try:
            from graphviz import Source  # type: ignore[import-not-found,import-untyped,unused-ignore]
        except ImportError:
            raise ImportError(
                'to_graphviz() needs the graphviz package: install it with `pip install "microtensor[viz]"`.'
            ) from None
        return Source(self.source)

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        """What a notebook shows: the picture, or the text and what to install for a picture."""
        try:
            return {"image/svg+xml": self.svg(), "text/plain": repr(self)}
        except (RenderError, OSError) as error:
            return {"text/plain": f"{self.text()}\n\n{error}\n\n{self.source}"}

    def __repr__(self) -> str:
        whole = f" of {self.graph.folded_from}" if self.graph.folded_from else ""
        return f"<Drawing: {len(self.graph.nodes)}{whole} nodes, {len(self.graph.edges)} edges>"


WRITERS: dict[str, Callable[[Drawing], str | bytes]] = {
    ".svg": Drawing.svg,
    ".png": Drawing.png,
    ".pdf": Drawing.pdf,
    ".html": Drawing.html,
    ".dot": lambda drawing: drawing.source,
    ".gv": lambda drawing: drawing.source,
    ".txt": lambda drawing: drawing.text() + "\n",
}
"""What `Drawing.save` can write, by the ending of the file's name."""


def draw(
    tensor: Any, *more: Any, names: Mapping[str, Tensor] | None = None,
    show: str | Iterable[str] = ("op", "shape"), depth: int | None = None, fold: bool | None = None,
    flow: bool = False, direction: str | None = None, size: tuple[float, float] | None = None,
    title: str = "",
) -> Drawing:  # fmt: skip
    """Draw the computation of one tensor or several; or ``draw(model, x)``, which runs the model first.

    A compiled function (`microtensor.compile`) is drawn as its program: the loops that several operations
    share, and the buffers between them.

    names : what to call tensors (see `graph`).
    show : what stands in a node, some of op, shape, dtype, values, grads, saved, time, params, line.  Times
        and lines are known of what was computed inside ``with viz.watch(time=True):``.
    depth : modules that lie so deep are boxes: 0 the whole model, 1 its children, ...
    fold : True shows equal blocks once, as in ``Block x 12``; False shows everything; None, the default,
        folds what has more than 300 nodes, and equal blocks if that halves more than 100.
    flow : edges as wide and as dark as the gradient on them is large; red for NaN and infinity, violet for
        what has vanished, dashed grey where no gradient goes.  Equal blocks are then shown once only with
        fold=True, since their gradients differ.
    direction : TB, from top to bottom (the default), or LR, from left to right (the default with values that
        are single numbers).
    size : the largest size of a raster image, in inches; None lets it grow so that text can be read.

    Drawing runs nothing, except for gradients that are not known (see `graph`).  Raises ``TypeError`` for
    what is no tensor, and ``ValueError`` for an option that does not exist.

    >>> a = mt.tensor(2.0, requires_grad=True)
    >>> a.name = "a"
    >>> drawing = mt.viz.draw(a * 3, show="op values grads")
    >>> drawing
    <Drawing: 3 nodes, 2 edges>
    >>> print(drawing.text())
    a: input  data 2.0000  grad 3.0000
    3: constant
    %2 = mul(a, 3)  data 6.0000  grad 1.0000
    """
    shows = shows_of(show)
    if isinstance(getattr(tensor, "steps", None), tuple):
        whole = program(tensor.steps, title or tensor.__name__)
        look = direction or "TB"
        return Drawing(whole, show=shows | {"params"}, folded=fold, direction=look, size=size, title=title)
    model = tensor  # kept alive until it was looked at: its parameters have their names from it
    if isinstance(model, Module):
        given = {f"input {i}" if i else "input": x for i, x in enumerate(more) if isinstance(x, Tensor)}
        tensor, more, names = _run(model, more), (), {**given, **(names or {})}
    whole = graph_of(tensor, *more, names=names, values="values" in shows, grads=flow or "grads" in shows)
    direction = direction or ("LR" if "values" in shows and _all_numbers(whole) else "TB")
    return Drawing(
        whole, show=shows, depth=depth, folded=fold, flow=flow, direction=direction, size=size, title=title,
        tensors=tensors_of((tensor, *more), "draw"),
    )  # fmt: skip


def _all_numbers(graph: Graph) -> bool:
    """Whether all values are single numbers, which stand side by side in a line."""
    return all(node.value is None or node.value.number is not None for node in graph.nodes)


def _run(model: Module, inputs: tuple[Any, ...]) -> Any:
    wanted = inspect.signature(model.forward).parameters.values()
    needed = [
        p for p in wanted if p.default is p.empty and p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)
    ]
    if len(inputs) < len(needed):
        names = ", ".join(p.name for p in needed)
        raise TypeError(
            f"draw: a model is drawn by running it: expected draw(model, {names}) with the inputs of "
            f"{type(model).__name__}.forward, got {len(inputs)} of {len(needed)}; or draw a result of it"
        )
    with watch():
        return model(*inputs)


def _draw(self: Tensor, **options: Any) -> Drawing:
    """Draw the computation that led to this tensor; a notebook shows the result as it is.

    ``.save(name)`` writes it: .svg, .png, .pdf, .dot, .txt, or .html, one page that plays the backward pass.
    The options are those of `viz.draw`: ``show="op values grads"``, ``flow=True``, ``depth=1`` and others.

    >>> w = mt.tensor(2.0, requires_grad=True)
    >>> (w * 3).draw(show="op values")
    <Drawing: 3 nodes, 2 edges>
    """
    return draw(self, **options)


install(draw=_draw)
