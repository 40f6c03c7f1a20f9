"""The graph: nodes, how they are made, and which of them a backward pass will meet.

A `Node` stands for one recorded operation.  It knows where the cotangent of each differentiable
operand goes (`edges`: another Node, a leaf Tensor, or None), what its formulas need (`saved`), and
when it was made (`number`).  Nothing points from a node to the tensor it made, so there are no
reference cycles and a graph dies with its last tensor.  Walking it is `sweep`'s.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import versions
from .arrays.summation import total
from .tensor import Tensor, refresh

new = object.__new__
OUT, CONSTANT = -1, -2

leaf_hooks = [0]
"""How many hooks were ever put on leaves: while none, no pass needs to know when a leaf is done."""


class Node:
    """One recorded operation, as ``tensor.grad_fn`` shows it.

    Its `number` is the time of its creation: an operand's is always smaller.

    >>> x = mt.tensor(2.0, requires_grad=True)
    >>> y = x * x
    >>> y.grad_fn.name(), y.grad_fn.next_functions[0][0].variable is x
    ('MulBackward0', True)
    """

    __slots__ = ("__weakref__", "edges", "extras", "number", "saved")

    edges: tuple[Any, ...]
    saved: Any
    number: int
    extras: dict[str, Any] | None

    op: Any = None
    sources: tuple[int, ...] = ()
    """For each saved value, the edge that leads on from it, or OUT, or CONSTANT."""
    frees = True
    """Whether `saved` holds arrays, so that a backward pass frees it."""
    fresh = True
    """Whether `pull` returns arrays of its own (or the cotangent itself, a part of it, or views).

    A gradient that is such an array needs no copy.  Several equal results, or a saved array, are not.
    """
    repeatable = True
    """Whether `pull` may run twice: a user's own backward may do more than calculate."""
    piecewise: tuple[int, ...] = ()
    """The edges of the operands in which the derivative is constant but for jumps: see `Tied`."""
    output_nr = 0
    hears_of_nothing = False
    """Whether it is pulled back for a result that another custom Function gave no gradient for."""

    pull: Callable[..., Sequence[Any]]

    def public(self) -> Node:
        """The node that a user sees: itself, but for the outputs of an op with several."""
        return self

    def name(self) -> str:
        """PyTorch's name for the backward of this operation."""
        return type(self).__name__

    @property
    def next_functions(self) -> tuple[tuple[Any, int], ...]:
        """``(node, output number)`` of each differentiable operand; leaves show as AccumulateGrad."""
        return tuple(_public_edge(edge) for edge in self.edges)

    @property
    def broadcast_shapes(self) -> tuple[tuple[int, ...] | None, ...]:
        """For each differentiable operand its shape, if it was broadcast to the result's; else None.

        >>> y = mt.ones(3, requires_grad=True) * mt.ones(2, 3)
        >>> y.grad_fn.broadcast_shapes
        ((3,), None)
        """
        return tuple(edge.saved[0] if isinstance(edge, Broadcast) else None for edge in self.edges)

    @property
    def held(self) -> dict[str, Any]:
        """What is held now for the backward formulas, by the names that they use; empty once freed.

        The very arrays, and packed ones as they are packed: looking runs no hook and computes nothing,
        which is the difference to `autograd.graph.saved_values`.

        >>> list(mt.ones(2, requires_grad=True).exp().grad_fn.held)
        ['out']
        """
        return (
            {} if self.op is None or self.saved is None else dict(zip(self.op.keeps, self.saved, strict=True))
        )

    @property
    def freed(self) -> bool:
        """Whether a backward pass has freed what was held."""
        return self.saved is None

    @property
    def formulas(self) -> dict[str, str]:
        """The text of each operand's partial derivative, by the operand's name.

        >>> x = mt.ones(2, requires_grad=True)
        >>> (x * x).grad_fn.formulas
        {'x': 'g * y', 'y': 'g * x'}
        """
        from .formula_text import text_of

        return {} if self.op is None else {name: text_of(f) for name, f in self.op.partials.items()}

    def __call__(self, *cotangents: Any) -> Any:
        """One step of the backward pass, on this node alone: see `autograd.one_node`."""
        from .node_call import pulled

        return pulled(self, cotangents)

    def __getattr__(self, name: str) -> Any:
        """``_saved_self``, ``_raw_saved_self`` and the like, as in PyTorch."""
        if not name.startswith(("_saved_", "_raw_saved_")):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        from .node_call import raw, saved

        read = saved if name.startswith("_saved_") else raw[0]
        return read(self, name.partition("saved_")[2])

    def _sequence_nr(self) -> int:
        """The time of its creation: the younger node is pulled back first."""
        return self.number

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for the user's own notes on this node."""
        if self.extras is None:
            self.extras = {}
        return self.extras.setdefault("metadata", {})  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<{self.name()} object at {id(self):#x}>"

    def __reduce__(self) -> Any:
        raise TypeError(f"cannot pickle {self.name()!r} object: a graph belongs to its process")


class Broadcast(Node):
    """On an edge whose operand was broadcast: sums the cotangent back to the operand's shape."""

    __slots__ = ()
    frees = False
    sources = (CONSTANT,)

    @staticmethod
    def pull(g: Any, saved: Any, edges: Any) -> tuple[Any]:
        """Sum over the dimensions that broadcasting added or stretched."""
        return (sum_to(g, saved[0]),)


class Output(Node):
    """One output of an op that has several: leads its cotangent to the right place in the op's."""

    __slots__ = ("index",)
    index: int

    def public(self) -> Node:
        """The op's own node."""
        return self.edges[0]  # type: ignore[no-any-return]

    @property
    def output_nr(self) -> int:  # type: ignore[override]
        """Which output this is."""
        return self.index


class Alias(Node):
    """Leads from a saved array to the leaf that held it, when the leaf holds another one now."""

    __slots__ = ()
    frees = False

    @staticmethod
    def pull(g: Any, saved: Any, edges: Any) -> tuple[Any]:
        """The identity."""
        return (g,)


class AccumulateGrad:
    """What stands in ``next_functions`` for a leaf: its `variable` receives the gradient."""

    next_functions: tuple[Any, ...] = ()

    def __init__(self, variable: Tensor) -> None:
        self.variable = variable

    def name(self) -> str:
        """``torch::autograd::AccumulateGrad``, as in PyTorch."""
        return "torch::autograd::AccumulateGrad"

    def _sequence_nr(self) -> int:
        """Younger than every node: a leaf is done as soon as it has received everything."""
        return 2**64 - 1

    @property
    def metadata(self) -> dict[str, Any]:
        """A dictionary for the user's own notes on this leaf."""
        if self.variable._extras is None:
            self.variable._extras = {}
        return self.variable._extras.setdefault("metadata", {})  # type: ignore[no-any-return]

    def __repr__(self) -> str:
        return f"<AccumulateGrad object at {id(self):#x}>"

    def __call__(self, g: Tensor) -> tuple[()]:
        """Add `g` to the leaf's gradient."""
        from .node_call import received

        received(self, g)
        return ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, AccumulateGrad) and other.variable is self.variable

    def __hash__(self) -> int:
        return hash(self.variable)


