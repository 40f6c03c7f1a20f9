"""From tensors to a `Graph`: all that can be known of a computation, as plain data.

`collect` finds the items, `infer` their shapes, `owners` and `scopes` their names and modules, `watch` what
was noted while they ran.  Here the answers are put together.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

import numpy as np

from ...autograd.grad_backward import grad as gradients_of
from ...autograd.saved_tensor_hooks import Packed
from ...autograd.tensor_name import names_of
from ...engine.backward import passes
from ...engine.tensor import Tensor
from ...errors import describe
from ...nn import Parameter, functional
from ...utils import checkpoint
from ..array_summary import param_text, summary
from ..model import Edge, Graph, Kind, Node, Saved, Summary
from ..notes import Note, note_of
from ..watch import record_gradients
from .infer_shapes import Evidence
from .module_scopes import Scopes
from .parameter_names import Owners
from .reachable import Item, collect, is_array, is_reentrant, slots_of, tensors_of
from .recompute_values import values_of


def graph(
    tensor: Any,
    *more: Any,
    names: Mapping[str, Tensor] | None = None,
    values: bool = False,
    grads: bool = False,
) -> Graph:
    """The computation graph of one tensor or several (also in lists and dicts), as plain data.

    names : what to call tensors, as in ``dict(model.named_parameters())``; else ``t.name``, else the path of
        a parameter in its living module.
    values : summarise the values of leaves, and of results as far as the graph still holds them.
    grads : summarise gradients.  Those that were recorded under ``watch(grads=True)`` are used; if there
        are none and the graph is not freed, a backward pass is run for the purpose, as `autograd.grad` does
        it: no ``.grad`` changes, and hooks run.  After an ordinary ``backward()`` only those of leaves are
        known, which a note in the graph says.

    Nothing of the computation is changed, and no saved array is unpacked.  Raises ``TypeError`` for what is
    no tensor.

    >>> x = mt.tensor([1.0, 2.0], requires_grad=True)
    >>> x.name = "x"
    >>> g = mt.viz.graph((x * x).sum())
    >>> [(node.id, node.op or node.name, node.shape) for node in g.nodes]
    [(0, 'x', (2,)), (1, 'mul', (2,)), (2, 'sum', ())]
    >>> [(edge.source, edge.target) for edge in g.edges]
    [(0, 1), (0, 1), (1, 2)]
    """
    roots = tensors_of((tensor, *more), "graph")
    return _Builder(roots, names or {}, values, grads).build()


class _Builder:
    """What is known while a graph is being put together."""

    def __init__(
        self, roots: Sequence[Tensor], names: Mapping[str, Tensor], values: bool, grads: bool
    ) -> None:
        self.roots, self.names, self.values, self.grads = roots, names, values, grads
        self.items, self.tops = collect(roots)
        self.evidence = Evidence(self.items, self.tops, roots)
        leaves = [item.thing for item in self.items if isinstance(item.thing, Tensor)]
        self.results = values_of(self.items, self.evidence) if values else {}
        self.owners = Owners(leaves)
        self.given = _given(names)
        named = {item for item in self.items if not item.is_op and self._said(item)}
        self.orders = _orders(self.items)
        self.scopes = Scopes(self.items, self.owners, named, self.orders)
        self.passed: dict[int, Any] = {}
        self.notes: list[str] = list(self.scopes.notes)
        self.formulas: dict[type, tuple[tuple[str, str], ...]] = {}

    def build(self) -> Graph:
        """The graph."""
        if self.grads:
            self._gather_gradients()
        nodes = tuple(self._node(item) for item in self.items)
        edges = tuple(edge for item in self.items for edge in self._edges(item))
        return Graph(nodes, edges, tuple(self.scopes.found), notes=tuple(self.notes))

    # ------------------------------------------------------------ nodes

    def _node(self, item: Item) -> Node:
        shape = self.evidence.shapes.get(item)
        dtype = self.evidence.dtypes.get(item)
        known: dict[str, Any] = {
            "id": item.id, "name": self._name(item), "scope": self.scopes.of.get(item),
            "root": item in self.tops, "order": self.orders.get(item, 0),
            "shape": None if shape is None else tuple(map(int, shape)),
            "dtype": "" if dtype is None else _word(dtype),
        }  # fmt: skip
        known |= self._operation(item) if item.is_op else self._leaf(item)
        return Node(**known)

    def _name(self, item: Item) -> str:
        detached = "detached" if item.operands and not item.is_op else ""
        return self._said(item) or self.owners.paths.get(id(item.thing), detached)

    def _said(self, item: Item) -> str | None:
        """What a person called it."""
        key = id(item.thing) if item.is_op else id(item.array)
        found = self.given.get(key) or self.given.get(id(item.thing))
        if not found and not item.is_op and is_array(item.array):
            found = self.given.get(_memory(item.array))
        if not found and item.is_op:
            found = next((name for name in names_of(item.thing).values() if name), None)
        elif not found:
            found = getattr(item.thing, "name", None) if isinstance(item.thing, Tensor) else item.name
        return found

    def _leaf(self, item: Item) -> dict[str, Any]:
        thing = item.thing
        wanted = getattr(thing, "requires_grad", False)
        kind: Kind = "constant" if not wanted else "parameter" if isinstance(thing, Parameter) else "input"
        known: dict[str, Any] = {"kind": kind}
        if kind == "parameter":
            known["parameters"] = int(thing.numel())
        if self.values or (kind == "constant" and np.size(item.array) == 1):
            known["value"] = summary(item.array)
        if not is_array(thing) and not isinstance(thing, Tensor):
            known |= {"value": summary(thing), "dtype": type(thing).__name__}
        if self.grads and wanted:
            known["grad"] = self._leaf_gradient(thing)
        return known

    def _leaf_gradient(self, leaf: Tensor) -> Summary | None:
        found = self.passed.get(id(leaf))
        found = leaf.grad if found is None else found
        return None if found is None else summary(found.detach().array)

    def _operation(self, item: Item) -> dict[str, Any]:
        node, note = item.thing, note_of(item.thing) or Note()
        value = note.value
        if value is None and item in self.results:
            value = summary(self.results[item])
        return {
            "kind": "op", "op": _op_name(node), "grad_fn": _node_name(node), "freed": node.freed,
            "outputs": _outputs(node), "checkpoint": _is_checkpointed(item),
            "params": _params(item, note), "saved": _saved(item),
            "formulas": self._formulas(node), "line": note.line, "value": value, "grad": note.grad,
            "forward_ms": note.forward_ms, "backward_ms": note.backward_ms, **_seen(note),
        }  # fmt: skip

    def _formulas(self, node: Any) -> tuple[tuple[str, str], ...]:
        kind = type(node)
        if kind not in self.formulas:
            self.formulas[kind] = () if is_reentrant(node) else tuple(node.formulas.items())
        return self.formulas[kind]

    # ------------------------------------------------------------ edges

    def _edges(self, item: Item) -> list[Edge]:
        sent = (note_of(item.thing) or Note()).sent if item.is_op and self.grads else ()
        place = {slot: i for i, slot in enumerate(slots_of(item.thing))} if sent else {}
        gradients = [place.get(link.slot, -1) if link.carries else -1 for link in item.operands]
        return [
            Edge(
                link.source.id, item.id, link.slot, link.output, link.argument,
                None if link.broadcast is None else tuple(map(int, link.broadcast)), link.carries,
                sent[index] if 0 <= index < len(sent) else None,
            )
            for link, index in zip(item.operands, gradients, strict=True)
        ]  # fmt: skip

    # ------------------------------------------------------------ gradients

    def _gather_gradients(self) -> None:
        nodes = [item.thing for item in self.items if item.is_op]
        if any((note_of(node) or Note()).grad is not None for node in nodes):
            return
        if any(item.thing.freed for item in self.items if item.is_op and not item.beside):
            self.notes.append(
                "backward() has freed this graph, so gradients of results are not known: draw it before, or "
                "compute it inside `with viz.watch(grads=True):`"
            )
        elif nodes:
            self._run_backward(nodes)

    def _run_backward(self, nodes: Sequence[Any]) -> None:
        leaves = [
            item.thing for item in self.items if getattr(item.thing, "variable", item.thing) is item.thing
        ]
        leaves = [leaf for leaf in leaves if isinstance(leaf, Tensor) and leaf.requires_grad]
        tops = [root for root in self.roots if root.grad_fn is not None]
        ones = [Tensor.detach(root).clone().fill_(1.0) for root in tops]
        handles = [record_gradients(node) for node in nodes]
        try:
            found = gradients_of(tops, leaves, ones, retain_graph=True, allow_unused=True)
        finally:
            for handle in handles:
                handle.remove()
        self.passed = {id(leaf): g for leaf, g in zip(leaves, found, strict=True)}


def _memory(array: Any) -> tuple[int, int]:
    """What arrays have in common that show the same elements in another shape."""
    return int(np.asarray(array).__array_interface__["data"][0]), int(array.nbytes)


def _given(names: Mapping[str, Tensor]) -> dict[Any, str]:
    """User's names by the identity of what they name: a leaf, its array, its memory, or a node."""
    found: dict[Any, str] = {}
    for name, tensor in names.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise TypeError(
                f"names: expected a mapping from strings to tensors, as dict(model.named_parameters()) is, "
                f"got {describe(name)}: {describe(tensor)}"
            )
        if tensor.grad_fn is not None:
            found[id(tensor.grad_fn)] = name
        else:
            found[id(tensor)] = found[id(tensor.array)] = found[_memory(tensor.array)] = name
    return found


