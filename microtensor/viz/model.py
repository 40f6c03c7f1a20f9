"""What a computation graph is, as plain data: nodes, edges and scopes, and nothing that draws.

Everything that shows a graph (DOT, text, HTML, words) starts from these classes, and nothing in them
points at a tensor, an array or a node of the engine: a `Graph` can be kept, compared, pickled and turned
into JSON (`Graph.to_dict`) long after the computation is gone.

Conventions.  Ids of nodes are 0, 1, 2, ... in the order in which the program created them, each leaf just
before the first operation that uses it, so the same program gives the same graph.  Edges point the way the
values flow, from an operand to the operation, in the order of the operands; gradients flow against them.
A scope is one *call* of a module.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from typing import Any, Literal

Kind = Literal["op", "parameter", "input", "constant", "module", "ops"]
"""An operation; a leaf that is a Parameter, another that requires a gradient, or one that does not; and
what `viz.fold` makes of several operations: a module's box, or a box of operations without a module."""


@dataclass(frozen=True)
class Summary:
    """An array in a few numbers; `number` is the value itself if there is one element.

    The mean and the others are of the finite elements, and None if there are none; of complex numbers there
    is the root of the mean square alone.
    """

    shape: tuple[int, ...]
    dtype: str
    number: complex | None = None
    mean: float | None = None
    std: float | None = None
    low: float | None = None
    high: float | None = None
    rms: float | None = None
    """The root of the mean square: the size that gradients are coloured by."""
    nans: int = 0
    infinities: int = 0


@dataclass(frozen=True)
class Saved:
    """One value that an operation keeps for its backward pass.

    `nbytes` counts an array (0 for a parameter such as ``dim``, whose `text` is shown instead).
    """

    name: str
    shape: tuple[int, ...] | None = None
    dtype: str = ""
    nbytes: int = 0
    text: str = ""


@dataclass(frozen=True)
class Node:
    """A leaf, an operation with its result, or a box that stands for several operations."""

    id: int
    kind: Kind
    op: str = ""
    """What a user calls: ``mul``, a Function's name; a module's class for a box; "" for a leaf."""
    name: str = ""
    """What a person calls it: a parameter's path in its module, or ``t.name``; "" if nobody named it."""
    grad_fn: str = ""
    """PyTorch's name for the backward node, such as ``MulBackward0``."""
    shape: tuple[int, ...] | None = None
    """The result's shape; None where it is not known: nodes do not keep it, it is inferred."""
    dtype: str = ""
    outputs: tuple[tuple[int, ...], ...] = ()
    """The shapes of all results of an operation with several."""
    scope: int | None = None
    """The innermost scope (an index into `Graph.scopes`) in which it ran."""
    order: int = 0
    """0 in the forward computation; n for what the n-th derivative's backward pass recorded."""
    root: bool = False
    """Whether this is what was drawn: the loss."""
    params: tuple[tuple[str, str], ...] = ()
    """What is known of the op's parameters, such as ``("dim", "1")``."""
    saved: tuple[Saved, ...] = ()
    checkpoint: bool = False
    """Whether what it saves was dropped by a checkpoint, and is computed again in the backward pass."""
    freed: bool = False
    """Whether a backward pass has run and freed what was saved."""
    value: Summary | None = None
    grad: Summary | None = None
    formulas: tuple[tuple[str, str], ...] = ()
    """Each operand's partial derivative, as the source has it."""
    line: str = ""
    """``file:line: text`` of the user's call, if it was watched."""
    forward_ms: float | None = None
    backward_ms: float | None = None
    members: tuple[int, ...] = ()
    """The ids that it stands for in the graph that was folded; empty if only its own."""
    parameters: int = 0
    """For a parameter or a box: the number of learnt elements."""

    @property
    def is_leaf(self) -> bool:
        """Whether no operation made it."""
        return self.kind in ("parameter", "input", "constant")

    @property
    def saved_bytes(self) -> int:
        """Bytes that it keeps for the backward pass."""
        return sum(item.nbytes for item in self.saved)


@dataclass(frozen=True)
class Edge:
    """One operand: from what made it (or a leaf) to the operation that uses it."""

    source: int
    target: int
    slot: int = 0
    """Which operand of the target this is, counted from 0."""
    output: int = 0
    """Which result of the source."""
    argument: str = ""
    """The operand's name in the op's formulas."""
    broadcast: tuple[int, ...] | None = None
    """The operand's shape, if it was broadcast to the result's."""
    carries: bool = True
    """Whether a gradient flows back along it; not into constants."""
    grad: Summary | None = None
    """The cotangent that the target sent back along this edge, if it was recorded."""