def _public_edge(edge: Any) -> tuple[Any, int]:
    while isinstance(edge, (Broadcast, Alias)):
        edge = edge.edges[0]
    if isinstance(edge, Tensor):
        return AccumulateGrad(edge), 0
    return (edge, 0) if edge is None else (edge.public(), edge.output_nr)


# ------------------------------------------------------------------- building


def make_node(cls: type[Node], edges: tuple[Any, ...], saved: Any) -> Any:
    """A node of class `cls`, the youngest of the graph."""
    node = new(cls)
    node.edges, node.saved, node.extras = edges, saved, None
    node.number = versions.next_number()
    return node


def edge_of(tensor: Tensor) -> Any:
    """Where this tensor's cotangent goes: its node, itself if it is a leaf, None if nowhere."""
    if tensor._view is not None:
        refresh(tensor)
    return (tensor._node or tensor) if tensor._rg else None


def fit_edge(edge: Any, shape: tuple[int, ...], result: tuple[int, ...]) -> Any:
    """`edge`, behind a `Broadcast` if the operand's shape is not the result's."""
    return edge if edge is None or shape == result else make_node(Broadcast, (edge,), (shape,))


def linked(value: Any, edge: Any) -> Any:
    """A Tensor around a saved array, with the history that `edge` leads to."""
    while isinstance(edge, Broadcast):
        edge = edge.edges[0]
    if isinstance(edge, Tensor):
        if edge._data is value:
            return edge
        edge = make_node(Alias, (edge,), ())
    tensor = Tensor._of(value)
    if edge is not None:
        tensor._node, tensor._rg = edge, True
    return tensor


