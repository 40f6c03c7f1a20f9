"""Which parameters of a group share a `Pack`, and when that has to be thought over again.

Packs are made when parameters first have a gradient and are kept until something contradicts them:
another set of gradients, a parameter whose array was replaced, state that the user replaced. A
contradicted pack is split, and packs never merge, so that a training loop in which some parameters
take turns soon stops paying for it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from operator import is_
from typing import Any

from numpy.lib.array_utils import byte_bounds

from ...engine.tensor import Tensor
from .flat_pack import SLICE, SMALL, Array, Pack

Find = Callable[[Tensor], dict[str, Any]]


class Plan:
    """The packs of one group.

    Args:
        params: the parameters of the group, which may list one twice.
        find: gives the dictionary of a parameter's state, and makes it if need be.
        scalars, vectors: names and starting values of the state, as for `Pack`.
        before: the plan to take over what still holds from.
    """

    def __init__(
        self, params: Sequence[Tensor], find: Find, scalars: dict[str, float], vectors: dict[str, float],
        before: Plan | None = None,
    ) -> None:  # fmt: skip
        self._params, self._names = list(params), vectors.keys()
        self._scalars, self._vectors, self._find = scalars, vectors, find
        self._packs = [] if before is None else before._still(self)
        packed = {id(p) for pack in self._packs for p in pack.params}
        rest = list({id(p): p for p in params if id(p) not in packed}.values())
        self._idle = [p for p in rest if p.grad is None]
        self._packs += self._packed([p for p in rest if p.grad is not None])

    def _still(self, new: Plan) -> list[Pack]:
        if not self.suits(new._params, new._vectors):
            return []
        return [pack for pack in self._packs if pack.holds(new._find)]

    def suits(self, params: Sequence[Tensor], vectors: dict[str, float]) -> bool:
        """Whether the plan was made for these parameters, and for this state."""
        mine = self._params
        return len(mine) == len(params) and all(map(is_, mine, params)) and self._names == vectors.keys()

    def ready(self) -> list[tuple[Pack, list[Array]]] | None:
        """The packs that have gradients, with those; None if the plan has to be made anew."""
        for p in self._idle:
            if p.grad is not None:
                return None
        found = []
        for pack in self._packs:
            grads = pack.gradients()
            if grads is None:
                return None
            if grads:
                found.append((pack, grads))
        return found

    def _packed(self, params: list[Tensor]) -> list[Pack]:
        """Packs for parameters that have a gradient."""
        counts = Counter(map(id, self._params))
        tied = _overlapping(params)
        packs: list[Pack] = []
        buckets: dict[Any, list[Tensor]] = {}
        for p in params:
            if counts[id(p)] > 1 or id(p) in tied or p.numel() > SMALL:
                packs += [self._pack([p])] * counts[id(p)]
            else:
                buckets.setdefault(self._key(p), []).append(p)
        return packs + [self._pack(part) for b in buckets.values() for part in _portions(b)]

    def _pack(self, params: list[Tensor]) -> Pack:
        return Pack(params, [self._find(p) for p in params], self._scalars, self._vectors)

    def _key(self, p: Tensor) -> tuple[Any, ...]:
        """What parameters of one pack have in common: dtype, scalars, having started or not."""
        state = self._find(p)
        numbers = [_number(state.get(name), start) for name, start in self._scalars.items()]
        return p.dtype, *numbers, any(state.get(name) is not None for name in self._vectors)


def _number(held: Any, start: float) -> float:
    return start if held is None else float(held)


def _portions(params: list[Tensor]) -> Iterator[list[Tensor]]:
    """Cut a list into parts of at most `SLICE` elements."""
    part: list[Tensor] = []
    for p in params:
        if sum(q.numel() for q in part) + p.numel() > SLICE:
            yield part
            part = []
        part = [*part, p]
    yield part


def _overlapping(params: list[Tensor]) -> set[int]:
    """The ids of parameters whose memory another one has too: each must see the other's step."""
    bounds = sorted((*byte_bounds(p.array), id(p)) for p in params if p.numel())
    found, end, last = set(), 0, 0
    for low, high, key in bounds:
        if low < end:
            found |= {key, last}
        if high > end:
            end, last = high, key
    return found
