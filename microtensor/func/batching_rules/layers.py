"""Batching rules of normalisation, attention and CTC: many calls as one with more channels or rows."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.views.permute import movedim
from ...ops.views.reshape import _reshape
from ..batched_tensor import Call
from .registry import rule


def _as_channels(call: Call, i: int) -> Any:
    """An operand whose channels (dimension 1 of an example) are those of all examples."""
    x = movedim(call.whole(i), 0, 1)
    return _reshape(x, (x.shape[0], x.shape[1] * x.shape[2], *x.shape[3:]))


@rule("channel_sums", "channel_dots")
def _channels(call: Call) -> Any:
    out = call.run(*[_as_channels(call, i) for i in range(len(call.values))])
    return _reshape(out, (call.size, -1))


@rule("batch_norm", "channel_affine")
def _batch_norm(call: Call) -> Any:
    x = _as_channels(call, 0)
    out = call.run(x, *[_reshape(call.whole(i), (-1,)) for i in (1, 2)])
    apart = _reshape(out, (out.shape[0], call.size, -1, *out.shape[2:]))
    return movedim(apart, 1, 0)


@rule("_ctc")
def _ctc(call: Call) -> Any:
    wide = {name: np.tile(call.params[name], (call.size, 1)) for name in ("jump", "lengths", "final")}
    return _reshape(call.run(_as_channels(call, 0), **wide), (call.size, -1))
