"""Batching rules of convolutions, pooling and what else looks through windows.

Those that leave all dimensions but the last ones alone, and take any number of others, need no rule of their
own: a batch is one more (`rules.LEADING`).
"""

from __future__ import annotations

from typing import Any

from ...engine.op_definition import registry
from ...ops.reductions.sum_mean import sum
from ...ops.views.permute import movedim
from ...ops.views.reshape import _reshape, positive
from ...ops.views.squeeze import unsqueeze
from ..batched_tensor import Call
from .registry import rule


def _folded(x: Any, into: int) -> Any:
    """The batch as a part of dimension `into` of an example."""
    x = movedim(x, 0, into)
    shape = tuple(x.shape)
    return _reshape(x, (*shape[:into], shape[into] * shape[into + 1], *shape[into + 2 :]))


def _unfolded(x: Any, size: int, dim: int) -> Any:
    """The inverse of `_folded`."""
    shape = tuple(x.shape)
    return movedim(_reshape(x, (*shape[:dim], size, shape[dim] // size, *shape[dim + 1 :])), dim, 0)


@rule("convolve", "convolve_biased", "deconvolve", "deconvolve_biased")
def _convolution(call: Call) -> Any:
    """Images of all examples as one batch; kernels that differ as groups of one kernel."""
    plain = registry[call.op.name.removesuffix("_biased")].call
    params, size = call.params, call.size
    if not any(call.mapped[:2]):
        out = unsqueeze(plain(*call.values[:2], **params), 0)
    elif not call.mapped[1]:
        out = _unfolded(plain(_folded(call.values[0], 0), call.values[1], **params), size, 0)
    else:
        params = params | {"groups": params["groups"] * size}
        out = _unfolded(plain(_folded(call.whole(0), 1), _folded(call.values[1], 0), **params), size, 1)
    return out if len(call.values) == 2 else out + _bias(call, out.ndim)


def _bias(call: Call, ndim: int) -> Any:
    bias = call.values[2]
    lead = (call.size, 1) if call.mapped[2] else (1, 1)
    return _reshape(bias, (*lead, -1, *[1] * (ndim - 3)))


@rule("correlate")
def _correlation(call: Call) -> Any:
    x, y = _folded(call.whole(0), 1), _folded(call.whole(1), 1)
    return _unfolded(call.run(x, y, groups=call.params["groups"] * call.size), call.size, 0)


@rule("channel_shuffle")
def _channels(call: Call) -> Any:
    return call.run(call.values[0], axis=call.params["axis"] + 1)


@rule("unfold")
def _unfold(call: Call) -> Any:
    n, x = call.ndims[0], call.values[0]
    if not n:
        return _reshape(x, (call.size, 1))[:, : call.params["size"]]
    return call.run(x, dimension=positive(call.params["dimension"], n) + 1)


@rule("unfold_backward")
def _unfold_back(call: Call) -> Any:
    shape = tuple(call.params["shape"])
    if not shape:
        return sum(call.values[0], 1)
    return call.run(
        call.values[0],
        shape=(call.size, *shape),
        dimension=positive(call.params["dimension"], len(shape)) + 1,
    )
