"""The checked mode: before a collective runs, all ranks say which one they are about to run.

In the mode ``DETAIL`` every collective costs one more exchange, of 256 bytes, and one that ranks disagree
on, in kind, order, shape or dtype, raises on all of them instead of hanging or mixing numbers up.  So does
a rank that has come to its end while others go on.  Messages from one rank to another are not compared.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any

import numpy as np

from ..errors import describe
from .process_group import ProcessGroup, default_pg_timeout
from .work import Work

if TYPE_CHECKING:
    from ..engine.tensor import Tensor

__all__ = ["DebugLevel", "get_debug_level", "set_debug_level", "set_debug_level_from_env"]

_WIDTH = 256
ENDED = "none: it has destroyed the process group, or has come to its end"


class DebugLevel(Enum):
    """How much is checked: ``DETAIL`` compares all collectives between ranks."""

    OFF = 0
    INFO = 1
    DETAIL = 2


_level = DebugLevel.OFF


def get_debug_level() -> DebugLevel:
    """The level in force.

    >>> mt.distributed.get_debug_level()
    <DebugLevel.OFF: 0>
    """
    return _level


def set_debug_level(level: DebugLevel) -> None:
    """Set the level, on all ranks alike.

    >>> mt.distributed.set_debug_level(mt.distributed.DebugLevel.DETAIL)
    >>> mt.distributed.set_debug_level(mt.distributed.DebugLevel.OFF)
    """
    global _level
    _level = level


def set_debug_level_from_env() -> None:
    """Set the level that the variable ``TORCH_DISTRIBUTED_DEBUG`` names: OFF, INFO or DETAIL."""
    name = os.environ.get("TORCH_DISTRIBUTED_DEBUG", "OFF").upper()
    if name not in DebugLevel.__members__:
        raise RuntimeError(f"TORCH_DISTRIBUTED_DEBUG must be OFF, INFO or DETAIL, and is {name!r}")
    set_debug_level(DebugLevel[name])


def compare(group: ProcessGroup, name: str, tensors: Sequence[Tensor], details: str = "") -> None:
    """In checked mode, raise ``RuntimeError`` unless all ranks of the group come here with the same."""
    if _level is DebugLevel.DETAIL:
        shapes = ", ".join(describe(tensor) for tensor in tensors)
        compare_texts(group, f"{name}({', '.join(filter(None, (shapes, details)))})")


def compare_texts(group: ProcessGroup, text: str) -> None:
    """Raise ``RuntimeError`` unless all ranks of the group come here with the same text."""
    group.sequence += 1
    mine = np.zeros(_WIDTH, np.uint8)
    letters = f"{text}, number {group.sequence} in this group".encode()[:_WIDTH]
    mine[: len(letters)] = np.frombuffer(letters, np.uint8)
    everybody = np.zeros((group.size(), _WIDTH), np.uint8)
    request = group.communicator.allgather(everybody.reshape(-1), mine, False)
    Work(text, request, [], lambda _: None).wait(group.timeout or default_pg_timeout)
    _judge(group, [row.tobytes().rstrip(b"\0").decode(errors="ignore") for row in everybody])


def _judge(group: ProcessGroup, texts: list[Any]) -> None:
    other = next((rank for rank, text in enumerate(texts) if text != texts[0]), None)
    if other is not None:
        raise RuntimeError(
            "Detected mismatch between collectives on ranks. "
            f"Rank {group.ranks[0]} is running collective: {texts[0]}, "
            f"but Rank {group.ranks[other]} is running collective: {texts[other]}."
        )
