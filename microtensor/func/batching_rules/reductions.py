"""Rules of reductions: the dimensions that are named move by one."""

from __future__ import annotations

from typing import Any

from ...engine.op_definition import registry
from ...ops.reductions.sum_mean import kept
from ...ops.views.expand import _expand
from ...ops.views.reshape import _reshape, positive
from ..batched_tensor import Call
from .registry import rule


def _line(call: Call) -> Any:
    """The operand; a vector of length 1 in place of a number."""
    return call.values[0] if call.ndims[0] else _reshape(call.values[0], (call.size, 1))


def _shifted(dim: Any, ndim: int) -> Any:
    """A dimension, several, or all (None) of an example, as dimensions of the batch."""
    if dim is None or dim in ((), []):
        return tuple(range(1, max(ndim, 1) + 1))
    return positive(dim, ndim) + 1 if isinstance(dim, int) else tuple(positive(d, ndim) + 1 for d in dim)


@rule("sum", "mean", "prod", "amax", "amin", "all", "any", "norm", "var", "logsumexp", "max", "min")
def _reduction(call: Call) -> Any:
    (n,) = call.ndims
    keepdim = bool(call.params["keepdim"] and n)
    return call.run(_line(call), dim=_shifted(call.params["dim"], n), keepdim=keepdim)


@rule("sum_axes")
def _summed(call: Call) -> Any:
    return call.run(
        *call.values, axes=_shifted(call.params["axes"], call.ndims[0]), share=call.params["share"]
    )


@rule("max_of_all", "min_of_all")
def _extreme(call: Call) -> Any:
    twin = registry["amax" if call.op.name == "max_of_all" else "amin"]
    return twin.call(_line(call), dim=_shifted(None, call.ndims[0]))


@rule("argmax", "argmin")
def _place_of_extreme(call: Call) -> Any:
    if call.params["dim"] is not None:
        return _reduction(call)
    found = call.run(_reshape(call.values[0], (call.size, -1)), dim=1, keepdim=False)
    ones = call.ndims[0] if call.params["keepdim"] else 0
    return _reshape(found, (call.size, *[1] * ones))


@rule("softmax", "log_softmax", "cumsum", "prod_others", "sort", "topk")
def _along(call: Call) -> Any:
    out = call.run(_line(call), dim=_shifted(call.params["dim"], call.ndims[0]))
    if call.ndims[0]:
        return out
    shape = (call.size,)
    return tuple(_reshape(x, shape) for x in out) if isinstance(out, tuple) else _reshape(out, shape)


@rule("flip")
def _flip(call: Call) -> Any:
    dims = call.params["dims"]
    return call.run(call.values[0], dims=_shifted(dims, call.ndims[0]) if dims else ())


@rule("expand_to")
def _spread(call: Call) -> Any:
    shape = tuple(call.params["shape"])
    opened = _reshape(call.values[0], (call.size, *kept(shape, call.params["dim"])))
    return _expand(opened, (call.size, *shape))


@rule("normalize_axes")
def _standardise(call: Call) -> Any:
    return call.run(call.values[0], axes=_shifted(tuple(call.params["axes"]), call.ndims[0]))
