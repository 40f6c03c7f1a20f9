"""In which module each operation ran: as it was watched, or guessed from the parameters that it uses.

The guess: an operation that takes a parameter belongs to the parameter's module.  A module whose parameters
are used again has been called again (`calls`).  Any other operation belongs to the innermost call that
encloses both its neighbours, the operation that computed its youngest operand and the oldest one that uses
its result: the ReLU between ``block.fc1`` and ``block.fc2`` is ``block``'s, and the one between two calls of
one layer is neither's.  What a normalisation does before its weight is its own, and so is what a recurrent
cell does after its last weight.  Where several branches meet, as in a residual sum, it is the module that
encloses the branches, if that is further in; or, where the sum is the last that one of several equal blocks
does, the block that the other branch led into.  What nothing with parameters comes before or after, such as
a loss, is outside of all modules, and so is what a backward pass has recorded.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from ...nn import Parameter
from ..model import Scope
from ..notes import Call, note_of
from .blocks import rounded
from .calls import Path, numbered, trail_of
from .parameter_names import Owners
from .reachable import Item

_LONGEST = 20
"""No cell does more after the last of its parameters."""
_GUESSED = "which call an operation belongs to is guessed: computed inside `with viz.watch():`, it is known"
Readers = dict[Item, set[tuple[Item, Path]]]
_PRELUDES = frozenset(["normalize_axes"])


def _dotted(path: Path) -> str:
    """The module's path without the numbers of its calls."""
    return ".".join(name for name, _ in path[1:])


def _name(item: Item) -> str:
    return "" if item.thing.op is None else str(item.thing.op.name)


class Scopes:
    """The scopes of a graph, and for each item the scope in which it ran."""

    def __init__(
        self, items: Sequence[Item], owners: Owners, named: set[Item], orders: Mapping[Item, int]
    ) -> None:
        self.found: list[Scope] = []
        self.of: dict[Item, int] = {}
        self._calls: dict[Call, int] = {}
        self._paths: dict[Path, int] = {}
        self._counts: dict[tuple[int | None, object], int] = {}
        self.owners = owners
        self.notes: tuple[str, ...] = ()
        notes = {item: note_of(item.thing) for item in items if item.is_op}
        if any(note is not None and note.seen for note in notes.values()):
            self._watched([(item, note.call) for item, note in notes.items() if note is not None])
        else:
            self._guessed([item for item in items if item not in orders])
            self.notes = (_GUESSED,) if any(scope.call > 1 for scope in self.found) else ()
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
            parent = self._calls[one] = self._add(self._path_of(one), one.kind, parent, one.serial)
        return self._calls[call]

    def _path_of(self, call: Call) -> str:
        """The path of a module; one that was not called by its parent is told from others of its class."""
        module = call.module()
        return call.path if module is None else self.owners.path_of(module, call.path)

    def _add(self, path: str, kind: str, parent: int | None, which: object, guessed: bool = False) -> int:
        key = (parent, which)
        self._counts[key] = self._counts.get(key, 0) + 1
        self.found.append(Scope(len(self.found), path, kind, parent, self._counts[key], guessed=guessed))
        return len(self.found) - 1

    # ------------------------------------------------------------ guessed

    def _guessed(self, items: Sequence[Item]) -> None:
        used = {item: paths for item in items if (paths := self._parameters(item))}
        direct = numbered(used)
        if not direct:
            return
        direct |= self._trails(items, direct)
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
        rounded(self, [item for item in items if item.is_op], direct)

    def _trails(self, items: Sequence[Item], direct: dict[Item, Path]) -> dict[Item, Path]:
        """What recurrent cells do after the last of their parameters."""
        ops = [item for item in items if item.is_op]
        found: dict[Item, Path] = {}
        for place, item in enumerate(ops):
            path = direct.get(item)
            last = path is not None and (place + 1 == len(ops) or direct.get(ops[place + 1]) != path)
            if path is not None and last and self.owners.knows(_dotted(path)):
                after = ops[place + 1 : place + _LONGEST]
                names = [str(one.thing.name()).split("Backward")[0] for one in after]
                count = trail_of(self.owners.kind(_dotted(path)), names)
                found.update(dict.fromkeys(after[:count], path))
        return found

    def _joined(self, item: Item, around: Path, behind: Path, readers: Readers) -> Path:
        """Of the blocks between `around` and `behind` the outermost that all other operands led into."""
        *others, _ = sorted({link.source for link in item.operands}, key=lambda source: source.id)
        uses = [[path for reader, path in readers.get(x, ()) if reader is not item] for x in others]
        for n in range(len(around) + 1, len(behind)):
            within = behind[:n]
            led = [any(path[:n] == within for path in paths) for paths in uses]
            if led and all(led) and self.owners.in_a_row(_dotted(within)):
                return within
        return around

    def _parameters(self, item: Item) -> list[tuple[str, ...]]:
        """The paths of the parameters that an operation takes."""
        if not item.is_op:
            return []
        paths = [self.owners.paths.get(id(link.source.thing)) for link in item.operands]
        return [tuple(path.split(".")) for path in paths if path is not None]

    def _put(self, item: Item, path: Path) -> None:
        while path and not self.owners.runs(_dotted(path)):
            path = path[:-1]
        if path:
            self.of[item] = self._from_path(path)

    def _from_path(self, path: Path) -> int:
        if path not in self._paths:
            parents = [path[:n] for n in range(len(path) - 1, 0, -1)]
            parent = next((p for p in parents if self.owners.runs(_dotted(p))), None)
            within = None if parent is None else self._from_path(parent)
            name = _dotted(path)
            self._paths[path] = self._add(name, self.owners.kind(name), within, name, guessed=True)
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
