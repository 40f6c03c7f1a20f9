"""Batching rules of Fourier transforms: the same transform, one dimension further on."""

from __future__ import annotations

from typing import Any

from ..batched_tensor import Call
from .reductions import _shifted
from .registry import rule


@rule("fft_c2c")
def _several_dims(call: Call) -> Any:
    dims = tuple(_shifted(dim, call.ndims[0]) for dim in call.params["dims"])
    return call.run(call.values[0], dims=dims)


@rule("fft_r2c", "fft_c2r")
def _one_dim(call: Call) -> Any:
    return call.run(call.values[0], dim=_shifted(call.params["dim"], call.ndims[0]))