def _op_name(node: Any) -> str:
    """What a user would call: the op's name if it is public, else what PyTorch calls its node."""
    name = "_" if node.op is None else str(node.op.name)
    if not name.startswith("_") and (hasattr(Tensor, name) or name in functional.__all__):
        return name
    words = _node_name(node).split("Backward")[0]
    return _FUNCTIONS.get(words, words) if node.op is None else _snake(words)


def _node_name(node: Any) -> str:
    """PyTorch's name of a node, without that of a namespace."""
    return str(node.name()).rpartition("::")[2]


_FUNCTIONS = {
    "CheckpointFunction": "checkpoint", "Split": "split", "SplitWithSizes": "split", "Unbind": "unbind",
}  # fmt: skip
"""The functions that leave nodes of no op."""


def _snake(words: str) -> str:
    """A class's name as a function's: ``MaxPool2DWithIndices`` is ``max_pool2d_with_indices``."""
    words = re.sub(r"(?<=\d)D", "d", words)
    return re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", words).lower()


def _outputs(node: Any) -> tuple[tuple[int, ...], ...]:
    outputs = getattr(node, "outputs", ())
    return tuple(tuple(map(int, shape)) for shape, _ in outputs) if len(outputs) > 1 else ()


def _seen(note: Note) -> dict[str, Any]:
    """The shape that was seen when it ran is better than one that was inferred."""
    if not note.shapes:
        return {}
    shape, dtype = note.shapes[0]
    return {"shape": tuple(map(int, shape)), "dtype": _word(dtype)}


