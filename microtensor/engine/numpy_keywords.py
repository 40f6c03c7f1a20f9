"""What a function takes beside its own arguments: NumPy's names of them, other names of PyTorch's, ``out=``.

Courses and notebooks write ``axis`` and ``keepdims`` where PyTorch has ``dim`` and ``keepdim``.  A reduction
on the hot path takes them in its own signature; for all others `front` writes a function in front, with
exactly the signature that results: one call more, and nothing to unpack.
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from inspect import Parameter
from typing import Any, TypeVar, overload

from .calls.scalar_first import reordered
from .fastpath import build
from .tensor import Tensor

R = TypeVar("R")

NAMES = {"axis": "dim", "keepdims": "keepdim"}
"""PyTorch's name of an argument, by NumPy's."""


@overload
def numpy_names(function: Callable[..., R], /) -> Callable[..., R]: ...
@overload
def numpy_names(*, also: Mapping[str, str]) -> Callable[[Callable[..., R]], Callable[..., R]]: ...
def numpy_names(function: Callable[..., Any] | None = None, /, *, also: Mapping[str, str] = {}) -> Any:
    """`function`, with ``axis=`` and ``keepdims=`` for its `dim` and `keepdim`, and with the names in `also`.

    It takes the function's place among the methods of Tensor, if it has one.

    >>> mt.cumsum(mt.tensor([[1, 2], [3, 4]]), axis=0)
    tensor([[1, 2],
            [4, 6]])
    """
    if function is None:
        return lambda function: _placed(function, also)
    return _placed(function, also)


def _placed(function: Callable[..., R], also: Mapping[str, str]) -> Callable[..., R]:
    call = front(function, also)
    if vars(Tensor).get(function.__name__) is function:
        setattr(Tensor, function.__name__, call)
    return call


def front(
    function: Callable[..., R], also: Mapping[str, str] = {}, put: Callable[..., Any] | None = None,
    scalar_first: bool = False,
) -> Callable[..., R]:  # fmt: skip
    """`function` behind one that takes more names: NumPy's, those in `also` (ours by theirs), and `out`.

    If there is an ``out``, ``put(out, function, args, named)`` is the result.  With `scalar_first` it takes
    the old overloads that have a number before a tensor, too.

    >>> from microtensor.engine.numpy_keywords import front
    >>> twice = front(lambda input, dim=0: (input, dim), {"self": "input"})
    >>> twice(self=1, axis=2)
    (1, 2)
    """
    scope: dict[str, Any] = {
        "function": function, "absent": Parameter.empty, "put": put, "scalar_first": scalar_first,
        "reordered": reordered,
    }  # fmt: skip
    call = build(
        lambda: _text(function, also, scope, call.__globals__), scope, "call", f"{function.__name__}.front"
    )
    ready = call.__ready__
    functools.update_wrapper(call, function)
    call.__ready__ = ready
    call.__signature__ = Later(lambda: _shown(function, put is not None))
    call.__also__ = also
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


class Later(inspect.Signature):
    """A signature that is found when somebody asks: finding all of them would lengthen the import."""

    __slots__ = ("_find",)
    _find: Callable[[], inspect.Signature] | None

    def __init__(self, find: Any = None, **facts: Any) -> None:
        self._find = find if callable(find) else None
        if self._find is None:
            super().__init__(find, **facts)

    def __getattribute__(self, name: str) -> Any:
        if name in ("_parameters", "_return_annotation") and (find := self._find) is not None:
            self._find = None
            found = find()
            super().__init__(list(found.parameters.values()), return_annotation=found.return_annotation)
        return super().__getattribute__(name)


def method_signature(function: Callable[..., Any]) -> inspect.Signature:
    """The signature of a method that is made of a function: of a tensor `self`, without ``out``."""
    found = inspect.signature(function)
    first, *rest = [p for p in found.parameters.values() if p.name != "out"]
    return found.replace(parameters=[first.replace(name="self"), *rest])


def _shown(function: Callable[..., Any], has_out: bool) -> inspect.Signature:
    """What `help` and `inspect` show: the function's own parameters, and `out`."""
    found = inspect.signature(function)
    parameters = list(found.parameters.values())
    if has_out and "out" not in found.parameters:
        place = len(parameters) - (bool(parameters) and parameters[-1].kind is Parameter.VAR_KEYWORD)
        parameters.insert(place, Parameter("out", Parameter.KEYWORD_ONLY, default=None))
    return found.replace(parameters=parameters)


