"""Which programs C can call as a whole, from their tests to their result: see `c.c_entry`.

Those of a plain training or inference step: one short run, one result, no number that Python has to compute.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from .arena import is_whole
from .capture import watching
from .program import MISSED, Array, Unavailable
from .replay import Replay
from .results import CompiledBackward0

__all__ = ["entrance", "missed"]

MOST = 1024
"""Gradients that a call in C may set."""


def missed(*_: Any) -> Any:
    """What is called where no program can be called in C."""
    return MISSED


def entrance(replays: Sequence[Replay], turn: list[bool]) -> Callable[..., Any]:
    """A function of the arguments that calls the first program that fits, or returns `MISSED`.

    `turn` holds True while somebody is in the middle of another call.
    """
    if not any(_is_simple(replay) for replay in replays):
        return missed
    from .c.c_entry import chained

    try:
        return chained([_entry(replay, turn) for replay in replays if _is_simple(replay)])
    except Unavailable:
        return missed


def _is_simple(replay: Replay) -> bool:
    run, results, check = _run(replay), replay.outcome.results, replay.run.__globals__.get("check")
    return (
        run is not None
        and check is not None
        and not check.rest
        and replay.half is None
        and (replay.outcome.shape, len(results), results[0][0]) == (None, 1, "array")
        and (results[0][2] or is_whole(results[0][1]))
        and all(tick.stateless for tick in replay.ticks)
        and all(type(test.key) is str for test in replay.tests if test.how == "item")
        and all(_is_dense(leaf.array) for leaf in replay.arguments.leaves if isinstance(leaf, Tensor))
        and len(replay.outcome.grads) <= MOST
        and "usual" in replay.extra[1]
    )


def _run(replay: Replay) -> Any:
    """The run of C that is all of the program, if it is a short one."""
    first, *others = [*replay.parts[1], *replay.parts[0], None]
    single = replay.backend == "c" and len(others) == 1
    return first if single and getattr(first, "short", False) else None


def _is_dense(array: Array) -> bool:
    """Whether its elements are all that lies between the first byte and the last."""
    low, high = np.lib.array_utils.byte_bounds(array)
    return high - low == array.nbytes and all(step > 0 for step in array.strides)


def _entry(replay: Replay, turn: list[bool]) -> Any:
    from .c.c_entry import Entry

    scope, (_, array, scalar, history) = replay.run.__globals__, replay.outcome.results[0]
    unsure = replay.held.unsure if replay.held.owned else [False]
    if not replay.held.owned:
        scope["check"].note()
    entry = Entry(
        _run(replay), scope["check"], replay.label, turn=turn, unsure=unsure, mode=replay.mode,
        usual=replay.extra[1]["usual"], node=CompiledBackward0,
        **({"result": array, "index": ()} if scalar else {"result": array.copy}),
    )  # fmt: skip
    entry.table.history = bool(history)
    leaves, targets = replay.arguments.leaves, replay.program.arguments
    entry.arguments(leaves, [to if to is not None and replay.reads(to) else None for to in targets])
    rates = [(tick.group, "lr", scope[f"last{k}"]) for k, tick in enumerate(replay.ticks)]
    entry.lookups([*rates, (vars(watching), "_depth", [0])])
    entry.writes(replay.written())
    entry.kept.append(replay.run)  # which holds the gradients
    entry.grads(replay.gradients())
    replay.entry = entry
    return entry
