"""Batching rules: how an op runs on a whole batch what it would do with each example.

    @rule("transpose")
    def _two_dims(call):
        ...

A rule gets a `Call` and returns the result with the batch as dimension 0.  Most shift the
dimensions that the op names by one.  All elementwise ops share one rule, which needs no entry; an op
that has no rule is looped over (`batching.loop`), so that a new op works at once, and a rule makes it
fast.  An example without dimensions is taken as a vector of length 1 where a rule must name one.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib import import_module
from typing import Any

import numpy as np

from ..engine.op_definition import Op, registry
from ..ops.indexing.getitem import place
from ..ops.matmul.matmul import affine, batched, matmul, mm, mv
from ..ops.reductions.sum_mean import axes, kept, mean, sum
from ..ops.views.diagonals import _diagonal
from ..ops.views.reshape_permute import (
    _expand,
    _reshape,
    movedim,
    permute,
    positive,
    squeeze_dim,
    t,
    transpose,
    unsqueeze,
)
from .batching import Call, loop

Rule = Callable[[Call], Any]
rules: dict[str, Rule] = {}
"""The rules by the op's name in the registry."""

# Rules that are imported when they are first needed, with the ops that they serve.
LATER: dict[str, tuple[str, ...]] = {
    "rules_layers": ("_ctc", "batch_norm", "channel_affine", "channel_dots", "channel_sums"),
    "rules_functions": ("as_strided", "scatter_extreme", "cross"),
    "rules_windows": (
        "convolve",
        "convolve_biased",
        "deconvolve",
        "deconvolve_biased",
        "correlate",
        "unfold",
        "unfold_backward",
        "channel_shuffle",
    ),
    "rules_cells": ("agreement_of_cells", "cells_given_back", "mixed_cells"),
    "rules_recurrent": ("lstm", "gru", "elman"),
}
_HOME = {name: f".{module}" for module, names in LATER.items() for name in names}


def rule(*names: str) -> Callable[[Rule], Rule]:
    """Register a function as the rule of these ops."""

    def register(function: Rule) -> Rule:
        rules.update(dict.fromkeys(names, function))
        return function

    return register


def rule_of(this: Op) -> Rule:
    """The rule of an op: its own, that of all elementwise ops, or the loop."""
    if this.name in _HOME and this.name not in rules:
        import_module(_HOME[this.name], __package__)
    named = this.ours or registry.get(this.name) is this
    return (named and rules.get(this.name)) or (_elementwise if this.elementwise else loop)


@rule("batched", "solve", "solve_triangular", "euclidean")
def _elementwise(call: Call) -> Any:
    return call.run(*call.aligned())


LEADING = (
    "cast", "clone", "contiguous", "clamp", "shares",
    "polygamma", "logit", "sinc_slope", "bessel_i", "bessel_ie",
    "inverse", "det", "cofactor", "slogdet", "cholesky", "qr", "lu_factor", "eigh", "eig", "svd",
    "matrix_exp", "pinv",
    "max_pool", "avg_pool", "spread_over_windows", "resample", "constant_pad", "adaptive_max_pool",
    "spots_of_parts", "window_columns", "columns_added", "pixel_shuffle", "pixel_unshuffle",
)  # fmt: skip
"""Ops of the last dimensions, or of none, to which a batch is one more dimension in front."""

LEADING_PAIRS = ("places_of", "put_into_windows", "picked_from", "max_unpool", "row_dots")
"""The same, of two operands that do not broadcast."""


@rule(*LEADING)
def _leading(call: Call) -> Any:
    return call.run(*call.values)


@rule(*LEADING_PAIRS)
def _leading_pair(call: Call) -> Any:
    return call.run(call.whole(0), call.whole(1))


@rule("where")
def _choice(call: Call) -> Any:
    """Of its operands only the condition may be smaller than the result."""
    shapes = [x.shape[mine:] for x, mine in zip(call.values, call.mapped, strict=True)]
    shape = np.broadcast_shapes(*[tuple(s) for s in shapes])
    return call.run(*[call.whole(i, shape) for i in range(3)])


# -------------------------------------------------------------- dimensions by name


def _line(call: Call) -> Any:
    """The operand; a vector of length 1 in place of a number."""
    return call.values[0] if call.ndims[0] else _reshape(call.values[0], (call.size, 1))


def _shifted(dim: Any, ndim: int) -> Any:
    """A dimension, several, or all (None) of an example, as dimensions of the batch."""
    dim = axes(dim)
    if dim is None:
        return tuple(range(1, max(ndim, 1) + 1))
    return positive(dim, ndim) + 1 if isinstance(dim, int) else tuple(positive(d, ndim) + 1 for d in dim)


