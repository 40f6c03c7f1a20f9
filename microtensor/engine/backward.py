"""The backward sweep: the whole of reverse-mode differentiation, once.

The sweep pops the youngest node that has a cotangent, pulls it back, and adds what comes out to
the cotangents of its operands.  An operand is always older than its result, so the youngest
pending node has received everything it will receive: creation numbers *are* a topological order,
and a heap replaces the usual first pass that counts consumers.  No recursion, one visit a node.

Cotangents are raw arrays, and formulas run on them at NumPy's speed.  Under ``create_graph=True``
the same formulas run on Tensors, are recorded like any other computation, and can be
differentiated again.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from heapq import heappop, heappush, heappushpop
from operator import add
from typing import Any

import numpy as np

from . import versions
from .arrays.complex_numbers import conjugated
from .arrays.sparse_array import SparseArray
from .calls.hook_answers import check_answer, checked_tuple
from .calls.quiet import again
from .grad_mode import enable_grad, no_grad, observer, recording
from .graph import Node, Output, edge_of, leaf_hooks, lifted, tied
from .passes.accumulation import accumulate, leaf_lock, rows_added
from .passes.cotangents import UNDEFINED, as_arrived, as_seen, carried, tuple_of
from .passes.saved_arrays import check_saved, pulled_again, saved_by
from .passes.seeds import seeds_of
from .reachability import last_uses, leading_to, reachable
from .tensor import Tensor

new = object.__new__
float32, float64 = np.dtype(np.float32), np.dtype(np.float64)


_NOTHING: frozenset[Any] = frozenset()
_NONE_READY: dict[int, list[Tensor]] = {}


class Sweep:
    """One backward pass: what is pending, and where finished cotangents are to be captured."""

    __slots__ = (
        "callbacks", "capture", "captured", "graph", "heap", "need", "owned", "pending", "ready", "retain",
    )  # fmt: skip

    def __init__(self, retain: bool, graph: bool) -> None:
        self.retain, self.graph = retain, graph
        self.pending: dict[Any, Any] = {}
        self.owned: set[Any] = set()
        self.heap: list[tuple[int, Node]] = []
        self.need: set[Any] | None = None
        self.ready: dict[int, list[Tensor]] = _NONE_READY
        self.capture: set[Any] | frozenset[Any] = _NOTHING
        self.captured: dict[Any, Any] = {}
        self.callbacks: Sequence[Callable[[], Any]] = ()

    def seed(self, edge: Any, g: Any) -> None:
        """Start from `edge` with cotangent `g`, which is never written to."""
        if edge in self.pending:
            self.pending[edge] = self.pending[edge] + g
        else:
            self.pending[edge] = g
            if not isinstance(edge, Tensor):
                heappush(self.heap, (-edge.number, edge))

    def run(self) -> None:
        """Pull back until only leaves are pending, the youngest node first.

        This loop is the hot path of every backward pass: what it does for an ordinary node is written out in
        it, and `pull_watched` does the rest.  The node that is next, and its cotangent, are kept in `node`
        and `g`, the others in the heap: a chain never touches that.
        """
        pending, owned, heap, free = self.pending, self.owned, self.heap, not self.retain
        shown = self.graph or hasattr(observer(), "pulled")  # somebody else sees what comes out
        watched = shown or self.need is not None or self.ready
        node: Any = heappop(heap)[1] if heap else None
        g = None if node is None else pending.pop(node)
        while node is not None:
            saved, edges, fresh = node.saved, node.edges, node.fresh
            if watched or node.extras is not None or saved is None or node.__class__ is Output:
                this = node
                edges, results = self.pull_watched(node, g)
                fresh = fresh and not shown and node.extras is None
            else:
                if node.number < versions.last_write:
                    check_saved(node, saved)
                try:
                    results = node.pull(g, saved, edges)
                except RuntimeWarning:
                    results = pulled_again(node, g, saved, edges)
                if free and node.frees:
                    node.saved = None
            node = None
            for edge, r in zip(edges, results):  # noqa: B905 - pull's law, and strict= costs 60 ns
                if edge is None:
                    continue
                if r is None:
                    if edge is not node:
                        self.undefined(edge)
                elif edge in pending:
                    self.add(edge, r)
                elif isinstance(edge, Tensor):
                    pending[edge] = r
                    if fresh and r is not g and r.base is None and g.__class__ is not dict:
                        owned.add(edge)  # nobody else holds this array: the only place that decides it
                elif node is None:
                    node, waiting = edge, r
                elif edge is node:
                    try:
                        waiting = waiting + r
                    except RuntimeWarning:
                        waiting = again(add, waiting, r)
                else:
                    pending[edge] = r
                    heappush(heap, (-edge.number, edge))
            if watched and self.ready:
                if node is not None:
                    pending[node] = waiting
                self.leaves_done(this)
                waiting = None if node is None else pending.pop(node)
            g = None if node is None else waiting
            if heap:
                if node is None:
                    node = heappop(heap)[1]
                elif -heap[0][0] > node.number:
                    pending[node] = g
                    node = heappushpop(heap, (-node.number, node))[1]
                else:
                    continue
                g = pending.pop(node)

    def pull_watched(self, node: Node, g: Any) -> tuple[Sequence[Any], Sequence[Any]]:
        """Pull back a node to which something special applies: ``(edges, results)``, empty if not run."""
        edges = node.edges
        if self.need is not None or self.ready or node.extras is not None:
            g = self.before(node, g)
        if node.__class__ is Output:
            self.gather(node, g)
            return (), ()
        if self.need is not None:
            edges = tuple([edge if edge in self.need else None for edge in edges])
            if node in self.capture and not any(edge is not None for edge in edges):
                return (), ()  # asked for, and nothing before it is: not pulled, not freed
        saved = saved_by(node)
        if node.number < versions.last_write:
            check_saved(node, saved)
        held = lifted(node, saved) if self.graph else saved
        try:
            unheard = g is UNDEFINED and not node.hears_of_nothing
            results: Sequence[Any] = [None] * len(edges) if unheard else node.pull(g, held, edges)
        except RuntimeWarning:
            results = pulled_again(node, g, held, edges)
        if self.graph and node.piecewise:
            results = tied(node, g, results, saved)
        if node.extras is not None:
            results = self.posthooks(node, g, results)
        watch = getattr(observer(), "pulled", None)
        if watch is not None:
            watch(node, results)
        if not self.retain and node.frees:
            node.saved = None
        return edges, results

    def add(self, edge: Any, r: Any) -> None:
        """Add to the cotangent that waits at `edge`, in place if the sweep allocated its array."""
        held = self.pending[edge]
        if edge in self.owned and held.__class__ is np.ndarray:
            try:  # noqa: SIM105 - a context costs as much as the sum
                held += r
            except RuntimeWarning:
                pass  # the sum is written before NumPy looks at it
            self.pending[edge] = held
        else:
            try:
                self.pending[edge] = held + r
            except RuntimeWarning:
                self.pending[edge] = again(add, held, r)
            if not self.graph:
                self.owned.add(edge)

    def undefined(self, edge: Any) -> None:
        """A custom Function gave no gradient: another one right before it is still pulled back.

        So it is in PyTorch.  It gets zeros, or None if it wants that; all other nodes have nothing to do.
        """
        node = edge.edges[0] if edge.__class__ is Output else edge
        if isinstance(node, Tensor) or not node.hears_of_nothing or node in self.pending:
            return
        if self.need is None or node in self.need:
            self.pending[node] = UNDEFINED if node is edge else {}
            heappush(self.heap, (-node.number, node))

    def gather(self, output: Output, g: Any) -> None:
        """Put the cotangent of one output into its place in the cotangent of the whole op."""
        node = output.edges[0]
        if node not in self.pending:
            self.pending[node] = {}
            heappush(self.heap, (-node.number, node))
        parts = self.pending[node]
        parts[output.index] = parts[output.index] + g if output.index in parts else g

    def before(self, node: Node, g: Any) -> Any:
        """Hooks that see, and may replace, the cotangent that has arrived at `node`.

        PyTorch's order: the tensor's hooks, what is retained, what was asked for, the node's own.
        """
        g = conjugated(g)
        extras = node.extras or {}
        g = self.call_hooks(extras.get("hooks"), g)
        retained = extras.get("retain")
        if retained is not None and g is not UNDEFINED and (tensor := retained()) is not None:
            accumulate(tensor, g, False, self.graph)
        if node in self.capture:
            self.captured[node] = None if g is UNDEFINED else g
            if self.need is not None and self.need.isdisjoint(node.edges):
                return conjugated(g)  # it will not be pulled back
        for index, hooks in extras.get("hooks_of_outputs", {}).items():
            for hook in () if index in g else tuple(hooks.values()):
                self.call_hook(hook, None)
        for hook in tuple(extras.get("prehooks", {}).values()):
            g = as_arrived(self.call_tuple_hook(hook, tuple_of(node, g)), node, g, self.graph)
        return conjugated(g)

    def posthooks(self, node: Node, g: Any, results: Sequence[Any]) -> Sequence[Any]:
        """Hooks on the node that see, and may replace, what it sends on."""
        hooks = tuple((node.extras or {}).get("posthooks", {}).values())
        if hooks:
            results, g = conjugated(tuple(results)), conjugated(g)
        for hook in hooks:
            answer = self.call_tuple_hook(hook, tuple(results), tuple_of(node, g))
            results = tuple(carried(r, self.graph) for r in answer)
        return conjugated(results) if hooks else results

    def call_tuple_hook(self, hook: Callable[..., Any], *groups: tuple[Any, ...]) -> tuple[Any, ...]:
        """Run a hook on tuples of gradients; what it returns stands for the first of them."""
        wrapped = [tuple(map(as_seen, group)) for group in groups]
        with enable_grad() if self.graph else no_grad():
            answer = hook(*wrapped)
        return wrapped[0] if answer is None else checked_tuple(hook, answer, wrapped[0])

    def leaves_done(self, node: Node) -> None:
        """Finish the leaves that have received everything now that `node` was pulled back."""
        for leaf in self.ready.get(node.number, ()):
            if leaf in self.pending:
                self.finish(leaf)

    def call_hooks(self, hooks: Any, g: Any) -> Any:
        """Run a tensor's hooks, each on what the one before left: one object, which may carry attributes."""
        if not hooks:
            return g
        seen = as_seen(g)
        for hook in tuple(hooks.values()):
            seen = self.call_hook(hook, seen)
        return g if seen is None else carried(seen, self.graph)

    def call_hook(self, hook: Callable[[Any], Any], given: Any) -> Any:
        """What a user's hook makes of a Tensor, recorded only if this pass is recorded; itself if nothing."""
        with enable_grad() if self.graph else no_grad():
            answer = hook(given)
        if answer is None:
            return given
        check_answer(hook, answer, given)
        return answer

    def finish_all(self) -> None:
        """Finish every leaf: those that nobody watches, and whose gradient is real, here."""
        owned, others = self.owned, list(self.pending) if self.graph or self.capture else []
        with leaf_lock:
            for leaf, g in () if others else self.pending.items():
                kind = g.dtype
                imaginary = kind is not float32 and kind is not float64 and kind.kind == "c"
                if imaginary or leaf._extras is not None or not leaf._rg:
                    others.append(leaf)
                elif leaf._grad is not None:
                    accumulate(leaf, g, leaf in owned, False)
                else:
                    grad = leaf._grad = new(Tensor)
                    grad._data = g if leaf in owned else np.array(g)
                    grad._rg = False
                    grad._node = grad._grad = grad._view = grad._extras = None
        for leaf in others:
            self.finish(leaf)
        while self.callbacks:
            self.call_back()

    def call_back(self) -> None:
        """Call what was queued for the end of the pass, which may queue more."""
        callbacks, self.callbacks = self.callbacks, ()
        for callback in callbacks:
            callback()

    def finish(self, leaf: Tensor) -> None:
        """Run the leaf's own hooks, and add its cotangent to ``leaf.grad``."""
        g, mine = self.pending.pop(leaf), leaf in self.owned
        if g.dtype.kind == "c":
            g = conjugated(g)
        if leaf._extras is None and leaf not in self.capture:
            if leaf._rg:  # else it was turned off since it was used
                accumulate(leaf, g, mine, self.graph)
            return
        self.finish_with_hooks(leaf, g, mine)

    def finish_with_hooks(self, leaf: Tensor, g: Any, mine: bool) -> None:
        """The same for a leaf that carries hooks, or whose cotangent was asked for."""
        extras = leaf._extras or {}
        mine = mine and not (extras.get("hooks") or extras.get("posthooks"))  # what a hook saw, it may keep
        g = self.call_hooks(extras.get("hooks"), g)
        if leaf in self.capture:
            self.captured[leaf] = g
            return
        if not leaf._rg:
            return
        for hook in tuple(extras.get("prehooks", {}).values()):
            g, mine = carried(self.call_tuple_hook(hook, (g,))[0], self.graph), False
        accumulate(leaf, g, mine, self.graph)
        for hook in tuple(extras.get("after", {}).values()):
            with enable_grad() if self.graph else no_grad():
                if hook(leaf) is not None:
                    raise RuntimeError("Tensor post accumulate grad hooks should return None.")
        for hook in tuple(extras.get("posthooks", {}).values()):
            self.call_tuple_hook(hook, (), (g,))


