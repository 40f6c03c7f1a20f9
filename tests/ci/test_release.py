"""The release's check-list stops at what is not ready, and says what to do."""

from __future__ import annotations

import datetime
import importlib.util
import io
import sys
import tarfile
import zipfile
from pathlib import Path
from typing import Any

import pytest

CI = Path(__file__).parents[2] / ".ci"


@pytest.fixture
def release(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The script, for a repository in a temporary folder."""
    monkeypatch.syspath_prepend(str(CI))
    monkeypatch.delitem(sys.modules, "check", raising=False)
    spec: Any = importlib.util.spec_from_file_location("ci_release", CI / "release.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    monkeypatch.setattr(module, "ROOT", tmp_path)
    (tmp_path / "changes").mkdir()
    (tmp_path / "changes" / "README.md").write_text("what notes are")
    (tmp_path / "microtensor").mkdir()
    written(tmp_path, "1.2.0", "1.2.0", f"1.2.0 ({datetime.date.today().isoformat()})")
    return module


def written(root: Path, project: str, package: str, heading: str) -> None:
    (root / "pyproject.toml").write_text(f'[project]\nname = "x"\nversion = "{project}"\n')
    (root / "microtensor" / "__init__.py").write_text(f'__version__ = "{package}"\n')
    (root / "CHANGELOG.md").write_text(f"# Changelog\n\n## {heading}\n\n- One.\n")


def test_a_repository_that_is_ready(release: Any) -> None:
    assert release.version() == "1.2.0"
    release.check_changelog("1.2.0")


def test_versions_that_differ(release: Any, tmp_path: Path) -> None:
    written(tmp_path, "1.2.0", "1.1.0", "1.2.0")
    with pytest.raises(SystemExit, match=r"pyproject.toml says 1\.2\.0, and the package 1\.1\.0"):
        release.version()


def test_a_changelog_that_is_not_closed(release: Any, tmp_path: Path) -> None:
    written(tmp_path, "1.2.0", "1.2.0", "1.2.0 (unreleased)")
    with pytest.raises(SystemExit, match=r"begins with '1\.2\.0 \(unreleased\)': expected ## 1\.2\.0 \("):
        release.check_changelog("1.2.0")


def test_notes_that_are_not_folded(release: Any, tmp_path: Path) -> None:
    (tmp_path / "changes" / "x.added.md").write_text("A thing.")
    with pytest.raises(SystemExit, match=r"fold x\.added\.md: python \.ci/changes\.py --fold"):
        release.check_changelog("1.2.0")


def test_a_tree_with_changes(release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "output", lambda *command: " M README.md")
    items = release.items(tag=False)
    assert next(items) == "nothing is uncommitted"
    with pytest.raises(SystemExit, match=r"commit or stash first:\n M README\.md"):
        next(items)


def test_a_tag_that_is_taken(release: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(release, "output", lambda *command: "v1.2.0" if "tag" in command else "")
    items = release.items(tag=False)
    assert [next(items) for _ in range(3)][-1] == "the tag v1.2.0 is not taken"
    with pytest.raises(SystemExit, match=r"v1\.2\.0 exists: raise the version"):
        next(items)


def test_an_sdist_that_lacks_a_folder(release: Any, tmp_path: Path) -> None:
    wheel, sdist = tmp_path / "x.whl", tmp_path / "x.tar.gz"
    with zipfile.ZipFile(wheel, "w") as archive:
        for name in release.check_pages.__globals__["page_files"]():
            archive.writestr(name, "")
    with tarfile.open(sdist, "w:gz") as archive:
        for name in ("microtensor/a.py", "tests/a.py", "examples/a.py", "benchmarks/a.py", "LICENSE"):
            archive.addfile(tarfile.TarInfo(f"x/{name}"), io.BytesIO())
    with pytest.raises(SystemExit, match=r"x\.tar\.gz lacks CHANGELOG\.md, docs"):
        release.check_built(sdist, wheel)
