"""The arguments of a program that is traced: a stand-in for each, or the value that it is traced for."""

from __future__ import annotations

import inspect
import warnings
from collections.abc import Callable
from types import CodeType, FunctionType
from typing import Any

import microtensor
from microtensor.utils import _pytree as pytree

from .tracer_base import BASE_TYPES
from .writing.codegen import PyTreeCodeGen

__all__ = ["PH", "PHBase", "arguments"]

_STARRED = inspect.CO_VARARGS | inspect.CO_VARKEYWORDS


class PHBase:
    """In nested `concrete_args`, the place of a value that is to be an argument of the graph."""

    def __repr__(self) -> str:
        return "PH"


PH = PHBase()


def arguments(
    tracer: Any, function: Any, is_module: bool, concrete: Any
) -> tuple[Callable[..., Any], list[Any]]:
    """The function to call, and what to call it with."""
    plain = inspect.unwrap(function)
    code: CodeType = plain.__code__
    count = code.co_argcount + code.co_kwonlyargcount
    if is_module and not count:
        raise RuntimeError(
            "``self`` argument cannot be part of *args expansion: write def forward(self, *args)"
        )
    names = list(code.co_varnames)
    own = names[int(is_module) : count]
    if isinstance(concrete, tuple):
        concrete = _by_name(own, concrete)
    given = [tracer.root] if is_module else []
    given += [_argument(tracer, name, concrete, plain) for name in own + _starred(code, names[count:])]
    if code.co_flags & _STARRED or code.co_kwonlyargcount:
        function = _positional(function, len(given))
    return _flattened(tracer, function, given, names[:count])


def _by_name(names: list[str], concrete: tuple[Any, ...]) -> dict[str, Any]:
    if len(names) != len(concrete):
        raise RuntimeError(
            f"Tracing expected {len(names)} arguments but got {len(concrete)} concrete arguments: give a "
            "dictionary of those that are known"
        )
    return dict(zip(names, concrete, strict=True))


def _starred(code: CodeType, rest: list[str]) -> list[str]:
    """``*args`` and ``**kwargs`` of a function, if it has them."""
    stars = [
        star
        for star, flag in (("*", inspect.CO_VARARGS), ("**", inspect.CO_VARKEYWORDS))
        if code.co_flags & flag
    ]
    return [star + name for star, name in zip(stars, rest, strict=False)]


def _positional(function: Any, count: int) -> FunctionType:
    """The function with all its arguments by position, the starred ones too."""
    code = function.__code__.replace(
        co_argcount=count,
        co_posonlyargcount=0,
        co_kwonlyargcount=0,
        co_flags=function.__code__.co_flags & ~_STARRED,
    )
    return FunctionType(code, function.__globals__, function.__name__, None, function.__closure__)


def _argument(tracer: Any, name: str, concrete: Any, function: Any) -> Any:
    parameter = inspect.signature(function).parameters[name.lstrip("*")]
    default = () if parameter.default is parameter.empty or name[0] == "*" else (parameter.default,)
    if concrete is None or name not in concrete:
        hint = inspect.get_annotations(function).get(name)
        return tracer.create_proxy("placeholder", name, default, {}, type_expr=hint)
    numbers = iter(range(1, 1_000_000))
    place = lambda x: _concrete(tracer, f"{name}_{next(numbers)}", name, x, default)  # noqa: E731
    return pytree.tree_map(place, concrete[name])


def _concrete(tracer: Any, unique: str, name: str, value: Any, default: Any) -> Any:
    """The value that is traced for, with an argument of the graph and a check that it has this value."""
    made = tracer.create_proxy("placeholder", unique, default, {})
    if isinstance(value, PHBase):
        if value is not PH:
            vars(made.node).update(vars(value))
        return made
    said = f"{name} has been specialized to have value {value} but got another value"
    if value is None:
        from ._symbolic_trace import _assert_is_none

        tracer.create_proxy("call_function", _assert_is_none, (made, said), {})
    elif type(value) in BASE_TYPES and not isinstance(value, microtensor.Tensor):
        tracer.create_proxy("call_function", microtensor._assert, (made == value, said), {})
    else:
        warnings.warn(
            f"symbolic_trace: nothing checks that {name} is what it was traced for, since a "
            f"{type(value).__name__} can't be compared in the graph", stacklevel=2
        )  # fmt: skip
    return value


def _flattened(tracer: Any, function: Any, given: list[Any], names: list[str]) -> tuple[Any, list[Any]]:
    """The same for arguments that are nested: a function of the leaves."""
    leaves, spec = pytree.tree_flatten(tuple(given))
    if all(child.is_leaf() for child in spec.children()):
        return function, given
    codegen = tracer.graph._codegen = PyTreeCodeGen(names, spec)

    def flat(*args):  # type: ignore[no-untyped-def]  # its hints would be those of the code
        result, codegen.out_spec = pytree.tree_flatten(function(*pytree.tree_unflatten(list(args), spec)))
        return result

    return flat, leaves
