"""*Every op*: one page a family, written from the registry.

What is on the pages is what the ops carry: signature, first lines of the docstring, the text of each partial
derivative, what is kept for the backward pass, which laws an op is exempt from and why, and where it stands.
What is chosen where no derivative exists comes from the table that the tests hold (`TABLE` of
``test_subgradients.py``): each row is computed here, and listed with the ops that its graph contains.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import textwrap
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import microtensor as mt
from sitegen.objects import ROOT, find, place_of

Op = Any  # the registry's entries: their class moves with the engine, and is not named here


def pages() -> dict[str, str]:
    """The text of every page by its name, the index included."""
    families = by_family()
    written = {f"{name}.md": family_page(name, ops) for name, ops in families.items()}
    return {"index.md": index(families), **written}


@cache
def by_family() -> dict[str, list[Op]]:
    """Our own ops by the folder that they stand in, in order of definition."""
    load_all = find("load_all")
    load_all()
    families: dict[str, list[Op]] = defaultdict(list)
    for op in mt.registry.values():
        if op.ours:
            families[family_of(op.function.__module__)].append(op)
    return dict(sorted(families.items()))


def family_of(module: str) -> str:
    """The name of a family: the folder under ``ops``, or the two first parts of any other module."""
    parts = module.split(".")[1:]
    return parts[1] if parts[0] == "ops" else "_".join(parts[:2])


def home_of(ops: list[Op]) -> Any:
    """The module or package whose docstring introduces a family."""
    first = ops[0].function.__module__.split(".")
    return importlib.import_module(".".join(first[:3]))


# -------------------------------------------------------------------------- the pages


def index(families: dict[str, list[Op]]) -> str:
    """The page that lists all ops."""
    count = sum(map(len, families.values()))
    lines = [
        "# Every op",
        "",
        f"The {count} ops of the registry, by family. Everything else that PyTorch offers is a function of",
        "these: it has no derivative of its own, and needs none. An op whose name stands in no public",
        "namespace is one that such functions are made of, or the adjoint of another.",
        "",
        "| family | ops |",
        "|---|---|",
    ]
    for name, ops in families.items():
        links = ", ".join(f"[`{op.name}`]({name}.md#{anchor(op)})" for op in ops)
        lines.append(f"| [{title(name)}]({name}.md) | {links} |")
    listing = "\n".join(families)
    return "\n".join([*lines, "", "```{toctree}", ":hidden:", "", listing, "```", ""])


def title(family: str) -> str:
    """A family's name in words."""
    return family.replace("nn_functional", "nn.functional").replace("_", " ")


def anchor(op: Op) -> str:
    """Where an op's section begins; Markdown's own anchors would drop the first underscore."""
    return f"op-{op.name.replace('_', '-').replace('.', '-')}"


def family_page(family: str, ops: list[Op]) -> str:
    """One family: its introduction, and a section an op."""
    introduction = inspect.getdoc(home_of(ops)) or ""
    head = [f"# {title(family).capitalize()}", "", introduction, ""]
    return "\n".join([*head, *[section(op) for op in ops]])


