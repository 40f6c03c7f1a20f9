"""A recorded call of a function, and its pull-back: what all transforms are made of.

Under `vmap` a record lies on whole batches (`func.batching`).  Its inputs are made fully batched
first, also those that are the same for all examples, so that each example has a gradient of its own;
what is pulled back is taken off the running levels, and put on them again.  A cotangent may carry a
level that is younger than the record: then the formulas themselves run on a batch, which is how all
rows of a Jacobian come out of one pass.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine import backward as sweep
from ..engine import graph
from ..engine.arrays.complex_numbers import conjugated
from ..engine.grad_mode import enable_grad, recording
from ..engine.reachability import reachable
from ..engine.tensor import Tensor
from .batched_tensor import BatchedTensor, Level, running, unwrapped, wrapped
from .captured import NoCaptures
from .pytree import flatten, tensors_of, tree_map

Function = Callable[..., Any]


open_records: list[Record] = []
"""The records whose function is running: what is compiled runs as it is in them, to be differentiated on."""


def zeros(like: Tensor) -> Any:
    """Zeros of a tensor's shape and dtype, constant."""
    return Tensor._of(np.zeros(tuple(like.shape), like.dtype))


def pulled(outputs: Sequence[Tensor], inputs: Sequence[Tensor], cotangents: Sequence[Any]) -> list[Any]:
    """The recorded cotangents of `inputs`, zeros where there is no path; cotangents may be batched."""
    pairs = [(o, c) for o, c in zip(outputs, cotangents, strict=True) if o.requires_grad]
    live = [(graph.edge_of(o), conjugated(c.to(o.dtype))) for o, c in pairs]
    run, targets = sweep.Sweep(True, True), [graph.edge_of(x) for x in inputs]
    run.capture = set(targets)
    with enable_grad():
        sweep.run_from(run, live, targets)
        for leaf in tuple(run.pending):
            run.finish(leaf)
    return [run.captured[t] if t in run.captured else zeros(x) for t, x in zip(targets, inputs, strict=True)]


def outputs_of(output: Any, what: str) -> list[Tensor]:
    """What a function returned, which must be tensors, in order."""
    leaves = flatten(output)[0]
    for leaf in leaves:
        if not isinstance(leaf, Tensor):
            raise RuntimeError(
                f"{what}: expected the function to return only tensors, got unsupported type {type(leaf)}"
            )
    return leaves


_FORWARD = ("jvp", "linearize", "jacfwd")
"""The transforms that ask for tangents."""


class Record:
    """One recorded call: fresh inputs, and the outputs that were computed from them."""

    def __init__(
        self, function: Function, args: Sequence[Any], argnums: Any, what: str, kwargs: Any = None
    ) -> None:
        self.forward = what in _FORWARD
        self.levels, self.watched = running(), recording() is not False
        self.places = _places(argnums, len(args), what)
        chosen = tuple(args[i] for i in self.places)
        with enable_grad():
            self.bare = [_fresh(x, self.levels) for x in tensors_of(chosen, what)]
            self.inputs = [wrapped(x, self.levels) for x in self.bare]
            self.rebuild = flatten(chosen)[1]
            given = dict(zip(self.places, self.rebuild(self.inputs), strict=True))
            args = [given.get(i, x) for i, x in enumerate(args)]
            open_records.append(self)
            try:
                with NoCaptures(function, flatten((args, kwargs))[0]):
                    self.output = function(*args, **(kwargs or {}))
            finally:
                open_records.pop()

    def split_aux(self, has_aux: bool, what: str) -> Any:
        """Take the second part of the output away, if the function returns one."""
        if not has_aux:
            return None
        if not isinstance(self.output, tuple) or len(self.output) != 2:
            raise RuntimeError(f"{what}: with has_aux=True the function must return a tuple, (output, aux)")
        self.output, aux = self.output
        return tree_map(self.released, aux)

    def released(self, value: Any, *own: Tensor) -> Any:
        """A result as the caller sees it: with history only if it depends on more than this call.

        The call's own are its inputs, and `own`; of a call inside ``no_grad`` nothing has history.
        """
        if not isinstance(value, Tensor):
            return value
        if self.watched and _depends(unwrapped(value, self.levels), [*self.bare, *own]):
            return value
        return value._constant()

    def reaches(self, output: Tensor) -> bool:
        """Whether `output` depends on an input."""
        edge, own = graph.edge_of(unwrapped(output, self.levels)), {graph.edge_of(x) for x in self.bare}
        reached = [edge, *(e for node in reachable([edge]) for e in node.edges)]
        return any(e in own for e in reached if e is not None)

    def pull(self, outputs: Sequence[Tensor], cotangents: Sequence[Any]) -> list[Any]:
        """The cotangents of the inputs, recorded; zeros where nothing depends on an input."""
        bare = [[unwrapped(x, self.levels) for x in tensors] for tensors in (outputs, cotangents)]
        return [wrapped(g, self.levels) for g in pulled(bare[0], self.bare, bare[1])]

    def shaped(self, values: Sequence[Any], argnums: Any) -> Any:
        """Values of the inputs in the structure in which the inputs came."""
        built = self.rebuild([self.released(v) for v in values])
        return built[0] if isinstance(argnums, int) else built