@dataclass(frozen=True)
class Scope:
    """One call of a module."""

    id: int
    path: str
    """The module's path in its root, such as ``blocks.0.attn``; "" for the root itself."""
    kind: str
    """The module's class."""
    parent: int | None = None
    call: int = 1
    """Which call of this module it is, for modules that ran several times."""
    repeats: int = 1
    """How many equal siblings this one stands for, once the graph was folded."""
    last: str = ""
    """The path of the last of them."""
    guessed: bool = False
    """Whether it was guessed from parameters, and not seen by a watch."""

    @property
    def title(self) -> str:
        """What a frame around it says: ``fc1: Linear``, and which call, and how many."""
        path = f"{self.path} to {self.last}" if self.last else self.path
        name = (
            path if path.rstrip("0123456789") == self.kind else f"{path}: {self.kind}" if path else self.kind
        )
        call = f", call {self.call}" if self.call > 1 else ""
        return f"{name}{call}" + (f" x {self.repeats}" if self.repeats > 1 else "")


@dataclass(frozen=True)
class Graph:
    """Nodes in order of creation, edges in order of (target, slot), scopes with parents first."""

    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    scopes: tuple[Scope, ...] = ()
    folded_from: int = 0
    """How many nodes the graph had before it was folded; 0 if it was not."""
    notes: tuple[str, ...] = ()
    """Sentences for the reader: what is not known, and how to see it."""

    @cached_property
    def by_id(self) -> dict[int, Node]:
        """The nodes by their ids."""
        return {node.id: node for node in self.nodes}

    @cached_property
    def operands(self) -> dict[int, list[Edge]]:
        """For each node the edges that lead to it, in order of the operands."""
        return self._grouped("target")

    @cached_property
    def uses(self) -> dict[int, list[Edge]]:
        """For each node the edges that lead on from it."""
        return self._grouped("source")

    @cached_property
    def letter(self) -> str:
        """What stands for an arriving gradient: ``g``, unless somebody has called a tensor that."""
        return "grad" if any(node.name == "g" for node in self.nodes) else "g"

    def _grouped(self, end: str) -> dict[int, list[Edge]]:
        found: dict[int, list[Edge]] = {node.id: [] for node in self.nodes}
        for edge in self.edges:
            found[getattr(edge, end)].append(edge)
        return found

    @property
    def roots(self) -> tuple[Node, ...]:
        """The nodes that were asked for."""
        return tuple(node for node in self.nodes if node.root)

    def scopes_of(self, scope: int | None) -> Iterator[Scope]:
        """The scope with this id and those around it, the innermost first."""
        while scope is not None:
            found = self.scopes[scope]
            yield found
            scope = found.parent

    def count(self) -> Counter[str]:
        """How many operations of each name."""
        return Counter(node.op for node in self.nodes if not node.is_leaf)

    def to_dict(self) -> dict[str, Any]:
        """All of it as dictionaries, lists, strings and numbers, for JSON.

        NaN and infinities, which JSON lacks, become strings.

        >>> x = mt.tensor(2.0, requires_grad=True)
        >>> data = mt.viz.graph(x * x).to_dict()
        >>> [node["op"] for node in data["nodes"]], [edge["slot"] for edge in data["edges"]]
        (['', 'mul'], [0, 1])
        """
        return _plain(asdict(self))  # type: ignore[no-any-return]


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    finite = not isinstance(value, float) or value - value == 0
    return value if finite else str(value)


def renumbered(nodes: Iterable[Node], edges: Iterable[Edge]) -> tuple[tuple[Node, ...], tuple[Edge, ...]]:
    """The same with ids 0, 1, 2, ... in the order of the old ones."""
    ordered = sorted(nodes, key=lambda node: node.id)
    new = {node.id: index for index, node in enumerate(ordered)}
    moved = [replace(e, source=new[e.source], target=new[e.target]) for e in edges]
    return tuple(replace(n, id=new[n.id]) for n in ordered), tuple(sorted(moved, key=_place))


def _place(edge: Edge) -> tuple[int, int, int]:
    return edge.target, edge.slot, edge.source
