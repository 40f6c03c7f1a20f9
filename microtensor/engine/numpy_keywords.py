"""NumPy's names of arguments: where PyTorch has ``dim`` and ``keepdim``, it takes ``axis`` and ``keepdims``.

Courses and notebooks use both.  A reduction on the hot path takes them in its own signature, a function that
is `offered` in its keyword arguments, and for all others ``@numpy_names`` writes a function in front.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from .fastpath import build
from .tensor import Tensor

NAMES = {"axis": "dim", "keepdims": "keepdim"}
"""PyTorch's name of an argument, by NumPy's."""


def numpy_names(function: Callable[..., Any]) -> Callable[..., Any]:
    """`function`, which has an argument `dim`, with ``axis=`` and ``keepdims=`` as well.

    It takes the function's place among the methods of Tensor, if it has one.

    >>> mt.cumsum(mt.tensor([[1, 2], [3, 4]]), axis=0)
    tensor([[1, 2],
            [4, 6]])
    """
    scope = {"function": function, "absent": inspect.Parameter.empty}
    call = build(lambda: _text(function, call.__globals__), scope, "call", f"{function.__name__}.axis")
    functools.update_wrapper(call, function)
    if vars(Tensor).get(function.__name__) is function:
        setattr(Tensor, function.__name__, call)
    return call  # type: ignore[no-any-return]


def respelled(named: dict[str, Any], function: Callable[..., Any]) -> dict[str, Any]:
    """Arguments by name under the names that `function` has for them."""
    code = function.__code__
    known = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    found = [name for name in NAMES if name in named and NAMES[name] in known]
    if not found:
        return named
    both = [name for name in found if NAMES[name] in named]
    if both:
        raise TypeError(f"{function.__name__}() got {both[0]} and {NAMES[both[0]]}, which are one: give one")
    return {NAMES[name] if name in found else name: value for name, value in named.items()}


def _text(function: Callable[..., Any], scope: dict[str, Any]) -> str:
    """The function in front: the same signature and NumPy's names, which replace their counterparts."""
    parameters = inspect.signature(function).parameters
    scope.update({f"default_{name}": p.default for name, p in parameters.items()})
    added = [name for name, ours in NAMES.items() if ours in parameters]
    lines = [f"def call({', '.join(_signature(parameters, added))}):"]
    lines += [f"    if {name} is not absent: {NAMES[name]} = {name}" for name in added]
    missing = [f"{name} is absent" for name, p in parameters.items() if p.default is p.empty]
    if "dim is absent" in missing:
        given = ", ".join(f"({name!r}, {name})" for name in parameters)
        lines += [f"    if {' or '.join(missing)}:"]
        lines += [f"        return function(**{{name: x for name, x in ({given}) if x is not absent}})"]
    return "\n".join([*lines, f"    return function({', '.join(map(_passed, parameters.values()))})"])


def _signature(parameters: Mapping[str, inspect.Parameter], added: list[str]) -> list[str]:
    """What follows a `dim` that can have another name may be left out, as far as Python knows."""
    first = list(parameters).index("dim")
    words = [
        p.name if p.default is p.empty and place < first else f"{p.name}=default_{p.name}"
        for place, p in enumerate(parameters.values())
    ]
    star = sum(p.kind is not p.KEYWORD_ONLY for p in parameters.values())
    return [*words[:star], "*", *words[star:], *(f"{name}=absent" for name in added)]


def _passed(p: inspect.Parameter) -> str:
    """A parameter as it is handed on."""
    return f"{p.name}={p.name}" if p.kind is p.KEYWORD_ONLY else p.name


__all__ = ["numpy_names", "respelled"]
