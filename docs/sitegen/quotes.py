"""Source code in pages: quoted, so that a page reads anywhere, and held equal to the package.

A quotation is a comment that names an object, and what this module writes after it:

    <!-- source: Sweep.add -->
    [`microtensor/engine/backward.py`](../../microtensor/engine/backward.py)
    ```py
    def add(self, edge, r): ...
    ```

The comment may go on ``from "text"`` and ``until "text"``: the lines from the first that contains the one to
that before the first that contains the other. ``generated: mul`` is the text of the function that is written
for that op, and ``generated: mul.pull`` that of its backward step.

Blocks that begin with ``py`` are quoted; those that begin with ``python`` or ``pycon`` are run by the tests.

    python docs/sitegen/quotes.py            # write what has changed into docs/*.md
    python docs/sitegen/quotes.py --check    # only say what has
"""

from __future__ import annotations

import inspect
import os
import re
import sys
import textwrap
from pathlib import Path
from typing import Any

if __name__ == "__main__":  # run as a script, from a clone
    sys.path[:0] = [str(Path(__file__).resolve().parents[1]), str(Path(__file__).resolve().parents[2])]

import microtensor as mt
from sitegen.objects import ROOT, find, place_of

DOCS = Path(__file__).resolve().parents[1]
QUOTE = re.compile(r"<!-- (?P<kind>source|generated): (?P<what>.+?) -->\n(?P<old>.*?)(?<=\n)```\n", re.DOTALL)
ASKED = re.compile(r'^(?P<name>[^"]+?)(?: from "(?P<start>.+?)")?(?: until "(?P<end>.+)")?$')


def pages() -> list[Path]:
    """The hand-written pages: what is under ``docs``, but for what is generated or built."""
    return sorted(p for p in DOCS.rglob("*.md") if not {"generated", "_build"} & set(p.parts))


def refreshed(text: str, page: Path) -> str:
    """The text of a page with every quotation as the package has it now."""

    def replace(match: re.Match[str]) -> str:
        comment = match[0][: match[0].index("\n") + 1]
        quote = source(match["what"], page) if match["kind"] == "source" else generated(match["what"])
        return f"{comment}{quote}```\n"

    return QUOTE.sub(replace, text)


def source(what: str, page: Path) -> str:
    """The caption and the open block of an object's source."""
    asked = ASKED.match(what)
    if asked is None:
        raise LookupError(f'{what}: expected a name, and from "text" or until "text"')
    value = find(asked["name"])
    lines = textwrap.dedent(inspect.getsource(value)).rstrip().splitlines()
    shown = "\n".join(lines[_index(lines, asked["start"], what, 0) : _index(lines, asked["end"], what, None)])
    path, _ = place_of(value)
    link = Path(os.path.relpath(ROOT / path, page.parent)).as_posix()
    return f"[`{path}`]({link})\n```py\n{textwrap.dedent(shown).rstrip()}\n"


def _index(lines: list[str], text: str | None, what: str, otherwise: int | None) -> int | None:
    if text is None:
        return otherwise
    found = [i for i, line in enumerate(lines) if text in line]
    if not found:
        raise LookupError(f"{what}: no line of that source contains {text!r}")
    return found[0]


def generated(what: str) -> str:
    """The open block of the text that is generated for an op."""
    name, _, part = what.partition(".")
    op: Any = mt.registry[name]
    text = find("_pull_text")(op) if part == "pull" else find("source_of")(op)
    return f"```py\n{text}\n"


def main(check: bool) -> int:
    """Write the pages anew, or only name those that would change; the number of them."""
    changed = 0
    for page in pages():
        text = page.read_text(encoding="utf-8")
        new = refreshed(text, page)
        if new != text:
            changed += 1
            print(f"{'stale' if check else 'written'}: {page.relative_to(DOCS.parent)}")
            if not check:
                page.write_text(new, encoding="utf-8")
    return changed


if __name__ == "__main__":
    stale = main("--check" in sys.argv[1:])
    sys.exit(bool(stale) and "--check" in sys.argv[1:])
