"""Every example runs: those in docstrings, and every Python block of the README."""

from __future__ import annotations

import doctest
import importlib.util
import math
import pkgutil
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import microtensor as mt

README = Path(__file__).parent.parent / "README.md"
FLAGS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def names() -> dict[str, Any]:
    """What an example may use without importing it."""
    return {"mt": mt, "np": np, "math": math, "cast": mt.registry["cast"].call}


def modules() -> list[str]:
    found = pkgutil.walk_packages(mt.__path__, "microtensor.")
    return [
        "microtensor",
        *(m.name for m in found if not m.name.endswith("__main__") and ".namespaces." not in m.name),
    ]


def examples() -> list[Any]:
    finder = doctest.DocTestFinder(exclude_empty=True)
    loaded = [importlib.import_module(name) for name in modules()]
    tests = [t for m in loaded for t in finder.find(m, m.__name__, globs={**vars(m), **names()})]
    ops = [t for op in mt.registry.values() for t in finder.find(op.call, f"op {op.name}", globs=names())]
    unique = {(t.name, t.docstring): t for t in [*tests, *ops] if t.examples and _can_run(t)}
    return [pytest.param(t, id=t.name) for t in unique.values()]


def _can_run(test: Any) -> bool:
    """Whether matplotlib is there, for those that plot."""
    return "viz.plot." not in (test.docstring or "") or importlib.util.find_spec("matplotlib") is not None


@pytest.mark.parametrize("example", examples())
def test_docstring(example: Any) -> None:
    lines: list[str] = []
    runner = doctest.DocTestRunner(optionflags=FLAGS)
    runner.run(example, out=lines.append, clear_globs=False)
    assert runner.failures == 0, "".join(lines)


def blocks() -> list[str]:
    return re.findall(r"```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)


def test_readme_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The blocks run in order, as one program; a comment after an expression is what it shows."""
    monkeypatch.chdir(tmp_path)
    registered = set(mt.registry)
    scope: dict[str, Any] = {}
    try:
        for block in blocks():
            exec(compile(block, "README.md", "exec"), scope)
            for line in block.splitlines():
                match = re.match(r"^(\S.*?)\s+# (?:→|->) (.*)$", line)
                if match:
                    assert repr(eval(match[1], scope)) == match[2], line
    finally:
        for name in set(mt.registry) - registered:
            del mt.registry[name]