def _text(
    function: Callable[..., Any], also: Mapping[str, str], facts: Mapping[str, Any], scope: dict[str, Any]
) -> str:
    """The function in front: the same signature and more names, which replace their counterparts."""
    parameters = inspect.signature(function).parameters
    names = {
        name: ours
        for name, ours in {**NAMES, **also}.items()
        if ours in parameters and name not in parameters
    }
    if facts["put"] is not None and not names and _is_of_any_number(parameters.values()):
        return _OF_ANY_NUMBER
    scope.update({f"default_{name}": p.default for name, p in parameters.items()})
    lines = [f"def call({', '.join(_signature(parameters, names, facts))}):"]
    for name, ours in names.items():
        lines += [f"    if {name} is not absent:", _once(ours, name), f"        {ours} = {name}"]
    if facts["scalar_first"]:
        lines += _reordering(list(parameters.values()), facts["put"] is not None)
    if facts["put"] is not None:
        rest = [p for p in parameters.values() if p.name != "out"]
        lines += [f"    if out is not None: return put(out, function, {_packed(rest)})"]
    missing = [f"{n} is absent" for n, p in _optional(parameters, names).items() if p.default is p.empty]
    if missing:
        given = ", ".join(f"({name!r}, {name})" for name in parameters)
        lines += [f"    if {' or '.join(missing)}:"]
        lines += [f"        return function(**{{name: x for name, x in ({given}) if x is not absent}})"]
    return "\n".join([*lines, f"    return function({', '.join(map(_passed, parameters.values()))})"])


_OF_ANY_NUMBER = """def call(*args, **named):
    if named and (out := named.pop("out", None)) is not None: return put(out, function, args, named)
    return function(*args, **named)"""
"""For a function of any number of arguments: naming the others, to pass them on, costs a second call."""


def _is_of_any_number(parameters: Iterable[Parameter]) -> bool:
    return any(p.kind is p.VAR_POSITIONAL for p in parameters)


def _reordering(parameters: Sequence[Parameter], has_out: bool) -> list[str]:
    """What is done with more positional arguments than there are."""
    plain = [p.name for p in parameters if p.kind is p.POSITIONAL_OR_KEYWORD]
    named = [p.name for p in parameters if p.kind is p.KEYWORD_ONLY] + ["out"] * has_out
    given = ", ".join(
        f"({name!r}, {name}, {'None' if name == 'out' else f'default_{name}'})" for name in named
    )
    return [
        "    if older:",
        f"        named = {{name: x for name, x, default in ({given},) if x is not default}}",
        f"        args, named = reordered(function.__name__, ({', '.join(plain)}, *older), named)",
        "        return call(*args, **named)",
    ]


def _once(ours: str, name: str) -> str:
    """The refusal of an argument that is given under both of its names."""
    text = f"{{function.__name__}}() got {name} and {ours}, which are one: give one"
    return f"        if {ours} is not default_{ours}: raise TypeError(f{text!r})"


def _optional(parameters: Mapping[str, Parameter], names: Mapping[str, str]) -> dict[str, Parameter]:
    """Those that may be left out as far as Python knows: what can have another name, and what follows it."""
    plain = [p for p in parameters.values() if p.kind is p.POSITIONAL_OR_KEYWORD]
    places = [i for i, p in enumerate(plain) if p.name in names.values()]
    return {p.name: p for p in plain[min(places, default=len(plain)) :]}


def _signature(
    parameters: Mapping[str, Parameter], names: Mapping[str, str], facts: Mapping[str, Any]
) -> list[str]:
    """The words between the brackets of the function in front."""
    optional = _optional(parameters, names)
    words: list[str] = []
    starred = False
    for p in parameters.values():
        if p.kind is p.VAR_KEYWORD:
            continue
        if p.kind is p.KEYWORD_ONLY and not starred:
            words, starred = [*words, "*older" if facts["scalar_first"] else "*"], True
        starred = starred or p.kind is p.VAR_POSITIONAL
        bare = p.kind is p.VAR_POSITIONAL or (p.default is p.empty and p.name not in optional)
        star = "*" if p.kind is p.VAR_POSITIONAL else ""
        words.append(f"{star}{p.name}" if bare else f"{p.name}=default_{p.name}")
    extra = [f"{name}=absent" for name in names] + ["out=None"] * (
        facts["put"] is not None and "out" not in parameters
    )
    words += ["*"] * (bool(extra) and not starred) + extra
    return words + [f"**{p.name}" for p in parameters.values() if p.kind is p.VAR_KEYWORD]


def _passed(p: Parameter) -> str:
    """A parameter as it is handed on."""
    if p.kind is p.KEYWORD_ONLY:
        return f"{p.name}={p.name}"
    return "*" * (p.kind is p.VAR_POSITIONAL) + "**" * (p.kind is p.VAR_KEYWORD) + p.name


def _packed(parameters: Iterable[Parameter]) -> str:
    """All of them as a tuple and a dict; what follows an `out` goes by name."""
    plain, named = [], []
    for p in parameters:
        if p.kind is p.VAR_KEYWORD:
            named.append(f"**{p.name}")
        elif p.kind is p.VAR_POSITIONAL:
            plain.append(f"*{p.name}")
        elif p.kind is p.KEYWORD_ONLY or p.name == "dtype":
            named.append(f"{p.name!r}: {p.name}")
        else:
            plain.append(p.name)
    return f"({', '.join(plain)}{',' if plain else ''}), {{{', '.join(named)}}}"


__all__ = ["Later", "front", "method_signature", "numpy_names", "respelled"]
