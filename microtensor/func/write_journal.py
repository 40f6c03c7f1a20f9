"""Taking back what a run of a function has written in place, when `vmap` has to run it again."""

from __future__ import annotations

from types import TracebackType
from typing import Any, Self

import numpy as np

from ..engine import versions
from ..engine.tensor import Tensor
from ..engine.writes import journal


class Listener:
    """For the length of a ``with``, hears of each tensor `before` it is written, as does the one around."""

    def __init__(self) -> None:
        self._outer: Listener | None = None
        self._token: Any = None

    def __enter__(self) -> Self:
        self._outer = journal.get()
        self._token = journal.set(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        journal.reset(self._token)

    def before(self, x: Tensor) -> None:
        """Tell the listener around this one that `x` is about to be written."""
        if self._outer is not None:
            self._outer.before(x)


class Journal(Listener):
    """For the length of a ``with``, remembers each tensor as it was before it was first written.

    `undo` puts memory and history back.  Memory is remembered as a whole, whichever part is written.
    """

    def __init__(self) -> None:
        super().__init__()
        self._memory: dict[int, tuple[Any, Any]] = {}
        self._history: dict[int, tuple[Tensor, Any, bool, Any]] = {}

    def before(self, x: Tensor) -> None:
        """Remember `x`, which is about to be written."""
        memory = versions.owner(x.array)
        if id(memory) not in self._memory:
            self._memory[id(memory)] = memory, memory.copy()
        for tensor in {x, x if x._view is None else x._view[0]}:
            self._history.setdefault(id(tensor), (tensor, tensor._node, tensor._rg, tensor._view))
        super().before(x)

    def undo(self) -> None:
        """Make everything what it was."""
        for memory, values in self._memory.values():
            np.copyto(memory, values)
        for tensor, node, required, view in self._history.values():
            tensor._node, tensor._rg, tensor._view = node, required, view
