"""What is loaded, and who may import whom."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

import microtensor

PACKAGE = Path(microtensor.__file__).parent
LAYERS = [
    {"errors", "_lazy", "_names"},
    {"engine"},
    {"ops"},
    {"creation", "random", "legacy", "settings"},
    {"autograd", "interop", "distributed"},
    {"fft", "func", "linalg", "sparse", "special"},
    {"nn"},
    {"distributions", "optim", "utils", "train", "viz"},
    {"compiled"},
    {"serialization", "datasets"},
    {"onnx"},
    {"export"},
    {"__init__"},
    {"namespaces", "testing", "compat", "playground", "__main__"},
]
RANK = {name: rank for rank, layer in enumerate(LAYERS) for name in layer}
FILES = sorted(PACKAGE.rglob("*.py"))


def layer_of(parts: tuple[str, ...]) -> str:
    """The name of a module's layer: the first part of its path in the package."""
    return parts[0] if parts else "__init__"


def imported(file: Path) -> set[tuple[str, int]]:
    """The layers that a file imports as it is imported itself, with the lines."""
    here = file.relative_to(PACKAGE).with_suffix("").parts
    package = here[:-1]
    found = set()
    for node in top_level(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("microtensor")):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = [p for p in (node.module or "").split(".") if p and p != "microtensor"]
            parts = [*base, *module]
            targets = [[*parts, alias.name] for alias in node.names] if not parts else [parts]
            found |= {(layer_of(tuple(t)), node.lineno) for t in targets}
        elif isinstance(node, ast.Import):
            inside = [a.name.split(".")[1:] for a in node.names if a.name.split(".")[0] == "microtensor"]
            found |= {(layer_of(tuple(t)), node.lineno) for t in inside}
    return found


def top_level(tree: ast.Module) -> list[ast.stmt]:
    """Statements that run when the module is imported, without those under ``if TYPE_CHECKING``."""
    todo, found = list(tree.body), []
    while todo:
        node = todo.pop(0)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        found.append(node)
        if isinstance(node, (ast.If, ast.Try, ast.With)):
            todo += node.body
    return found


@pytest.mark.parametrize("file", FILES, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_imports_point_one_way(file: Path) -> None:
    """A module imports its own layer and those below; `testing` may import everything."""
    mine = layer_of(file.relative_to(PACKAGE).with_suffix("").parts)
    assert mine in RANK, f"{mine} has no place among the layers: give it one in LAYERS"
    for theirs, line in sorted(imported(file)):
        if theirs in RANK and theirs != mine:
            assert RANK[theirs] <= RANK[mine], f"line {line}: {mine} imports {theirs}, which lies above it"


def folder_arrows(folder: Path) -> dict[str, set[str]]:
    """Which folders inside `folder` import which others of it, as they are imported."""
    inside = folder.relative_to(PACKAGE).parts
    arrows: dict[str, set[str]] = {f.name: set() for f in folder.iterdir() if (f / "__init__.py").exists()}
    for file in folder.rglob("*.py"):
        mine = file.relative_to(folder).parts[0]
        for target in targets(file) if mine in arrows else ():
            if target[: len(inside)] == inside and len(target) > len(inside):
                arrows[mine] |= {target[len(inside)]} & (arrows.keys() - {mine})
    return arrows


def targets(file: Path) -> set[tuple[str, ...]]:
    """The modules that a file imports as it is imported itself, each as the parts of its path."""
    package = file.relative_to(PACKAGE).parts[:-1]
    found = set()
    for node in top_level(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and (node.level or (node.module or "").startswith("microtensor")):
            base = package[: len(package) - node.level + 1] if node.level else ()
            module = [p for p in (node.module or "").split(".") if p and p != "microtensor"]
            found |= {(*base, *module, alias.name) for alias in node.names}
    return found


def circle(arrows: dict[str, set[str]]) -> set[str]:
    """The folders that are left when those are taken away, again and again, that import none of the rest."""
    left = {name: set(others) for name, others in arrows.items()}
    while free := [name for name, others in left.items() if not others & left.keys()]:
        for name in free:
            del left[name]
    return set(left)


FOLDERS = sorted(file.parent for file in PACKAGE.rglob("__init__.py"))


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_no_import_between_folders_runs_back(folder: Path) -> None:
    assert circle(folder_arrows(folder)) == set()


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda f: str(f.relative_to(PACKAGE)))
def test_a_folder_is_small_enough_to_look_over(folder: Path) -> None:
    """25 files and no more; the distributions lie flat, as PyTorch's do."""
    if folder.name != "distributions":
        assert len(list(folder.glob("*.py"))) <= 25


def test_a_circle_is_seen() -> None:
    assert circle({"a": {"b"}, "b": {"c"}, "c": {"b"}, "d": set()}) == {"a", "b", "c"}
    assert folder_arrows(PACKAGE)["ops"] == {"engine"}


def test_the_layers_are_there_to_be_tested() -> None:
    """The parser sees the imports that it is to judge."""
    assert {"engine", "errors"} <= {name for name, _ in imported(PACKAGE / "engine" / "apply.py")}
    assert {"engine", "ops"} <= {
        name for name, _ in imported(PACKAGE / "ops" / "elementwise" / "division.py")
    }
    assert {"autograd", "ops"} <= {name for name, _ in imported(PACKAGE / "__init__.py")}


LOADED = """
before = set(sys.modules)
import {module}
print(*sorted({{name.partition(".")[0] for name in set(sys.modules) - before}}))
"""
UNCHANGED = """
import numpy as np
before = np.geterr(), np.get_printoptions()
import microtensor
print(before == (np.geterr(), np.get_printoptions()))
"""


def fresh(code: str) -> str:
    """What `code` prints in an interpreter of its own."""
    command = [sys.executable, "-c", "import sys\n" + code]
    return subprocess.run(command, capture_output=True, text=True, check=True, cwd=PACKAGE.parent).stdout


def loaded(module: str) -> set[str]:
    """Top-level packages that importing `module` brings."""
    return set(fresh(LOADED.format(module=module)).split())


def test_importing_loads_numpy_and_the_standard_library_alone() -> None:
    allowed = set(sys.stdlib_module_names) | {"microtensor"} | loaded("numpy.random")
    assert loaded("microtensor") - allowed == set()


def test_importing_does_not_load_the_tools_for_tests() -> None:
    assert fresh("import microtensor; print('microtensor.testing' in sys.modules)").strip() == "False"


def test_importing_changes_nothing_of_numpys() -> None:
    assert fresh(UNCHANGED).strip() == "True"
