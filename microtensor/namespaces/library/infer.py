"""`infer_schema`: the schema of an operator from the annotations of a Python function."""

from __future__ import annotations

import collections.abc
import inspect
import types
import typing
from collections.abc import Callable, Iterable
from typing import Any, Union, get_args, get_origin

import microtensor
from microtensor.engine.attributes.dtype_objects import dtype
from microtensor.engine.size_device import device as Device
from microtensor.engine.tensor import Tensor

from .schema import _literal

__all__ = ["infer_schema"]

_BASES: dict[Any, str] = {
    Tensor: "Tensor",
    int: "SymInt",
    float: "float",
    bool: "bool",
    str: "str",
    dtype: "ScalarType",
    Device: "Device",
}
_NUMBERS = ({int, float}, {int, float, bool})
_LISTS = (list, collections.abc.Sequence)
_RETURNS = {"Tensor", "Tensor[]", "SymInt", "float", "bool", "Scalar"}


def infer_schema(
    prototype_function: Callable[..., Any],
    /,
    *,
    mutates_args: str | Iterable[str],
    op_name: str | None = None,
) -> str:
    """The schema of a function with annotated arguments and result.

    `mutates_args` names the arguments that it writes to; ``"unknown"`` stands for all tensors.

    Raises ``ValueError`` for what has no annotation or one that no schema can say.

    >>> from microtensor.library import infer_schema
    >>> def scale(x: mt.Tensor, a: float = 2.0) -> mt.Tensor: ...
    >>> infer_schema(scale, mutates_args=())
    '(Tensor x, float a=2.0) -> Tensor'
    """
    signature = inspect.signature(prototype_function)
    reader = _Reader(prototype_function, signature, mutates_args)
    words = reader.arguments()
    return f"{op_name or ''}({', '.join(words)}) -> {reader.returned()}"


class _Reader:
    """Reads one function's signature into the words of a schema."""

    def __init__(self, function: Callable[..., Any], signature: inspect.Signature, mutates: Any) -> None:
        self.signature = signature
        self.mutates = mutates if isinstance(mutates, str) else set(mutates)
        self.scope = {
            **vars(typing),
            "torch": microtensor,
            **getattr(function, "__globals__", {}),
        }
        self.written = 0

    def fail(self, what: str) -> typing.NoReturn:
        raise ValueError(f"infer_schema(func): {what} Got func with signature {self.signature})")

    def arguments(self) -> list[str]:
        """The words of all arguments."""
        words: list[str] = []
        starred = False
        for p in self.signature.parameters.values():
            if p.kind not in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY):
                self.fail("We do not support positional-only args, varargs, or varkwargs.")
            if p.kind is p.KEYWORD_ONLY and not starred:
                words, starred = [*words, "*"], True
            words.append(self.argument(p))
        self.check_mutated()
        return words

    def argument(self, p: inspect.Parameter) -> str:
        """The word of one argument."""
        if p.annotation is p.empty:
            self.fail(f"Parameter {p.name} must have a type annotation.")
        kind = _type(self.read(p.annotation))
        if kind is None:
            self.fail(f"Parameter {p.name} has unsupported type {p.annotation}: {_known()}.")
        if self.writes(p.name, kind):
            if not kind.startswith("Tensor"):
                self.fail(
                    f"Parameter {p.name} is in mutable_args but only Tensors or collections can be mutated."
                )
            kind = kind.replace("Tensor", f"Tensor(a{self.written}!)", 1)
            self.written += 1
        return f"{kind} {p.name}{self.default(p)}"

    def writes(self, name: str, kind: str) -> bool:
        """Whether the function writes to an argument."""
        if isinstance(self.mutates, str):
            if self.mutates != "unknown":
                raise ValueError('mutates_args must either be a sequence of the names or "unknown"')
            return kind.startswith("Tensor")
        return name in self.mutates

    def check_mutated(self) -> None:
        unknown = set() if isinstance(self.mutates, str) else self.mutates - set(self.signature.parameters)
        if unknown:
            self.fail(f"{sorted(unknown)} in mutates_args were not found in the function's signature.")

    def default(self, p: inspect.Parameter) -> str:
        """The word of a default value."""
        if p.default is p.empty:
            return ""
        if p.default is None or isinstance(p.default, (int, float, bool)):
            return f"={p.default}"
        if isinstance(p.default, str):
            return f"={_literal(p.default)}"
        if isinstance(p.default, dtype):
            return f"={str(p.default).removeprefix('torch.')}"
        return self.fail(
            f"Parameter {p.name} has an unsupported default value type {type(p.default)}: a number, a text, "
            "a dtype or None may stand there."
        )

    def read(self, annotation: Any) -> Any:
        """An annotation that is a text, evaluated where its function stands."""
        if not isinstance(annotation, str):
            return annotation
        try:
            return eval(annotation, self.scope)
        except Exception:
            return self.fail(f"Unsupported type annotation {annotation}. It is not a type.")

    def returned(self) -> str:
        """The word of the result."""
        annotation = self.read(self.signature.return_annotation)
        if annotation is inspect.Signature.empty:
            self.fail("No return type annotation was provided. Please add one.")
        if annotation is None:
            return "()"
        parts = get_args(annotation) if get_origin(annotation) is tuple else (annotation,)
        kinds = [_type(part) for part in parts]
        if not set(kinds) <= _RETURNS:
            self.fail(f"Return has unsupported type {annotation}. The valid types are: {sorted(_RETURNS)}.")
        return ", ".join(map(str, kinds)) if len(kinds) == 1 else f"({', '.join(map(str, kinds))})"


def _type(annotation: Any) -> str | None:
    """The schema's word for a type; None if it has none."""
    if annotation in _BASES:
        return _BASES[annotation]
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin in (Union, types.UnionType):
        return _union(set(parts))
    if origin in _LISTS and parts:
        inside = _type(parts[0])
        known = inside in ("Tensor", "Tensor?", "SymInt", "float", "bool", "Scalar")
        return f"{inside}[]" if known else None
    return None


def _union(parts: set[Any]) -> str | None:
    left = parts - {type(None)}
    inside = "Scalar" if left in _NUMBERS else _type(next(iter(left))) if len(left) == 1 else None
    return f"{inside}?" if inside is not None and len(left) < len(parts) else inside


def _known() -> str:
    names = [kind.__name__ for kind in _BASES]
    return f"a schema knows {', '.join(names)}, int | float | bool, Optional of these and list[...] of most"
