"""The table of public names, kept true: rows follow functions that moved, and stubs are written from it.

    python .ci/names.py           rewrite ``microtensor/_names.py`` and the stubs ``_public*.pyi``
    python .ci/names.py --check   exit with 1 if that would change a file

A name's home is the module that defines it.  When a row's module has lost it, it is looked for in that
module's folder, then in the whole package; a name that two modules define there has to be put into the
right row by hand.
"""

from __future__ import annotations

import ast
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "microtensor"
TABLE = PACKAGE / "_names.py"
WIDTH = 110
IMPORTED = {"e", "inf", "nan", "pi"}
"""What the package's own file publishes of other libraries."""


def bound(node: ast.stmt) -> set[str]:
    """The names that a statement defines."""
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return {node.name}
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        return {node.target.id}
    targets = node.targets if isinstance(node, ast.Assign) else ()
    return {name.id for target in targets for name in ast.walk(target) if isinstance(name, ast.Name)}


def modules() -> dict[str, set[str]]:
    """What each module of the package defines, by its name as seen from the top."""
    found = {}
    for file in sorted(PACKAGE.rglob("*.py")):
        parts = file.relative_to(PACKAGE).with_suffix("").parts
        name = ".".join(parts[:-1] if parts[-1] == "__init__" else parts).removeprefix("namespaces.")
        found[name] = {word for node in ast.parse(file.read_text()).body for word in bound(node)}
        found[name] |= IMPORTED if not name else set()
    return found


def home(word: str, module: str, defined: dict[str, set[str]]) -> str:
    """The module that defines what `word` of a row stands for."""
    own = word.lstrip(".").rpartition("=")[2]
    if own == "*" or own in defined.get(module, ()):
        return module
    others = [other for other, names in defined.items() if own in names]
    folder = module.rpartition(".")[0]
    others = [other for other in others if other.rpartition(".")[0] == folder] or others
    if len(others) != 1:
        raise SystemExit(f"{own!r} is not in {module!r}, and is defined in {others or 'no module'}")
    return others[0]


def followed(table: dict[str, str], defined: dict[str, set[str]]) -> dict[str, str]:
    """A package's table with each name beside its module."""
    rows: dict[str, set[str]] = {}
    for module, row in table.items():
        for word in row.split():
            rows.setdefault(module if module == "modules" else home(word, module, defined), set()).add(word)
    return {
        module: " ".join(sorted(rows[module], key=lambda w: w.lstrip(".").replace("*", "")))
        for module in sorted(rows)
    }


def cell(module: str, row: str, indent: str) -> str:
    """A row of the table as source."""
    line = f'{indent}"{module}": "{row}",'
    if len(line) <= WIDTH:
        return line
    parts = textwrap.wrap(row, width=WIDTH - len(indent) - 7, break_on_hyphens=False)
    if len(parts) > 1 and len(parts[-2]) + len(parts[-1]) + 1 <= WIDTH - len(indent) - 6:
        parts[-2:] = [f"{parts[-2]} {parts[-1]}"]
    body = "".join(f'{indent}    "{part} "\n' for part in parts[:-1]) + f'{indent}    "{parts[-1]}"\n'
    return f'{indent}"{module}": (\n{body}{indent}),'


def table_text(packages: dict[str, dict[str, str]]) -> str:
    """The part of `_names` that holds the packages."""
    blocks = []
    for package, table in packages.items():
        rows = "\n".join(cell(module, row, " " * 8) for module, row in table.items())
        blocks.append(f'    "{package}": {{\n{rows}\n    }},')
    return "PACKAGES: dict[str, dict[str, str]] = {\n" + "\n".join(blocks) + "\n}\n"


def exports(package: str, packages: dict[str, dict[str, str]]) -> Iterator[tuple[str, str]]:
    """``(module, "own as public")`` for each name of a package, "*" for all that another one publishes."""
    for module, row in packages[package].items():
        for word in row.split():
            if word == "*":
                yield f"{module}._public", "*"
            elif module not in ("modules", package):
                name, _, own = word.lstrip(".").partition("=")
                yield module, f"{own or name} as {name}"


def stub(package: str, packages: dict[str, dict[str, str]], file: Path) -> str:
    """What type checkers and editors read in place of the table."""
    rows: dict[str, list[str]] = {}
    renamed: list[str] = []
    for module, word in exports(package, packages):
        if word == "*":
            rows[module] = ["*"]
            continue
        own, _, name = word.partition(" as ")
        if own != name:  # only ``x as x`` publishes: a name of another spelling is assigned
            renamed.append(name)
        rows.setdefault(module, []).append(word if own == name else f"{own} as _{name}")
    base = ".".join(("microtensor", *file.parent.relative_to(PACKAGE).parts))
    lines = [f"# The public names of {base}, written by .ci/names.py."]
    for module, words in rows.items():
        lines += wrapped(f"from microtensor.{seen(module)} import ", words)
    for path in packages[package].get("modules", "").split():
        above, _, last = seen(path).rpartition(".")
        lines += [f"from microtensor{'.' + above if above else ''} import {last} as {last}"]
    lines += [f"{name} = _{name}" for name in renamed]
    return "\n".join(lines) + "\n"


def seen(module: str) -> str:
    """Where type checkers find a module: they do not know that `namespaces` is a second place to look."""
    first = module.partition(".")[0]
    return module if any(PACKAGE.glob(f"{first}*")) else f"namespaces.{module}"


def wrapped(start: str, words: list[str]) -> list[str]:
    """An import of many names."""
    line = start + ", ".join(words)
    if len(line) <= WIDTH:
        return [line]
    return [f"{start}(", *textwrap.wrap(", ".join(words), WIDTH - 4, initial_indent="    ",
                                        subsequent_indent="    "), ")"]  # fmt: skip


def stub_file(package: str) -> Path:
    """Where the stub of a package lies: beside what imports it."""
    place = PACKAGE.joinpath(*package.split(".")) if package else PACKAGE
    if place.is_dir():
        return place / "_public.pyi"
    return place.parent / f"_public_{place.name}.pyi"


def files() -> dict[Path, str]:
    """All that is written, by file."""
    text = TABLE.read_text()
    scope: dict[str, dict[str, dict[str, str]]] = {}
    exec(compile(text, str(TABLE), "exec"), scope)
    defined = modules()
    packages = {name: followed(table, defined) for name, table in scope["PACKAGES"].items()}
    start, end = text.index("PACKAGES:"), text.index("METHODS:")
    made = {TABLE: text[:start] + table_text(packages) + "\n" + text[end:]}
    for package in packages:
        if seen(package) != package:
            continue
        made[stub_file(package)] = stub(package, packages, stub_file(package))
    return made


def main() -> None:
    """Write, or check."""
    stale = [file for file, text in files().items() if not file.exists() or file.read_text() != text]
    if "--check" in sys.argv[1:]:
        if stale:
            raise SystemExit(f"run python .ci/names.py: {', '.join(str(f.relative_to(ROOT)) for f in stale)}")
        return
    made = files()
    for file in stale:
        file.write_text(made[file])


if __name__ == "__main__":
    main()
