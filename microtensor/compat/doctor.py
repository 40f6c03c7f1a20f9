"""``python -m microtensor doctor LIBRARY``: what an installed library uses of PyTorch that is not here.

Nothing of the library is run.  The files that ``import LIBRARY`` loads are followed from its ``__init__``: a
missing name there that nothing guards stops the import; elsewhere it is missed when something is called.
"""

from __future__ import annotations

import ast
import sys
from collections import defaultdict
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import NamedTuple

from .check_program import Use, by_node, missing, root
from .conditions import Condition, conditions
from .modules_of_library import at_import, modules, packages

__all__ = ["Missing", "examine", "report"]

GROUPS = {
    "import": "stops the import",
    "call": "missed when it is called",
    "guard": "guarded: the library does without",
}


class Missing(NamedTuple):
    """What of PyTorch is not here, as a sentence, and where it is used: in places of one of the `GROUPS`."""

    group: str
    sentence: str
    places: list[str]


class Diagnosis(NamedTuple):
    """How many files were read, how many names of PyTorch they use, and what of them is missing."""

    files: int
    names: int
    missing: list[Missing]


class _Found(NamedTuple):
    use: Use
    group: str
    file: str


def examine(library: str) -> Diagnosis:
    """Read the files of an installed library.

    Raises ``ModuleNotFoundError`` if there is no package or distribution of this name.
    """
    here = {package: _trees(package) for package in packages(library)}
    found = [one for package, trees in here.items() for one in _in_package(package, trees)]
    places: dict[tuple[str, str], set[tuple[str, int]]] = defaultdict(set)
    for use, group, file in found:
        for _, sentence in missing([use]):
            places[group, sentence].add((file, use.line))
    rows = [
        Missing(*key, [f"{file}:{line}" for file, line in sorted(where)]) for key, where in places.items()
    ]
    files = sum(map(len, here.values()))
    return Diagnosis(files, len({one.use.name for one in found}), sorted(rows, key=_weight))


def _trees(package: str) -> dict[str, tuple[str, ast.Module]]:
    """The files of a package, by module: the path from the package's folder on, and what is in it."""
    found = ((module, file, _parsed(file)) for module, file in modules(package).items())
    return {module: (_relative(file, package), tree) for module, file, tree in found if tree is not None}


def _in_package(package: str, trees: dict[str, tuple[str, ast.Module]]) -> Iterator[_Found]:
    loaded = at_import(package, {module: tree for module, (_, tree) in trees.items()})
    for module, (file, tree) in trees.items():
        for use, condition in _used(tree):
            yield _Found(use, _group(condition, module in loaded), file)


def _relative(file: Path, package: str) -> str:
    """A file's path from the folder in which its package lies."""
    return "/".join(file.parts[file.parts.index(package) :]) if package in file.parts else file.name


def _parsed(file: Path) -> ast.Module | None:
    try:
        return ast.parse(file.read_bytes(), str(file))
    except (SyntaxError, ValueError):  # templates, and files for other Pythons
        return None


def _used(tree: ast.Module) -> Iterator[tuple[Use, Condition]]:
    known = conditions(tree)
    for node, use in by_node(tree):
        condition = known.get(node, Condition())
        if not (isinstance(node, ast.Attribute) and root(node) in condition.local):
            yield use, condition


def _group(condition: Condition, loaded: bool) -> str:
    if condition.guard:
        return "guard"
    return "call" if condition.called or not loaded else "import"


def _weight(row: Missing) -> tuple[int, int, str]:
    """What stops the import first; of a group, what is used most."""
    return list(GROUPS).index(row.group), -len(row.places), row.sentence


def report(library: str, places: int = 3) -> int:
    """Print what is missing, with up to so many places each; 0 if nothing stops the import, or else 1."""
    try:
        files, names, rows = examine(library)
    except ModuleNotFoundError as error:
        print(f"python -m microtensor doctor: {error}", file=sys.stderr)
        return 2
    counts = ", ".join(
        f"{sum(row.group == group for row in rows)} {told}" for group, told in _COUNTED.items()
    )
    print(f"{_title(library)}: {files} files, {names} names of torch; missing: {counts}")
    for group, title in GROUPS.items():
        mine = [row for row in rows if row.group == group]
        if mine:
            print(f"\n{title}:")
        for row in mine:
            print(*_shown(row, places), sep="\n        ")
    return int(any(row.group == "import" for row in rows))


_COUNTED = {"import": "at import", "call": "when called", "guard": "guarded"}


def _title(library: str) -> str:
    try:
        return f"{library} {version(library)}"
    except PackageNotFoundError:
        return library


def _shown(row: Missing, count: int) -> list[str]:
    """A sentence and the first places."""
    more = [f"and {len(row.places) - count} more"] * (len(row.places) > count)
    return [f"  {len(row.places):3} {row.sentence}", *row.places[:count], *more]
