"""Reading a program without running it: which names of PyTorch it uses, and which are not here.

Names are followed through imports and aliases.  What is called on a variable is known by its name alone: see
`absent_methods`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import NamedTuple

from .absent_methods import why_absent
from .lookup import OTHERS, absent_package, look_up

__all__ = ["Use", "by_node", "check", "missing", "root", "uses"]


class Use(NamedTuple):
    """A name of PyTorch in a program, as ``torch.nn.Linear``, and the line that uses it."""

    line: int
    name: str


def check(path: str) -> tuple[list[Use], list[tuple[Use, str]]]:
    """All uses in the file at `path`, and those that are not here, with a sentence each.

    Raises ``SyntaxError`` for a file that is no Python program.
    """
    with open(path, "rb") as file:
        found = uses(ast.parse(file.read(), path))
    return found, missing(found)


def missing(found: list[Use]) -> list[tuple[Use, str]]:
    """The uses of names that are not here, and what to use instead.

    >>> from microtensor.compat.check_program import Use, missing
    >>> missing([Use(3, "torch.nn.functional.rellu")])[0][1]
    'torch.nn.functional.rellu is not in microtensor; what comes close: torch.nn.functional.relu...'
    """
    answers = [(use, _sentence(use.name)) for use in found]
    return [(use, sentence) for use, sentence in answers if sentence]


def _sentence(name: str) -> str:
    root, _, rest = name.partition(".")
    if not root:
        return f"a tensor's {rest} is not in microtensor: {why_absent(rest)}"
    if root in OTHERS:
        return absent_package(root)
    try:
        look_up(name)
    except (AttributeError, ModuleNotFoundError) as error:
        return str(error)
    return ""


def uses(tree: ast.Module) -> list[Use]:
    """Every name of PyTorch in a program, by line; of what is called on variables only what is not here.

    >>> import ast
    >>> uses(ast.parse("import torch.nn as nn; y = nn.Linear(2, 3)"))
    [Use(line=1, name='torch.nn'), Use(line=1, name='torch.nn.Linear')]
    """
    return sorted({*(use for _, use in by_node(tree)), *_on_variables(tree)})


def by_node(tree: ast.Module) -> Iterator[tuple[ast.AST, Use]]:
    """The names of PyTorch that a program imports, or reaches from what it imports, with their nodes."""
    names = {local: name for node in ast.walk(tree) for local, name in _aliases(node)}
    parts = {id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    for node in ast.walk(tree):
        yield from ((node, use) for use in _imported(node))
        if isinstance(node, ast.Attribute) and id(node) not in parts:
            yield from ((node, use) for use in _chained(node, names))


def _ours(name: str | None) -> bool:
    return (name or "").partition(".")[0] in ("torch", *OTHERS)


def _imported(node: ast.AST) -> Iterator[Use]:
    if isinstance(node, ast.Import):
        yield from (Use(node.lineno, alias.name) for alias in node.names if _ours(alias.name))
    if isinstance(node, ast.ImportFrom) and not node.level and _ours(node.module):
        for alias in node.names:
            yield Use(node.lineno, f"{node.module}.{alias.name}" if alias.name != "*" else str(node.module))


def _aliases(node: ast.AST) -> Iterator[tuple[str, str]]:
    """Names in the program that stand for names of PyTorch."""
    if isinstance(node, ast.Import):
        for alias in node.names:
            if _ours(alias.name):
                yield (alias.asname, alias.name) if alias.asname else (alias.name.partition(".")[0],) * 2
    if isinstance(node, ast.ImportFrom) and not node.level and _ours(node.module):
        for alias in node.names:
            yield alias.asname or alias.name, f"{node.module}.{alias.name}"


def _chained(node: ast.Attribute, names: dict[str, str]) -> Iterator[Use]:
    """``F.relu`` with F known; of what is assigned to, the owner."""
    parts = []
    inner: ast.expr = node
    while isinstance(inner, ast.Attribute):
        parts.append(inner.attr)
        inner = inner.value
    if isinstance(inner, ast.Name) and inner.id in names:
        parts = parts[1:] if isinstance(node.ctx, ast.Store) else parts
        yield Use(node.lineno, ".".join([names[inner.id], *reversed(parts)]))


def _on_variables(tree: ast.Module) -> Iterator[Use]:
    """``.to_sparse`` of anything but a module or a class of the program's own."""
    known = {name for node in ast.walk(tree) for name in _defined(node)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute) and why_absent(node.attr) and not known & {node.attr, root(node)}:
            yield Use(node.lineno, f".{node.attr}")


def _defined(node: ast.AST) -> Iterator[str]:
    """Names of functions that the program defines, and under which it imports."""
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
        yield node.name
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)


def root(node: ast.expr) -> str:
    """The name that a chain of attributes begins with, if it begins with one."""
    while isinstance(node, ast.Attribute):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""
