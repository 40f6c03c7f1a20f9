"""Find an object of the package by its qualified name, so that no page says in which file it is."""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from functools import cache
from pathlib import Path
from types import ModuleType
from typing import Any

import microtensor as mt

ROOT = Path(mt.__file__).resolve().parent.parent
"""The folder that holds the package: the repository's, when it is read from a clone."""


@cache
def modules() -> tuple[ModuleType, ...]:
    """Every module of the package, imported, but for ``__main__``; one that needs an extra is left out."""
    walked = pkgutil.walk_packages(mt.__path__, "microtensor.", onerror=lambda name: None)
    names = [m.name for m in walked if not m.name.endswith("__main__") and ".namespaces." not in m.name]
    return tuple(module for name in ["microtensor", *names] if (module := _imported(name)) is not None)


def _imported(name: str) -> ModuleType | None:
    try:
        return importlib.import_module(name)
    except ImportError as error:
        if (error.name or "").partition(".")[0] == "microtensor":
            raise
        return None


def find(name: str) -> Any:
    """The class, function or method of this name: ``mt.optim.Adam.rule``, ``Sweep.visit``, ``op mul``.

    After ``mt.`` comes a public name; ``op NAME`` is the function of an op, with the decorator that holds its
    formulas; any other name must be defined by one module of the package alone, or of a folder of it, as in
    ``record in engine``. Raises ``LookupError`` if it is defined nowhere, or several times, and says where.
    """
    if name.startswith("op "):
        modules()  # the registry is whole when all are imported
        return mt.registry[name.removeprefix("op ")].function
    name, _, room = name.partition(" in ")
    first, *rest = name.split(".")
    value = mt if first == "mt" else _the_one(first, room)
    while rest and isinstance(value, ModuleType):
        value = getattr(value, rest.pop(0))
    for part in rest:
        value = inspect.getattr_static(value, part)
    return _function_of(value)


def _the_one(name: str, room: str) -> Any:
    """What the package, or a folder or module of it, defines under this name."""
    found = {id(o): o for o in _defined(name) if not room or room in o.__module__.split(".")}
    if len(found) != 1:
        places = sorted(f"{o.__module__}.{name}" for o in found.values()) or "nothing"
        raise LookupError(f"{name}: the package is to define it once, and there is {places}")
    return next(iter(found.values()))


def _function_of(value: Any) -> Any:
    """What a property or a static method wraps."""
    return getattr(value, "fget", None) or getattr(value, "__func__", value)


def _defined(name: str) -> list[Any]:
    held = [(m, vars(m)[name]) for m in modules() if name in vars(m)]
    return [value for m, value in held if getattr(value, "__module__", None) == m.__name__]


def place_of(value: Any) -> tuple[str, int]:
    """The file that defines it, as a path in the repository, and the first line of its source."""
    value = inspect.unwrap(value)
    file = inspect.getsourcefile(value)
    if file is None:
        raise LookupError(f"{value!r} has no source file")
    return Path(file).resolve().relative_to(ROOT).as_posix(), inspect.getsourcelines(value)[1]
