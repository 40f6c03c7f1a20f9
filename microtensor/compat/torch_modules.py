"""Modules called ``torch...`` that hand out what is in this package."""

from __future__ import annotations

import sys
from importlib import import_module
from importlib.abc import Loader
from importlib.machinery import ModuleSpec
from types import CodeType, ModuleType
from typing import Any

from . import children
from .lookup import EXTRAS, OTHERS, ROOTS, absent_package, explain, real_module

__all__ = ["Facade", "Finder", "MissingError"]


class MissingError(AttributeError):
    """A name of PyTorch that is not here; the text says which ones come close.

    They are looked for when the text is read: `hasattr` and `getattr` with a default throw it away.
    """

    def __str__(self) -> str:
        return explain(self.args[0])


_CHANGING = {"_current_level"}
"""Names whose value changes while programs look at them: a view asks for it every time."""

_WHOLE = {"torch.distributions", "torch.optim", "torch.optim.lr_scheduler"}
"""Modules in whose ``__dict__`` programs look for a class by its name."""


_DUNDERS = ("__config__", "__allow_nonbracketed_mutation")
"""The names with two leading underscores that PyTorch's modules have of their own."""


class Facade(ModuleType):
    """PyTorch's module `name`, as a view of one of ours: what is set or deleted on it is so there."""

    def __init__(self, name: str, real: ModuleType) -> None:
        super().__init__(name, real.__doc__)
        vars(self).update(_real=real, __path__=[])
        if name == "torch":
            vars(self).update(EXTRAS, torch=self)
        if name in _WHOLE or name.startswith("torch.nn.modules."):
            vars(self).update({public: getattr(real, public) for public in dir(real) if public[0] != "_"})

    def __getattr__(self, name: str) -> Any:
        if name == "__all__":
            return getattr(self._real, name, None) or [n for n in dir(self._real) if not n.startswith("_")]
        if name.startswith("__") and name not in _DUNDERS:
            raise AttributeError(f"module {self.__name__!r} has no attribute {name!r}")
        path = f"{self.__name__}.{name}"
        try:
            value = getattr(self._real, name)
        except AttributeError:
            value = self._of_package(name)
            if value is None:
                raise MissingError(path) from None
        if isinstance(value, ModuleType) and value.__name__.startswith("microtensor"):
            return import_module(path)
        if name not in _CHANGING:
            vars(self)[name] = value
        return value

    def _of_package(self, name: str) -> Any:
        """What the package has by this name: PyTorch's files import it, and libraries take it from there."""
        package = self.__name__.rpartition(".")[0]
        if package.count(".") == 0 or package == "torch.nn" or name.startswith("_"):
            return None
        value = getattr(vars(sys.modules[package])["_real"], name, None)
        return None if isinstance(value, ModuleType) else value

    def __setattr__(self, name: str, value: Any) -> None:
        if isinstance(value, Facade) and not isinstance(getattr(self._real, name, value), ModuleType):
            return  # torch.autograd.gradcheck is the function, also after an import of the file
        vars(self)[name] = value
        if not (name.startswith("__") or isinstance(value, Facade)):
            setattr(self._real, name, value)

    def __delattr__(self, name: str) -> None:
        vars(self).pop(name, None)
        delattr(self._real, name)

    def __dir__(self) -> list[str]:
        theirs = {name for name in dir(self._real) if not (name.startswith("__") or self._inner(name))}
        return sorted({*theirs, *vars(self)} - {"_real"})

    def _inner(self, name: str) -> bool:
        """Whether that is a private module of this package, which PyTorch has not."""
        return name[0] == "_" and isinstance(vars(self._real).get(name), ModuleType)


class Finder:
    """Finds ``torch`` and its submodules here, and tells what cannot be."""

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> ModuleSpec | None:
        """A facade for a module of PyTorch's; None for everything else.

        Raises ``ModuleNotFoundError`` for a module that is not here, but where it is only asked about.
        """
        if name == children.MODULE:
            return children.spec(path)
        if _started(name):
            return ModuleSpec(name, _Starter())
        try:
            return _spec(name)
        except ModuleNotFoundError:
            if _only_asked():
                return None
            raise


def _only_asked() -> bool:
    """Whether this is a call of `importlib.util.find_spec`: programs take its None for a no."""
    return sys._getframe(3).f_globals.get("__name__") == "importlib.util"


_STARTERS = ("torch.distributed.run", "torch.distributed.launch")


def _started(name: str) -> bool:
    """Whether this is ``python -m`` with one of PyTorch's starters of several processes."""
    return name in _STARTERS and sys._getframe(4).f_globals.get("__name__") == "runpy"


def _spec(name: str) -> ModuleSpec | None:
    if name in OTHERS and (why := absent_package(name, ", and torch is microtensor in this program")):
        # The error carries no module's name: Python would take it for its own and hide the text.
        raise ModuleNotFoundError(why)
    if name.partition(".")[0] not in ROOTS:
        return None
    return ModuleSpec(name, _Loader(real_module(name)), is_package=True)


class _Loader(Loader):
    def __init__(self, real: ModuleType) -> None:
        self.real = real

    def create_module(self, spec: ModuleSpec) -> ModuleType:
        return Facade(spec.name, self.real)

    def exec_module(self, module: ModuleType) -> None:
        """Nothing: what the module shows is there already."""


class _Starter(Loader):
    """What ``python -m torch.distributed.run`` finds: a sentence, and an exit code."""

    def get_code(self, name: str) -> CodeType:
        return compile(f"raise SystemExit({explain(name)!r})", name, "exec")
