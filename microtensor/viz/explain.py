"""A computation in words: each step forward and each step backward with its numbers, as in a textbook.

`explain` writes what a person would write on a blackboard: first the values from the leaves to the result,
then the gradients back, each with the partial derivative that gives it, in the formula's own words.
"""

from __future__ import annotations

import html
import textwrap
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ..engine.tensor import Tensor, install
from ..nn import Module
from .array_summary import shape
from .columns import aligned, table, width
from .formula_words import derivative, local
from .model import Edge, Graph, Node
from .notation import bracketed, brief, called, equation, number_of, operand_texts, short
from .record import Excerpt, Recording, Sent, Step, record
from .watch import watch

LIMIT = 40
_NOTEBOOK = 110
"""A notebook's cell has so many columns."""


Laid = Callable[[list[list[str]], int], list[str]]
"""How rows of fields become lines, given the room there is."""


class Explanation:
    """The text of `explain`: print it, or let a notebook show it.

    recording : the pass that it tells of.
    """

    def __init__(self, recording: Recording, limit: int | None = LIMIT) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"limit: expected a number of lines from 1 on, or None for all, got {limit!r}")
        self.recording, self.limit = recording, limit

    def __str__(self) -> str:
        return self.text(width())

    __repr__ = __str__

    def text(self, columns: int) -> str:
        """The text in lines of no more than so many columns, as far as names allow."""
        room = columns - 2
        nodes, steps = [node for node in self.recording.graph.nodes if _is_told(node)], self.recording.steps
        parts = [
            ("Forward", self._bounded(self._forward(nodes), len(nodes), table, room)),
            (self._start(), self._bounded(self._backward(), len(steps), aligned, room)),
        ]
        notes = [
            textwrap.fill(f"({note})", columns)
            for note in (*self.recording.graph.notes, self.recording.why, self._gap(), self._conjugates())
            if note
        ]
        texts = ["\n  ".join([title, *lines]) for title, lines in parts if lines]
        return "\n\n".join([*texts, *notes])

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        style = (
            "font-family:ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace;white-space:pre;"
            "font-size:13px;line-height:1.5;overflow-x:auto"
        )
        told = html.escape(self.text(_NOTEBOOK))
        return {"text/plain": str(self), "text/html": f'<pre style="{style}">{told}</pre>'}

    def _bounded(self, rows: list[list[str]], count: int, laid: Laid, room: int) -> list[str]:
        """No more entries than the limit, and the line that says so; `count` is how many there are."""
        more = count - len(rows)
        lines = laid(rows, room)
        return [*lines, *([f"... and {more:,} more: explain(..., limit=None) shows all"] if more else [])]

    def _forward(self, nodes: Sequence[Node]) -> list[list[str]]:
        graph, values = self.recording.graph, self.recording.values
        return [_forward(graph, node, values) for node in nodes[: self.limit]]

    def _start(self) -> str:
        """Where the pass begins: at what was asked for, unless it gets a part of its gradient from others."""
        graph = self.recording.graph
        fed = {sent.to for step in self.recording.steps for sent in step.sent}
        firsts = [
            step for step in self.recording.steps if graph.by_id[step.node].root and step.node not in fed
        ]
        starts = [f"{called(graph, step.node)} with {graph.letter} = {_all(step.arrived)}" for step in firsts]
        return f"Backward, from {', '.join(starts)}"

    def _backward(self) -> list[list[str]]:
        parts: dict[int, list[complex | None]] = {}
        lines = []
        for step in self.recording.steps[: self.limit]:
            lines.append(_backward(self.recording, step, parts.get(step.node, [])))
            for sent in step.sent:
                about = sent.found.summary if sent.found is not None else None
                number = about.number if about is not None and about.shape in ((), (1,)) else None
                parts.setdefault(sent.to, []).append(number)
        return lines

    def _conjugates(self) -> str:
        """In which convention gradients of complex numbers are."""
        found = any(
            "complex" in one.summary.dtype for step in self.recording.steps for one in step.arrived if one
        )
        return (
            "gradients of complex numbers are dL/dx + i dL/dy, as PyTorch's; the formulas hold for their "
            "conjugates"
        ) * found

    def _gap(self) -> str:
        """What to do about operands that nothing has kept."""
        graph = self.recording.graph
        gaps = any(len(operand_texts(graph, node)) > len(graph.operands[node.id]) for node in graph.nodes)
        return "? is a number that no formula keeps: computed inside `with viz.watch():`, it is known" * gaps


