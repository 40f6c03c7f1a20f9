"""Notes for the changelog are folded where they belong, and what is no note is named."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def load(name: str) -> Any:
    """A script of ``.ci`` as a module."""
    spec = importlib.util.spec_from_file_location(f"ci_{name}", ROOT / ".ci" / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[f"ci_{name}"] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


changes = load("changes")

BEFORE = """# Changelog

## 0.2.0 (unreleased)

### Fixed

- An old one.

## 0.1.0 (2026-11-01)

### Added

- Everything.
"""
AFTER = """# Changelog

## 0.2.0 (unreleased)

### Fixed

- An old one.
- A bug.

### Added

- One thing.
- Two things.

## 0.1.0 (2026-11-01)

### Added

- Everything.
"""


def written(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        kind = name.partition("_")[0]
        (folder / f"{name}.{kind}.md").write_text(text, encoding="utf-8")
    return folder


def test_notes_go_below_the_heading_of_their_kind(tmp_path: Path) -> None:
    found = changes.notes(written(tmp_path, added_b="Two\nthings.\n", added_a="One thing.", fixed_x="A bug."))
    assert [note.text for note in found] == ["One thing.", "Two things.", "A bug."]
    assert sorted(changes.folded(BEFORE, found)) == sorted(AFTER)
    assert changes.folded(BEFORE, [found[2], *found[:2]]) == AFTER


def test_a_changelog_with_one_section(tmp_path: Path) -> None:
    found = changes.notes(written(tmp_path, removed_x="A name."))
    assert changes.folded("# C\n\n## 1 (unreleased)\n\n- flat\n", found) == (
        "# C\n\n## 1 (unreleased)\n\n- flat\n\n### Removed\n\n- A name.\n"
    )


def test_long_notes_are_wrapped(tmp_path: Path) -> None:
    found = changes.notes(written(tmp_path, added_x="many words " * 30))
    lines = changes.bullet(found[0].text).splitlines()
    assert max(map(len, lines)) <= changes.WIDTH
    assert all(line.startswith("  ") for line in lines[1:])


def test_nothing_to_fold_changes_nothing(tmp_path: Path) -> None:
    assert changes.folded(BEFORE, []) == BEFORE


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("x.md", "A note.", r"x\.md: expected NAME\.KIND\.md"),
        ("x.better.md", "A note.", "KIND is one of added, changed"),
        ("x.added.md", "- A bullet.", "without a bullet"),
        ("x.added.md", "  \n", "expected one entry"),
    ],
)
def test_what_is_no_note_is_named(tmp_path: Path, name: str, text: str, why: str) -> None:
    (tmp_path / name).write_text(text)
    with pytest.raises(ValueError, match=why):
        changes.notes(tmp_path)


def test_a_changelog_without_an_unreleased_section_is_refused() -> None:
    with pytest.raises(ValueError, match="unreleased"):
        changes.folded(BEFORE.replace(" (unreleased)", ""), [])


def test_the_notes_that_are_here_are_notes() -> None:
    done = subprocess.run(
        [sys.executable, ".ci/changes.py", "--check"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stderr
