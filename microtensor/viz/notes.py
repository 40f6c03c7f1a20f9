"""What a watch writes down of each operation, and where: beside the node, with which it lives and dies."""

from __future__ import annotations

import weakref
from dataclasses import dataclass, field
from typing import Any

from ..nn import Module
from .model import Summary

_KEY = "microtensor.viz"


@dataclass(frozen=True, eq=False)
class Call:
    """One call of a module: its path in the module that was called first, its class, who called it."""

    path: str
    kind: str
    parent: Call | None
    paths: dict[int, str]
    module: weakref.ref[Module]
    serial: int
    """Which module it is, also when it is gone."""


@dataclass(frozen=True, eq=False)
class Constant:
    """An operand that gets no gradient: its array, its name, and what it was detached from."""

    array: Any
    name: str | None = None
    origin: Origin | None = None


class Origin:
    """The node that a tensor was detached from, for as long as a watch remembers it."""

    def __init__(self, node: Any) -> None:
        self.node = node


@dataclass
class Note:
    """What was seen of one operation."""

    seen: bool = False
    """Whether it was watched when it ran; else only its gradients were recorded later."""
    call: Call | None = None
    line: str = ""
    shapes: tuple[tuple[tuple[int, ...], Any], ...] = ()
    operands: tuple[float | Constant | None, ...] = ()
    """Numbers and constants among the operands, None for those that get a gradient."""
    params: dict[str, str] = field(default_factory=dict)
    value: Summary | None = None
    grad: Summary | None = None
    sent: tuple[Summary | None, ...] = ()
    """What a backward pass sent on along each edge."""
    forward_ms: float | None = None
    backward_ms: float | None = None


def note_of(node: Any) -> Note | None:
    """What was seen of `node`; None if nobody watched."""
    return node.metadata.get(_KEY) if node.extras else None


def note_at(node: Any) -> Note:
    """What was seen of `node`, to be written down."""
    return node.metadata.setdefault(_KEY, Note())  # type: ignore[no-any-return]
