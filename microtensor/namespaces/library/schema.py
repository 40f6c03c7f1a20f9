"""Schemas of operators: ``ns::name(Tensor x, *, float a=2.) -> Tensor``, read, and calls held to them.

A schema says which arguments an operator has, of which types, which of them it writes to (``Tensor(a!)``),
and how many results.  `Schema.bind` sorts a call's arguments by it, in PyTorch's words where they do not fit.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from microtensor.engine.size_device import device as Device
from microtensor.engine.tensor import Tensor

__all__ = ["Argument", "Schema", "parse"]

MISSING: Any = type("Missing", (), {"__repr__": lambda self: "required"})()


@dataclass(frozen=True)
class Argument:
    """One argument of a schema, or one result: its type without marks of aliases, and what it writes to."""

    name: str
    type: str
    default_value: Any = MISSING
    kwarg_only: bool = False
    alias: str = ""

    @property
    def is_write(self) -> bool:
        """Whether the operator writes to it."""
        return self.alias.endswith("!")

    def has_default_value(self) -> bool:
        """Whether it may be left off."""
        return self.default_value is not MISSING

    def __str__(self) -> str:
        base, *rest = re.split(r"(?=\[|\?)", self.type, maxsplit=1)
        kind = (f"{base}({self.alias})" if self.alias else base) + "".join(rest)
        default = "" if self.default_value is MISSING else f"={_literal(self.default_value)}"
        return f"{kind} {self.name}{default}".rstrip()


def _literal(value: Any) -> str:
    """A default value as C++ prints it: ``2.`` for a float without decimals."""
    if isinstance(value, float):
        return str(value).removesuffix("0") if value.is_integer() else str(value)
    if isinstance(value, str):
        return f'"{value}"'
    if isinstance(value, (list, tuple)):
        return f"[{', '.join(map(_literal, value))}]"
    return str(value)


@dataclass(frozen=True, repr=False)
class Schema:
    """What an operator takes and gives."""

    name: str
    overload_name: str
    arguments: tuple[Argument, ...]
    returns: tuple[Argument, ...]

    def __repr__(self) -> str:
        return str(self)

    def __str__(self) -> str:
        words = [str(a) for a in self.arguments if not a.kwarg_only]
        named = [str(a) for a in self.arguments if a.kwarg_only]
        words += ["*", *named] if named else []
        returns = ", ".join(map(str, self.returns))
        returns = returns if len(self.returns) == 1 else f"({returns})"
        overload = f".{self.overload_name}" if self.overload_name else ""
        return f"{self.name}{overload}({', '.join(words)}) -> {returns}"

    def without_defaults(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        """Positional arguments without those at the end that are as by default."""
        count = len(args)
        while count and self.arguments[count - 1].default_value is not MISSING:
            if (
                isinstance(args[count - 1], Tensor)
                or args[count - 1] != self.arguments[count - 1].default_value
            ):
                break
            count -= 1
        return args[:count]

    @property
    def is_mutable(self) -> bool:
        """Whether the operator writes to an argument."""
        return any(a.is_write for a in self.arguments)

    def bind(self, args: Sequence[Any], kwargs: dict[str, Any]) -> list[Any]:
        """The values of all arguments in a call.

        Raises ``RuntimeError`` for one too many, one too few, an unknown one or one of another type.
        """
        positional = [a for a in self.arguments if not a.kwarg_only]
        if len(args) > len(positional):
            raise RuntimeError(
                f"{self.name}() expected at most {len(positional)} argument(s) but received {len(args)} "
                f"argument(s). Declaration: {self}"
            )
        given = {a.name: value for a, value in zip(positional, args, strict=False)}
        for name in kwargs:
            if name in given or name not in {a.name for a in self.arguments}:
                raise RuntimeError(
                    f"Unknown keyword argument '{name}' for operator '{self.name}'. Schema: {self}"
                )
        given.update(kwargs)
        return [self._value(place, a, given) for place, a in enumerate(self.arguments)]

    def _value(self, place: int, argument: Argument, given: dict[str, Any]) -> Any:
        value = given.get(argument.name, argument.default_value)
        if value is MISSING:
            raise RuntimeError(
                f"{self.name}() is missing value for argument '{argument.name}'. Declaration: {self}"
            )
        if argument.name in given and not fits(argument.type, value):
            raise RuntimeError(
                f"{self.name}() Expected a value of type '{_shown(argument.type)}' for argument "
                f"'{argument.name}' but instead found type '{type(value).__name__}'.\nPosition: {place}\n"
                f"Value: {value!r}\nDeclaration: {self}"
            )
        return converted(argument.type, value)


def _shown(kind: str) -> str:
    """A type as the sentences write it: ``List[Tensor]``, ``Optional[int]``."""
    kind = kind.replace("SymInt", "int")
    if kind.endswith("?"):
        return f"Optional[{_shown(kind[:-1])}]"
    found = re.fullmatch(r"(.*)\[\d*\]", kind)
    return f"List[{_shown(found[1])}]" if found else kind


# ---------------------------------------------------------------- values


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float, complex, np.number)) or _is_scalar_tensor(value)


def _is_scalar_tensor(value: Any) -> bool:
    return isinstance(value, Tensor) and not value.ndim


def _is_int(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) or (_is_scalar_tensor(value) and value.dtype.kind in "iu")


def _is_real(value: Any) -> bool:
    return _is_number(value) and not isinstance(value, complex)


_TESTS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda value: isinstance(value, Tensor),
    "int": _is_int,
    "SymInt": _is_int,
    "float": _is_real,
    "bool": lambda value: isinstance(value, (bool, np.bool_)),
    "str": lambda value: isinstance(value, str),
    "Scalar": _is_number,
    "Device": lambda value: isinstance(value, (str, Device)),
}
"""What a value of a type is; types that are not here (dtypes, layouts, generators) take anything."""
_CASTS: dict[str, Callable[[Any], Any]] = {"int": int, "SymInt": int, "float": float, "Device": Device}


def fits(kind: str, value: Any) -> bool:
    """Whether a value is of a schema's type.

    >>> from microtensor.library.schema import fits
    >>> fits("int[]?", [1, 2]), fits("int[]?", None), fits("Tensor", 3)
    (True, True, False)
    """
    if kind.endswith("?"):
        return value is None or fits(kind[:-1], value)
    found = re.fullmatch(r"(.*)\[\d*\]", kind)
    if found:
        return isinstance(value, (list, tuple)) and all(fits(found[1], item) for item in value)
    return _TESTS[kind](value) if kind in _TESTS else True


def converted(kind: str, value: Any) -> Any:
    """A value that fits, as the operator's function gets it: a float where one is declared."""
    if kind.endswith("?"):
        return None if value is None else converted(kind[:-1], value)
    found = re.fullmatch(r"(.*)\[\d*\]", kind)
    if found:
        return [converted(found[1], item) for item in value]
    return _CASTS[kind](value) if kind in _CASTS and not isinstance(value, _CASTS[kind]) else value  # type: ignore[arg-type]


