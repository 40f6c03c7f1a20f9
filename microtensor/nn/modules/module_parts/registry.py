"""Live dictionaries of a module's parameters, buffers and children.

PyTorch keeps these in three dictionaries and finds them through ``__getattr__``, which costs half
a microsecond for each ``self.weight`` in a forward pass.  Here a value lives in one place, the
instance's ``__dict__``, where Python finds it in ten nanoseconds; beside it lie three ordered sets
of names that say which attributes are parameters, buffers and children.  ``_parameters``,
``_buffers`` and ``_modules`` are views through those names, with everything that a dictionary can
do, so code that edits them directly keeps working, and there is no second copy that could be out
of date.  Deepcopy and pickle need nothing special.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, MutableMapping
from typing import Any, Generic, TypeVar, cast, overload

T = TypeVar("T")


class Registry(MutableMapping[str, T]):
    """Those attributes of one instance whose names are in `names`, as a dictionary."""

    __slots__ = ("_attributes", "_names")

    def __init__(self, names: dict[str, None], attributes: dict[str, Any]) -> None:
        self._names, self._attributes = names, attributes

    def __getitem__(self, name: str) -> T:
        if name not in self._names:
            raise KeyError(name)
        return cast(T, self._attributes[name])

    def __setitem__(self, name: str, value: T) -> None:
        self._names[name] = None
        self._attributes[name] = value

    def __delitem__(self, name: str) -> None:
        del self._names[name]
        del self._attributes[name]

    def __contains__(self, name: object) -> bool:
        return name in self._names

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __repr__(self) -> str:
        return repr(dict(self))


class RegistryAttribute(Generic[T]):
    """The class attribute behind ``_parameters`` and its like; assigning replaces the content."""

    def __init__(self, names: str) -> None:
        self._names = names

    @overload
    def __get__(self, module: None, owner: type) -> RegistryAttribute[T]: ...
    @overload
    def __get__(self, module: object, owner: type) -> Registry[T]: ...

    def __get__(self, module: object, owner: type) -> RegistryAttribute[T] | Registry[T]:
        if module is None:
            return self
        attributes = vars(module)
        if self._names not in attributes:
            raise AttributeError(
                f"{owner.__name__} is not initialised: call super().__init__() first in its __init__"
            )
        return Registry(attributes[self._names], attributes)

    def __set__(self, module: object, values: Mapping[str, T]) -> None:
        registry, values = self.__get__(module, type(module)), dict(values)
        registry.clear()
        registry.update(values)
