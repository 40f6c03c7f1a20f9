"""Gradients that somebody keeps: a replay leaves them in memory that the next one writes again.

Eager code makes new gradients in each step, so what a user keeps of the old ones never changes.  Here the
reference counts of a gradient, its array and its memory tell that somebody keeps one.  A kept tensor gets a
copy of its own; a kept array can't be exchanged, and so the program is given up with its memory.
"""

from __future__ import annotations

from collections.abc import Callable
from sys import getrefcount
from typing import Any

from ..engine.tensor import Tensor
from ..engine.versions import owner
from .guards import Test
from .program import Array, Miss

__all__ = ["Held", "checker_of"]

UNKNOWN = 1 << 60


class Held:
    """The gradients of one program, by position: tensors ``g0`` ..., arrays ``b0`` ..., memory ``m0`` ...

    How often they are referred to when nobody keeps one is counted at the end of a replay, when `unsure` says
    that this is not known: after the first one, and after a gradient was exchanged.
    """

    def __init__(self, owned: list[tuple[int, Array]]) -> None:
        self.owned = owned
        memories = {id(owner(array)): owner(array) for _, array in owned}.values()
        self.things: dict[str, Any] = {f"g{k}": Tensor._of(array) for k, array in owned}
        self.things |= {f"b{k}": array for k, array in owned}
        self.things |= {f"m{k}": memory for k, memory in enumerate(memories)}
        self.usual = dict.fromkeys(self.things, UNKNOWN)
        self.unsure = [True]
        self.lost = False
        self.note: Callable[[], Any] = lambda: None

    def watched(self) -> list[tuple[Any, int]]:
        """Each thing with the position of the first of its kind, for a checker in C: see `c_guards`."""
        names = list(self.things)
        return [(self.things[n], 0 if n[0] == "g" else k) for k, n in enumerate(names)]

    def kept(self) -> bool:
        """Whether one of them is referred to more often than usual."""
        return any(getrefcount(self.things[n]) > self.usual[n] for n in self.things)

    def settle(self) -> None:
        """Count, at the end of a replay, before anybody has got hold of a gradient."""
        self.unsure[0] = False
        self._note()
        self.note()

    def _note(self) -> None:
        for name in self.things:
            self.usual[name] = getrefcount(self.things[name])
        most = max((n for name, n in self.usual.items() if name[0] == "g"), default=0)
        self.usual.update({name: most for name in self.usual if name[0] == "g"})

    def release(self, scope: dict[str, Any]) -> None:
        """Move the gradients away from the program's memory, whose names are in `scope`."""
        for k, array in self.owned:
            kept = self.things[f"g{k}"]
            kept._data = array.copy()
            self.things[f"g{k}"] = scope[f"g{k}"] = Tensor._of(array)
        self.unsure[0] = True

    def check_arrays(self) -> None:
        """Raise `Miss` if an array is kept, whose owner can't be told to take a copy."""
        if any(getrefcount(self.things[n]) > self.usual[n] for n in self.things if n[0] != "g"):
            self.lost = True
            raise Miss


def checker_of(tests: list[Test], held: Held) -> Any:
    """The tests in C, where there is a compiler; None elsewhere."""
    from .c.c_guards import checker

    return checker(tests, held.watched())