def explain(
    tensor: Any, *inputs: Any, names: Mapping[str, Tensor] | None = None, limit: int | None = LIMIT
) -> Explanation:
    """Tell how a tensor was computed, and how its gradient flows back, line by line.

    One line a node, forward with its operands and its value, and backward with the gradient that arrives as
    ``g``, each operand's partial derivative in the tensors' own names, and what it comes to.  Numbers and
    vectors of up to four are written out, other arrays given by shape and norm.  ``explain(model, x)``
    runs a model, or any function, first.

    names : what to call tensors, as for `graph`.
    limit : how many lines each half may have; None shows all.

    It runs a backward pass of its own, which changes no ``.grad`` (see `record`).  Raises ``TypeError`` for
    what is no tensor, and ``ValueError`` for a limit that is not positive.

    >>> a, b = mt.tensor(2.0, requires_grad=True), mt.tensor(-3.0, requires_grad=True)
    >>> a.name, b.name = "a", "b"
    >>> (a * b).exp().explain()
    Forward
      %2 = a * b   = 2 * (-3) = -6
      %3 = exp(%2) = exp(-6)  = 0.002479
    <BLANKLINE>
    Backward, from %3 with g = 1
      %3 = exp(%2)  g = 1         to %2: g * %3 = 1 * 0.002479    = 0.002479
      %2 = a * b    g = 0.002479  to a: g * b   = 0.002479 * (-3) = -0.007436
                                  to b: g * a   = 0.002479 * 2    = 0.004958
      a             gradient -0.007436
      b             gradient 0.004958
    """
    if isinstance(tensor, Module) or (callable(tensor) and not isinstance(tensor, Tensor)):
        model = tensor
        with watch(values=True):
            tensor, inputs = model(*inputs), ()
    return Explanation(record(tensor, *inputs, names=names), limit)


def _all(found: Sequence[Excerpt | None]) -> str:
    return ", ".join(brief(one) for one in found if one is not None) or "nothing"


def _is_told(node: Node) -> bool:
    """Whether it has a line: operations, what was asked for, and leaves that are more than a number."""
    single = node.value is not None and node.value.shape in ((), (1,))
    return not node.is_leaf or node.root or (node.value is not None and not single)


# ------------------------------------------------------------ lines


def _forward(graph: Graph, node: Node, values: Mapping[int, Excerpt]) -> list[str]:
    if node.is_leaf:
        return [called(graph, node.id), f"= {brief(values.get(node.id) or node.value)}"]
    texts = operand_texts(graph, node)
    written = equation(node, texts)
    numbers = [number_of(values, graph, edge.source) for edge in graph.operands[node.id]]
    fields = [called(graph, node.id), f"= {written}"]
    if len(numbers) == len(texts) and None not in numbers:
        again = equation(node, [short(x) for x in numbers])
        fields += [f"= {again}"] if again != written else []
    found = values.get(node.id) or node.value
    if found is not None:
        return [*fields, f"= {brief(found)}"]
    return [*fields, "" if node.shape is None else shape(node.shape) if node.shape else "scalar"]


def _arrived(step: Step, parts: Sequence[complex | None]) -> str:
    """The gradient; as the sum that it is, if several numbers have arrived."""
    total = _all(step.arrived)
    if len(parts) < 2 or len(parts) > 4 or None in parts:
        return total
    first, *others = map(short, parts)
    return f"{' + '.join([first, *map(bracketed, others)])} = {total}"


