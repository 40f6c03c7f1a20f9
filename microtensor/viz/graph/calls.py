"""Which call of its module an operation belongs to, guessed from parameters that are used again."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TypeVar

Name = tuple[str, ...]
Path = tuple[tuple[str, int], ...]
"""From the root, whose name is empty, each module's name and which of its calls it is."""
T = TypeVar("T")


def numbered(used: Mapping[T, Sequence[Name]]) -> dict[T, Path]:
    """The call for each operation that takes parameters, given the paths of those in the order of operations.

    A module begins a new call with a parameter that it has used.  If that was the first of a call of the
    module around it too, and all that this one ever uses has had its turn, this one begins anew as well: a
    block that is called twice calls each of its layers once, where a shared layer is called twice by one.

    >>> fc1, fc2 = ("block", "fc1", "w"), ("block", "fc2", "w")
    >>> numbered({1: [fc1], 2: [fc2], 3: [fc1]})[3]
    (('', 1), ('block', 2), ('fc1', 2))
    >>> numbered({1: [fc1], 2: [fc1], 3: [fc2]})[2]
    (('', 1), ('block', 1), ('fc1', 2))
    """
    everything: dict[Name, set[Name]] = {}
    for names in used.values():
        for name in names:
            for n in range(len(name)):
                everything.setdefault(name[:n], set()).add(name)
    calls = _Calls(everything)
    return {item: calls.take(names) for item, names in used.items()}


class _Calls:
    """The calls that are going on."""

    def __init__(self, everything: Mapping[Name, set[Name]]) -> None:
        self.everything = everything
        self.number = dict.fromkeys(everything, 1)
        self.used: dict[Name, list[Name]] = {module: [] for module in everything}

    def take(self, names: Sequence[Name]) -> Path:
        """The call of an operation with these parameters: that of the module around all of them."""
        for name in names:
            self._begin(name)
            for n in range(len(name)):
                self.used[name[:n]].append(name)
        owner = names[0][:-1]
        while not all(name[: len(owner)] == owner for name in names):
            owner = owner[:-1]
        modules = [owner[:n] for n in range(len(owner) + 1)]
        return tuple((module[-1] if module else "", self.number[module]) for module in modules)

    def _begin(self, name: Name) -> None:
        """Begin new calls of the modules around a parameter that is used again."""
        for n in range(len(name) - 1, -1, -1):
            module = name[:n]
            if name not in self.used[module] or not self._anew(module, name):
                break
            self.number[module] += 1
            self.used[module] = []

    def _anew(self, module: Name, name: Name) -> bool:
        """Whether a call of the module may begin here."""
        seen, wanted = self.used[module], self.everything[module]
        if module == name[:-1]:
            return True
        larger = wanted > self.everything[name[: len(module) + 1]]
        return larger and seen[0] == name and set(seen) == wanted


_TRAILS = {
    "RNNCell": "Add Tanh|Relu",
    "GRUCell": "Split Split Add Sigmoid Add Sigmoid Mul Add Tanh Sub Mul Add",
    "LSTMCell": "Add Split Sigmoid Sigmoid Tanh Sigmoid Mul Mul Add Tanh Mul",
}
"""What recurrent cells do after the last of their parameters, in order, as PyTorch calls the nodes."""


def trail_of(kind: str, names: Sequence[str]) -> int:
    """How many of the operations that follow are a cell's own.

    >>> trail_of("RNNCell", ["Add", "Tanh", "Addmm"])
    2
    """
    count = 0
    for name, wanted in zip(names, _TRAILS.get(kind, "").split(), strict=False):
        if name not in wanted.split("|"):
            break
        count += 1
    return count