# ------------------------------------------------------------------ entrances


def backward_from(tensor: Tensor, retain: bool) -> None:
    """What `backward` does for one scalar and all leaves, which is what training loops ask for."""
    data, edge = tensor._data, tensor._node
    if data.shape or edge is None or tensor._view is not None or leaf_hooks[0] or data.dtype.kind == "c":
        backward((tensor,), (None,), retain, False)
        return
    sweep = Sweep(retain, False)
    sweep.pending[edge] = data.dtype.type(1)
    sweep.heap.append((0, edge))
    sweep.run()
    sweep.finish_all()


def backward(
    tensors: Sequence[Tensor],
    gradients: Sequence[Any],
    retain: bool,
    graph: bool,
    inputs: Sequence[Tensor] | None = None,
) -> None:
    """Add the gradients of `tensors` to the leaves' ``.grad``, or only to that of `inputs`.

    An input that is no leaf has to retain its gradient.
    """
    sweep = Sweep(retain, graph)
    targets = None if inputs is None else [edge_of(t) for t in inputs]
    run_from(sweep, seeds_of(tensors, gradients, graph), targets)
    sweep.finish_all()


def gradients_of(
    tensors: Sequence[Tensor],
    gradients: Sequence[Any],
    inputs: Sequence[Tensor],
    retain: bool,
    graph: bool,
) -> list[Any]:
    """The cotangents of `inputs` (raw, or Tensors under `graph`), None where there is no path."""
    sweep = Sweep(retain, graph)
    targets = [edge_of(t) for t in inputs]
    sweep.capture = set(targets)
    run_from(sweep, seeds_of(tensors, gradients, graph), targets)
    sweep.finish_all()
    found = [sweep.captured.get(target) for target in targets]
    return [rows_added[0](None, g) if g.__class__ is SparseArray else g for g in found]


