"""A computation in words: each step forward and each step backward with its numbers, as in a textbook.

`explain` writes what a person would write on a blackboard: first the values from the leaves to the result,
then the gradients back, each with the partial derivative that gives it, in the formula's own words.
"""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from ..engine.tensor import Tensor, install
from ..nn import Module
from .array_summary import shape
from .model import Graph, Node, Summary
from .record import Excerpt, Recording, Sent, Step, record
from .watch import watch
from .wording import in_a_row, shortened

LIMIT = 40
_WIDE = 44
"""A column is no wider: what is longer has a line of its own."""
_SHORT = 4
"""A vector of so many elements is written out."""
_SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "mm": "@", "matmul": "@", "mv": "@"}
_CHOICE = re.compile(r"(?P<then>.+) if (?P<name>\w+) == (?P<value>[\w.]+) else (?P<otherwise>.+)")
_WORD = re.compile(r"(?<![\w.])[A-Za-z_]\w*(?![\w(.])")


class Explanation:
    """The text of `explain`: print it, or let a notebook show it.

    recording : the pass that it tells of.
    """

    def __init__(self, recording: Recording, limit: int | None = LIMIT) -> None:
        if limit is not None and limit < 1:
            raise ValueError(f"limit: expected a number of lines from 1 on, or None for all, got {limit!r}")
        self.recording, self.limit = recording, limit

    def __str__(self) -> str:
        parts = [
            ("Forward", _columns(*self._bounded(self._forward()))),
            (self._start(), _pass(*self._bounded(self._backward()))),
        ]
        notes = [
            f"({note})" for note in (*self.recording.graph.notes, self.recording.why, self._gap()) if note
        ]
        texts = ["\n  ".join([title, *lines]) for title, lines in parts if lines]
        return "\n\n".join([*texts, *notes])

    __repr__ = __str__

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, str]:
        style = "font-size:13px;line-height:1.5;overflow-x:auto"
        return {"text/plain": str(self), "text/html": f'<pre style="{style}">{html.escape(str(self))}</pre>'}

    def _bounded(self, rows: list[list[str]]) -> tuple[list[list[str]], list[str]]:
        """No more entries than the limit, and the line that says so."""
        shown = rows if self.limit is None else rows[: self.limit]
        more = len(rows) - len(shown)
        return shown, [f"... and {more:,} more: explain(..., limit=None) shows all"] if more else []

    def _forward(self) -> list[list[str]]:
        graph, values = self.recording.graph, self.recording.values
        return [_forward(graph, node, values) for node in graph.nodes if _is_told(node)]

    def _start(self) -> str:
        """Where the pass begins: at what was asked for, unless it gets a part of its gradient from others."""
        graph = self.recording.graph
        fed = {sent.to for step in self.recording.steps for sent in step.sent}
        firsts = [
            step for step in self.recording.steps if graph.by_id[step.node].root and step.node not in fed
        ]
        starts = [f"{called(graph, step.node)} with g = {_all(step.arrived)}" for step in firsts]
        return f"Backward, from {', '.join(starts)}"

    def _backward(self) -> list[list[str]]:
        parts: dict[int, list[float | None]] = {}
        lines = []
        for step in self.recording.steps:
            lines.append(_backward(self.recording, step, parts.get(step.node, [])))
            for sent in step.sent:
                about = sent.found.summary if sent.found is not None else None
                number = about.number if about is not None and about.shape in ((), (1,)) else None
                parts.setdefault(sent.to, []).append(number)
        return lines

    def _gap(self) -> str:
        """What to do about operands that nothing has kept."""
        graph = self.recording.graph
        gaps = any(len(_operands(graph, node)) > len(graph.operands[node.id]) for node in graph.nodes)
        return "? is a number that no formula keeps: computed inside `with viz.watch():`, it is known" * gaps


def explain(
    tensor: Any, *inputs: Any, names: Mapping[str, Tensor] | None = None, limit: int | None = LIMIT
) -> Explanation:
    """Tell how a tensor was computed, and how its gradient flows back, line by line.

    One line a node, forward with its operands and its value, and backward with the gradient that arrives as
    ``g``, each operand's partial derivative in the formula's own words, and what it comes to.  Numbers and
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
      %3 = exp(%2)  g = 1         to %2: g * out = 1 * 0.002479    = 0.002479
      %2 = a * b    g = 0.002479  to a: g * y    = 0.002479 * (-3) = -0.007436
                                  to b: g * x    = 0.002479 * 2    = 0.004958
      a             gradient -0.007436
      b             gradient 0.004958
    """
    if isinstance(tensor, Module) or (callable(tensor) and not isinstance(tensor, Tensor)):
        model = tensor
        with watch(values=True):
            tensor, inputs = model(*inputs), ()
    return Explanation(record(tensor, *inputs, names=names), limit)


# ------------------------------------------------------------ numbers and names