def _params(item: Item, note: Note) -> tuple[tuple[str, str], ...]:
    op, held = item.thing.op, item.held
    if op is None or not op.params:
        return ()
    kept = {name: param_text(name, held[name]) for name in op.params if name in held}
    return tuple((kept | note.params).items())


def _is_checkpointed(item: Item) -> bool:
    """Whether a checkpoint holds what the operation has saved, or is the operation."""
    packed = [value.content for value in item.held.values() if isinstance(value, Packed)]
    dropped = any(type(one).__module__ == checkpoint.__name__ for one in packed)
    return dropped or is_reentrant(item.thing)


def _saved(item: Item) -> tuple[Saved, ...]:
    return tuple(_one_saved(name, value) for name, value in item.held.items() if value is not None)


@lru_cache(maxsize=64)
def _word(dtype: Any) -> str:
    """The name of a dtype, which NumPy takes its time to put together."""
    return str(dtype)


def _one_saved(name: str, value: Any) -> Saved:
    if is_array(value):
        return Saved(name, tuple(value.shape), _word(value.dtype), int(value.nbytes))
    if isinstance(value, tuple) and value and all(is_array(v) for v in value):
        return Saved(name, nbytes=sum(int(v.nbytes) for v in value), text=f"{len(value)} arrays")
    return Saved(name, text=describe(value))


def _orders(items: Sequence[Item]) -> dict[Item, int]:
    """How many passes deep each operation is, for those that the program did not call itself."""
    by_number = {item.thing.number: item for item in items if item.is_op}
    return _Orders(by_number).found


class _Orders:
    """An operation that ran inside a recorded backward pass is one order above the roots of that pass.

    Those may lie in an earlier pass, or depend on one.  Passes are intervals of the clock that lie beside or
    inside of each other.
    """

    def __init__(self, by_number: Mapping[int, Item]) -> None:
        self.by_number = by_number
        youngest = max(by_number, default=0)
        noted = iter(list(passes))
        self.spans = sorted(s for s in zip(noted, noted, noted, strict=True) if s[0] < youngest)
        self.starts = [start for start, _, _ in self.spans]
        self.around = self._around()
        self.ranks: list[int] = []
        self.depth: dict[Item, int] = {}
        self.found: dict[Item, int] = {}
        self._run()

    def _run(self) -> None:
        pending = sorted(self.by_number, reverse=True)
        for start, _, root in self.spans:
            while pending and pending[-1] < start:
                self._place(pending.pop())
            self.ranks.append(1 + self._rank(root))
        while pending:
            self._place(pending.pop())

    def _around(self) -> list[int]:
        """For each pass the one that it lies in, or -1."""
        found: list[int] = []
        for i, (start, _, _) in enumerate(self.spans):
            outer = i - 1
            while outer >= 0 and self.spans[outer][1] <= start:
                outer = found[outer]
            found.append(outer)
        return found

    def _inside(self, number: int) -> int:
        index = bisect.bisect_right(self.starts, number) - 1
        while index >= 0 and number >= self.spans[index][1]:
            index = self.around[index]
        return index

    def _place(self, number: int) -> None:
        item, within = self.by_number[number], self._inside(number)
        rank = 0 if within < 0 else self.ranks[within]
        self.depth[item] = max([rank, *(self.depth.get(link.source, 0) for link in item.operands)])
        if rank:
            self.found[item] = rank

    def _rank(self, root: int) -> int:
        within = self._inside(root)
        if within >= 0:
            return self.ranks[within]
        return self.depth.get(self.by_number[root], 0) if root in self.by_number else 0
