"""Nodes of ops that compute in float32 for float16 operands."""

from __future__ import annotations

import numpy as np

import microtensor as mt


def test_a_gradient_through_one_output_of_several() -> None:
    mt.manual_seed(0)
    wide = mt.nn.GRU(2, 3)
    half = mt.nn.GRU(2, 3).half()
    half.load_state_dict(wide.state_dict())
    x = mt.rand(4, 2)
    for layer, given in ((wide, x), (half, x.half())):
        layer(given)[1].sum().backward()
    for a, b in zip(half.parameters(), wide.parameters(), strict=True):
        assert a.grad.dtype == mt.float16
        np.testing.assert_allclose(a.grad.float().numpy(), b.grad.numpy(), rtol=2e-2, atol=2e-3)


def test_arrays_of_float16_keep_their_dtype() -> None:
    found = mt.sigmoid(np.array([0.0, -200.0], np.float16))
    assert (found.dtype, found.tolist()) == (np.float16, [0.5, 0.0])
