"""Modules that are chosen by name."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from ..module import Module


class ModuleDict(Module):
    """Modules by name, in order of insertion, whose parameters are registered.

    >>> choice = mt.nn.ModuleDict({"relu": mt.nn.ReLU(), "tanh": mt.nn.Tanh()})
    >>> choice["relu"](mt.tensor([-1.0]))
    tensor([0.])
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def __len__(self) -> int:
        return len(self._registered_modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._registered_modules)

    def __contains__(self, key: str) -> bool:
        return key in self._registered_modules

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def pop(self, key: str) -> Any:
        """Take one module out and return it; ``KeyError`` if there is none of this name.

        >>> mt.nn.ModuleDict({"a": mt.nn.Identity()}).pop("a")
        Identity()
        """
        return self._modules.pop(key)

    def keys(self) -> Iterable[str]:
        """The names."""
        return self._modules.keys()

    def items(self) -> Iterable[tuple[str, Any]]:
        """The names with their modules."""
        return self._modules.items()

    def values(self) -> Iterable[Any]:
        """The modules."""
        return self._modules.values()

    def update(self, modules: Any) -> None:
        """Add, or replace, modules from a mapping or from pairs of name and module.

        Raises ``TypeError`` or ``ValueError`` for what is not pairs, ``TypeError`` for what is
        not a module, ``KeyError`` for a name that is taken by an attribute.

        >>> modules = mt.nn.ModuleDict()
        >>> modules.update([("a", mt.nn.Identity())])
        >>> list(modules)
        ['a']
        """
        for name, module in pairs(self, modules):
            self[name] = module


def pairs(container: Module, given: Any) -> list[tuple[Any, Any]]:
    """The pairs of a mapping or an iterable of pairs, or an error in terms of `container`."""
    name = type(container).__name__
    if isinstance(given, Mapping | type(container)):
        return list(given.items())  # type: ignore[union-attr]
    if not isinstance(given, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, "
            f"but got {type(given).__name__}"
        )
    return [_pair(name, i, element) for i, element in enumerate(given)]


def _pair(container: str, i: int, element: Any) -> tuple[Any, Any]:
    where = f"{container} update sequence element #{i}"
    if not isinstance(element, Iterable):
        raise TypeError(f"{where} should be Iterable; is {type(element).__name__}")
    items = tuple(element)
    if len(items) != 2:
        raise ValueError(f"{where} has length {len(items)}; 2 is required")
    return items
