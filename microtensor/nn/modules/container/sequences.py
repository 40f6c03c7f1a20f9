"""Modules that hold modules in a row.

Children are filed under names, the positions of a list as ``"0"``, ``"1"``, ...; these are the
names in state dicts.  Taking something out of the middle renumbers what remains.
"""

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any, Self, cast

from ..module import Module, format_module


class _Row(Module):
    """Children in a row, with what Python's lists can do."""

    def __getitem__(self, index: Any) -> Any:
        return getattr(self, _name_of(self, index))

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, _name_of(self, index), module)

    def __delitem__(self, index: int | slice) -> None:
        if not isinstance(index, slice):
            _name_of(self, index)
        modules = list(self)
        del modules[index]
        _renumber(self, modules)

    def __len__(self) -> int:
        return len(self._registered_modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def append(self, module: Module) -> Self:
        """Add a module at the end and return self; ``TypeError`` if it is not one.

        >>> len(mt.nn.ModuleList().append(mt.nn.Identity()))
        1
        """
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> Self:
        """Add several modules at the end and return self; ``TypeError`` if one is not a module.

        >>> len(mt.nn.ModuleList().extend([mt.nn.Identity(), mt.nn.Identity()]))
        2
        """
        if not isinstance(modules, Iterable):
            raise TypeError(
                f"{type(self).__name__}.extend should be called with an iterable, "
                f"but got {type(modules).__name__}"
            )
        for module in [_checked(module) for module in modules]:
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Self:
        """Put a module before the one at `index` and return self.

        Raises ``IndexError`` if there is no such place, ``TypeError`` for what is not a module.

        >>> mt.nn.Sequential(mt.nn.Tanh()).insert(0, mt.nn.ReLU())
        Sequential(
          (0): ReLU()
          (1): Tanh()
        )
        """
        modules = list(self)
        if not -len(modules) <= index <= len(modules):
            raise IndexError(f"Index out of range: {index}, for {len(modules)} modules")
        modules.insert(index, _checked(module))
        _renumber(self, modules)
        return self

    def pop(self, index: int) -> Any:
        """Take the module at `index` out and return it; ``IndexError`` if there is none.

        >>> mt.nn.ModuleList([mt.nn.ReLU(), mt.nn.Tanh()]).pop(0)
        ReLU()
        """
        module = self[index]
        del self[index]
        return module


class Sequential(_Row):
    """Modules that are called one after the other, each with the result of the one before.

    Made from modules, or from one ``OrderedDict`` of named modules.  ``a + b`` joins two rows and
    ``a * 2`` repeats one; a repeated module is the same module, with the same weights.

    >>> net = mt.nn.Sequential(mt.nn.Linear(2, 3), mt.nn.ReLU(), mt.nn.Linear(3, 1))
    >>> net(mt.zeros(5, 2)).shape
    torch.Size([5, 1])
    >>> net[-1]
    Linear(in_features=3, out_features=1, bias=True)
    """

    def __init__(self, *args: Module | OrderedDict[str, Module]) -> None:
        super().__init__()
        named = args[0] if len(args) == 1 else None
        if not isinstance(named, OrderedDict):
            named = OrderedDict((str(i), cast(Module, m)) for i, m in enumerate(args))
        for name, module in named.items():
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        """The result of the last module; `input` itself if there are none.

        >>> mt.nn.Sequential().forward(1)
        1
        """
        attributes = vars(self)
        for name in self._registered_modules:
            input = attributes[name](input)
        return input

    def __getitem__(self, index: Any) -> Any:
        if isinstance(index, slice):
            # Unlike a list's, the names stay as they are.
            return type(self)(OrderedDict(cast(Any, list(self._modules.items())[index])))
        return super().__getitem__(index)

    def __add__(self, other: Sequential) -> Sequential:
        return Sequential(*self, *_sequential(other))

    def __iadd__(self, other: Sequential) -> Self:
        return self.extend(_sequential(other))

    def __mul__(self, times: int) -> Sequential:
        return Sequential(*(list(self) * _times(times)))

    __rmul__ = __mul__

    def __imul__(self, times: int) -> Self:
        return self.extend(list(self) * (_times(times) - 1))


class ModuleList(_Row):
    """A list of modules whose parameters are registered; it cannot be called itself.

    >>> layers = mt.nn.ModuleList(mt.nn.Linear(2, 2) for _ in range(3))
    >>> layers
    ModuleList(
      (0-2): 3 x Linear(in_features=2, out_features=2, bias=True)
    )
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend([] if modules is None else modules)

    def __getitem__(self, index: Any) -> Any:
        return type(self)(list(self)[index]) if isinstance(index, slice) else super().__getitem__(index)

    def __add__(self, other: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *other])

    def __iadd__(self, other: Iterable[Module]) -> Self:
        return self.extend(other)

    def __repr__(self) -> str:
        lines, start = [], 0
        for text, group in groupby(map(repr, self)):
            stop = start + len(list(group))
            once = stop - start == 1
            lines.append(f"({start}): {text}" if once else _folded(start, stop, text))
            start = stop
        return format_module(self._get_name(), self.extra_repr(), lines)


def _name_of(row: _Row, index: int) -> str:
    """The name of the child at this position, which may count from the end."""
    position, count = operator.index(index), len(row)
    if not -count <= position < count:
        raise IndexError(f"index {position} is out of range for {count} modules")
    return list(row._registered_modules)[position]


def _renumber(row: _Row, modules: Iterable[Module | None]) -> None:
    row._modules = {str(i): module for i, module in enumerate(modules)}


def _checked(module: Any) -> Any:
    if module is not None and not isinstance(module, Module):
        raise TypeError(f"{type(module).__name__} is not a Module subclass")
    return module


def _sequential(other: object) -> list[Module]:
    if not isinstance(other, Sequential):
        raise ValueError(f"only a Sequential can be added to a Sequential, not {type(other)}")
    return list(other)


def _times(times: object) -> int:
    if not isinstance(times, int):
        raise TypeError(f"a Sequential can be repeated an integer number of times, not {times!r}")
    if times <= 0:
        raise ValueError(f"a Sequential can be repeated once or more, not {times} times")
    return times


def _folded(start: int, stop: int, text: str) -> str:
    return f"({start}-{stop - 1}): {stop - start} x {text}"
