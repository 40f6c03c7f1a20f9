"""Processes that a program starts with `multiprocessing` see ``torch`` as the program does.

A child that is not forked runs the program's main file again, under another name, so that it can unpickle
what it is to call.  Before that it unpickles what its parent prepared: here, a call of `as_torch` among that.
"""

from __future__ import annotations

from importlib.abc import Loader
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path
from types import ModuleType
from typing import Any, cast

__all__ = ["MODULE", "arm", "spec"]

MODULE = "multiprocessing.spawn"
_ROOT = str(Path(__file__).parents[2])
_CALL = f"import sys; sys.path.append({_ROOT!r}); import microtensor; microtensor.as_torch()"


class _AsTorch:
    """A value whose unpickling is a call of `as_torch`, also where this package is not on the path yet."""

    def __reduce__(self) -> tuple[Any, ...]:
        return exec, (_CALL,)


def arm(module: ModuleType) -> None:
    """Let the module `multiprocessing.spawn` send `as_torch` along for as long as it holds here."""
    prepare = module.get_preparation_data
    if getattr(prepare, "__module__", None) == __name__:
        return

    def get_preparation_data(name: str) -> dict[str, Any]:
        data = cast("dict[str, Any]", prepare(name))
        if not _holds():
            return data
        if name == "ignore":  # a fork server asks, which would run the main file before it could be told
            data.pop("init_main_from_path", None)
            data.pop("init_main_from_name", None)
        return data | {"torch": _AsTorch()}

    vars(module)["get_preparation_data"] = get_preparation_data


def _holds() -> bool:
    from .install import is_torch

    return is_torch()


def spec(path: Any) -> ModuleSpec | None:
    """What Python finds as `multiprocessing.spawn`, armed when it is loaded."""
    found = PathFinder.find_spec(MODULE, path)
    if found is not None and found.loader is not None:
        found.loader = _Arming(found.loader)
    return found


class _Arming(Loader):
    def __init__(self, loader: Any) -> None:
        self.loader = loader

    def __getattr__(self, name: str) -> Any:
        return getattr(self.loader, name)

    def exec_module(self, module: ModuleType) -> None:
        self.loader.exec_module(module)
        arm(module)
