"""Numbers, arrays, nodes and operations as a person writes them: ``4``, ``[1, 2]``, ``%3``, ``a * b``."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from .array_summary import in_parts, shape
from .model import Graph, Node, Summary
from .record import Excerpt
from .wording import in_a_row, shortened

SIGNS = {"add": "+", "sub": "-", "mul": "*", "div": "/", "pow": "**", "mm": "@", "matmul": "@", "mv": "@"}
_SHORT = 4
"""A vector of so many elements is written out."""
PARTS = ("slice", "select", "index")
"""Operations that take a part of their operand."""


def short(value: complex | None) -> str:
    """Four significant digits, of each part of a complex number.

    >>> short(2.0), short(-0.00134), short(123456.0), short(1 - 0.5j)
    ('2', '-0.00134', '1.235e+05', '1 - 0.5i')
    """
    if isinstance(value, complex):
        return in_parts(value, short)
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


def called(graph: Graph, id: int) -> str:
    """What a person calls a node: its name, a constant's number, or ``%4``."""
    node = graph.by_id[id]
    if node.name:
        return shortened(in_a_row(node.name))
    number = node.value.number if node.value is not None and not node.value.shape else None
    return f"{number:g}" if node.kind == "constant" and number is not None else f"%{id}"


def number_of(values: Mapping[int, Excerpt], graph: Graph, id: int) -> complex | None:
    """The value of a node, if it is a single number."""
    found = values[id].summary if id in values else graph.by_id[id].value
    return found.number if found is not None and found.shape in ((), (1,)) else None


def operand_texts(graph: Graph, node: Node) -> list[str]:
    """The operands' names; ``?`` for a number that nothing has kept."""
    edges = graph.operands[node.id]
    names = [called(graph, edge.source) for edge in edges]
    if (node.op in SIGNS or node.op == "rsub") and len(names) == 1:
        names.insert(0 if edges[0].slot == 1 else 1, "?")
    return names


def equation(node: Node, texts: Sequence[str]) -> str:
    """The operation as it is written: ``a * b``, ``a[1:]``, or ``sum(a, dim=1)``."""
    if node.op == "rsub":
        node, texts = replace(node, op="sub"), texts[::-1]
    params = dict(node.params)
    if node.op in SIGNS and len(texts) == 2 and params.get("alpha", "1") == "1":
        return f" {SIGNS[node.op]} ".join(map(bracketed, texts))
    if node.op == "neg" and len(texts) == 1:
        return f"-{bracketed(texts[0])}"
    if node.op in PARTS and len(texts) == 1 and part_of(params):
        return f"{bracketed(texts[0])}{part_of(params)}"
    said = [f"{k}={v}" for k, v in node.params if k == "dim" and v != "None" and len(v) < 24]
    return f"{node.op}({', '.join([*texts, *said])})"


def part_of(params: Mapping[str, str]) -> str:
    """Which part of its operand a slice takes, as it is written: ``[1:]``; "" if it is not known.

    >>> part_of({"key": "[1:]"}), part_of({"dim": "1", "index": "0"})
    ('[1:]', '[:, 0]')
    """
    dim, index = params.get("dim", ""), params.get("index", "")
    if dim.isdecimal() and index.removeprefix("-").isdecimal():
        return f"[{':, ' * int(dim)}{index}]"
    key = params.get("key", "")
    return key if key.startswith("[") else ""


def bracketed(text: str) -> str:
    """A negative number in brackets, as an operand."""
    return f"({text})" if text.startswith("-") else text