def lifted(node: Node, saved: tuple[Any, ...]) -> tuple[Any, ...]:
    """The saved values as Tensors with their history, for formulas that are to be recorded."""
    values = tuple(_lift(node, value, source) for value, source in zip(saved, node.sources, strict=True))
    return values if node.extras is None or "dual" not in node.extras else node.extras["dual"](values)


def _lift(node: Node, value: Any, source: int) -> Any:
    if isinstance(value, tuple) and source == OUT:
        return tuple(_lift_output(node, item, index) for index, item in enumerate(value))
    if isinstance(value, tuple) and source != CONSTANT:  # the operands of an op that takes any number
        return tuple(map(linked, value, node.edges))
    if source == CONSTANT or not isinstance(value, (np.ndarray, np.generic)):
        return value
    return linked(value, node if source == OUT else node.edges[source])


def _lift_output(node: Node, value: Any, index: int) -> Any:
    """One of several outputs as a Tensor with its history; integers stay arrays."""
    if value.dtype.kind not in "fc":
        return value
    output = make_node(Output, (node,), ())
    output.index = index
    return linked(value, output)


def sum_to(g: Any, shape: tuple[int, ...]) -> Any:
    """Sum `g` over the dimensions that broadcasting `shape` to ``g.shape`` added or stretched."""
    lead = len(g.shape) - len(shape)
    stretched = [lead + i for i, n in enumerate(shape) if n == 1 and g.shape[lead + i] != 1]
    dims = (*range(lead), *stretched)
    if not dims:
        return g.reshape(shape)
    summed = total(g, dims, True) if g.__class__ is np.ndarray else g.sum(axis=dims, keepdims=True)
    return summed.reshape(shape)


# ------------------------------------------------- second derivatives that are zero


class Tied(Node):
    """The history of a cotangent that is constant, but for jumps, in what it was computed from.

    The slope of ReLU comes from a mask, which has no history: differentiated again, the answer would be
    "not used in the graph", while it is zero.  In PyTorch the backward of such an op is an op of its operand.
    """

    __slots__ = ()
    frees = False
    fresh = False
    sources = (CONSTANT, CONSTANT)

    @staticmethod
    def pull(g: Any, saved: tuple[Sequence[tuple[int, ...]], Any], edges: Any) -> tuple[Any, ...]:
        """The cotangent itself for the formula's own history, and zeros for the operands."""
        shapes, dtype = saved
        zeros = [np.zeros(shape, dtype) for shape in shapes]
        return (g, *map(Tensor._of, zeros)) if isinstance(g, Tensor) else (g, *zeros)


def tied(node: Node, g: Any, results: Sequence[Any], saved: Sequence[Any]) -> list[Any]:
    """The recorded cotangents of `node`, each with a derivative of zeros by its piecewise operands."""
    found = [(node.edges[i], _shape_along(node, i, g, results, saved)) for i in node.piecewise]
    known = [(edge, shape) for edge, shape in found if edge is not None and shape is not None]
    if not known:
        return list(results)
    operands, shapes = zip(*known, strict=True)
    return [r if r is None else _tied(r, operands, shapes) for r in results]


def _shape_along(
    node: Node, place: int, g: Any, results: Sequence[Any], saved: Sequence[Any]
) -> tuple[int, ...] | None:
    """The shape of what goes along the edge at `place`, before a broadcast is undone; None if it is lost."""
    if node.op.elementwise:
        return tuple(g.shape)
    held, name = results[place], node.op.differentiable[place]
    if held is None and name in node.op.keeps:
        held = saved[node.op.keeps.index(name)]
    return None if held is None else tuple(held.shape)


def _tied(r: Any, operands: Sequence[Any], shapes: Sequence[tuple[int, ...]]) -> Tensor:
    if (of_its_own := getattr(r, "_tied", None)) is not None:
        return of_its_own(lambda inner: _tied(inner, operands, shapes))  # type: ignore[no-any-return]
    twin: Tensor = Tensor._of(r._data)
    twin._node, twin._rg = make_node(Tied, (edge_of(r), *operands), (tuple(shapes), r.dtype)), True
    return twin
