"""Names for free: which living module a parameter belongs to, found when somebody draws.

Parameters do not know their names, and a program that never draws must not pay for that.  So the modules
are looked up among all living objects at the moment of drawing, some tens of milliseconds.
"""

from __future__ import annotations

import gc
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any

from ...nn import Module


class Owners:
    """Paths of parameters and buffers, and the modules at those paths."""

    def __init__(self, tensors: Iterable[Any]) -> None:
        self.paths: dict[int, str] = {}
        self.modules: dict[str, Module] = {}
        wanted = {id(tensor): place for place, tensor in enumerate(tensors)}
        chosen = _cover(_roots() if wanted else [], wanted)
        for prefix, root, members in zip(_prefixes([r for r, _ in chosen]), *_columns(chosen), strict=True):
            for key, path in members.items():
                self.paths.setdefault(key, prefix + path)
            for path, module in root.named_modules():
                self.modules.setdefault((prefix + path).rstrip("."), module)

    def path_of(self, module: Module, path: str) -> str:
        """The path of a module; the given one if that is not known."""
        found = self._paths.get(id(module), path)
        return found if found == path or found.endswith(f".{path}") or not path else path

    @cached_property
    def _paths(self) -> dict[int, str]:
        found: dict[int, str] = {}
        for path, module in self.modules.items():
            found.setdefault(id(module), path)
        return found

    def knows(self, path: str) -> bool:
        """Whether there is a module at this path."""
        return path in self.modules

    def kind(self, path: str) -> str:
        """The class of the module at a path."""
        return type(self.modules[path]).__name__

    def runs(self, path: str) -> bool:
        """Whether there is a module at this path that can be called, and no mere list of modules."""
        module = self.modules.get(path)
        return module is not None and type(module).forward is not Module.forward

    def in_a_row(self, path: str) -> bool:
        """Whether the module at this path is one of several of its class, as blocks of a network are."""
        return self.runs(path) and self._families[path.rpartition(".")[0], type(self.modules[path])] > 1

    @cached_property
    def _families(self) -> Counter[tuple[str, type]]:
        """How many modules of each class stand beside each other, by the path that they have in common."""
        return Counter(
            (path.rpartition(".")[0], type(module)) for path, module in self.modules.items() if path
        )


def _columns(chosen: Sequence[tuple[Module, dict[int, str]]]) -> tuple[list[Module], list[dict[int, str]]]:
    return [root for root, _ in chosen], [members for _, members in chosen]


def _roots() -> list[Module]:
    """Living modules that are no other's children."""
    living = [thing for thing in gc.get_objects() if issubclass(type(thing), Module)]
    families = [(module, _children(module)) for module in living]
    children = {id(child) for _, family in families for child in family or ()}
    return [module for module, family in families if family is not None and id(module) not in children]


def _children(module: Module) -> list[Module] | None:
    """Its children; None for a module that is still being made, or whose making failed."""
    try:
        return list(module.children())
    except AttributeError:
        return None


def _members(root: Module) -> dict[int, str]:
    """The path of each parameter and buffer, by the tensor's id."""
    named = [*root.named_buffers(), *root.named_parameters()]
    return {id(tensor): path for path, tensor in named if tensor is not None}


def _cover(roots: Sequence[Module], wanted: Mapping[int, int]) -> list[tuple[Module, dict[int, str]]]:
    """The modules that between them own all wanted tensors, chosen by how many, and in order of first use."""
    found = [(root, _members(root)) for root in roots]
    owned = {id(root): sorted(wanted[key] for key in wanted.keys() & members) for root, members in found}
    found = [(root, members) for root, members in found if owned[id(root)]]
    found.sort(key=lambda pair: type(pair[0]).__name__)
    found.sort(key=lambda pair: (-len(owned[id(pair[0])]), len(pair[1]), owned[id(pair[0])]))
    chosen, left = [], set(wanted)
    for root, members in found:
        if left & members.keys():
            chosen.append((root, members))
            left -= members.keys()
    return sorted(chosen, key=lambda pair: owned[id(pair[0])])


def _prefixes(roots: Sequence[Module]) -> list[str]:
    """Nothing for a single root; for several their classes, numbered where they are the same."""
    if len(roots) < 2:
        return [""] * len(roots)
    kinds = [type(root).__name__ for root in roots]
    numbers = [kinds[: i + 1].count(kind) for i, kind in enumerate(kinds)]
    return [f"{kind}{n if kinds.count(kind) > 1 else ''}." for kind, n in zip(kinds, numbers, strict=True)]
