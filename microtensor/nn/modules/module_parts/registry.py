"""Live dictionaries of a module's parameters, buffers and children.

PyTorch keeps these in three dictionaries and finds them through ``__getattr__``, which costs half
a microsecond for each ``self.weight`` in a forward pass.  Here a value lives in one place, the
instance's ``__dict__``, where Python finds it in ten nanoseconds; beside it lie three ordered sets
of names that say which attributes are parameters, buffers and children.  ``_parameters``,
``_buffers`` and ``_modules`` are views through those names, with everything that a dictionary can
do, so code that edits them directly keeps working, and there is no second copy that could be out
of date.  They are dictionaries by class and lie in the instance's ``__dict__``, where libraries look for
them. Those that lie there know their module by weak reference; copied or pickled with it, one becomes a
dictionary of the same content, and the copy makes itself a view of its own.
"""

from __future__ import annotations

import weakref
from collections.abc import ItemsView, Iterator, KeysView, Mapping, MutableMapping, ValuesView
from typing import TYPE_CHECKING, Any, Generic, TypeVar, cast, overload

T = TypeVar("T")


if TYPE_CHECKING:

    class _Dictionary(MutableMapping[str, T]): ...

else:

    class _Dictionary(MutableMapping, dict):
        """A dictionary by class, whose methods do not look at its own content."""

        __slots__ = ()


class _Backwards:
    """What a dictionary's views can do, and those of a Mapping cannot."""

    __slots__ = ()

    def __reversed__(self) -> Iterator[Any]:
        return reversed(list(cast("Any", self)))


class _Keys(_Backwards, KeysView[str]): ...


class _Items(_Backwards, ItemsView[str, T]): ...


class _Values(_Backwards, ValuesView[T]): ...


class Registry(_Dictionary[T]):
    """Those attributes of one instance whose names are in `names`, as a dictionary."""

    __slots__ = ("_attributes", "_names")
    _attributes: dict[str, Any]

    def __new__(cls, *args: Any) -> Any:
        """A view of names among attributes; of a mapping, as in ``type(view)(content)``, a dictionary."""
        return super().__new__(cls) if len(args) == 2 else dict(*args)

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

    def keys(self) -> KeysView[str]:
        """The names, in order or reversed."""
        return _Keys(self)

    def items(self) -> ItemsView[str, T]:
        """Pairs of names and values, in order or reversed."""
        return _Items(self)

    def values(self) -> ValuesView[T]:
        """The values, in order or reversed."""
        return _Values(self)

    def __repr__(self) -> str:
        return repr(self.copy())

    def copy(self) -> dict[str, T]:
        """An ordinary dictionary of the same content."""
        return dict(self.items())

    def __or__(self, other: Any) -> Any:
        return self.copy() | dict(other)

    def __reduce_ex__(self, protocol: Any) -> Any:
        return dict, (self.copy(),)


class OwnRegistry(Registry[T]):
    """The view that lies in its module's ``__dict__``, and would keep itself alive by a strong reference."""

    __slots__ = ("_owner",)

    def __init__(self, names: dict[str, None], owner: Any) -> None:
        self._names, self._owner = names, weakref.ref(owner)

    @property
    def _attributes(self) -> dict[str, Any]:  # type: ignore[override]
        owner = self._owner()
        return {} if owner is None else vars(owner)

    def belongs(self, module: object, names: dict[str, None]) -> bool:
        """Whether it is the view of these names of this module."""
        return self._owner() is module and self._names is names


class RegistryAttribute(Generic[T]):
    """The class attribute behind ``_parameters`` and its like; assigning replaces the content."""

    def __init__(self, names: str) -> None:
        self._names = names

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

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
        held, names = attributes.get(self._name), attributes[self._names]
        if type(held) is not OwnRegistry or not held.belongs(module, names):
            attributes[self._name] = OwnRegistry(names, module)
        return Registry(names, attributes)

    def __set__(self, module: object, values: Mapping[str, T]) -> None:
        registry, values = self.__get__(module, type(module)), dict(values)
        registry.clear()
        registry.update(values)
