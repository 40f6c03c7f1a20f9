"""An optimizer's step under observation: its arithmetic is captured, its numbers become expressions.

What Python does around the arithmetic (finding the pack, counting the step, computing the numbers) is
done anew before each replay, by the same functions.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ...optim.common.param_groups import Group
from ...optim.updates.elementwise import Elementwise, _decayed
from ...optim.updates.flat_pack import Pack
from ..program import Array
from .numbers import Proxy
from .traced import active, plain

__all__ = ["Tick", "traced_advance", "traced_ready"]


@dataclass(eq=False)
class Tick:
    """One pack's step: what computes its numbers anew, and under which names they are known."""

    optimizer: Elementwise
    index: int
    group: Group
    pack: Pack
    numbers: tuple[float | None, ...]
    lr: float

    def present(self) -> tuple[bool, ...]:
        """Which of the numbers this step has."""
        return tuple(number is not None for number in self.numbers)

    def holds(self) -> bool:
        """Whether the optimizer would step this pack again, also where somebody has looked at its state."""
        plan = self.optimizer._plans[self.index] if self.index < len(self.optimizer._plans) else None
        if plan is None or not any(pack is self.pack for pack in plan._packs):
            return False
        return plan.suits(self.group["params"], plan._vectors) and self.pack.holds(plan._find)

    @property
    def stateless(self) -> bool:
        """Whether the numbers depend on the group alone, from the second step on."""
        return not self.pack.scalars and self.pack.steps >= 2


_advance, _ready = Elementwise._advance, Elementwise._ready


def traced_ready(self: Elementwise, index: int, group: Group) -> Any:
    """Find the packs, unobserved."""
    capture = active()
    if capture is None:
        return _ready(self, index, group)
    with capture.aside():
        return _ready(self, index, group)


def traced_advance(self: Elementwise, pack: Pack, grads: list[Array], group: Group, lr: float) -> None:
    """`Elementwise._advance`, with the numbers as `Proxy` and the pack's own copies captured."""
    capture = active()
    if capture is None:
        return _advance(self, pack, grads, group, lr)
    with capture.aside():
        numbers = self.numbers(group, lr, pack.tick(), pack.scalars)
        update = self.rule(group)
    place = len(capture.ticks)
    index = next(k for k, known in enumerate(self.param_groups) if known is group)
    capture.ticks.append(Tick(self, index, group, pack, numbers, lr))
    named = [None if n is None else Proxy(n, f"n{place}_{k}") for k, n in enumerate(numbers)]
    rate: Any = Proxy(lr, f"lr{place}")
    for x, g, state in _parts(capture, pack, grads):
        if group["maximize"]:
            g = -g
        if group.get("weight_decay"):
            g = _decayed(x, g, group, rate)
        update(x, g, state, *named)
    _store(capture, pack)
    with capture.aside():
        capture.wrote(pack.arrays, self._label)
    return None


def _parts(capture: Any, pack: Pack, grads: list[Array]) -> Any:
    """`Pack.parts`, captured."""
    wrap = capture.wrap
    if pack._whole:
        for view, array in pack._x:
            wrap(view)[...] = wrap(array)
        for view, grad in zip(pack._g, grads, strict=True):
            wrap(view)[...] = wrap(plain(grad))
        return [(wrap(x), wrap(g), {n: wrap(v) for n, v in s.items()}) for x, g, s in pack._parts]
    g = wrap(plain(grads[0])).reshape(-1)
    return [(wrap(x), g[part], {n: wrap(v) for n, v in s.items()}) for part, x, s in pack._slices]


def _store(capture: Any, pack: Pack) -> None:
    if pack._whole:
        for view, array in pack._x:
            capture.wrap(array)[...] = capture.wrap(view)