def run_from(sweep: Sweep, seeds: Sequence[tuple[Any, Any]], targets: Sequence[Any] | None) -> None:
    """Run a sweep from `seeds`, pruned to what leads to `targets` if there are any."""
    roots = [edge for edge, _ in seeds]
    if targets is not None or leaf_hooks[0]:
        nodes = reachable(roots)
        if targets is not None:
            sweep.need = leading_to(nodes, set(targets))
        sweep.ready = last_uses(nodes) if leaf_hooks[0] else {}
        if not any(leaf._extras for leaves in sweep.ready.values() for leaf in leaves):
            sweep.ready = {}
    for edge, g in seeds:
        if sweep.need is None or edge in sweep.need:
            sweep.seed(edge, g)
    if not sweep.graph:
        sweep.run()
        return
    before = versions.next_number()
    with enable_grad() if recording() is False else nullcontext():
        sweep.run()
    passes.extend((before, versions.next_number(), max(map(_number, roots), default=0)))


passes: deque[int] = deque(maxlen=300)
"""The passes that recorded themselves, three numbers each: the clock before and after, and the youngest root.

So that a drawing can tell the graph of a gradient from the graph that it is the gradient of.  Bare numbers,
since a tuple would be one more object for the collector to look at.
"""


def _number(edge: Any) -> int:
    return 0 if isinstance(edge, Tensor) else int(edge.number)
