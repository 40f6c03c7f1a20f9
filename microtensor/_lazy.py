"""Names that are imported when they are first used, so that ``import microtensor`` stays quick.

Most programs use a tenth of what is here, and reading the rest from disk would double the time that the
import takes.  `_names` says which module defines which public name, and a package publishes its own:

    __getattr__, __dir__ = publish(__name__)

What is loaded already is bound at once; the rest arrives when somebody asks for it.  Methods of a class
cannot wait in this way without making every attribute slower, so a `Waiting` stands in each one's place.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

from ._names import METHODS, PACKAGES, PROPERTIES

TOP = __name__.rpartition(".")[0]


def entries(package: str) -> Iterator[tuple[str, str, str]]:
    """``(public name, module, name in the module)`` for all that a package publishes from modules.

    >>> from microtensor._lazy import entries
    >>> sorted(entries("optim"))[0]
    ('ASGD', 'optim.asgd', 'ASGD')
    """
    for module, row in PACKAGES[package].items():
        for word in row.split() if module != "modules" else ():
            if word == "*":
                yield from entries(module)
            else:
                name, _, own = word.lstrip(".").partition("=")
                yield name, module, own or name


def publish(
    package: str, absent: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a package whose public names stand in `_names`.

    `absent` says why a name that one may look for is not here.
    """
    inside = package.partition(".")[2]
    here = vars(sys.modules[package])
    home = _bind(here, inside)
    modules = {path.rpartition(".")[2]: path for path in PACKAGES[inside].get("modules", "").split()}

    namesakes = {name for name, (module, _) in home.items() if module == f"{inside}.{name}"}
    if namesakes:
        sys.modules[package].__class__ = _keeping(namesakes)

    def find(name: str) -> Any:
        if name == "__all__":
            return sorted(home)
        if name in modules:
            return import_module(f"{TOP}.{modules[name]}")
        if name not in home:
            why = f": {absent[name]}" if absent and name in absent else ""
            text = f"module {package!r} has no attribute {name!r}{why}"
            raise AttributeError(text, name=name, obj=sys.modules[package])
        module, own = home[name]
        here[name] = value = getattr(import_module(f"{TOP}.{module}"), own)
        _let_override(module, value)
        return value

    def names() -> list[str]:
        return sorted({*here, *home, *modules})

    return find, names


def _keeping(namesakes: set[str]) -> type[ModuleType]:
    """A class of modules that import no file over the function of the same name.

    Python binds a file to its package when it has read it: an import of ``autograd.gradcheck`` would make a
    module of the function ``autograd.gradcheck``.
    """

    class Package(ModuleType):
        def __setattr__(self, name: str, value: Any) -> None:
            if name in namesakes and isinstance(value, ModuleType):
                value = getattr(value, name)
            super().__setattr__(name, value)

    return Package


_NOTHING = type("Nothing", (), {})()


def _bind(here: dict[str, Any], package: str) -> dict[str, tuple[str, str]]:
    """Bind the names whose modules are loaded; say where all of them are."""
    home = {}
    for name, module, own in entries(package):
        home[name] = module, own
        loaded = vars(sys.modules.get(f"{TOP}.{module}", _NOTHING))
        if own in loaded:
            here[name] = loaded[own]
            _let_override(module, loaded[own])
    return home


_OVERRIDABLE = ("ops.", "nn.functional", "linalg", "special", "fft", "creation.", "random.tensors")
"""Where the functions are whose calls other classes may answer (``__torch_function__``)."""


def _let_override(module: str, value: Any) -> None:
    if module.startswith(_OVERRIDABLE):
        from .engine.overriding.dispatch import show
        from .engine.overriding.overridable import overridable

        overridable(value)
        show(value)


def beside(module: str, *others: str) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:
    """The ``__getattr__`` and ``__dir__`` of a module some of whose classes stand in `others`.

    These are named from the module itself if that is a package, or else from its package.  So PyTorch's file
    names hold what they hold there, whatever files we part them into.
    """
    here = sys.modules[module]
    base = here.__package__ or ""

    def find(name: str) -> Any:
        for other in () if name.startswith("__") else others:
            value = getattr(import_module(f"{base}.{other}"), name, None)
            if getattr(value, "__module__", "") == f"{base}.{other}":
                setattr(here, name, value)
                return value
        raise AttributeError(f"module {module!r} has no attribute {name!r}", name=name, obj=here)

    def names() -> list[str]:
        found = {name for other in others for name in vars(import_module(f"{base}.{other}"))}
        return sorted({*vars(here), *(name for name in found if hasattr(here, name))})

    return find, names


class Waiting:
    """A method whose module is imported when the method is first looked at, called or not.

    So `help`, `inspect` and an editor see the method itself.  Raises ``AttributeError`` if the module does
    not install it after all.
    """

    def __init__(self, owner: type, module: str, name: str) -> None:
        self.owner, self.module, self.name = owner, module, name

    def arrived(self) -> Any:
        """The method or property itself."""
        import_module(self.module)
        found = vars(self.owner)[self.name]
        if found is self:
            raise AttributeError(
                f"{self.module} was to install {self.owner.__name__}.{self.name}, and did not"
            )
        return found

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        return self.arrived().__get__(instance, owner)


class WaitingProperty(Waiting):
    """The same for a property, which may be set before it is read."""

    def __set__(self, instance: Any, value: Any) -> None:
        self.arrived().__set__(instance, value)


def wait(owner: type) -> None:
    """Put what `_names` lists in the place of `owner`'s methods and properties that are not loaded yet."""
    rows = [(module, row.split()) for module, row in METHODS.items()]
    for module, row in PACKAGES[""].items():
        rows.append((module, [word[1:] for word in row.split() if word[0] == "."]))
    for kind, table in (
        (Waiting, rows),
        (WaitingProperty, [(m, row.split()) for m, row in PROPERTIES.items()]),
    ):
        for module, names in table:
            for name in names:
                if name not in vars(owner):
                    setattr(owner, name, kind(owner, f"{TOP}.{module}", name))


def load_all() -> None:
    """Import all that waits: for tests over the whole registry, and for documentation."""
    for package, table in PACKAGES.items():
        import_module(f"{TOP}.{package}".rstrip("."))
        for module, row in table.items():
            for path in row.split() if module == "modules" else [module]:
                import_module(f"{TOP}.{path}".rstrip("."))
    for path in (*METHODS, *PROPERTIES):
        import_module(f"{TOP}.{path}")


__all__ = ["Waiting", "beside", "entries", "load_all", "publish", "wait"]