@rule("sum", "mean", "prod", "amax", "amin", "all", "any", "norm", "var", "logsumexp", "max", "min")
def _reduction(call: Call) -> Any:
    (n,) = call.ndims
    keepdim = bool(call.params["keepdim"] and n)
    return call.run(_line(call), dim=_shifted(call.params["dim"], n), keepdim=keepdim)


@rule("summed")
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


@rule("spread")
def _spread(call: Call) -> Any:
    shape = tuple(call.params["shape"])
    opened = _reshape(call.values[0], (call.size, *kept(shape, call.params["dim"])))
    return _expand(opened, (call.size, *shape))


@rule("standardise")
def _standardise(call: Call) -> Any:
    return call.run(call.values[0], axes=_shifted(tuple(call.params["axes"]), call.ndims[0]))


# --------------------------------------------------------------------------- views


@rule("reshape", "squeeze_dims")
def _reshaped(call: Call) -> Any:
    shape, x = tuple(call.params["shape"]), call.values[0]
    if -1 in shape:
        shape = tuple(np.empty(x.shape[1:], np.bool_).reshape(shape).shape)
    return _reshape(x, (call.size, *shape))


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


# ------------------------------------------------------------------------ products


@rule("mm")
def _mm(call: Call) -> Any:
    x, y = call.values
    if call.ndims != [2, 2]:
        raise RuntimeError("mm: expected two matrices")
    return batched(x, y) if call.mapped[1] else matmul(x, y)


@rule("mv")
def _mv(call: Call) -> Any:
    x, y = call.values
    if call.ndims != [2, 1]:
        raise RuntimeError("mv: expected a matrix and a vector")
    if not call.mapped[0]:
        return mm(y, t(x))
    return squeeze_dim(batched(x, unsqueeze(y, 2)), 2) if call.mapped[1] else matmul(x, y)


@rule("dot")
def _dot(call: Call) -> Any:
    x, y = call.values
    if call.ndims != [1, 1]:
        raise RuntimeError("dot: expected two vectors")
    if all(call.mapped):
        return _reshape(batched(unsqueeze(x, 1), unsqueeze(y, 2)), (call.size,))
    return mv(x, y) if call.mapped[0] else mv(y, x)


@rule("linear")
def _linear(call: Call) -> Any:
    x, weight, bias = call.values
    if not call.mapped[1] and not call.mapped[2]:
        return affine(x, weight, bias)
    lead = tuple(x.shape[:-1])[call.mapped[0] :]
    rows = _reshape(x, (call.size, -1, x.shape[-1]) if call.mapped[0] else (-1, x.shape[-1]))
    out = _product_of_rows(call, rows, weight) + (unsqueeze(bias, 1) if call.mapped[2] else bias)
    return _reshape(out, (call.size, *lead, out.shape[-1]))


def _product_of_rows(call: Call, rows: Any, weight: Any) -> Any:
    if call.ndims[1] != 2 or call.ndims[2] > 1:
        raise RuntimeError("linear: expected a matrix and a vector")
    return batched(rows, transpose(weight, -2, -1)) if call.mapped[1] else matmul(rows, t(weight))


@rule("column_sums")
def _column_sums(call: Call) -> Any:
    return sum(call.values[0], 1)


# ------------------------------------------------------- joining, and reading by index


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


# -------------------------------------------------------------------------- losses


def _total(losses: Any, reduction: Any) -> Any:
    """Each example's losses reduced to one."""
    dims = tuple(range(1, losses.ndim))
    if reduction == "none" or not dims:
        return losses
    return mean(losses, dims) if reduction == "mean" else sum(losses, dims)


@rule("mse_loss", "smooth_l1_loss", "huber_loss", "binary_cross_entropy", "binary_cross_entropy_with_logits")
def _loss(call: Call) -> Any:
    return _total(call.run(call.whole(0), call.whole(1), reduction="none"), call.params["reduction"])


@rule("_nll")
def _nll(call: Call) -> Any:
    index, share, axis, divisor = (call.params[name] for name in ("index", "share", "axis", "divisor"))
    index, share = (np.broadcast_to(a, (call.size, *np.shape(a))) for a in (index, share))
    losses = call.run(call.values[0], index=index, share=share, axis=axis + 1, divisor=None)
    return losses if divisor is None else _total(losses, "sum") / divisor


__all__ = ["loop", "rule", "rule_of", "rules"]
