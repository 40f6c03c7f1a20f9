"""Inner products of bools, which PyTorch has for what does not lie in one piece only."""

from __future__ import annotations

import pytest

import microtensor as mt


def test_an_inner_product_of_bools() -> None:
    x = mt.tensor([[True, False], [False, False]])
    assert mt.tensordot(x, x, dims=([0, 1], [1, 0])).tolist() is True
    assert mt.tensordot(x, ~x, dims=([0, 1], [1, 0])).tolist() is False
    with pytest.raises(NotImplementedError, match='"dot" not implemented'):
        mt.tensordot(x, x)
