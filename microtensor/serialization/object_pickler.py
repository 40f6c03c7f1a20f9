"""Objects that are no tensors and no containers, above all whole modules: by their class and their state.

What an object is made of is asked as Python's `pickle` asks it, by ``__reduce_ex__``.  The state of a module
is written in PyTorch's form, in which ``_parameters``, ``_buffers`` and ``_modules`` are dicts of their own.
"""

from __future__ import annotations

import copyreg
import pickle
import sys
from collections.abc import Callable
from operator import attrgetter
from types import BuiltinFunctionType, FunctionType
from typing import TYPE_CHECKING, Any

from ..nn.modules.module import Module
from ..nn.modules.module_parts.pickled_state import to_torch
from .object_names import named

if TYPE_CHECKING:
    from .pickler import Pickler

__all__ = ["save_object"]


def save_object(p: Pickler, value: Any) -> None:
    """Write a class or a function by its name, and any other object by what makes it again.

    Raises ``pickle.PicklingError`` for what cannot be made again, as an open file, or a function in one.
    """
    if isinstance(value, (type, FunctionType, BuiltinFunctionType)):
        _save_named(p, value)
        return
    reduced = _reduced(value)
    if isinstance(reduced, str):
        p.name(*named(value))
        return
    make, args, state, items, pairs = (*reduced, None, None, None)[:5]
    _save_made(p, make, args)
    p.remember(id(value))
    if items is not None:
        _save_rest(p, items, pickle.APPENDS)
    if pairs is not None:
        _save_rest(p, [part for pair in pairs for part in pair], pickle.SETITEMS)
    if state is not None:
        p.save(to_torch(state) if isinstance(value, Module) else state)
        p.out += pickle.BUILD


def _reduced(value: Any) -> Any:
    try:
        special: Callable[[Any], Any] | None = copyreg.dispatch_table.get(type(value))
        return special(value) if special else value.__reduce_ex__(2)
    except TypeError as error:
        raise pickle.PicklingError(f"save: {error}: save what it is made of") from error


def _save_named(p: Pickler, value: Any) -> None:
    module, name = named(value)
    owner, _, last = name.rpartition(".")
    if not owner:
        p.name(module, last)
        return
    p.name("builtins", "getattr")  # PyTorch's protocol has no names with dots
    p.out += pickle.MARK
    p.save(attrgetter(owner)(sys.modules[value.__module__]))
    p.text(last)
    p.out += pickle.TUPLE + pickle.REDUCE
    p.remember(id(value))


def _save_made(p: Pickler, make: Any, args: tuple[Any, ...]) -> None:
    new = getattr(make, "__name__", "") == "__newobj__"
    p.save(args[0] if new else make)
    p.tuple_of(args[1:] if new else args)
    p.out += pickle.NEWOBJ if new else pickle.REDUCE


def _save_rest(p: Pickler, items: Any, code: bytes) -> None:
    p.out += pickle.MARK
    for item in items:
        p.save(item)
    p.out += code