class Linear:
    """The directional derivative of a record, ready to be taken in many directions.

    The pull-back ``u -> J'u`` is linear in `u`, so its own pull-back at `v` is ``J v`` (J. Townsend,
    "A new trick for calculating Jacobian vector products", 2017).
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self.outputs, self.rebuild = flatten(record.output)
        bare = [unwrapped(o, record.levels) for o in self.outputs]
        live = [o for o in bare if o.requires_grad]
        self.live = [o.requires_grad for o in bare]
        self.seeds = [zeros(o).requires_grad_() for o in live]
        self.pulled = pulled(live, record.bare, self.seeds)

    def __call__(self, tangents: Sequence[Tensor], places: Sequence[int] | None = None) -> list[Any]:
        """The outputs' tangents, from those of the inputs (or of the inputs at `places`, others 0)."""
        levels = self.record.levels
        chosen = self.pulled if places is None else [self.pulled[i] for i in places]
        found = iter(pulled(chosen, self.seeds, [unwrapped(t, levels) for t in tangents]))
        pairs = zip(self.outputs, self.live, strict=True)
        moved = [wrapped(next(found), levels) if live else zeros(o) for o, live in pairs]
        return [self.record.released(t, *self.seeds) for t in moved]


def _fresh(x: Tensor, levels: Sequence[Level]) -> Any:
    """A tensor to differentiate by, with `x`'s values and, if it has one, `x`'s history."""
    bare = unwrapped(x, levels)
    if not bare.requires_grad:
        return bare._constant().requires_grad_()
    stretched = bool(levels) and not isinstance(x, BatchedTensor)
    return bare if stretched else bare.clone()


def _places(argnums: Any, count: int, what: str) -> tuple[int, ...]:
    """The arguments to differentiate by, counted from the front."""
    given = (argnums,) if isinstance(argnums, int) else tuple(argnums)
    for place in given:
        if not -count <= place < count:
            raise RuntimeError(f"{what}: Got argnum={place}, but only {count} positional inputs")
    places = tuple(place % count for place in given)
    if len(set(places)) < len(places):
        raise RuntimeError(f"{what}: argnums elements must be unique, got {given}")
    return places


def _depends(value: Tensor, own: Sequence[Tensor]) -> bool:
    """Whether `value` depends on a leaf that is not one of `own`."""
    known = {id(x) for x in own}
    edge = graph.edge_of(value)
    edges = [edge, *(e for node in reachable([edge]) for e in node.edges)]
    return any(isinstance(e, Tensor) and id(e) not in known for e in edges)