def _backward(recording: Recording, step: Step, parts: Sequence[complex | None] = ()) -> list[str]:
    graph, node = recording.graph, recording.graph.by_id[step.node]
    name = called(graph, node.id)
    if not step.sent:
        return [name, f"gradient {_arrived(step, parts)}"]
    entries = [_told(recording, step, sent) for sent in step.sent]
    width = max(len(entry[0]) for entry in entries)
    middle = max(len(entry[1]) for entry in entries)
    told = [f"{a:<{width}}{b:<{middle}} = {c}" for a, b, c in entries]
    return [
        f"{name} = {equation(node, operand_texts(graph, node))}",
        f"{graph.letter} = {_arrived(step, parts)}",
        *told,
    ]


def _told(recording: Recording, step: Step, sent: Sent) -> tuple[str, str, str]:
    """``to a: g * b``, with numbers in the place of letters, and the result."""
    numbers = filled_in(recording, step, sent)
    name, found = called(recording.graph, sent.to), brief(sent.found)
    return f"to {name}: {formula_of(recording, step, sent)}", _equal(numbers, found), found


def _equal(numbers: str, found: str) -> str:
    return f" = {numbers}" if numbers and numbers != found else ""


def formula_of(recording: Recording, step: Step, sent: Sent) -> str:
    """The partial derivative by one operand, with the user's names."""
    node = recording.graph.by_id[step.node]
    return derivative(recording.graph, node, _edge(recording, step, sent), sent.formula)


def _edge(recording: Recording, step: Step, sent: Sent) -> Edge | None:
    """The edge along which something was sent."""
    edges = [edge for edge in recording.graph.operands[step.node] if edge.carries]
    same = [edge for edge in edges if edge.source == sent.to and edge.argument == sent.argument]
    return same[0] if same else None


def filled_in(recording: Recording, step: Step, sent: Sent) -> str:
    """The formula with numbers for the gradient and the operands; "" where one is not known.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> found = mt.viz.record(x * x)
    >>> filled_in(found, found.steps[0], found.steps[0].sent[0])
    '1 * 3'
    """
    graph, values = recording.graph, recording.values
    arrived = [excerpt.summary for excerpt in step.arrived if excerpt is not None]
    known = {"out": number_of(values, graph, step.node)}
    for edge in graph.operands[step.node]:
        known[edge.argument] = number_of(values, graph, edge.source)
    known["g"] = arrived[0].number if len(arrived) == 1 and arrived[0].shape in ((), (1,)) else None
    if sent.found is None or sent.found.summary.shape not in ((), (1,)):
        return ""
    texts = {name: short(value) for name, value in known.items() if name and value is not None}
    return derivative(graph, graph.by_id[step.node], _edge(recording, step, sent), sent.formula, texts)


def local_of(recording: Recording, step: Step, sent: Sent) -> str:
    """The derivative without the gradient that has arrived, in words, and as a number if it is one.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> found = mt.viz.record(x.exp() * 2)
    >>> [local_of(found, step, step.sent[0]) for step in found.steps[:2]]
    ['2', '%1 = 20.09']
    """
    graph = recording.graph
    text = local(graph, graph.by_id[step.node], _edge(recording, step, sent), sent.formula)
    arrived = [one.summary.number for one in step.arrived if one is not None]
    found = None if sent.found is None else sent.found.summary
    if not text or found is None or found.shape not in ((), (1,)) or found.number is None:
        return text
    if len(arrived) != 1 or not arrived[0]:
        return text
    number = short(found.number / arrived[0])
    return number if number == text else f"{text} = {number}"


def _explain(self: Tensor, **options: Any) -> Explanation:
    """Tell in words how this tensor was computed, and how its gradient flows back: print the result.

    The options are those of `viz.explain`: `names` for tensors, and `limit` for the number of lines.

    >>> w = mt.tensor(2.0, requires_grad=True)
    >>> w.name = "w"
    >>> print((w * w).explain(limit=1))
    Forward
      %1 = w * w = 2 * 2 = 4
    <BLANKLINE>
    Backward, from %1 with g = 1
      %1 = w * w  g = 1  to w: g * w = 1 * 2 = 2
                         to w: g * w = 1 * 2 = 2
      ... and 1 more: explain(..., limit=None) shows all
    """
    return explain(self, **options)


install(explain=_explain)
