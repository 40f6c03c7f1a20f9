"""Batching rules of the ops of the seldom used families: see `rules`."""

from __future__ import annotations

from typing import Any

from ...ops.indexing.getitem import index
from ...ops.joining.as_strided import _sources
from ...ops.views.reshape import _reshape
from ..batched_tensor import Call
from .reductions import _shifted
from .registry import rule


@rule("scatter_extreme")
def _scatter_extreme(call: Call) -> Any:
    xs = [call.whole(i) for i in range(3)]
    return call.run(*xs, dim=_shifted(call.params["dim"], call.ndims[0]))


@rule("as_strided")
def _as_strided(call: Call) -> Any:
    """The elements by their numbers: an example has no memory of its own to look into."""
    own, wanted = call.params["own"], call.params["wanted"]
    found = _sources(own, wanted)
    if (found < 0).any():
        raise RuntimeError("as_strided: inside vmap it sees the elements of its operand, and no other memory")
    return index(_reshape(call.values[0], (call.size, -1)), (slice(None), found))


@rule("cross")
def _cross(call: Call) -> Any:
    dim = _shifted(call.params["dim"], call.ndims[0])
    return call.run(call.whole(0), call.whole(1), dim=dim)
