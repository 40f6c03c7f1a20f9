"""The one rule of all elementwise ops: operands get the same number of dimensions."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..batched_tensor import Call
from .registry import rule


@rule("batched", "solve", "solve_triangular", "euclidean")
def _elementwise(call: Call) -> Any:
    return call.run(*call.aligned())


LEADING = (
    "cast", "clone", "contiguous", "clamp", "shares", "real", "imag", "view_as_real", "view_as_complex",
    "polygamma", "logit", "sinc_slope", "bessel_i", "bessel_ie",
    "inverse", "inverse_or_infinite", "det", "cofactor", "slogdet", "cholesky", "qr", "lu_factor", "eigh",
    "eig", "svd", "matrix_exp", "pinv",
    "max_pool", "places_of", "avg_pool", "spread_over_windows", "resample", "constant_pad",
    "adaptive_max_pool",
    "spots_of_parts", "window_columns", "columns_added", "pixel_shuffle", "pixel_unshuffle",
)  # fmt: skip
"""Ops of the last dimensions, or of none, to which a batch is one more dimension in front."""


LEADING_PAIRS = ("put_into_windows", "picked_from", "max_unpool", "row_dots")
"""The same, of two operands that do not broadcast."""


@rule(*LEADING)
def _leading(call: Call) -> Any:
    return call.run(*call.values)


@rule(*LEADING_PAIRS)
def _leading_pair(call: Call) -> Any:
    return call.run(call.whole(0), call.whole(1))


@rule("in_place_of")
def _constant(call: Call) -> Any:
    """The value of one example is that of all of them."""
    value = call.params["value"]
    return call.run(*call.values, value=np.broadcast_to(value, (call.size, *value.shape)))


@rule("where")
def _choice(call: Call) -> Any:
    """Of its operands only the condition may be smaller than the result."""
    shapes = [x.shape[mine:] for x, mine in zip(call.values, call.mapped, strict=True)]
    shape = np.broadcast_shapes(*[tuple(s) for s in shapes])
    return call.run(*[call.whole(i, shape) for i in range(3)])
