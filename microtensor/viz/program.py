"""A compiled program as a graph: each loop nest is a node, each buffer an edge.

Parameters, arguments and other memory from outside are leaves, once for each time that they are written,
since a step reads a weight and later writes it; a C function is a frame around its loops.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from .array_summary import size
from .model import Edge, Graph, Kind, Node, Saved, Scope

if TYPE_CHECKING:
    from ..compiled.description import Buffer, Step

__all__ = ["program"]

WORDS = {"loops": "", "draw": "draws", "numpy": "NumPy"}
"""What a node is called, where it is not by its kind."""

_NAMELESS = {"number": "number", "outside": "memory", "argument": "argument"}

_LEAVES: dict[str, Kind] = {"argument": "input", "number": "constant", "outside": "parameter"}


def program(steps: Sequence[Step], title: str = "") -> Graph:
    """The graph of a compiled program's steps."""
    return _Drawn(steps, title).graph()


class _Drawn:
    def __init__(self, steps: Sequence[Step], title: str) -> None:
        self.steps, self.title = steps, title
        self.nodes: list[Node] = []
        self.edges: list[Edge] = []
        self.holders: dict[int, list[int]] = {}
        """The nodes that each buffer's contents come from, by its key: several may write a part each."""
        self.scopes = self._scopes()
        for step in steps:
            self._step(step)

    def _scopes(self) -> dict[int, int]:
        runs = dict.fromkeys(step.run for step in self.steps if step.run is not None)
        return {run: k for k, run in enumerate(runs)}

    def graph(self) -> Graph:
        """What was collected."""
        frames = tuple(Scope(k, f"run{run}", "C function") for run, k in self.scopes.items())
        loops = sum(step.run is not None for step in self.steps)
        operations = sum(len(step.operations) for step in self.steps)
        buffers = (b for step in self.steps for b in (*step.reads, *step.writes))
        made = {b.key: b.nbytes for b in buffers if b.role == "made"}
        kinds = f"{loops} kernels of C, {len(self.steps) - loops} calls of NumPy"
        note = f"{operations} operations in {kinds}; {size(sum(made.values()))} in between"
        return Graph(tuple(self.nodes), tuple(self.edges), frames, notes=(note,))

    def _step(self, step: Step) -> None:
        sources = [(holder, b) for b in step.reads for holder in self._holders(b)]
        number = len(self.nodes)
        self.nodes.append(self._node(number, step))
        self.edges += [Edge(s, number, slot, argument=_called(b)) for slot, (s, b) in enumerate(sources)]
        read = {b.key for b in step.reads}
        for b in step.writes:
            before = [] if b.key in read else self.holders.get(b.key, [])
            self.holders[b.key] = [*before, number]

    def _node(self, number: int, step: Step) -> Node:
        written = tuple(Saved(_called(b), b.shape, b.dtype, b.nbytes) for b in step.writes)
        last = step.writes[-1] if step.writes else None
        return Node(
            number, "op", " ".join(step.operations), name=WORDS.get(step.kind, step.kind), shape=step.space,
            dtype=last.dtype if last else "", scope=None if step.run is None else self.scopes[step.run],
            root=any(b.role == "result" for b in step.writes), line="; ".join(step.lines),
            saved=written, params=tuple(("writes", _called(b)) for b in step.writes if b.name),
        )  # fmt: skip

    def _holders(self, buffer: Buffer) -> list[int]:
        """The nodes that wrote a buffer; a leaf for what was there before."""
        if buffer.key not in self.holders:
            kind = _LEAVES.get(buffer.role, "constant")
            leaf = Node(len(self.nodes), kind, name=_called(buffer), shape=buffer.shape, dtype=buffer.dtype)
            self.nodes.append(leaf)
            self.holders[buffer.key] = [leaf.id]
        return self.holders[buffer.key]


def _called(buffer: Buffer) -> str:
    return buffer.name or _NAMELESS.get(buffer.role, "")
