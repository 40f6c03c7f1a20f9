"""Every page of `docs/` runs: its blocks, top to bottom, as one session.

A block of ``python`` is a program in which ``expression  # → repr`` says what an expression shows; a block
of ``pycon`` is a session with prompts, as in a docstring. Blocks that begin otherwise are not run. A page
that needs what the tests may lack says so in a comment, ``<!-- needs: onnx, onnxruntime -->``, and is skipped
without it.
"""

from __future__ import annotations

import doctest
import importlib.util
import re
from pathlib import Path
from typing import Any

import pytest

import microtensor as mt

DOCS = Path(__file__).parents[2] / "docs"
BLOCK = re.compile(r"^```(python|pycon)\n(.*?)^```", re.MULTILINE | re.DOTALL)
SHOWN = re.compile(r"^(\S.*?)\s+# (?:→|->) (.*)$")
NEEDS = re.compile(r"<!-- needs: (.+?) -->")
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def pages() -> list[Any]:
    """What is written by hand under ``docs``."""
    found = [p for p in DOCS.rglob("*.md") if not {"generated", "_build", "node_modules"} & set(p.parts)]
    return [pytest.param(p, id=p.relative_to(DOCS).as_posix()) for p in sorted(found)]


def lacking(text: str) -> list[str]:
    """The modules that a page needs and that are not installed."""
    names = [name.strip() for needs in NEEDS.findall(text) for name in needs.split(",")]
    return [name for name in names if importlib.util.find_spec(name) is None]


def run_program(block: str, scope: dict[str, Any], name: str) -> None:
    """Run a block; a line that says what it shows is evaluated where it stands."""
    pending: list[str] = []
    for line in [*block.splitlines(), ""]:
        match = SHOWN.match(line)
        if match is None:
            pending.append(line)
            continue
        exec(compile("\n".join(pending), name, "exec"), scope)
        pending = []
        assert repr(eval(match[1], scope)) == match[2], line
    exec(compile("\n".join(pending), name, "exec"), scope)


def run_session(block: str, scope: dict[str, Any], name: str) -> None:
    """Run a block with prompts; what it prints must be what stands there."""
    test = doctest.DocTestParser().get_doctest(block, scope, name, name, 0)
    test.globs = scope  # not a copy: what a block defines, later ones use
    lines: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(test, out=lines.append, clear_globs=False)
    assert runner.failures == 0, "".join(lines)


def run_page(text: str, name: str) -> int:
    """Run all blocks of a page in one scope; the number of them."""
    scope: dict[str, Any] = {"__name__": "__page__"}
    blocks = BLOCK.findall(text)
    for kind, block in blocks:
        (run_program if kind == "python" else run_session)(block, scope, name)
    return len(blocks)


@pytest.mark.parametrize("page", pages())
def test_page_runs(page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = page.read_text(encoding="utf-8")
    if missing := lacking(text):
        pytest.skip(f"it needs {', '.join(missing)}")
    monkeypatch.chdir(tmp_path)
    registered = dict(mt.registry)
    try:
        run_page(text, page.name)
    finally:
        for name in set(mt.registry) - set(registered):
            del mt.registry[name]


def test_the_pages_are_found() -> None:
    assert {"index.md", "reading/tour.md", "reference/errors.md", "how_to/op.md"} <= {
        str(p.id) for p in pages()
    }


def test_a_wrong_number_is_seen() -> None:
    with pytest.raises(AssertionError, match="1 \\+ 1"):
        run_page("```python\n1 + 1  # → 3\n```\n", "wrong.md")
    with pytest.raises(AssertionError, match=r"Expected:\s+3"):
        run_page("```pycon\n>>> 1 + 1\n3\n```\n", "wrong.md")
    with pytest.raises(ZeroDivisionError):
        run_page("```python\n1 / 0\n```\n", "wrong.md")


def test_blocks_share_a_session_and_others_are_not_run() -> None:
    program = "```python\nx = 1\nx  # → 1\nx += 1\n```\n"
    text = program + "```pycon\n>>> x\n2\n>>> y = x\n```\n```python\ny  # → 2\n```\n"
    assert run_page(text, "shared.md") == 3
    assert run_page("```py\n1 / 0\n```\n```sh\nfalse\n```\n", "quoted.md") == 0


def test_a_page_names_what_it_needs() -> None:
    assert lacking("<!-- needs: re, no_such_module -->") == ["no_such_module"]
    assert lacking("nothing") == []
