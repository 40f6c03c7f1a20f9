"""In which module each operation ran: as it was watched, or guessed from the parameters that it uses.

The guess: an operation that takes a parameter belongs to the parameter's module.  Any other belongs to the
innermost module that encloses both its neighbours, the operation that computed its youngest operand and
the oldest one that uses its result: the ReLU between ``block.fc1`` and ``block.fc2`` is ``block``'s.
What a normalisation does before its weight is its own.  Where several branches meet, as in a residual sum,
it is the module that encloses the branches, if that is further in; or, where the sum is the last that one
of several equal blocks does, the block that the other branch led into.  What nothing with parameters comes
before or after, such as a loss, is outside of all modules.
"""

from __future__ import annotations

from collections.abc import Sequence

from ...nn import Parameter
from ..model import Scope
from ..watch import Call, note_of
from .parameter_names import Owners
from .reachable import Item

Path = tuple[str, ...]
Readers = dict[Item, set[tuple[Item, Path]]]
_PRELUDES = frozenset(["standardise"])


def _name(item: Item) -> str:
    return "" if item.thing.op is None else str(item.thing.op.name)


class Scopes:
    """The scopes of a graph, and for each item the scope in which it ran."""

    def __init__(self, items: Sequence[Item], owners: Owners, named: set[Item]) -> None:
        self.found: list[Scope] = []
        self.of: dict[Item, int] = {}
        self._calls: dict[Call, int] = {}
        self._paths: dict[Path, int] = {}
        self._counts: dict[tuple[int | None, str, str], int] = {}
        self.owners = owners
        notes = {item: note_of(item.thing) for item in items if item.is_op}
        if any(note is not None and note.seen for note in notes.values()):
            self._watched([(item, note.call) for item, note in notes.items() if note is not None])
        else:
            self._guessed(items)
        self._leaves(items, named)

    # ------------------------------------------------------------ watched

    def _watched(self, calls: Sequence[tuple[Item, Call | None]]) -> None:
        for item, call in calls:
            if call is not None:
                self.of[item] = self._from_call(call)

    def _from_call(self, call: Call) -> int:
        path = []
        here: Call | None = call
        while here is not None and here not in self._calls:
            path.append(here)
            here = here.parent
        parent = None if here is None else self._calls[here]
        for one in reversed(path):
            parent = self._calls[one] = self._add(one.path, one.kind, parent)
        return self._calls[call]

    def _add(self, path: str, kind: str, parent: int | None) -> int:
        key = (parent, path, kind)
        self._counts[key] = self._counts.get(key, 0) + 1
        self.found.append(Scope(len(self.found), path, kind, parent, self._counts[key]))
        return len(self.found) - 1

    # ------------------------------------------------------------ guessed

    def _guessed(self, items: Sequence[Item]) -> None:
        direct = {item: path for item in items if (path := self._direct(item)) is not None}
        if not direct:
            return
        behind, ahead = _behind(items, direct), _ahead(items, direct)
        readers = _readers(items, direct, ahead)
        for item in items:
            if not item.is_op:
                continue
            path = direct.get(item)
            if path is None:
                path = _between(item, behind, ahead) if _name(item) not in _PRELUDES else ahead.get(item)
                if path is not None and len(item.operands) > 1:
                    path = self._joined(item, path, behind.get(item, path), readers)
            if path is not None:
                self._put(item, path)

    def _joined(self, item: Item, around: Path, behind: Path, readers: Readers) -> Path:
        """Of the blocks between `around` and `behind` the outermost that all other operands led into."""
        *others, _ = sorted({link.source for link in item.operands}, key=lambda source: source.id)
        uses = [[path for reader, path in readers[other] if reader is not item] for other in others]
        for n in range(len(around) + 1, len(behind)):
            within = behind[:n]
            led = [any(path[:n] == within for path in paths) for paths in uses]
            if led and all(led) and self.owners.in_a_row(".".join(within)):
                return within
        return around

    def _direct(self, item: Item) -> Path | None:
        """The module whose parameters an operation takes; of several, the one around them."""
        paths = [self.owners.paths.get(id(link.source.thing)) for link in item.operands]
        modules = [tuple(path.split(".")[:-1]) for path in paths if path is not None]
        return _common(modules) if modules else None

    def _put(self, item: Item, path: Path) -> None:
        while path and not self.owners.runs(".".join(path)):
            path = path[:-1]
        if path or self.owners.runs(""):
            self.of[item] = self._from_path(path)

    def _from_path(self, path: Path) -> int:
        if path not in self._paths:
            parents = [path[:n] for n in range(len(path) - 1, -1, -1)]
            parent = next((p for p in parents if self.owners.runs(".".join(p))), None)
            within = None if parent is None or not path else self._from_path(parent)
            name = ".".join(path)
            self._paths[path] = self._add(name, self.owners.kind(name), within)
        return self._paths[path]

    # ------------------------------------------------------------ leaves

    def _leaves(self, items: Sequence[Item], named: set[Item]) -> None:
        """A module's own tensor goes where it is first used, a constant without a name where all uses are."""
        users: dict[Item, list[int | None]] = {}
        for item in items:
            for link in item.operands:
                if not link.source.is_op:
                    users.setdefault(link.source, []).append(self.of.get(item))
        for leaf, scopes in users.items():
            owned = id(leaf.thing) in self.owners.paths
            inner = isinstance(leaf.thing, Parameter) or not getattr(leaf.thing, "requires_grad", False)
            if scopes[0] is not None and (owned or (inner and leaf not in named and len(set(scopes)) == 1)):
                self.of[leaf] = scopes[0]


def _common(paths: Sequence[Path]) -> Path:
    found = paths[0]
    for path in paths[1:]:
        same = [a == b for a, b in zip(found, path)]  # noqa: B905 - the shorter one decides
        found = found[: ([*same, False]).index(False)]
    return found


def _behind(items: Sequence[Item], direct: dict[Item, Path]) -> dict[Item, Path]:
    """For each operation the module at or behind it, by way of its youngest operand."""
    found: dict[Item, Path] = {}
    for item in items:
        sources = [link.source for link in item.operands if link.source in found]
        if item in direct:
            found[item] = direct[item]
        elif sources:
            found[item] = found[max(sources, key=lambda source: source.id)]
    return found


def _ahead(items: Sequence[Item], direct: dict[Item, Path]) -> dict[Item, Path]:
    """For each operation the module at or ahead of it, by way of the oldest use of its result."""
    found: dict[Item, Path] = {}
    for item in reversed(items):
        if item in direct:
            found[item] = direct[item]
        if item in found:
            for link in item.operands:  # from young to old, so that the oldest use comes last
                found[link.source] = found[item]
    return found


def _readers(items: Sequence[Item], direct: dict[Item, Path], ahead: dict[Item, Path]) -> Readers:
    """For each item the operations that use it, with the modules at or ahead of them."""
    found: Readers = {item: set() for item in items}
    for item in items:
        path = direct.get(item, ahead.get(item))
        if path is not None:
            for link in item.operands:
                found[link.source].add((item, path))
    return found


def _between(item: Item, behind: dict[Item, Path], ahead: dict[Item, Path]) -> Path | None:
    if item not in behind or item not in ahead:
        return None
    found = _common([behind[item], ahead[item]])
    branches = {behind[link.source] for link in item.operands if link.source in behind}
    around = _common(sorted(branches))
    return around if len(branches) > 1 and len(around) > len(found) else found