# ---------------------------------------------------------------- reading

_HEAD = re.compile(r"\s*(?:(\w+)::)?(\w+)(?:\.(\w+))?\s*(\(.*)", re.DOTALL)
_TYPES = frozenset(
    ["Tensor", "int", "SymInt", "float", "bool", "str", "Scalar", "ScalarType", "Device", "Layout",
     "MemoryFormat", "Generator", "Dimname", "Stream", "Storage", "complex", "t", "Any", "number"]
)  # fmt: skip


def parse(text: str, namespace: str = "") -> Schema:
    """The schema that a text writes; ``RuntimeError`` for a text that is none.

    >>> from microtensor.library.schema import parse
    >>> print(parse("mine::scale.by(Tensor x, *, float a=2.0) -> Tensor"))
    mine::scale.by(Tensor x, *, float a=2.) -> Tensor
    """
    head = _HEAD.fullmatch(text)
    parts = re.fullmatch(r"\((.*)\)\s*->\s*(.+?)\s*", head[4], re.DOTALL) if head else None
    if head is None or parts is None:
        raise RuntimeError(f"expected a schema such as 'name(Tensor x, int n=1) -> Tensor', got {text!r}")
    own, name, overload, _ = head.groups()
    returns = parts[2][1:-1] if parts[2].startswith("(") else parts[2]
    space = own or namespace
    return Schema(
        f"{space}::{name}" if space else name, overload or "", tuple(_arguments(parts[1], text)),
        tuple(_argument(word, text, named=False) for word in _split(returns)),
    )  # fmt: skip


def _arguments(words: str, text: str) -> list[Argument]:
    found, kwarg_only = [], False
    for word in _split(words):
        if word == "*":
            kwarg_only = True
        else:
            found.append(_argument(word, text, kwarg_only))
    return found


def _split(words: str) -> list[str]:
    """What stands between the commas that are in no brackets."""
    parts = re.findall(r"""(?:\([^()]*\)|\[[^\[\]]*\]|"[^"]*"|'[^']*'|[^,(\["'])+""", words)
    return [part.strip() for part in parts if part.strip()]


_ARGUMENT = re.compile(r"(\w+)(?:\(([^()]*)\))?((?:\[\d*\]|\?)*)\s*(\w*)\s*(?:=\s*(.*))?", re.DOTALL)


def _argument(word: str, text: str, kwarg_only: bool = False, named: bool = True) -> Argument:
    found = _ARGUMENT.fullmatch(word)
    if found is None or found[1] not in _TYPES or (named and not found[4]):
        raise RuntimeError(
            f"unknown type specifier or no argument: {word!r} in the schema {text!r}. Common valid schema "
            "types include Tensor, SymInt, int, float, bool, Scalar, as in 'Tensor x' or 'int[]? sizes=None'"
        )
    base, alias, marks, name, default = found.groups()
    value = MISSING if default is None else _default(default.strip(), base + marks)
    return Argument(name, base + marks, value, kwarg_only, alias or "")


def _default(text: str, kind: str) -> Any:
    try:
        value = ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text  # a word, such as a dtype's or a memory format's
    return float(value) if kind.rstrip("?") == "float" and value is not None else value
