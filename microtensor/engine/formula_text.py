"""The text of a formula: what stands in the source, for people who look at a graph.

A formula is a function, so its text has to be found again: its file is parsed, and the lambda that
begins where the code begins, with the same argument names, is the one.
"""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from collections.abc import Callable
from functools import lru_cache
from typing import Any

__all__ = ["text_of"]


def text_of(formula: Callable[..., Any]) -> str:
    """The right side of a lambda, or the source of a function; its name if there is no source.

    A function whose source is about speed may say what it computes: its attribute ``written``, if it has one.

    >>> text_of(mt.registry["log"].partials["x"])
    'g / x'
    """
    if (written := getattr(formula, "written", None)) is not None:
        return str(written)
    code = getattr(formula, "__code__", None)
    if code is None:
        return getattr(formula, "__name__", repr(formula))
    if code.co_name == "<lambda>":
        return _lambda(code) or "<lambda>"
    try:
        return textwrap.dedent(inspect.getsource(formula)).strip()
    except OSError:
        return str(code.co_name)


def _lambda(code: Any) -> str:
    for node in _lambdas(code.co_filename).get(code.co_firstlineno, ()):
        if _inside(node, code):
            return " ".join(ast.unparse(node.body).split())
    return ""


def _inside(node: ast.Lambda, code: Any) -> bool:
    """Whether the code lies within this lambda, of several that begin on one line."""
    names = tuple(arg.arg for arg in [*node.args.posonlyargs, *node.args.args])
    places = {(line, col) for line, _, col, _ in code.co_positions() if col is not None and col > 0}
    start = (node.body.lineno, node.body.col_offset)
    return names == code.co_varnames[: code.co_argcount] and (not places or start in places)


@lru_cache(maxsize=64)
def _lambdas(file: str) -> dict[int, list[ast.Lambda]]:
    try:
        tree = ast.parse("".join(linecache.getlines(file)))
    except SyntaxError:
        return {}
    found: dict[int, list[ast.Lambda]] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Lambda):
            found.setdefault(node.lineno, []).append(node)
    return found
