"""What a package's own file imports in order to publish it, type checkers take for published."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import microtensor as mt

PACKAGE = Path(mt.__file__).parent
FILES = sorted(PACKAGE.rglob("__init__.py"))


def unpublished(text: str, folder: Path) -> Iterator[str]:
    """Names that are imported, used nowhere in the file, and neither ``x as x`` nor in ``__all__``."""
    tree = ast.parse(text)
    used = {n.id for n in ast.walk(tree) if isinstance(n, ast.Name)}
    listed = {c.value for n in tree.body if _is_all(n) for c in ast.walk(n) if isinstance(c, ast.Constant)}
    for node in tree.body:
        if isinstance(node, ast.ImportFrom) and node.module != "__future__":
            names = [name.name for name in node.names if name.asname is None]
            yield from (n for n in names if n not in used | listed and not _is_module(node, n, folder))


def _is_all(node: ast.stmt) -> bool:
    targets = node.targets if isinstance(node, ast.Assign) else []
    return any(isinstance(t, ast.Name) and t.id == "__all__" for t in targets)


def _is_module(node: ast.ImportFrom, name: str, folder: Path) -> bool:
    """Whether a module is imported, for what its import does."""
    place = folder.joinpath(*[".."] * (node.level - 1), *(node.module or "").split("."))
    return (place / name).is_dir() or (place / f"{name}.py").exists()


@pytest.mark.parametrize("file", FILES, ids=lambda f: f.parent.relative_to(PACKAGE).as_posix())
def test_what_is_imported_to_be_published_is(file: Path) -> None:
    assert list(unpublished(file.read_text("utf-8"), file.parent)) == [], "write: from .x import name as name"


def test_a_name_that_is_not_published_is_seen() -> None:
    text = "from .a import b, c\nfrom .a import d as d\nfrom .e import f\n__all__ = ['f']\nprint(c)\n"
    assert list(unpublished(text, PACKAGE)) == ["b"]
