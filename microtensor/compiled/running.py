"""One captured call of a function: what it did, what it read, what it returned, and its backward pass.

If the result has a graph that is still to be walked, the walk is captured behind the call, from cotangents
(`seeds`) that a replay sets: so a compiled module's forward and backward are two halves of one program.
"""

from __future__ import annotations

import gc
import inspect
import sys
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.backward import gradients_of
from ..engine.graph import edge_of
from ..engine.reachability import reachable
from ..engine.tensor import Tensor
from ..engine.versions import next_number, owner
from .arena import address
from .arguments import Arguments
from .capture.observation import DATA, GRAD, Observation
from .capture.reading import Reading
from .capture.traced import ND, Traced, plain, plainly
from .capture.watching import observed
from .program import Array
from .trees import containers_in, flatten, unflatten

__all__ = ["Run"]


class Run:
    """A call under observation.

    `leaves` are the leaves of its result.  `cut` is where the instructions of its backward pass begin,
    `differentiable` are the results that it starts from and `targets` the leaves that it leads to, with the
    gradients in `cotangents`.
    """

    def __init__(
        self, function: Any, arguments: Arguments, seeds: Sequence[Array] = (), given: Sequence[Any] = ()
    ) -> None:
        self.arguments, self.seeds = arguments, list(seeds)
        self.function, self.called = function, names_of(function, len(arguments.leaves))
        self.seen, self.reading = Observation(arguments.stood_for(given)), Reading(function)
        self.begun = next_number()
        args, kwargs = unflatten(arguments.shape, iter(arguments.leaves))
        counts = [sys.getrefcount(leaf) for leaf in arguments.leaves]
        self.leaves: list[Any] = []
        with observed(self.seen):
            with self.reading:
                result = function(*args, **kwargs)
            self.shape = flatten(result, self.leaves)
            containers = list(containers_in((args, kwargs)))
            del result, args, kwargs
            self.cut = len(self.seen.instructions)
            self.backward()
        self.tests = self.reading.tests(containers)
        self.reading.frames.clear()
        del containers
        ours = [sum(id(x) in table for table in self._tables()) for x in arguments.leaves]
        now = [sys.getrefcount(leaf) for leaf in arguments.leaves]
        self.kept = [k for k, n in enumerate(now) if n - ours[k] > counts[k]]
        self._form = [self.how(leaf) for leaf in self.leaves]

    def _tables(self) -> tuple[dict[int, Any], ...]:
        return self.seen.seen, self.seen.first_grads, self.seen.left_grads

    def backward(self) -> None:
        """Capture the walk of what graph the result has."""
        self.differentiable, self.targets, self.cotangents = [], [], []  # type: ignore[var-annotated]
        if self.seen.refusal is not None:
            return
        tensors = [x for x in self.leaves if isinstance(x, Tensor) and self.seen.is_made(x) and x._rg]
        alive = [x for x in tensors if _is_alive(x)]
        if alive and len(alive) < len(tensors):
            self.seen.refuse(
                "some results have a graph that was walked and freed, and others one that was not"
            )
        if any(n.number < self.begun for x in alive for n in reachable([x._node])):
            self.seen.refuse("a result depends on a tensor with a history from before the call")
        if alive and self.seen.refusal is None:
            self._walk(alive)

    def _walk(self, alive: list[Tensor]) -> None:
        self.differentiable = alive
        if len(self.seeds) != len(alive):
            self.seeds = [np.ones(x.shape, DATA.__get__(x).dtype) for x in alive]
        leaves = {id(t): t for t in self.graph_leaves() if not self.seen.is_made(t)}
        self.targets = list(leaves.values())
        starts = [Tensor._of(seed) for seed in self.seeds]
        try:
            found = gradients_of(alive, starts, self.targets, True, False)
        except RuntimeError as error:  # the user may never ask for it
            self.seen.refuse(f"the backward pass of its result fails: {error}")
            return
        self.cotangents = [None if g is None else self._gradient(g) for g in found]

    def _gradient(self, g: Any) -> Array:
        """A cotangent as memory that the run made."""
        array = plain(g) if type(g) is Traced else np.asarray(g)
        if self.seen.makes(array):
            return array
        return plain(self.seen.filled(np.array(array), array))  # type: ignore[no-any-return]

    # --------------------------------------------------------------- refusals

    def refusal(self) -> str | None:
        """Why this run can't be replayed, as far as it is seen from this run alone."""
        if self.seen.refusal is not None:
            where = f" ({self.seen.refused_at})" if self.seen.refused_at else ""
            return self.seen.refusal + where
        checks = (self._of_state, self._of_results, self._of_arguments, self._of_tensors)
        return self.reading.refusal or next((r for check in checks if (r := check())), None)

    def _of_state(self) -> str | None:
        for tick in self.seen.ticks:
            if tick.group["lr"] != tick.lr:
                return "the learning rate is changed in the step itself: call the scheduler outside of it"
        return None

    def _of_arguments(self) -> str | None:
        written = {id(owner(i.out)) for i in self.seen.instructions if i.out is not None}
        grads = {id(t) for t in self.graph_leaves()}
        for k, leaf in enumerate(self.arguments.leaves):
            if isinstance(leaf, Tensor):
                if id(owner(DATA.__get__(leaf))) in written:
                    return "an argument is written into, or shares its memory with what is"
                if GRAD.__get__(leaf) is not None:
                    return "a gradient is left in an argument: let it be a parameter, or return the gradient"
                if k in self.kept and id(leaf) not in grads and not any(leaf is x for x in self.leaves):
                    return "an argument is kept by the function"
        return None

    def _of_tensors(self) -> str | None:
        for key, (tensor, array) in self.seen.seen.items():
            if DATA.__get__(tensor) is not array:
                return "the memory of a tensor is replaced by another"
            if (tensor._rg, tensor._node, tensor._view) != self.seen.histories[key]:
                return "the history or requires_grad of a tensor that was there before is changed"
        if self._stray():
            gc.collect()
            if self._stray():
                return "a tensor that the call computes is kept elsewhere than in its result"
        return None

    def _stray(self) -> bool:
        """Whether a tensor that the run made lives on, and is not a result, a gradient or in a graph."""
        allowed = {id(x) for x in self.leaves} | {id(GRAD.__get__(t)) for t in self.seen.left_grads.values()}
        allowed |= {id(x) for t in self.graph_leaves() for x in (t, GRAD.__get__(t))}
        for leaf in self.leaves:
            view = leaf._view if isinstance(leaf, Tensor) else None
            while view is not None:
                allowed |= {id(view[0]), id(view[2])}
                view = view[2]._view
        return any((t := r()) is not None and id(t) not in allowed for r in self.seen.made_tensors.values())

    def _of_results(self) -> str | None:
        grads, memories = {id(owner(array)) for _, array in self.grads() if array is not None}, list[int]()
        for leaf, how in zip(self.leaves, self._form, strict=True):
            if how[0] != "grad" and isinstance(leaf, Tensor) and self.seen.is_made(leaf):
                array = DATA.__get__(leaf)
                if not isinstance(array, ND) or not self.seen.makes(array):
                    return "a result shares its memory with what was there before, or was not seen computed"
                if type(leaf) is not Tensor or leaf._extras is not None:
                    return "a result has hooks, or is of a subclass of Tensor"
                memories.append(id(owner(array)))
            elif isinstance(leaf, (np.ndarray, np.generic)):
                return "a NumPy array is returned: return a tensor"
        apart = len(set(memories)) == len(memories) and grads.isdisjoint(memories)
        return None if apart else "two of its results, or a result and a gradient, share their memory"

    # ---------------------------------------------------------------- results

    def how(self, leaf: Any) -> tuple[Any, ...]:
        """How a replay makes a leaf of the result: see `replay.Outcome`."""
        for k, given in enumerate(self.arguments.leaves):
            if leaf is given and isinstance(leaf, Tensor):
                return ("argument", k)
        for k, tensor in enumerate(self.seen.left_grads.values()):
            if leaf is not None and leaf is GRAD.__get__(tensor):
                return ("grad", k)
        if isinstance(leaf, Tensor) and self.seen.is_made(leaf):
            array = DATA.__get__(leaf)
            traced = self.seen._wrapped.get(id(array))
            return ("array", array, traced is not None and traced._scalar, leaf._rg)
        return ("object", leaf)

    def form(self) -> list[Any]:
        """What must be the same of two runs' results, and of where their backward passes lead."""
        results = [(how[0], *how[2:]) if how[0] == "array" else how for how in self._form]
        return [results, list(map(id, self._outer(self.targets))), [g is None for g in self.cotangents]]

    def _outer(self, targets: list[Tensor]) -> list[Any]:
        given = {id(leaf): k for k, leaf in enumerate(self.arguments.leaves)}
        return [_PLACES[given[id(t)]] if id(t) in given else t for t in targets]

    def results(self) -> list[tuple[Any, ...]]:
        """How each leaf of the result is made."""
        return self._form

    def grads(self) -> list[tuple[Tensor, Array | None]]:
        """The tensors whose gradient the run set, with its array, or None where it was dropped."""
        grads = []
        for tensor in self.seen.left_grads.values():
            grad = GRAD.__get__(tensor)
            grads.append((tensor, None if grad is None else DATA.__get__(grad)))
        return grads

    def drops(self, tensor: Tensor) -> bool:
        """Whether the run begins by dropping a tensor's gradient, which nobody has looked at."""
        return id(tensor) in self.seen.dropped

    def ends(self) -> list[Array]:
        """The arrays that a replay must leave: results, gradients, and the cotangents of the targets."""
        found = [how[1] for how in self._form if how[0] == "array"]
        found += [array for _, array in self.grads() if array is not None]
        return found + [g for g in self.cotangents if g is not None]

    def grads_at_start(self) -> list[Any]:
        """What the run assumed of gradients."""
        found = self.seen.first_grads.values()
        return [(id(t), r, g is None, id(g) if self.matters(g) else None) for t, r, g in found]

    def matters(self, grad: Any) -> bool:
        """Whether more is assumed of a gradient at the start than that there is one."""
        return grad is not None and id(grad) in self.seen.seen

    def handed(self, leaves: list[Any]) -> Any:
        """The result for the caller, whose own arguments take the place of those that stood for them."""
        given = {id(twin): leaf for twin, leaf in zip(self.arguments.leaves, leaves, strict=True)}
        for leaf in self.leaves:
            if isinstance(leaf, Tensor) and id(leaf) not in given:
                self._moved(leaf, given)
        for node in reachable(
            [x._node for x in self.leaves if isinstance(x, Tensor) and x._node is not None]
        ):
            node.saved = plainly(node.saved)
            if any(id(edge) in given for edge in node.edges):
                node.edges = tuple(_replaced(edge, given) for edge in node.edges)
        return unflatten(
            self.shape, iter([given.get(id(x), x) if isinstance(x, Tensor) else x for x in self.leaves])
        )

    def _moved(self, leaf: Tensor, given: dict[int, Any]) -> None:
        """Let a result that looks into what stood for an argument look into the argument instead."""
        for twin, real in self.arguments.stood_for(list(given.values())):
            array, old, new = leaf.array, twin.array, real.array
            if owner(array) is owner(old) and owner(old) is not owner(new):
                at = address(array) - address(old) + address(new) - address(owner(new))
                raw = owner(new).reshape(-1, order="A").view(np.uint8)
                leaf._data = np.ndarray(array.shape, array.dtype, raw, at, array.strides)
        if leaf._view is not None:
            leaf._view = tuple([given.get(id(part), part) for part in leaf._view])

    def forget(self) -> None:
        """Let go of the result."""
        self.leaves, self.differentiable = [], []

    def graph_leaves(self) -> list[Tensor]:
        """The leaves of the results' graphs."""
        nodes = reachable([x._node for x in self.leaves if isinstance(x, Tensor) and x._node is not None])
        return [edge for node in nodes for edge in node.edges if isinstance(edge, Tensor)]


def names_of(function: Any, count: int) -> list[str]:
    """What a function calls its positional arguments; a module's are those of its `forward`."""
    try:
        parameters = list(inspect.signature(getattr(function, "forward", function)).parameters.values())
    except (TypeError, ValueError):
        parameters = []
    plain = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    return [plain[k] if len(plain) >= count else f"x{k}" for k in range(count)]


_PLACES = [object() for _ in range(256)]


def _is_alive(tensor: Tensor) -> bool:
    """Whether a backward pass from here would find what it needs."""
    return all(node.saved is not None for node in reachable([tensor._node]))


def _replaced(edge: Any, given: dict[int, Any]) -> Any:
    leaf = given.get(id(edge))
    return edge if leaf is None else edge_of(leaf)
