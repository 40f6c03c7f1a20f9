"""Blocks whose scopes were guessed, made whole: what lies between two operations of a block is its own.

The guess goes by the neighbours of each operation, and misses the ReLU before a residual sum, and what the
last of several equal blocks does at its end, which no module comes after.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container, Iterable, Sequence
from typing import TYPE_CHECKING

from .reachable import Item

if TYPE_CHECKING:
    from .module_scopes import Scopes


Run = tuple[str, ...]
"""What a block does, as PyTorch calls the nodes."""


def rounded(scopes: Scopes, ops: Sequence[Item], sure: Container[Item]) -> None:
    """Put operations into the blocks that they belong to; `ops` are all of them, in order.

    sure : those whose parameters say where they are.
    """
    _fill(scopes, ops, sure)
    _complete(scopes, ops)
    _fill(scopes, ops, sure)


def _around(scopes: Scopes, scope: int | None) -> list[int]:
    """A scope and those around it, the innermost first."""
    found = []
    while scope is not None:
        found.append(scope)
        scope = scopes.found[scope].parent
    return found


def _fill(scopes: Scopes, ops: Sequence[Item], sure: Container[Item]) -> None:
    """An operation whose operands and uses are all in a block is in the block."""
    users: dict[Item, list[Item]] = {}
    for item in ops:
        for link in item.operands:
            users.setdefault(link.source, []).append(item)
    for item in ops:
        before, after = [link.source for link in item.operands if link.source.is_op], users.get(item, [])
        chains = [_around(scopes, scopes.of.get(one)) for one in [*before, *after]]
        if item in sure or not before or not after or not all(chains):
            continue
        common = next((scope for scope in chains[0] if all(scope in chain for chain in chains)), None)
        here = _around(scopes, scopes.of.get(item))
        if common is not None and common not in here:
            scopes.of[item] = common


def _complete(scopes: Scopes, ops: Sequence[Item]) -> None:
    """Give each of several equal blocks the last operations that most of them have, where they follow."""
    done: dict[int, list[int]] = {}
    for place, item in enumerate(ops):
        for scope in _around(scopes, scopes.of.get(item)):
            done.setdefault(scope, []).append(place)
    families: dict[tuple[int | None, str], list[int]] = {}
    for one in scopes.found:
        if scopes.owners.in_a_row(one.path) and one.id in done:
            families.setdefault((one.parent, one.kind), []).append(one.id)
    for blocks in families.values():
        runs = {block: tuple(_name(ops[place]) for place in done[block]) for block in blocks}
        for usual in _candidates(runs.values()):
            found = {b: _lacking(scopes, b, ops[done[b][-1] + 1 :], runs[b], usual) for b in blocks}
            lacking = {item: b for b, rest in found.items() for item in rest or ()}
            if None not in found.values() or Counter(runs.values())[usual] > 1:
                scopes.of.update(lacking)
                break


def _candidates(runs: Iterable[Run]) -> list[Run]:
    """What equal blocks may do: the longest that one of them does, then what most do."""
    counted = Counter(runs)
    most = [run for run, times in counted.most_common(1) if times > 1]
    return [max(counted, key=len), *most] if len(counted) > 1 else []


def _lacking(scopes: Scopes, block: int, after: Sequence[Item], own: Run, usual: Run) -> list[Item] | None:
    """What a block lacks of the usual operations, if just that comes next and is in no other module."""
    missing = usual[len(own) :]
    rest = list(after[: len(missing)])
    around = _around(scopes, block)
    free = all(scopes.of.get(item) is None or scopes.of[item] in around for item in rest)
    same = usual[: len(own)] == own and tuple(map(_name, rest)) == missing
    return rest if free and same else None


def _name(item: Item) -> str:
    return str(item.thing.name())
