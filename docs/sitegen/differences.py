"""*Differences from PyTorch, by expression*: written from the reasons that the parity tests state.

The tests evaluate thousands of expressions and layers in both libraries. A line of their tables that ends
in ``# differs: why`` must give another answer than PyTorch's, and a test fails when it does not; so a reason
that no longer holds cannot stay. ``# node: why`` and ``# repr: why`` are about the name of a graph's node and
about what is printed alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from sitegen.objects import ROOT

MARKED = re.compile(r"^(?P<program>.*?)\s+# (?P<kind>differs|node|repr): (?P<why>.+)$")
KINDS = {
    "differs": "Another answer",
    "node": "Another name in the graph, the same numbers",
    "repr": "Printed otherwise, the same numbers",
}


@dataclass(frozen=True)
class Difference:
    """One marked line of the parity tests."""

    table: str
    program: str
    kind: str
    why: str


def differences(tests: Path = ROOT / "tests") -> list[Difference]:
    """Every marked line of every table under a folder ``parity``."""
    tables = sorted(tests.rglob("parity/**/*.txt"))
    return [found for table in tables for found in in_table(table.stem, table.read_text(encoding="utf-8"))]


def in_table(name: str, text: str) -> list[Difference]:
    """The marked lines of one table."""
    marked = [MARKED.match(line) for line in text.splitlines() if not line.startswith("#")]
    return [Difference(name, m["program"].strip(), m["kind"], m["why"].strip()) for m in marked if m]


def page(found: list[Difference] | None = None) -> str:
    """The page, whole."""
    found = differences() if found is None else found
    lines = [
        "# Differences, by expression",
        "",
        f"The parity tests mark {len(found)} expressions whose answer is not PyTorch's, each with its",
        "reason; the marks are strict, so that none outlives its reason. `x`, `y`, `v`, `t(2, 3)`, `P(...)`",
        "are tensors that require a gradient, `T(...)` tensors that do not. Of whole programs tells",
        "[Differences from PyTorch](../reference/differences.md).",
        "",
    ]
    for kind, heading in KINDS.items():
        some = [d for d in found if d.kind == kind]
        if some:
            lines += [f"## {heading}", "", *table_of(some), ""]
    return "\n".join(lines)


def table_of(found: list[Difference]) -> list[str]:
    """One row for each reason, with the expressions that it is given for."""
    grouped: dict[str, list[str]] = defaultdict(list)
    for d in found:
        grouped[d.why].append(d.program)
    rows = [f"| {_cell(why)} | {'<br>'.join(map(_code, programs))} |" for why, programs in grouped.items()]
    return ["| reason | expressions |", "|---|---|", *rows]


def _cell(text: str) -> str:
    sentence = text[0].upper() + text[1:]
    return re.sub(r"([|*_<>\[\]])", r"\\\1", sentence)


def _code(program: str) -> str:
    return f"`{program.replace('|', chr(92) + '|')}`"


def write(file: Path) -> Path:
    """Write the page, if it has changed."""
    text = page()
    file.parent.mkdir(parents=True, exist_ok=True)
    if not file.exists() or file.read_text(encoding="utf-8") != text:
        file.write_text(text, encoding="utf-8")
    return file
