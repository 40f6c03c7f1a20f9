"""Batching rules of the recurrent layers: many examples of a batch of sequences are a larger batch.

Their way back has none: each example has gradients of the weights of its own, so it goes one by one.
"""

from __future__ import annotations

from functools import partial
from typing import Any

from ...ops.recurrent.gru import gru_unrolled
from ...ops.recurrent.lstm import lstm_unrolled
from ...ops.recurrent.rnn import elman_unrolled
from ...ops.views.permute import movedim
from ...ops.views.reshape import _reshape
from ..batched_tensor import Call
from ..vmap import vmap
from .registry import rule

_COMPOSITE: Any = {"lstm": lstm_unrolled, "gru": gru_unrolled, "elman": elman_unrolled}
_STATES = {"lstm": (3, 4), "gru": (3,), "elman": (3,)}


@rule("lstm", "gru", "elman")
def _sequences(call: Call) -> Any:
    """Every row becomes as many as there are examples; several networks run in ordinary ops."""
    own = (0, *_STATES[call.op.name])
    if any(mine for i, mine in enumerate(call.mapped) if i not in own):
        return _networks(call)
    xs = [_rows(call.whole(i)) if i in own else x for i, x in enumerate(call.values)]
    out = call.run(*xs, sizes=tuple(n * call.size for n in call.params["sizes"]))
    opened = [_examples(x, call.size) for x in (out if isinstance(out, tuple) else (out,))]
    return tuple(opened) if isinstance(out, tuple) else opened[0]


def _networks(call: Call) -> Any:
    params = {name: value for name, value in call.params.items() if name != "wanted"}
    composite = partial(_COMPOSITE[call.op.name], **params)
    out = vmap(composite, tuple(0 if mine else None for mine in call.mapped))(*call.values)
    return out if len(out) > 1 else out[0]


def _rows(x: Any) -> Any:
    """(examples, N, ...) as (N * examples, ...), so that the longest sequences stay first."""
    return _reshape(movedim(x, 0, 1), (x.shape[0] * x.shape[1], x.shape[2]))


def _examples(x: Any, size: int) -> Any:
    return movedim(_reshape(x, (x.shape[0] // size, size, x.shape[1])), 1, 0)
