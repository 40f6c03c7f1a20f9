"""Rules of joining, and of reading and writing by index."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.views.permute import movedim
from ...ops.views.reshape import _reshape, positive
from ..batched_tensor import Call
from .reductions import _shifted
from .registry import rule


@rule("cat")
def _cat(call: Call) -> Any:
    xs = [call.whole(i) for i in range(len(call.values))]
    return call.run(*xs, dim=_shifted(call.params["dim"], call.ndims[0]))


@rule("stack")
def _stack(call: Call) -> Any:
    xs = [call.whole(i) for i in range(len(call.values))]
    return call.run(*xs, dim=positive(call.params["dim"], call.ndims[0] + 1) + 1)


def _batch_last(x: Any) -> Any:
    """With the batch at the end, a key means in a batch what it means in an example."""
    return movedim(x, 0, -1)


def _spelled_out(key: tuple[Any, ...], ndim: int) -> tuple[Any, ...]:
    """The key with its Ellipsis as so many slices that it reads an example's dimensions alone."""
    spans = [
        k.ndim if getattr(k, "dtype", None) == np.bool_ else int(k is not None)
        for k in key
        if k is not Ellipsis
    ]
    gap = (slice(None),) * (ndim - int(np.sum(spans)))
    places = [i for i, k in enumerate(key) if k is Ellipsis]
    return (*key[: places[0]], *gap, *key[places[0] + 1 :]) if places else key


@rule("index")
def _index(call: Call) -> Any:
    key = _spelled_out(call.params["key"], call.ndims[0])
    return movedim(call.run(_batch_last(call.values[0]), key=key), -1, 0)


@rule("put")
def _put(call: Call) -> Any:
    shape = tuple(call.params["shape"])
    key = _spelled_out(call.params["key"], len(shape))
    return movedim(call.run(_batch_last(call.values[0]), shape=(*shape, call.size), key=key), -1, 0)


@rule("index_put")
def _index_put(call: Call) -> Any:
    key = _spelled_out(call.params["key"], call.ndims[0])
    return movedim(call.run(_batch_last(call.whole(0)), _batch_last(call.whole(1)), key=key), -1, 0)


@rule("gather", "scatter")
def _gather(call: Call) -> Any:
    if len({n or 1 for n in call.ndims}) > 1:
        raise RuntimeError(f"{call.op.name}: the operands have different numbers of dimensions")
    xs = [call.whole(i) if n else _reshape(call.whole(i), (call.size, 1)) for i, n in enumerate(call.ndims)]
    out = call.run(*xs, dim=_shifted(call.params["dim"], call.ndims[0]))
    return out if any(call.ndims) else _reshape(out, (call.size,))


@rule("scatter_add_into")
def _scatter_add(call: Call) -> Any:
    shape = tuple(call.params["shape"])
    xs = [call.whole(i) if shape else _reshape(call.whole(i), (call.size, 1)) for i in (0, 1)]
    dim = _shifted(call.params["dim"], len(shape))
    out = call.run(*xs, shape=(call.size, *(shape or (1,))), dim=dim)
    return out if shape else _reshape(out, (call.size,))


@rule("embedding")
def _embedding(call: Call) -> Any:
    """A table with the rows of all examples side by side."""
    (table,), rows = call.values, call.params["rows"]
    count, width = tuple(table.shape[1:])
    wide = _reshape(movedim(table, 0, 1), (count, call.size * width))
    return movedim(_reshape(call.run(wide), (*rows.shape, call.size, width)), -2, 0)
