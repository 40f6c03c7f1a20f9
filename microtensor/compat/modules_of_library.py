"""The files of an installed library, and which of them are read by ``import LIBRARY``."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from importlib.machinery import PathFinder
from importlib.metadata import packages_distributions
from pathlib import Path

from .conditions import conditions

__all__ = ["at_import", "modules", "packages"]


def packages(library: str) -> list[str]:
    """The packages that are imported under the name of a library or that its distribution brings.

    Raises ``ModuleNotFoundError`` if there is none.
    """
    if _found(library):
        return [library]
    wanted = _plain(library)
    brought = [package for package, names in packages_distributions().items() if wanted in map(_plain, names)]
    found = [package for package in brought if _found(package) and not package.startswith("_")]
    if not found:
        raise ModuleNotFoundError(f"no package or distribution {library!r} is installed in this environment")
    return found


def _plain(name: str) -> str:
    return name.lower().replace("-", "_").replace(".", "_")


def _found(package: str) -> Path | None:
    """The file of a package or module on the path, which is not imported."""
    spec = PathFinder.find_spec(package)
    return Path(spec.origin) if spec and spec.origin and spec.origin.endswith(".py") else None


def modules(package: str) -> dict[str, Path]:
    """All modules of a package with their files, without its own tests."""
    start = _found(package)
    if start is None or start.name != "__init__.py":
        return {package: start} if start else {}
    files = {path.relative_to(start.parent): path for path in sorted(start.parent.rglob("*.py"))}
    return {_name(package, path): file for path, file in files.items() if not _tests(path)}


def _name(package: str, path: Path) -> str:
    parts = (package, *path.with_suffix("").parts)
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


def _tests(path: Path) -> bool:
    folders = {"test", "tests", "testing"} & set(path.parts[:-1])
    return bool(folders) or path.stem.startswith(("test_", "conftest")) or path.stem.endswith("_test")


def at_import(package: str, trees: dict[str, ast.Module]) -> set[str]:
    """The modules that ``import package`` reads, as their import statements say."""
    todo, found = [package], set()
    while todo:
        name = todo.pop()
        if name in found or name not in trees:
            continue
        found.add(name)
        parents = [".".join(name.split(".")[:count]) for count in range(1, name.count(".") + 1)]
        todo += [*parents, *_imports(name, trees)]
    return found


def _imports(name: str, trees: dict[str, ast.Module]) -> Iterator[str]:
    """The modules that a module imports as it is imported itself, whether in a ``try`` or not."""
    is_package = any(other.startswith(f"{name}.") for other in trees)
    for node, condition in conditions(trees[name]).items():
        if condition.called or condition.guard == "TYPE_CHECKING":
            continue
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        if isinstance(node, ast.ImportFrom):
            base = _base(name, is_package, node)
            yield from (base, *(f"{base}.{alias.name}" for alias in node.names))


def _base(name: str, is_package: bool, node: ast.ImportFrom) -> str:
    """The module that ``from ..x import y`` in the module `name` means."""
    if not node.level:
        return node.module or ""
    parts = name.split(".")
    kept = parts[: len(parts) - node.level + is_package]
    return ".".join([*kept, *([node.module] if node.module else [])])
