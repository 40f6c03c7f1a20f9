"""Attention with functions of scores: gradients, which PyTorch has on GPUs alone, and what warns."""

from __future__ import annotations

from typing import Any

import pytest

import microtensor as mt
from microtensor.nn.attention.bias import causal_lower_right, causal_upper_left
from microtensor.nn.attention.flex_attention import create_block_mask, flex_attention
from microtensor.nn.functional import scaled_dot_product_attention
from microtensor.testing import assert_close


def inputs() -> list[mt.Tensor]:
    return [(mt.arange(24.0).reshape(1, 2, 3, 4) + i).sin().requires_grad_(True) for i in range(3)]


def test_gradients_are_those_of_plain_attention() -> None:
    grads: list[list[Any]] = []
    table = mt.arange(9.0).reshape(3, 3).cos()
    mask = create_block_mask(lambda b, h, q, k: q >= k, None, None, 3, 3)
    causal = mt.ones(3, 3).tril().bool()
    for attend in (
        lambda q, k, v: flex_attention(q, k, v, lambda s, b, h, i, j: s + table[i, j], mask),
        lambda q, k, v: scaled_dot_product_attention(q, k, v, mt.where(causal, table, -mt.inf)),
    ):
        given = inputs()
        attend(*given).square().sum().backward()
        grads.append([x.grad for x in given])
    assert_close(grads[0], grads[1])


def test_masks_from_either_end() -> None:
    q, k, v = inputs()
    assert_close(
        scaled_dot_product_attention(q, k, v, causal_upper_left(3, 3)),
        scaled_dot_product_attention(q, k, v, is_causal=True),
    )
    with pytest.warns(UserWarning, match="NaNs in the output when seq_len_q > seq_len_kv"):
        causal_lower_right(3, 2)
    with pytest.raises(AssertionError, match="causal_lower_right only supports 2D"):
        causal_lower_right(3)
