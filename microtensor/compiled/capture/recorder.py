"""The writing down of instructions: arrays are wrapped, memory that is made is known, lines are noted.

`capture.Capture` adds what is done for each kind of call.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.versions import owner
from ..program import Array, Instruction, arrays_in
from . import lines
from .traced import ND, Traced

__all__ = ["Read", "Recorder"]


class Read:
    """A value that Python saw, and where: what a guard on data tests."""

    __slots__ = ("array", "how", "line", "value")

    def __init__(self, array: Array, value: Any, how: str, line: str) -> None:
        self.array, self.value, self.how, self.line = array, value, how, line


class Recorder:
    """One run under observation: instructions, the memory that they made, and why it can't be replayed."""

    def __init__(self) -> None:
        self.instructions: list[Instruction] = []
        self.made: dict[int, Array] = {}
        self.outside: dict[int, Array] = {}
        self.literals: dict[int, Array] = {}
        self.cells: list[tuple[Any, Array]] = []
        self.reads: list[Read] = []
        self.constants: set[int] = set()
        """The ids of the owners of made memory whose contents no outside array has a part in."""
        self.refusal: str | None = None
        self.refused_at = ""
        self._wrapped: dict[int, Traced] = {}
        self._ambient = _errors()

    def refuse(self, reason: str) -> None:
        """This run can't be replayed; the first reason is kept."""
        if self.refusal is None:
            self.refusal, self.refused_at = reason, lines.user_line()

    # ------------------------------------------------------------- wrapping

    def wrap(self, array: Array, scalar: bool = False) -> Traced:
        """The `Traced` that stands for an array, the same one each time."""
        traced = self._wrapped.get(id(array))
        if traced is None:
            if array.dtype.kind not in "biuf":
                self.refuse(f"arrays of {array.dtype} are not captured")
            traced = array.view(Traced)
            traced._plain, traced._scalar = array, scalar
            self._wrapped[id(array)] = traced
        return traced

    def fresh(self, result: Any) -> tuple[Array, Traced]:
        """The array and the `Traced` of a result that has memory of its own; a scalar becomes 0-d."""
        scalar = not isinstance(result, ND)
        array = np.asarray(result) if scalar else result
        self.made[id(owner(array))] = owner(array)
        return array, self.wrap(array, scalar)

    def makes(self, array: Array) -> bool:
        """Whether the memory was made in this run."""
        return id(owner(array)) in self.made

    def literal(self, value: Any, dtype: Any) -> Array:
        """A 0-d array for a Python number."""
        array = np.array(value, dtype)
        self.literals[id(array)] = array
        return array

    def emit(self, kind: str, function: Any, operands: tuple[Any, ...], out: Array | None,
             keywords: dict[str, Any] | None = None, effect: bool = False) -> None:  # fmt: skip
        """Write an instruction down, with the user's line and how floating-point errors are treated."""
        if out is not None:
            self.constants.discard(id(owner(out)))
        line, note = lines.where()
        treated = _errors()
        ambient = self._ambient
        errors = {key: how for key, how in treated.items() if how != ambient[key]} or None
        self.instructions.append(
            Instruction(kind, function, operands, out, keywords or {}, line, note, effect, errors)
        )

    def emit_fresh(self, kind: str, function: Any, operands: tuple[Any, ...], result: Any,
                   keywords: dict[str, Any] | None = None, effect: bool = False) -> Traced:  # fmt: skip
        """The same for a result that has just been computed, whose `Traced` is returned."""
        array, traced = self.fresh(result)
        self.emit(kind, function, operands, array, keywords, effect)
        self._if_constant(array, (operands, keywords), effect)
        return traced

    def filled(self, array: Array, source: Any) -> Traced:
        """An array that was made as a copy of `source`, or full of it."""
        _, traced = self.fresh(array)
        self.emit("copy", None, (source,), array)
        self._if_constant(array, source, False)
        return traced

    def _if_constant(self, array: Array, of: Any, effect: bool) -> None:
        if not effect and all(id(owner(x)) in self.constants for x in arrays_in(of)):
            self.constants.add(id(owner(array)))


def _errors() -> dict[str, str]:
    """How NumPy treats each kind of floating-point error now."""
    return {key: str(how) for key, how in np.geterr().items()}
