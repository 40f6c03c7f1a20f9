"""Names in a program: each thing has one, and no two things have the same."""

from __future__ import annotations

import builtins
import keyword
import math
import re
from typing import Any, NamedTuple

import microtensor
from microtensor import device
from microtensor.utils import _pytree as pytree

from .. import _pytree as fx_pytree

__all__ = ["Namespace", "custom_builtins", "snake_case"]


class _CustomBuiltin(NamedTuple):
    """A global of every generated program, and the statement that brings it."""

    import_str: str
    obj: Any


custom_builtins = {
    "inf": _CustomBuiltin("from math import inf", math.inf),
    "nan": _CustomBuiltin("from math import nan", math.nan),
    "NoneType": _CustomBuiltin("NoneType = type(None)", type(None)),
    "torch": _CustomBuiltin("import microtensor as torch", microtensor),
    "device": _CustomBuiltin("from microtensor import device", device),
    "fx_pytree": _CustomBuiltin("import microtensor.fx._pytree as fx_pytree", fx_pytree),
    "pytree": _CustomBuiltin("import microtensor.utils._pytree as pytree", pytree),
}
"""Names that every generated program can use, since the repr of what they mean uses them."""

_TAKEN: dict[str, Any] = (
    dict.fromkeys(keyword.kwlist, object())
    | vars(builtins)
    | {name: found.obj for name, found in custom_builtins.items()}
)
_NUMBERED = re.compile(r"([a-zA-Z_]\w*?)(?:_(\d+))?", re.ASCII)
_FOREIGN = re.compile(r"\W+", re.ASCII)
_HUMP = re.compile(r"(?<=[a-z])([A-Z])")


def snake_case(s: str) -> str:
    """``fooBar`` as ``foo_bar``.

    >>> from microtensor.fx.writing.namespace import snake_case
    >>> snake_case("maxPool2d"), snake_case("ALL")
    ('max_pool2d', 'all')
    """
    return _HUMP.sub(r"_\1", s).lower()


class Namespace:
    """Names by thing; none hides one of Python's own.

    >>> from microtensor.fx.writing.namespace import Namespace
    >>> names = Namespace()
    >>> [names.create_name(word, None) for word in ("relu", "relu", "max", "a.b")]
    ['relu', 'relu_1', 'max_1', 'a_b']
    """

    def __init__(self) -> None:
        self._obj_to_name: dict[Any, str] = {}
        self._used_names: set[str] = set()
        self._base_count: dict[str, int] = {}

    def create_name(self, candidate: str, obj: Any) -> str:
        """The name of `obj`: `candidate`, or if that is taken the same with a number behind it."""
        if obj is not None and obj in self._obj_to_name:
            return self._obj_to_name[obj]
        name = self._free(_identifier(candidate), obj)
        if obj is not None:
            self._obj_to_name[obj] = name
        return name

    def _free(self, name: str, obj: Any) -> str:
        found = _NUMBERED.fullmatch(name)
        assert found is not None, f"{name!r} is no name"
        base, number = found[1], int(found[2] or 0)
        if found[2] is None or name in self._used_names:
            number = self._base_count.get(base, 0)
            if _TAKEN.get(name, obj) is not obj:
                number += 1
                name = f"{base}_{number}"
        while name in self._used_names:
            number += 1
            name = f"{base}_{number}"
        self._used_names.add(name)
        self._base_count[base] = number
        return name

    def associate_name_with_obj(self, name: str, obj: Any) -> None:
        """Let `obj` have this name; ``AssertionError`` if it has one already."""
        assert self._obj_to_name.setdefault(obj, name) is name, f"{obj!r} has a name already"

    def _rename_object(self, obj: Any, name: str) -> None:
        self._obj_to_name[obj] = name
        self._used_names.add(name)


def _identifier(word: str) -> str:
    word = word if _NUMBERED.fullmatch(word) else _FOREIGN.sub("_", word) or "_unnamed"
    return f"_{word}" if word[0].isdigit() else word
