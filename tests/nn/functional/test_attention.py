"""Attention: masks, heads, what is refused; numbers are compared with PyTorch's in ``tests/parity``."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

import microtensor as mt
from microtensor import nn
from microtensor.nn import functional as F
from microtensor.nn.functional import attention

x = mt.tensor(np.random.default_rng(0).normal(size=(2, 4, 3, 5)))
attend = F.scaled_dot_product_attention


def test_a_query_sees_a_mean_of_the_values_that_it_may_see() -> None:
    causal = attend(x, x, x, is_causal=True)
    mask = mt.ones(3, 3, dtype=mt.bool).tril()
    assert np.allclose(causal, attend(x, x, x, mask))
    assert np.allclose(causal[:, :, 0], x[:, :, 0])
    added = mt.tensor(np.where(mask.numpy(), 0.0, -np.inf))
    assert np.allclose(causal, attend(x, x, x, added))


def test_a_query_that_may_look_nowhere_gets_zeros() -> None:
    q = x.clone().requires_grad_()
    out = attend(q, x, x, mt.zeros(3, 3, dtype=mt.bool))
    out.sum().backward()
    assert not out.any()
    assert not q.grad.any()


def test_a_row_far_below_all_others_is_measured_from_its_own_peak() -> None:
    scores = np.array([[1000.0, 999.0], [0.0, -1.0], [-np.inf, 3.0]], np.float32)
    found = attention.shares(mt.tensor(scores), None, 1.0).numpy()
    expected = [[0.7310586, 0.26894143], [0.7310586, 0.26894143], [0.0, 1.0]]
    assert np.allclose(found, expected)
    assert np.allclose(attention.shares(mt.tensor(scores[:2]), None, -1.0).numpy()[1], expected[0][::-1])


def test_a_nan_stays_in_its_row() -> None:
    found = attention.shares(mt.tensor([[np.nan, 0.0], [0.0, 0.0]]), None, 1.0)
    assert found[1].tolist() == [0.5, 0.5]
    assert found[0].isnan().all()
    assert attention.shares(mt.zeros(0, 3), None, 1.0).shape == (0, 3)


def test_heads_may_share_keys() -> None:
    shared = attend(x, x[:, :2], x[:, :2], enable_gqa=True)
    twice = x[:, [0, 0, 1, 1]]
    assert np.allclose(shared, attend(x, twice, twice))


REFUSED: list[tuple[Callable[[], Any], type[Exception], str]] = [
    (lambda: attend(x, x, x, mt.zeros(3, 3), is_causal=True), RuntimeError, "leave one out"),
    (lambda: attend(x[0, 0, 0], x, x), RuntimeError, "at least 2 dimensional"),
    (
        lambda: attend(x, x.float(), x),
        RuntimeError,
        "same dtype, got torch.float64, torch.float32, torch.float64",
    ),
    (
        lambda: attend(x, x, x, mt.ones(3, 3)),
        RuntimeError,
        "bool or the query's, torch.float64, got torch.float32",
    ),
    (lambda: attend(x, x[..., :4], x), RuntimeError, r"expected \(..., L, E\)"),
    (lambda: attend(x, x[:, :3], x[:, :3], enable_gqa=True), RuntimeError, "4 heads.*no multiple of 3"),
    (lambda: nn.MultiheadAttention(0, 1), ValueError, "must be greater than 0"),
    (lambda: nn.MultiheadAttention(4, 3), AssertionError, "4 must be divisible by num_heads 3"),
]


@pytest.mark.parametrize(("call", "error", "sentence"), REFUSED)
def test_what_is_refused(call: Callable[[], Any], error: type[Exception], sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        call()


y = mt.ones(3, 2, 4)
CALLS: list[tuple[tuple[Any, ...], dict[str, Any], type[Exception], str]] = [
    ((y[0, 0], y, y), {}, AssertionError, "unbatched 2D or batched 3D"),
    ((y, y[0], y[0]), {}, AssertionError, r"For batched \(3-D\) `query`, expected `key` and `value`"),
    ((y, y, y), {"key_padding_mask": mt.ones(3)}, AssertionError, "2-D but found 1-D"),
    ((y, y, y), {"attn_mask": mt.ones(3)}, AssertionError, "2-D or 3-D but found 1-D"),
    ((y[0], y[0], y[0]), {"attn_mask": mt.ones(3, 2, 2)}, AssertionError, r"shape to be \(2, 2, 2\)"),
    ((y, y, y), {"is_causal": True}, RuntimeError, "Need attn_mask"),
    (
        (y, y, y),
        {"attn_mask": mt.ones(2, 2)},
        RuntimeError,
        r"2D attn_mask is \(2, 2\), but should be \(3, 3\)",
    ),
    ((y, y, y), {"attn_mask": mt.ones(3, 3).long()}, AssertionError, "only bool and floating types of attn"),
    ((y[..., :3], y, y), {}, AssertionError, "was expecting embedding dimension of 4, but got 3"),
    ((y, y, y), {"key_padding_mask": mt.ones(3, 2)}, AssertionError, r"of shape \(2, 3\).*got \(3, 2\)"),
    ((y, y, y[:2]), {}, AssertionError, "one length and one batch, and one width"),
]


@pytest.mark.parametrize(("operands", "options", "error", "sentence"), CALLS)
def test_operands_that_do_not_fit(operands: Any, options: Any, error: Any, sentence: str) -> None:
    with pytest.raises(error, match=sentence):
        nn.MultiheadAttention(4, 2)(*operands, **options)


def test_masks_of_two_kinds_are_warned_of() -> None:
    layer = nn.MultiheadAttention(4, 2)
    with pytest.warns(UserWarning, match="mismatched key_padding_mask"):
        layer(y, y, y, mt.zeros(2, 3, dtype=mt.bool), attn_mask=mt.zeros(3, 3))


def test_keys_and_values_may_be_given_as_they_are_used() -> None:
    w, fixed = mt.eye(4), mt.ones(4, 5, 2)
    given = (y, y, y, 4, 2, mt.cat([w, w, w]), None, None, None, False, 0.0, w, None)
    out, weights = F.multi_head_attention_forward(*given, static_k=fixed, static_v=fixed)
    assert weights.shape == (2, 3, 5)
    assert np.allclose(out, 1.0)
    hidden = mt.zeros(2, 5).bool()
    hidden[:, 1:] = True
    weights = F.multi_head_attention_forward(*given, static_k=fixed, static_v=fixed, key_padding_mask=hidden)[
        1
    ]
    assert weights[..., 0].eq(1).all()
    with pytest.raises(AssertionError, match=r"of shape.*\(4, S, 2\)"):
        F.multi_head_attention_forward(*given, static_k=fixed[:3], static_v=fixed)


def test_transformers_refuse_what_does_not_go_together() -> None:
    model = nn.Transformer(8, 2, 1, 1, 16, batch_first=True)
    with pytest.raises(RuntimeError, match="batch number of src and tgt must be equal: 3 and 2"):
        model(mt.zeros(3, 5, 8), mt.zeros(2, 5, 8))
    with pytest.raises(RuntimeError, match="must be equal to d_model 8: 8 and 7"):
        model(mt.zeros(3, 5, 8), mt.zeros(3, 5, 7))
    with pytest.raises(RuntimeError, match="activation should be relu/gelu, not swish"):
        nn.TransformerEncoderLayer(8, 2, activation="swish")


def test_a_transformer_learns_to_copy() -> None:
    mt.manual_seed(0)
    layer, head = nn.TransformerEncoderLayer(8, 2, 16, 0.0, batch_first=True), nn.Linear(8, 4)
    table = nn.Embedding(4, 8)
    parts = nn.ModuleList([layer, head, table])
    optimizer = mt.optim.Adam(parts.parameters(), lr=0.01)
    words = mt.randint(4, (16, 6))
    for _ in range(60):
        loss = F.cross_entropy(head(layer(table(words))).reshape(-1, 4), words.reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert loss.item() < 0.1
