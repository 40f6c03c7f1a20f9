"""Batching rules of operations on matrices, for which a batch is one more leading dimension."""

from __future__ import annotations

from typing import Any

from .batching import Call
from .rules import _shifted, rule


@rule(
    "inverse", "det", "cofactor", "slogdet", "cholesky", "qr", "lu_factor", "eigh", "eig", "svd",
    "matrix_exp", "pinv", "polygamma", "logit", "sinc_slope", "bessel_i", "bessel_ie",
)  # fmt: skip
def _stack(call: Call) -> Any:
    return call.run(call.values[0])


@rule("solve", "solve_triangular", "euclidean")
def _two_stacks(call: Call) -> Any:
    return call.run(*call.aligned())


@rule("cross")
def _cross(call: Call) -> Any:
    dim = _shifted(call.params["dim"], call.ndims[0])
    return call.run(call.whole(0), call.whole(1), dim=dim)
