"""Rules of views: the same view, one dimension further on."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...ops.indexing.getitem import place
from ...ops.views.diagonals import _diagonal
from ...ops.views.permute import permute, transpose
from ...ops.views.reshape import _reshape, positive
from ...ops.views.squeeze import unsqueeze
from ..batched_tensor import Call
from .reductions import _shifted
from .registry import rule


@rule("reshape", "squeeze_dims")
def _reshaped(call: Call) -> Any:
    shape, x = tuple(call.params["shape"]), call.values[0]
    if -1 in shape:
        shape = tuple(np.empty(x.shape[1:], np.bool_).reshape(shape).shape)
    return _reshape(x, (call.size, *shape))


@rule("alias")
def _same(call: Call) -> Any:
    return call.whole(0)


@rule("transpose")
def _transpose(call: Call) -> Any:
    n = call.ndims[0]
    dims = [positive(call.params[name], n) for name in ("dim0", "dim1")]
    return transpose(call.values[0], dims[0] + 1, dims[1] + 1) if n else call.values[0]


@rule("t")
def _t(call: Call) -> Any:
    if call.ndims[0] > 2:
        raise RuntimeError("t: expected at most two dimensions")
    return transpose(call.values[0], 1, 2) if call.ndims[0] == 2 else call.values[0]


@rule("permute")
def _permute(call: Call) -> Any:
    dims, n = call.params["dims"], call.ndims[0]
    return permute(call.values[0], (0, *[positive(d, n) + 1 for d in dims]))


@rule("unsqueeze")
def _unsqueeze(call: Call) -> Any:
    return unsqueeze(call.values[0], positive(call.params["dim"], call.ndims[0] + 1) + 1)


@rule("squeeze_dim", "select")
def _without_one(call: Call) -> Any:
    return call.run(call.values[0], dim=_shifted(call.params["dim"], call.ndims[0]))


@rule("expand")
def _stretch(call: Call) -> Any:
    return call.whole(0, call.params["shape"])


@rule("sliced", "picked", "widened")
def _slice(call: Call) -> Any:
    return call.run(call.values[0], key=(slice(None), *call.params["key"]))


@rule("place")
def _unslice(call: Call) -> Any:
    shape, key = call.params["shape"], call.params["key"]
    return place(call.values[0], (call.size, *shape), (slice(None), *key))


@rule("diagonal")
def _diagonals(call: Call) -> Any:
    offset, *dims = (call.params[name] for name in ("offset", "dim1", "dim2"))
    return _diagonal(call.values[0], offset, *[positive(d, call.ndims[0]) + 1 for d in dims])


@rule("place_diagonal")
def _undiagonal(call: Call) -> Any:
    shape = tuple(call.params["shape"])
    dims = {name: positive(call.params[name], len(shape)) + 1 for name in ("dim1", "dim2")}
    return call.run(call.values[0], shape=(call.size, *shape), **dims)


@rule("tril", "triu")
def _triangle(call: Call) -> Any:
    if call.ndims[0] < 2:
        raise RuntimeError(f"{call.op.name}: input tensor must have at least 2 dimensions")
    return call.run(call.values[0])
