"""The comparison of libraries on microtensor and on PyTorch: heads, differences, and the table."""

from __future__ import annotations

import importlib.util
import math
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def load() -> Any:
    spec = importlib.util.spec_from_file_location("ci_libraries", ROOT / ".ci" / "libraries.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["ci_libraries"] = module
    spec.loader.exec_module(module)
    return module


libraries = load()


@pytest.mark.parametrize("script", sorted(libraries.SCRIPTS.glob("*.py")), ids=lambda path: path.stem)
def test_every_script_says_what_it_needs(script: Path) -> None:
    entry = libraries.library(script)
    assert entry.version
    assert entry.imports
    assert "microtensor" not in script.read_text()


def test_a_head_is_read(tmp_path: Path) -> None:
    script = tmp_path / "lib.py"
    script.write_text(
        '# /// script\n# dependencies = ["Lib[all]==1.2", "other"]\n#\n# [tool.libraries]\n'
        '# import = ["lib.a"]\n# close = 1e-3\n# tests = { paths = ["t"] }\n# ///\n'
    )
    entry = libraries.library(script)
    assert (entry.version, entry.imports, entry.close) == ("1.2", ["lib.a"], 1e-3)
    assert entry.tests == {"paths": ["t"]}
    assert libraries.present("Lib[all]==1.2", {"lib": "1.2"})
    assert not libraries.present("Lib[all]==1.2", {"lib": "1.3"})
    assert libraries.present("a_b", {"a-b": "3"})
    assert not libraries.present("other", {})
    script.write_text("# /// script\n# dependencies = ['lib']\n# ///\n")
    with pytest.raises(SystemExit, match="its first dependency is to be the library, as NAME==VERSION"):
        libraries.library(script)
    script.write_text("import lib\n")
    with pytest.raises(SystemExit, match="has no head"):
        libraries.library(script)


NAN = math.nan
PAIRS = [
    (1.0, 1.0, 0.0),
    ([1.0, 2.0], [1.0, 4.0], 0.5),
    ([0.1, 100.0], [0.2, 100.0], 0.001),
    ({"b": 1, "a": [2]}, {"a": [2], "b": 1}, 0.0),
    ([NAN, math.inf, "x", True], [NAN, math.inf, "x", True], 0.0),
    ([NAN], [1.0], math.inf),
    ([math.inf], [-math.inf], math.inf),
    (["x"], ["y"], math.inf),
    ([1.0], [1.0, 2.0], math.inf),
    ([1.0, 2.0], [[1.0], 2.0], 0.0),
    (0.5, 0.0, 0.5),
]


@pytest.mark.parametrize(("found", "expected", "answer"), PAIRS, ids=str)
def test_the_largest_difference(found: Any, expected: Any, answer: float) -> None:
    assert libraries.difference(found, expected) == pytest.approx(answer)


def test_rows_are_put_into_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    page = tmp_path / "page.md"
    page.write_text(
        "# Title\n\n| a | b |\n|---|---:|\n| b | 1 | yes | same numbers | 3 of 3 | none |\n"
        "| c | 1 | no | no | - | - |\n<!-- end of the table -->\nafter\n"
    )
    monkeypatch.setattr(libraries, "PAGE", page)
    entry = [libraries.Library(name, tmp_path, [f"{name}==2"], [name]) for name in ("B", "a", "b")]
    libraries.write(
        [
            libraries.numbers(libraries.Result(entry[1], "yes"), {"x": 1.0}, {"x": 1.00001}),
            libraries.numbers(libraries.Result(entry[2], "yes"), {"x": [1.0]}, {"x": [2.0]}),
        ]
    )
    assert page.read_text() == (
        "# Title\n\n| a | b |\n|---|---:|\n| a | 2 | yes | same numbers | - | 1e-05 |\n"
        "| b | 2 | yes | differs | 3 of 3 | 5e-01 |\n| c | 1 | no | no | - | - |\n"
        "<!-- end of the table -->\nafter\n"
    )


def test_names_that_one_side_lacks() -> None:
    entry = libraries.Library("a", Path(), ["a==1"], ["a"])
    result = libraries.numbers(libraries.Result(entry, "yes"), {"x": 1}, {"y": 1})
    assert (result.example, result.trouble) == ("differs", "names: ['x'] here, ['y'] there")
