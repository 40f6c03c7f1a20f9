"""Every op: its export gives its numbers, or it says with the user's line that ONNX has no word for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor._lazy import load_all
from microtensor.onnx.lowering import lowerings
from microtensor.testing.samples import cases_of, draw_all

load_all()
OPS = sorted(name for name, op in mt.registry.items() if op.ours)
UNSAID = {name for name in OPS if name not in lowerings}
OF_COMPLEX = {
    "angle", "complex", "conj", "conj_gradient", "fft_c2c", "fft_c2r", "fft_r2c", "imag", "polar", "real",
    "sgn", "view_as_complex", "view_as_real",
}  # fmt: skip
"""Ops of complex numbers, which ONNX's arithmetic does not take."""

REFUSED = {
    "bitwise_left_shift": "BitShift takes unsigned integers",
    "bitwise_right_shift": "BitShift takes unsigned integers",
    "elman": "a packed batch",
    "gru": "a packed batch",
    "lstm": "a packed batch",
    "scatter_extreme": "include_self=False",
    "share": "it is part of a backward pass",
}
"""Ops of which a sample, at least, is refused, and why."""

REFERENCE_FAILS = {
    "deconvolve": "onnx's reference evaluator writes one channel a group",
    "deconvolve_biased": "onnx's reference evaluator writes one channel a group",
}


def samples(name: str) -> list[Any]:
    op, made = mt.registry[name], []
    for arrays, params in cases_of(op):
        drawn = draw_all(op, arrays, np.random.default_rng(0), np.float32)
        narrow = [x.astype(np.float32) if x.dtype == np.float64 else x for x in map(np.asarray, drawn)]
        made.append((tuple(map(mt.from_numpy, narrow)), params))
    return made


@contextmanager
def refusals(name: str) -> Iterator[None]:
    """Lets a refusal pass that is expected of this op, with its reason."""
    try:
        yield
    except mt.onnx.OnnxExporterError as error:
        if name not in REFUSED or REFUSED[name] not in str(error):
            raise


@pytest.mark.parametrize("name", sorted(set(OPS) - UNSAID))
def test_an_exported_op_gives_its_numbers(name: str, same: Any, judge: Any) -> None:
    call = mt.registry[name].call
    for args, params in samples(name):
        if judge.name == "reference" and name in REFERENCE_FAILS and params.get("groups", 1) > 1:
            continue
        with refusals(name):
            same(lambda *xs, params=params: call(*xs, **params), *args)


@pytest.mark.parametrize("name", sorted(UNSAID))
def test_an_op_that_onnx_lacks_is_named_with_the_line(name: str, tmp_path: Any) -> None:
    args, params = samples(name)[0]

    def program(*xs: Any) -> Any:
        return mt.registry[name].call(*xs, **params)

    with pytest.raises(
        mt.onnx.OnnxExporterError, match=rf"export: {name}, at .*test_ops.py:\d+, in program"
    ) as info:
        mt.export.numpy_module(program, args, tmp_path / "program.py")
    assert "ONNX has no operator for it" in str(info.value)


def test_what_networks_are_made_of_can_be_said() -> None:
    """Of what is left, most is linear algebra, special functions and backward passes."""
    assert len(UNSAID - OF_COMPLEX) <= 58
    assert (
        not {"exp", "linear", "softmax", "convolve_biased", "max_pool", "gather", "sort", "cumsum"} & UNSAID
    )