def short(value: float | None) -> str:
    """Four significant digits.

    >>> short(2.0), short(-0.00134), short(123456.0)
    ('2', '-0.00134', '1.235e+05')
    """
    return "?" if value is None else f"{value:.4g}"


def brief(found: Excerpt | Summary | None) -> str:
    """A number, the few of a short vector, or an array by its shape and norm.

    >>> recording = mt.viz.record(mt.tensor([1.0, 2.0]), mt.ones(2, 2))
    >>> brief(recording.values[0]), brief(recording.values[1])
    ('[1, 2]', '(2, 2) norm 2')
    """
    if found is None:
        return "?"
    excerpt = found if isinstance(found, Excerpt) else Excerpt(found)
    about = excerpt.summary
    if about.number is not None and about.shape in ((), (1,)):
        return short(about.number)
    if len(about.shape) == 1 and excerpt.rows and about.shape[0] <= _SHORT:
        return f"[{', '.join(map(short, excerpt.rows[0]))}]"
    bad = [f"{n} {what}" for n, what in ((about.nans, "nan"), (about.infinities, "inf")) if n]
    size = [] if excerpt.norm is None else [f"norm {short(excerpt.norm)}"]
    return " ".join([shape(about.shape), *size, *bad])


def _all(found: Sequence[Excerpt | None]) -> str:
    return ", ".join(brief(one) for one in found if one is not None) or "nothing"


def called(graph: Graph, id: int) -> str:
    """What a person calls a node: its name, a constant's number, or ``%4``."""
    node = graph.by_id[id]
    if node.name:
        return shortened(in_a_row(node.name))
    number = node.value.number if node.value is not None and not node.value.shape else None
    return f"{number:g}" if node.kind == "constant" and number is not None else f"%{id}"


def _number_of(recording_values: Mapping[int, Excerpt], graph: Graph, id: int) -> float | None:
    """The value of a node, if it is a single number."""
    found = recording_values[id].summary if id in recording_values else graph.by_id[id].value
    return found.number if found is not None and found.shape in ((), (1,)) else None


def _operand(text: str) -> str:
    return f"({text})" if text.startswith("-") else text


def equation(graph: Graph, node: Node, texts: Sequence[str]) -> str:
    """The operation as it is written: ``a * b``, or ``sum(a, dim=1)``."""
    if node.op == "rsub":
        node, texts = replace(node, op="sub"), texts[::-1]
    if node.op in _SIGNS and len(texts) == 2 and dict(node.params).get("alpha", "1") == "1":
        return f" {_SIGNS[node.op]} ".join(map(_operand, texts))
    if node.op == "neg" and len(texts) == 1:
        return f"-{_operand(texts[0])}"
    said = [f"{k}={v}" for k, v in node.params if k == "dim" and v != "None" and len(v) < 24]
    return f"{node.op}({', '.join([*texts, *said])})"


def _operands(graph: Graph, node: Node) -> list[str]:
    """The operands' names; ``?`` for a number that nothing has kept."""
    edges = graph.operands[node.id]
    names = [called(graph, edge.source) for edge in edges]
    if (node.op in _SIGNS or node.op == "rsub") and len(names) == 1:
        names.insert(0 if edges[0].slot == 1 else 1, "?")
    return names


def _is_told(node: Node) -> bool:
    """Whether it has a line: operations, what was asked for, and leaves that are more than a number."""
    single = node.value is not None and node.value.shape in ((), (1,))
    return not node.is_leaf or node.root or (node.value is not None and not single)


# ------------------------------------------------------------ lines


def _forward(graph: Graph, node: Node, values: Mapping[int, Excerpt]) -> list[str]:
    if node.is_leaf:
        return [called(graph, node.id), f"= {brief(values.get(node.id) or node.value)}"]
    texts = _operands(graph, node)
    written = equation(graph, node, texts)
    numbers = [_number_of(values, graph, edge.source) for edge in graph.operands[node.id]]
    fields = [called(graph, node.id), f"= {written}"]
    if len(numbers) == len(texts) and None not in numbers:
        again = equation(graph, node, [short(x) for x in numbers])
        fields += [f"= {again}"] if again != written else []
    found = values.get(node.id) or node.value
    if found is not None:
        return [*fields, f"= {brief(found)}"]
    return [*fields, "" if node.shape is None else shape(node.shape) if node.shape else "scalar"]


def _arrived(step: Step, parts: Sequence[float | None]) -> str:
    """The gradient; as the sum that it is, if several numbers have arrived."""
    total = _all(step.arrived)
    if len(parts) < 2 or len(parts) > 4 or None in parts:
        return total
    first, *others = map(short, parts)
    return f"{' + '.join([first, *map(_operand, others)])} = {total}"


