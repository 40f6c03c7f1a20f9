"""The backward half of a compiled function: one node of the graph, whose pull-back is a program.

The forward half leaves what the backward one reads in buffers that both know.  The next forward pass would
overwrite them, so a node that is still waited for then takes copies, and puts them back when it is pulled.
"""

from __future__ import annotations

import weakref
from collections.abc import Sequence
from typing import Any

import numpy as np

from ..engine.fastpath import complete
from ..engine.graph import CONSTANT, Node, Output, edge_of, make_node
from ..engine.tensor import Tensor
from ..engine.versions import owner
from .numpy_source import Writer, made_function
from .program import Array, Part, Program
from .running import Run

__all__ = ["CompiledNode", "Half"]


class CompiledNode(Node):
    """The backward of a compiled function."""

    __slots__ = ("half", "kept", "outputs")
    half: Half
    kept: list[Array] | None
    outputs: tuple[Any, ...]
    frees = True

    @property
    def sources(self) -> tuple[int, ...]:  # type: ignore[override]
        """What is saved are the parameters that the program reads, to be checked for writes in between."""
        return (CONSTANT,) * len(self.saved)

    def name(self) -> str:
        """``CompiledFunctionBackward``, as in PyTorch."""
        return "CompiledFunctionBackward"

    def pull(self, g: Any, saved: Any, edges: Any) -> list[Any]:
        """The cotangents of the arguments and parameters."""
        return self.half.pull(self, g)


class Half:
    """The backward program of a run, and the buffers that it shares with the forward one."""

    def __init__(self, run: Run, program: Program, between: list[Array], lock: Any) -> None:
        self.program, self.between, self.lock = program, between, lock
        self.seeds = run.seeds
        given = {id(leaf): k for k, leaf in enumerate(run.arguments.leaves)}
        self.targets: list[Any] = [given.get(id(t), t) for t in run.targets]
        gradients = iter(program.results)
        self.cotangents = [None if g is None else next(gradients) for g in run.cotangents]
        self.places = [k for k, how in enumerate(run.results()) if how[0] == "array" and how[3]]
        self.outputs = tuple((seed.shape, seed.dtype) for seed in self.seeds)
        self.reads = self._outside(run)
        self._last: weakref.ref[CompiledNode] | None = None
        self.build(program.instructions)

    def build(self, parts: Sequence[Part]) -> None:
        """Write and compile the function that runs the program."""
        writer = Writer(self.program)
        lines = writer.lines(parts)
        text = "\n".join(["def backward():", *(f"    {line}" for line in lines), "    return None"])
        self.run, self.source = made_function(text, writer.names, "backward"), text

    def _outside(self, run: Run) -> tuple[Array, ...]:
        """The outside memory that the backward program reads: it must not be written in between."""
        inner = {id(owner(x)) for x in (*self.between, *self.seeds)}
        found = {id(owner(x)): owner(x) for i in self.program.instructions for x in i.reads()}
        known = {id(owner(array)) for _, array in run.seen.seen.values()}
        return tuple(x for key, x in found.items() if key in known and key not in inner)

    def rehearse(self) -> None:
        """Run the program for cotangents of one."""
        for seed in self.seeds:
            seed[...] = 1
        self.run()

    # ---------------------------------------------------------------- forward

    def rescue(self) -> None:
        """Before the buffers are overwritten: let the node that needs them keep copies."""
        node = None if self._last is None else self._last()
        if node is not None and node.saved is not None and node.kept is None:
            node.kept = [array.copy("K") for array in self.between]
        self._last = None

    def attached(self, results: list[Any], leaves: tuple[Any, ...]) -> list[Any]:
        """The results with one node as their history."""
        edges = tuple(edge_of(leaves[t]) if type(t) is int else (t if t._rg else None) for t in self.targets)
        node = make_node(CompiledNode, edges, self.reads)
        node.half, node.kept, node.outputs = self, None, self.outputs
        self._last = weakref.ref(node)
        if len(self.places) == 1:
            results[self.places[0]]._node, results[self.places[0]]._rg = node, True
            return results
        for index, place in enumerate(self.places):
            output = make_node(Output, (node,), ())
            output.index = index
            results[place]._node, results[place]._rg = output, True
        return results

    # --------------------------------------------------------------- backward

    def pull(self, node: CompiledNode, g: Any) -> list[Any]:
        """Run the program for these cotangents."""
        parts = complete(node, g, False) if isinstance(g, dict) else (g,)
        if any(isinstance(part, Tensor) for part in parts):
            raise RuntimeError(
                "the gradient of a compiled function can't be differentiated again (create_graph=True): "
                "call the function that was compiled instead, or compile the whole step"
            )
        with self.lock:
            self._restore(node)
            for seed, part in zip(self.seeds, parts, strict=True):
                seed[...] = part
            self.run()
            return [
                None if g is None or edge is None else np.array(g)
                for g, edge in zip(self.cotangents, node.edges, strict=True)
            ]

    def _restore(self, node: CompiledNode) -> None:
        if node.kept is None:
            return
        kept, node.kept = node.kept, None
        self.rescue()
        for array, values in zip(self.between, kept, strict=True):
            array[...] = values
        self._last = weakref.ref(node)
