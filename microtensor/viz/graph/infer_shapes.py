"""What a result was, from the traces that it left: nodes keep no result, and mostly no shape.

A formula that mentions a result keeps it; the formulas of whatever used it keep it or its shape; and most
operations leave the shape alone, broadcast it, or change it in a way that their parameters tell.  Reading
this forwards and backwards finds nearly all shapes, without any cost to recording.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...engine import versions
from ...engine.tensor import Tensor
from .reachable import Item, Link, is_array

_KEEPS_SHAPE = frozenset(
    ("softmax", "log_softmax", "cumsum", "flip", "tril", "triu", "clone", "contiguous", "cast", "clamp",
     "normalize_axes", "scatter")
)  # fmt: skip
_PRODUCTS = frozenset(["mm", "mv", "dot", "batched"])
_REDUCTIONS = frozenset(["sum", "mean", "amax", "amin", "logsumexp", "var", "norm", "prod"])
Shape = tuple[int, ...]


class Evidence:
    """Arrays, shapes and dtypes of items, as far as they are known."""

    def __init__(self, items: Sequence[Item], tops: Sequence[Item], roots: Sequence[Tensor]) -> None:
        self.arrays: dict[Item, Any] = {}
        self.shapes: dict[Item, Shape] = {}
        self.dtypes: dict[Item, Any] = {}
        for top, root in zip(tops, roots, strict=True):
            if not several(top):
                self._is(top, root.array)
        for item in items:
            self._see(item)
        for _ in range(2):
            for item in items:
                self._forwards(item)
            for item in reversed(items):
                self._backwards(item)

    def value(self, item: Item) -> Any:
        """The array that `item` stands for, or None: not known, or overwritten since."""
        array = self.arrays.get(item)
        if item.is_op and array is not None and versions.written_since(array, item.thing.number):
            return None
        return array

    # ------------------------------------------------------------ what is seen

    def _see(self, item: Item) -> None:
        if not item.is_op:
            self._is(item, np.asarray(item.array))
            return
        held = item.held
        if is_array(held.get("out")):
            self._is(item, held["out"])
        for link in item.operands:
            self._see_operand(link.source, link.argument, held)
            if link.broadcast is not None and not several(link.source):
                self.shapes.setdefault(link.source, link.broadcast)
        for shape, dtype in getattr(item.thing, "outputs", ())[:1]:
            self.shapes.setdefault(item, shape)
            self.dtypes.setdefault(item, dtype)

    def _see_operand(self, source: Item, argument: str, held: dict[str, Any]) -> None:
        if not argument or several(source):
            return
        if is_array(held.get(argument)):
            self._is(source, held[argument])
        elif isinstance(held.get(f"{argument}_shape"), tuple):
            self.shapes.setdefault(source, held[f"{argument}_shape"])
            if held.get(f"{argument}_dtype") is not None:
                self.dtypes.setdefault(source, held[f"{argument}_dtype"])

    def _is(self, item: Item, array: Any) -> None:
        self.arrays.setdefault(item, array)
        self.shapes.setdefault(item, np.shape(array))
        self.dtypes.setdefault(item, array.dtype)

    # ------------------------------------------------------------ what follows

    def _forwards(self, item: Item) -> None:
        if not item.is_op or item.thing.op is None:
            return
        if item not in self.dtypes and item.thing.op.name != "cast":
            known = [self.dtypes[link.source] for link in item.operands if link.source in self.dtypes]
            floats = [dtype for dtype in known if dtype is not None and dtype.kind == "f"]
            self.dtypes.update({item: floats[0]} if floats else {})
        if item not in self.shapes:
            shape = self._result(item)
            if shape is not None:
                self.shapes[item] = shape

    def _result(self, item: Item) -> Shape | None:
        op, held = item.thing.op, item.held
        shapes = [self._read(link) for link in item.operands]
        if not shapes or shapes[0] is None:
            return None
        if op.name in _KEEPS_SHAPE:
            return shapes[0]
        if op.elementwise:
            return _together(shapes, len(op.arrays), any(link.broadcast for link in item.operands))
        if op.name in _REDUCTIONS and "dim" in held:
            return _reduced(shapes[0], held["dim"], held["keepdim"])
        if op.name in _PRODUCTS:
            return _product(shapes)
        if op.name == "linear":
            return self._linear(item, shapes[0])
        if op.view and all(name in held for name in op.params):
            return _viewed(op.function, shapes[0], [held[name] for name in op.params])
        return None

    def _read(self, link: Link) -> Shape | None:
        """The shape of an operand: of a source with several results, that of the one that is used."""
        if several(link.source):
            return tuple(link.source.thing.outputs[link.output][0])
        return self.shapes.get(link.source)

    def _linear(self, item: Item, shape: Shape) -> Shape | None:
        weight = {link.argument: self.shapes.get(link.source) for link in item.operands}.get("weight")
        return None if weight is None or item.operands[0].argument != "x" else (*shape[:-1], weight[0])

    def _backwards(self, item: Item) -> None:
        """An operand that was not broadcast has the shape of the result, that of a view its gradient's."""
        op = item.thing.op if item.is_op else None
        if op is None or item not in self.shapes:
            return
        if op.elementwise or op.name in _KEEPS_SHAPE:
            for link in item.operands:
                if link.carries and link.broadcast is None and not several(link.source):
                    self.shapes.setdefault(link.source, self.shapes[item])
        elif op.view and item.operands[0].source not in self.shapes and not several(item.operands[0].source):
            shape = _viewed(op.partials["x"], self.shapes[item], list(item.held.values()))
            self.shapes.update({} if shape is None else {item.operands[0].source: shape})


def several(item: Item) -> bool:
    """Whether an operation has several results."""
    return item.is_op and len(getattr(item.thing, "outputs", ())) > 1


def _together(shapes: Sequence[Shape | None], arity: int, stretched: bool) -> Shape | None:
    """The shape of operands that broadcast; without a broadcast on an edge, that of any of them."""
    known = [shape for shape in shapes if shape is not None]
    if not stretched or len(known) == arity:
        return tuple(np.broadcast_shapes(*known))
    return None


def _reduced(shape: Shape, dim: Any, keepdim: bool) -> Shape:
    dims = range(len(shape)) if dim is None or dim == () else [dim] if isinstance(dim, int) else dim
    gone = {d % max(len(shape), 1) for d in dims}
    return tuple(1 if i in gone else n for i, n in enumerate(shape) if keepdim or i not in gone)


def _product(shapes: Sequence[Shape | None]) -> Shape | None:
    if len(shapes) < 2 or shapes[1] is None or shapes[0] is None:
        return None
    a, b = shapes[0], shapes[1]
    if len(b) == 1:
        return a[:-1]
    return (*np.broadcast_shapes(a[:-2], b[:-2]), *a[-2:-1], b[-1])


def _viewed(function: Any, shape: Shape, params: Sequence[Any]) -> Shape | None:
    """What a view, or the formula of its gradient, makes of a shape: nothing is copied."""
    try:
        return tuple(np.shape(function(np.broadcast_to(np.float32(0), shape), *params)))
    except (ValueError, TypeError, IndexError, RuntimeError):
        return None