def _backward(recording: Recording, step: Step, parts: Sequence[float | None] = ()) -> list[str]:
    graph, node = recording.graph, recording.graph.by_id[step.node]
    name = called(graph, node.id)
    if not step.sent:
        return [name, f"gradient {_arrived(step, parts)}"]
    entries = [_told(recording, step, sent) for sent in step.sent]
    width = max(len(entry[0]) for entry in entries)
    middle = max(len(entry[1]) for entry in entries)
    told = [f"{a:<{width}}{b:<{middle}} = {c}" for a, b, c in entries]
    return [
        f"{name} = {equation(graph, node, _operands(graph, node))}",
        f"g = {_arrived(step, parts)}",
        *told,
    ]


def _told(recording: Recording, step: Step, sent: Sent) -> tuple[str, str, str]:
    """``to a: g * y``, with numbers in the place of letters, and the result."""
    numbers = filled_in(recording, step, sent)
    name = called(recording.graph, sent.to)
    formula = in_a_line(sent.formula, recording.graph.by_id[step.node].params)
    found = brief(sent.found)
    return f"to {name}: {formula}", f" = {numbers}" if numbers and numbers != found else "", found


def in_a_line(formula: str, params: Sequence[tuple[str, str]] = (), length: int = 56) -> str:
    """A formula in a line: what it returns, if it is a function of several, and as the parameters decide.

    Functions have their plain names, without NumPy's.

    >>> in_a_line("g if alpha == 1 else g * alpha", [("alpha", "1")])
    'g'
    """
    text = formula.splitlines()[-1].strip().removeprefix("return ") if formula else "?"
    choice = _CHOICE.fullmatch(text)
    if choice and (value := dict(params).get(choice["name"])) is not None:
        text = choice["then"] if value == choice["value"] else choice["otherwise"]
    text = text.replace("np.", "")
    return text if len(text) <= length else f"{text[: length - 3]}..."


def filled_in(recording: Recording, step: Step, sent: Sent) -> str:
    """The formula with numbers for ``g``, ``out`` and the operands; "" where one is not known.

    >>> x = mt.tensor(3.0, requires_grad=True)
    >>> found = mt.viz.record(x * x)
    >>> filled_in(found, found.steps[0], found.steps[0].sent[0])
    '1 * 3'
    """
    graph, values = recording.graph, recording.values
    arrived = [excerpt.summary for excerpt in step.arrived if excerpt is not None]
    known = {"out": _number_of(values, graph, step.node)}
    for edge in graph.operands[step.node]:
        known[edge.argument] = _number_of(values, graph, edge.source)
    known["g"] = arrived[0].number if len(arrived) == 1 and arrived[0].shape in ((), (1,)) else None
    formula = in_a_line(sent.formula, graph.by_id[step.node].params)
    letters = set(_WORD.findall(formula))
    if not letters or any(known.get(letter) is None for letter in letters):
        return ""
    return _WORD.sub(lambda match: _signed(known[match[0]], formula[: match.start()]), formula)


def _signed(value: float | None, before: str) -> str:
    """A negative number stands in brackets after an operator."""
    text = short(value)
    return f"({text})" if text.startswith("-") and before.strip()[-1:] not in ("", "(", ",") else text


def _columns(rows: Sequence[Sequence[str]], more: Sequence[str]) -> list[str]:
    """Fields below each other, the value of an operation in the last column; a leaf has none between."""
    most = max(len(row) for row in rows)
    padded = [row if len(row) == 2 else [*row[:-1], *[""] * (most - len(row)), row[-1]] for row in rows]
    widths = [_width(row[i] for row in padded if i == 0 or len(row) > 2) for i in range(most)]
    return [line for row in padded for line in _laid(row, widths)] + list(more)


def _pass(rows: Sequence[Sequence[str]], more: Sequence[str]) -> list[str]:
    """The same; what an operand beyond the first gets has a line of its own."""
    if not rows:
        return []
    first, second = _width(row[0] for row in rows) + 1, _width(row[1] for row in rows if len(row) > 2) + 1
    lines = []
    for name, arrived, *sent in rows:
        lines += _laid([name, arrived, *sent[:1]], [first, second, 0])
        lines += [" " * (first + second + 2) + text for text in sent[1:]]
    return [*lines, *more]


def _width(fields: Iterable[str]) -> int:
    return max((len(field) for field in fields if len(field) <= _WIDE), default=0)


def _laid(fields: Sequence[str], widths: Sequence[int]) -> list[str]:
    """Fields in their columns; after one that is wider than its column, in the next line."""
    lines = [""]
    for i, (field, width) in enumerate(zip(fields, widths)):  # noqa: B905 - the last may be missing
        lines[-1] += f"{field:<{width}} "
        if len(field) > width and i < len(fields) - 1:
            lines.append(" " * (sum(widths[: i + 1]) + i + 1))
    return [line.rstrip() for line in lines]


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
      %1 = w * w  g = 1  to w: g * y = 1 * 2 = 2
                         to w: g * x = 1 * 2 = 2
      ... and 1 more: explain(..., limit=None) shows all
    """
    return explain(self, **options)


install(explain=_explain)
