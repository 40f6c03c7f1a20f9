"""Gradients that somebody keeps: a replay leaves them in memory that the next one writes again.

Eager code makes new gradients in each step, so what a user keeps of the old ones never changes.  Here the
reference counts of a gradient, its array and the memory behind it tell that somebody keeps one.  A kept tensor
gets a copy of its own; a kept array can't be exchanged, and so the program is given up with its memory.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any

from ..engine.versions import owner
from ..engine.tensor import Tensor
from .program import Array, Miss

__all__ = ["Held"]


UNKNOWN = 1 << 60


class Held:
    """The gradients of one program, by their position: tensors ``g0`` ..., arrays ``b0`` ..., memory ``m0`` ..."""

    def __init__(self, owned: list[tuple[int, Array]]) -> None:
        self.owned = owned
        self.tensors = {k: Tensor._of(array) for k, array in owned}
        self.memories = list({id(owner(array)): owner(array) for _, array in owned}.values())
        self.lost = False

    def names(self) -> dict[str, Any]:
        """What the names stand for."""
        found: dict[str, Any] = {f"g{k}": tensor for k, tensor in self.tensors.items()}
        found |= {f"b{k}": array for k, array in self.owned}
        return found | {f"m{k}": memory for k, memory in enumerate(self.memories)}

    def condition(self) -> str:
        """Python that is true if one is kept; `watch` sets the counts that are usual."""
        tensors = [f"refs(g{k}) > usual_g" for k, _ in self.owned]
        arrays = [f"refs(b{k}) > usual_b{k}" for k, _ in self.owned]
        memories = [f"refs(m{k}) > usual_m{k}" for k in range(len(self.memories))]
        return " or ".join([*tensors, *arrays, *memories])

    def expect(self, scope: dict[str, Any]) -> None:
        """Before the first replay no count is known, and so none is too high."""
        self.scope = scope
        scope["usual_g"] = UNKNOWN
        scope.update({f"usual_{name}": UNKNOWN for name in self._arrays()})

    def watch(self) -> None:
        """Note the counts after a replay, while nobody has got hold of anything yet."""
        scope = self.scope
        scope["usual_g"] = max((getrefcount(scope[f"g{k}"]) for k in self.tensors), default=0)
        for name in self._arrays():
            scope[f"usual_{name}"] = getrefcount(scope[name])

    def _arrays(self) -> list[str]:
        return [f"b{k}" for k, _ in self.owned] + [f"m{k}" for k in range(len(self.memories))]

    def release(self) -> None:
        """Move kept gradients away from the program's memory; raises `Miss` if that can't be."""
        scope = self.scope
        if any(getrefcount(scope[name]) > scope[f"usual_{name}"] for name in self._arrays()):
            self.lost = True
            raise Miss
        for k, array in self.owned:
            if getrefcount(scope[f"g{k}"]) > scope["usual_g"]:
                scope[f"g{k}"]._data = array.copy()
                self.tensors[k] = scope[f"g{k}"] = Tensor._of(array)
