"""Attention: every query takes a mean of the values, weighted by how well their keys fit it.

Vaswani et al., "Attention Is All You Need" (2017), section 3.2.1.  What is special is `shares`: the scale,
the mask and the softmax are one op, which writes into a single array where three ops would make four.
"""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ...engine.dtypes import float16
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor, array_of
from ...errors import ShapeError, describe
from ...ops.elementwise.select import where
from ...ops.matmul.matmul import batched
from ...ops.normalization.channel_norms import overwritten
from .element_dropout import dropout

_HIDDEN = np.array([[0.0, -np.inf, 0.0], [-np.inf] * 3])


@op(x=lambda g, y: g[..., None] * y, y=lambda g, x: g[..., None] * x, node="SumBackward1",
    wide=True, samples=[case((2, 3), (2, 3)), case((2, 2, 3), (2, 2, 3)), case((3,), (3,))],
    reference=lambda x, y: (x * y).sum(-1))  # fmt: skip
def row_dots(x: Any, y: Any, /) -> Any:
    """The inner products of the rows (the last dimension) of two arrays of one shape.

    One pass over the memory, where a product and its sum take two: 47 us against 190 for 4096 rows of 64.

    >>> from microtensor.nn.functional.attention import row_dots
    >>> row_dots(mt.ones(2, 3), mt.ones(2, 3))
    tensor([3., 3.])
    """
    return np.vecdot(x, y)


def _shares_back(g: Any, out: Any, scale: float) -> Any:
    flat = g - row_dots(g, out)[..., None]
    return overwritten(np.multiply, overwritten(np.multiply, flat, out), scale)


@op(x=lambda g, out, scale: _shares_back(g, out, scale), node="SafeSoftmaxBackward0",
    wide=True, samples=[case((2, 2, 3), bias=None, scale=0.5), case((2, 2, 3), bias=_HIDDEN, scale=1.0),
             case((2, 3), bias=None, scale=-1.0)],
    reference=lambda x, bias, scale: _shares_by_numpy(x, bias, scale))  # fmt: skip
def shares(x: Any, /, bias: Any, scale: float) -> Any:
    """The softmax of ``scale * x + bias`` along the last dimension; all 0 where every entry is -inf.

    `bias` is an array that broadcasts to `x`, or None.  The largest element of all, instead of each row's, is
    what exponents are measured from: that is found in a thirtieth of the time, and as good, unless a whole
    row lies so far below it that its powers vanish.  Then each row is measured from its own.

    >>> from microtensor.nn.functional.attention import shares
    >>> shares(mt.tensor([[1.0, 1.0, 5.0]]), np.array([[0.0, 0.0, -np.inf]]), 1.0)
    tensor([[0.5000, 0.5000, 0.0000]])
    """
    out = x * scale
    if not out.size:
        return out
    peak = out.max() + (0 if bias is None else bias.max())
    if np.isfinite(peak):
        out += -peak if bias is None else (bias - peak).astype(out.dtype, copy=False)
        np.exp(out, out=out)
        total = out.dot(np.ones(out.shape[-1], out.dtype))[..., None]
        if total.min() > VANISHING * float(np.finfo(out.dtype).tiny):
            out /= total
            return out
    return _row_by_row(x * scale if bias is None else (x * scale + bias).astype(x.dtype, copy=False))


VANISHING = 1e18
"""How many times the smallest number a row's powers must add up to, so that what is lost below is nothing.

Float16 has not that range: there each row is always measured from its own.
"""


def _row_by_row(out: Any) -> Any:
    peak = np.maximum.reduce(out, axis=-1, keepdims=True)
    out -= np.maximum(peak, np.finfo(out.dtype).min)
    np.exp(out, out=out)
    total = np.add.reduce(out, axis=-1, keepdims=True)
    total[total == 0] = 1
    out /= total
    return out


def _shares_by_numpy(x: Any, bias: Any, scale: float) -> Any:
    powers = np.exp(x * scale + (0 if bias is None else bias))
    total = powers.sum(-1, keepdims=True)
    return powers / np.where(total == 0, 1, total)