def section(op: Op) -> str:
    """One op."""
    parts = [
        f"({anchor(op)})=\n## `{op.name}`",
        f"```py\n{op.name}{signature(op)}\n```",
        first_paragraph(inspect.getdoc(op.function) or ""),
        names_line(op),
        formulas(op),
        facts(op),
        choices(op),
        example(inspect.getdoc(op.function) or ""),
        exemptions(op),
        where(op),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def signature(op: Op) -> inspect.Signature:
    """How it is called, without annotations: they say no more than the names."""
    shown = inspect.signature(op.call)
    bare = [p.replace(annotation=p.empty) for p in shown.parameters.values()]
    return shown.replace(parameters=bare, return_annotation=shown.empty)


def first_paragraph(docstring: str) -> str:
    """What stands before the first empty line, or before an example."""
    return "\n".join(docstring.split("\n\n")[0].splitlines()).strip()


def example(docstring: str) -> str:
    """The session that the docstring ends with, which the tests run."""
    start = docstring.find(">>> ")
    return f"```pycon\n{docstring[start:].rstrip()}\n```" if start >= 0 else ""


def names_line(op: Op) -> str:
    """The public names under which it is called."""
    found = [f"`{name}`" for name in public_names().get(id(op.call), ())]
    return f"Called as {', '.join(found)}." if found else "Called by other functions, under no public name."


@cache
def public_names() -> dict[int, list[str]]:
    """For each callable of the public namespaces, by identity, its names there."""
    places = {
        "microtensor": mt,
        "nn.functional": mt.nn.functional,
        "linalg": mt.linalg,
        "special": mt.special,
    }
    found: dict[int, list[str]] = defaultdict(list)
    for place, namespace in places.items():
        for name in dir(namespace):
            if not name.startswith("_"):
                found[id(getattr(namespace, name))].append(f"{place}.{name}")
    for name in dir(mt.Tensor):
        if not name.startswith("_"):
            found[id(inspect.getattr_static(mt.Tensor, name))].append(f"Tensor.{name}")
    return found


def formulas(op: Op) -> str:
    """The cotangent of each argument: a table of one-line formulas, and blocks of longer ones."""
    if not op.partials:
        return "It has no derivative."
    texts = object.__new__(op.node).formulas
    short = {name: text for name, text in texts.items() if "\n" not in text}
    rows = [f"| `{name}` | `{_escaped(text)}` |" for name, text in short.items()]
    table = ["| argument | its cotangent, from the cotangent `g` of the result |", "|---|---|", *rows]
    long = [
        f"The cotangent of `{name}`:\n\n```py\n{text}\n```" for name, text in texts.items() if "\n" in text
    ]
    return "\n\n".join([*(["\n".join(table)] if rows else []), *long])


def _escaped(text: str) -> str:
    return text.replace("|", "\\|")


def facts(op: Op) -> str:
    """What is kept, what the node is called, and of what kind the op is."""
    kept = ", ".join(f"`{name}`" for name in op.keeps) or "nothing"
    words = [f"Keeps {kept}"] if op.partials else []
    words += [f"node `{op.node_name}`"] if op.partials else []
    words += ["elementwise, its operands broadcast"] if op.elementwise and len(op.arrays) > 1 else []
    words += ["elementwise"] if op.elementwise and len(op.arrays) == 1 else []
    words += ["integers are converted to the default dtype"] if op.floating else []
    words += ["a view where the memory allows"] if op.view else []
    text = "; ".join(words)
    return f"{text[0].upper()}{text[1:]}." if text else ""


def where(op: Op) -> str:
    """A link to its block."""
    path, line = place_of(op.function)
    return f"[`{path}`, line {line}](../../../{path}#L{line})"


def exemptions(op: Op) -> str:
    """The laws that it does not obey, each with the reason that it gives itself."""
    lines = [f"- Not held to the law `{law}`: {why}." for law, why in op.exempt.items()]
    return "\n".join(lines)


# ----------------------------------------------------- where no derivative exists


def choices(op: Op) -> str:
    """The rows of the table of subgradients in whose graph the op stands."""
    rows = [f"- {row}: gradient {value} at {point}." for row, point, value in chosen().get(op.name, ())]
    return "\n".join(["Where it has no derivative, tests hold:", "", *rows]) if rows else ""


@cache
def chosen() -> dict[str, list[tuple[str, Any, Any]]]:
    """For each op, the rows of the table that pass through it and are named after it."""
    found: dict[str, list[tuple[str, Any, Any]]] = defaultdict(list)
    for row, (function, point, value) in subgradients().items():
        x = mt.tensor(point, requires_grad=True)
        with np.errstate(all="ignore"):
            ops = ops_of(function(mt, x).sum().grad_fn)
        for name in ops:
            if name not in PLAIN:
                found[name].append((row, point, value))
    return found


PLAIN = {"sum", "mean", "add", "sub", "mul", "div", "exp", "cat", "cast", "reshape"}
"""Ops that stand in a row's graph as arithmetic around what the row is about."""


def ops_of(node: Any) -> list[str]:
    """The names of the ops in the graph before a node, each once."""
    names: dict[str, None] = {}
    stack = [node]
    while stack:
        node = stack.pop()
        if getattr(node, "op", None) is not None:
            names[node.op.name] = None
        stack += [parent for parent, _ in node.next_functions if parent is not None]
    return list(names)


def subgradients() -> dict[str, tuple[Any, Any, Any]]:
    """The tests' own table, wherever among the tests it stands; empty where the tests are not at hand."""
    files = sorted((ROOT / "tests").rglob("test_subgradients.py"))
    return table_in(files[0].read_text(encoding="utf-8")) if files else {}


def table_in(text: str) -> dict[str, tuple[Any, Any, Any]]:
    """What a test module names `TABLE`: its constants are computed, and nothing else of it is run."""
    scope: dict[str, Any] = {"mt": mt, "np": np}
    for statement in ast.parse(text).body:
        if isinstance(statement, (ast.Assign, ast.AnnAssign)) and _is_constant(statement):
            bare = ast.Assign(_targets(statement), statement.value or ast.Constant(None), lineno=1)
            exec(compile(ast.fix_missing_locations(ast.Module([bare], [])), "TABLE", "exec"), scope)
    return dict(scope["TABLE"])


def _targets(statement: ast.Assign | ast.AnnAssign) -> list[ast.expr]:
    return statement.targets if isinstance(statement, ast.Assign) else [statement.target]


def _is_constant(statement: ast.Assign | ast.AnnAssign) -> bool:
    names = [n.id for target in _targets(statement) for n in ast.walk(target) if isinstance(n, ast.Name)]
    return all(name.isupper() for name in names)


def write(folder: Path) -> list[Path]:
    """Write the pages into a folder; one that has not changed is left alone."""
    folder.mkdir(parents=True, exist_ok=True)
    texts = {folder / name: textwrap.dedent(text) for name, text in pages().items()}
    for stale in set(folder.glob("*.md")) - set(texts):
        stale.unlink()
    for file, text in texts.items():
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
    return sorted(texts)
