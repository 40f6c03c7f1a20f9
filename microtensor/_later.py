"""Names that are imported when they are first used, so that ``import microtensor`` stays quick.

Most programs use a tenth of what is here, and reading the rest from disk would double the time that the
import takes.  A package lists its seldom used names in a table, module by module, and they arrive when
somebody asks for them:

    LATER = {"ops.scans": ("cumprod", "cummax"), "linalg": ()}
    __getattr__, __dir__ = later(__name__, LATER)

An empty tuple stands for the module itself.  Methods of a class cannot wait in this way without making
every attribute slower, so a small function waits in each one's place (`methods_later`).
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from importlib import import_module
from types import ModuleType
from typing import Any

Table = Mapping[str, tuple[str, ...]]
_waiting: list[tuple[str, Table]] = []


def later(
    package: str, table: Table, base: str = "", absent: Mapping[str, str] | None = None
) -> tuple[Callable[[str], Any], Callable[[], list[str]]]:  # fmt: skip
    """The ``__getattr__`` and ``__dir__`` of a package whose `table` says which module holds which names.

    Modules are named as seen from `base`, which is the package itself unless it is given.  `absent` says why
    a name that one may look for is not here.
    """
    base = base or package
    _waiting.append((base, table))
    home = {name: module for module, names in table.items() for name in names}
    modules = {module for module, names in table.items() if not names}
    listed = vars(sys.modules[package]).get("__all__")
    if listed is not None:
        listed.extend(sorted(home.keys() - set(listed)))

    def find(name: str) -> Any:
        if name == "__all__":
            return sorted(home.keys() | _public(vars(sys.modules[package])))
        if name in modules:
            return import_module(f"{base}.{name}")
        if name not in home:
            why = f": {absent[name]}" if absent and name in absent else ""
            text = f"module {package!r} has no attribute {name!r}{why}"
            raise AttributeError(text, name=name, obj=sys.modules[package])
        value = getattr(import_module(f"{base}.{home[name]}"), name)
        setattr(sys.modules[package], name, value)
        return value

    def names() -> list[str]:
        return sorted({*vars(sys.modules[package]), *home, *modules})

    return find, names


def each_dimension(*names: str) -> tuple[str, ...]:
    """What comes in one, two and three dimensions.

    >>> from microtensor._later import each_dimension
    >>> each_dimension("Conv")
    ('Conv1d', 'Conv2d', 'Conv3d')
    """
    return tuple([f"{name}{dims}d" for name in names for dims in (1, 2, 3)])


def _public(names: Mapping[str, Any]) -> set[str]:
    """What ``from package import *`` takes of what a package has imported: no modules, no helpers."""
    strangers = ("typing", "collections.abc", __name__)
    return {
        name
        for name, value in names.items()
        if not (
            name.startswith("_") or name.isupper() or name == "annotations" or isinstance(value, ModuleType)
        )
        and getattr(value, "__module__", None) not in strangers
    }


OLD_TYPES = tuple(
    [f"{kind}Tensor" for kind in ["Bool", "Byte", "Char", "Double", "Float", "Half", "Int", "Long", "Short"]]
)
"""The classes that stood for dtypes, of the CPU and of a GPU."""


def methods_later(owner: type, package: str, table: Table) -> None:
    """Methods of `owner` that a module of `package` installs when one of them is first called."""
    _waiting.append((package, table))
    for module, names in table.items():
        for name in names:
            setattr(owner, name, _stand_in(owner, f"{package}.{module}", name))


def _stand_in(owner: type, module: str, name: str) -> Callable[..., Any]:
    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        import_module(module)
        found = getattr(owner, name)
        if found is method:
            raise AttributeError(f"{module} was to install {owner.__name__}.{name}, and did not")
        return found(self, *args, **kwargs)

    method.__name__ = name
    method.__doc__ = f"`{name}`, which is imported when it is first called."
    return method


def properties_later(owner: type, package: str, table: Table) -> None:
    """Properties of `owner` that a module of `package` installs when one of them is first read or set."""
    _waiting.append((package, table))
    for module, names in table.items():
        for name in names:
            setattr(owner, name, _stand_in_property(owner, f"{package}.{module}", name))


def _stand_in_property(owner: type, module: str, name: str) -> property:
    def arrived() -> Any:
        import_module(module)
        return vars(owner)[name]

    return property(
        lambda self: arrived().__get__(self), lambda self, value: arrived().__set__(self, value),
        doc=f"`{name}`, which is imported when it is first used.",
    )  # fmt: skip


def load_all() -> None:
    """Import all that waits: for tests over the whole registry, and for documentation."""
    for base, table in _waiting:  # which grows meanwhile: a package that arrives may have a table
        for module in table:
            import_module(f"{base}.{module}")


__all__ = ["each_dimension", "later", "load_all", "methods_later", "properties_later"]