def scaled_dot_product_attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: Tensor | None = None, dropout_p: float = 0.0,
    is_causal: bool = False, *, scale: float | None = None, enable_gqa: bool = False,
) -> Tensor:  # fmt: skip
    """``softmax(query @ key.mT * scale + mask) @ value``, of the shape (..., L, V).

    The operands are (..., L, E), (..., S, E) and (..., S, V).

    `attn_mask` broadcasts to (..., L, S): bool, True where a query may look, or numbers that are added.
    `is_causal` lets query i look at the keys 0 to i.  `scale` is ``1 / sqrt(E)`` unless given.  `dropout_p`
    is applied always, also in evaluation.  With `enable_gqa` several heads of `query` (dimension -3) share
    one of `key` and `value`.  A query that may look nowhere gets zeros.

    Raises ``RuntimeError`` for a mask together with `is_causal` or of a shape that does not broadcast so, for
    operands of different dtypes or of fewer than two dimensions.

    >>> q = mt.tensor([[1.0, 0.0], [0.0, 1.0]])
    >>> mt.nn.functional.scaled_dot_product_attention(q, q, mt.tensor([[1.0], [2.0]]), is_causal=True)
    tensor([[1.0000],
            [1.6698]])
    """
    _check(query, key, value, attn_mask, is_causal)
    if query.dtype == float16:  # whose scores would be good to one part in a thousand
        return scaled_dot_product_attention(
            _wide(query), _wide(key), _wide(value), _wide(attn_mask), dropout_p, is_causal, scale=scale,
            enable_gqa=enable_gqa,
        ).to(float16)  # fmt: skip
    if enable_gqa:
        key, value = (_shared_heads(x, query) for x in (key, value))
    scale = 1 / math.sqrt(query.shape[-1] or 1) if scale is None else scale
    scores = batched(query, key.transpose(-2, -1))
    weights = _weights(scores, attn_mask, is_causal, scale)
    return batched(dropout(weights, dropout_p) if dropout_p else weights, value)


def _wide(x: Any) -> Any:
    return x.float() if x is not None and x.dtype == float16 else x


def _weights(scores: Any, mask: Tensor | None, is_causal: bool, scale: float) -> Any:
    if is_causal:
        return shares(scores, future(scores.shape[-2], scores.shape[-1], scores.dtype), scale)
    if mask is None:
        return shares(scores, None, scale)
    if not _spans(mask.shape, scores.shape):
        raise ShapeError(
            "scaled_dot_product_attention: expected attn_mask to broadcast to the scores, "
            f"{tuple(scores.shape)}, got {describe(mask)}"
        )
    if mask.dtype.kind == "b":
        return shares(where(mask, scores * scale, -math.inf), None, 1.0)
    bias = None if mask.requires_grad else array_of(mask)
    return shares(scores * scale + mask, None, 1.0) if bias is None else shares(scores, bias, scale)


def _spans(shape: Any, whole: Any) -> bool:
    """Whether an array of this shape broadcasts to `whole`."""
    return len(shape) <= len(whole) and all(
        n in (1, m) for n, m in zip(reversed(shape), reversed(whole), strict=False)
    )


def future(rows: int, columns: int, dtype: Any) -> Any:
    """What hides the keys that come after each query: -inf above the diagonal, else 0.

    >>> from microtensor.nn.functional.attention import future
    >>> future(2, 3, np.float32)
    array([[  0., -inf, -inf],
           [  0.,   0., -inf]], dtype=float32)
    """
    return np.triu(np.full((rows, columns), -np.inf, dtype), 1)


def _check(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, is_causal: bool) -> None:
    who = "scaled_dot_product_attention"
    if mask is not None and is_causal:
        raise RuntimeError(f"{who}: explicit attn_mask should not be set when is_causal=True; leave one out")
    if min(query.ndim, key.ndim, value.ndim) < 2:
        found = ", ".join(map(describe, (query, key, value)))
        raise RuntimeError(f"{who}: query, key and value must be at least 2 dimensional, got {found}")
    if not query.dtype == key.dtype == value.dtype:
        found = ", ".join(str(x.dtype) for x in (query, key, value))
        raise RuntimeError(f"{who}: expected query, key and value to have the same dtype, got {found}")
    if mask is not None and mask.dtype not in (np.dtype(bool), query.dtype):
        raise RuntimeError(
            f"{who}: expected attn_mask dtype to be bool or the query's, {query.dtype}, got {mask.dtype}"
        )
    if query.shape[-1] != key.shape[-1] or key.shape[-2] != value.shape[-2]:
        found = ", ".join(map(describe, (query, key, value)))
        raise ShapeError(f"{who}: expected (..., L, E), (..., S, E) and (..., S, V), got {found}")


def _shared_heads(x: Tensor, query: Tensor) -> Any:
    """Each head of a key or value as often as the heads of the query that share it."""
    heads = x.shape[-3]
    if query.shape[-3] % heads:
        raise RuntimeError(
            f"scaled_dot_product_attention: the query has {query.shape[-3]} heads, which is no "
            f"multiple of {heads}"
        )
    shape = tuple(x.shape)
    wide = x.unsqueeze(-3).expand(*shape[:-2], query.shape[-3] // heads, *shape[-2:])
    return wide.reshape(*shape[:-3], query.shape[-3], *shape[-2:])
