"""Results that nobody kept, computed again from their operands: so a small graph shows all its values.

A formula keeps what it mentions, and ``sum`` mentions nothing of its operand: most results are gone.  But
every op is a function of arrays and parameters, so where those are known and small, it is called once more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ...engine import versions
from .infer_shapes import Evidence, several
from .reachable import Item, Link

_SMALL = 4096
"""No result of operands with more elements in all is computed again."""


def values_of(items: Sequence[Item], evidence: Evidence) -> dict[Item, Any]:
    """The arrays (or numbers) that items stand for: kept somewhere in the graph, or computed again.

    Nothing that was overwritten since is taken for what it was when an operation read it.
    """
    found: dict[Item, Any] = {}
    for item in items:
        value = evidence.value(item) if item.is_op else item.array
        if value is None:
            value = _again(item, found, _params(item, evidence))
        if value is not None:
            found[item] = value
    return found


def _params(item: Item, evidence: Evidence) -> dict[str, Any]:
    """What is known of the parameters; of a shape to be taken on, it is that of the result."""
    known = dict(item.held)
    if item in evidence.shapes:
        known.setdefault("shape", evidence.shapes[item])
    return known


def _again(item: Item, found: Mapping[Item, Any], known: Mapping[str, Any]) -> Any:
    op = item.thing.op
    if op is None or op.variadic or several(item) or any(name not in known for name in op.params):
        return None
    operands = [_operand(link, item, found) for link in item.operands]
    if len(operands) != len(op.arrays) or any(x is None for x in operands):
        return None
    if sum(int(np.size(x)) for x in operands) > _SMALL:
        return None
    with np.errstate(all="ignore"):
        return op.call(*operands, **{name: known[name] for name in op.params})


def _operand(link: Link, user: Item, found: Mapping[Item, Any]) -> Any:
    """What an operation read; None if that is not known, or was overwritten later."""
    value = None if several(link.source) else found.get(link.source)
    return None if versions.written_since(value, user.thing.number) else value
