"""The numbers of an optimizer's step, computed anew before each replay, and taken back where none follows."""

from __future__ import annotations

from typing import Any

from .capture.optimizers import Tick
from .numpy_source import made_function
from .program import Miss

__all__ = ["Renewal", "or_undone", "renewal"]


class Renewal:
    """Computes one tick's numbers and stores them; `last` is the learning rate that they are for."""

    last: list[Any]

    def __init__(self, tick: Tick, store: Any) -> None:
        self.tick, self.store = tick, store
        self.present = tick.present()
        self.last = [object()]
        self._steps, self._scalars = tick.pack.steps, list[tuple[Any, Any]]()

    def __call__(self) -> None:
        """Count one more step, and store its numbers; `Miss` if the step has another form."""
        tick = self.tick
        pack, rate = tick.pack, tick.group["lr"]
        self._steps, self._scalars = pack.steps, [(v, v.copy()) for v in pack.scalars.values()]
        lr = float(rate)
        numbers = tick.optimizer.numbers(tick.group, lr, pack.tick(), pack.scalars)
        if tuple([n is not None for n in numbers]) != self.present:
            self.undo()
            raise Miss
        self.store(lr, *numbers)
        self.last[0] = rate

    def undo(self) -> None:
        """Take the last count back."""
        self.tick.pack.steps = self._steps
        for values, before in self._scalars:
            values[...] = before


def renewal(k: int, tick: Tick, numbers: list[Any]) -> Renewal:
    """What renews the numbers of the program's `k`-th tick."""
    names = {f"cell{j}": number.cell for j, number in enumerate(numbers)}
    args = [f"lr{k}", *(f"n{k}_{j}" for j in range(len(tick.numbers)))]
    lines = [f"    cell{j}[()] = {number.expression}" for j, number in enumerate(numbers)]
    text = "\n".join([f"def store({', '.join(args)}):", *lines, "    return None"])
    return Renewal(tick, made_function(text, names, "store"))


def or_undone(line: str, counted: list[str]) -> list[str]:
    """A line that renews, where a miss takes back what those before it have counted."""
    if not counted:
        return [line]
    undone = [f"    {name}.undo()" for name in counted]
    return ["try:", f"    {line}", "except Miss:", *undone, "    raise"]
