"""PyTorch's private names for a module's hooks, which programs read: ``module._forward_hooks.clear()``."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, MutableMapping
from typing import Any

from .hook_record import Hook


class Functions(MutableMapping[int, Callable[..., Any]]):
    """The functions of a module's hooks at one moment, by the handles' ids; a change here is one there."""

    def __init__(self, hooks: OrderedDict[int, Hook]) -> None:
        self._hooks = hooks

    def __getitem__(self, key: int) -> Callable[..., Any]:
        return self._hooks[key].function

    def __setitem__(self, key: int, function: Callable[..., Any]) -> None:
        self._hooks[key] = Hook(function)

    def __delitem__(self, key: int) -> None:
        del self._hooks[key]

    def __iter__(self) -> Iterator[int]:
        return iter(self._hooks)

    def __len__(self) -> int:
        return len(self._hooks)

    def __repr__(self) -> str:
        return repr(OrderedDict(self))
