"""Attention with several heads: projections, masks, attention in each head, one projection back.

Vaswani et al., "Attention Is All You Need" (2017), section 3.2.2.  Inside, everything has the shape (T, N,
E): time first, as PyTorch has it, because the order of random draws depends on it.
"""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import Any

from ...creation import factories as creation
from ...engine.calls.users_line import users_level
from ...engine.tensor import Tensor, array_of
from ...ops.activations.softmax import softmax
from ...ops.elementwise.select import where
from ...ops.joining.cat_split import cat
from ...ops.matmul.matmul import batched, bmm
from . import linear
from .attention import scaled_dot_product_attention
from .element_dropout import dropout


def canonical_mask(mask: Tensor | None, name: str, dtype: Any, other: Tensor | None = None) -> Any:
    """A mask as numbers to be added: -inf where a bool one is True.  Other dtypes: ``AssertionError``.

    PyTorch warns if the two masks of one call are of different dtypes.

    >>> from microtensor.nn.functional.multi_head_attention import canonical_mask
    >>> canonical_mask(mt.tensor([True, False]), "attn_mask", mt.float32)
    tensor([-inf, 0.])
    """
    if mask is None:
        return None
    if mask.dtype.kind not in "fb":
        raise AssertionError(f"only bool and floating types of {name} are supported, got {mask.dtype}")
    if other is not None and other.dtype != mask.dtype:
        warnings.warn(
            f"Support for mismatched {name} ({mask.dtype}) and attn_mask ({other.dtype}) is deprecated. Use "
            "same type for both instead.", UserWarning, stacklevel=users_level(),
        )  # fmt: skip
    if mask.dtype.kind == "f":
        return mask
    return creation.zeros(tuple(mask.shape), dtype=dtype).masked_fill(mask, -math.inf)


@dataclass
class _Heads:
    """The projected operands of one call, (T, N, E) each, with the masks that are added to the scores."""

    projected: list[Any]
    mask: Any
    padding: Any
    count: int

    def add_row(self, key: Any, value: Any) -> None:
        """One more key and value, the same for all, that everybody may look at."""
        q, k, v = self.projected
        self.projected = [q, cat([k, key]), cat([v, value])]
        self.mask, self.padding = _one_column_more(self.mask), _one_column_more(self.padding)

    def split(self, x: Any) -> Any:
        """(T, N, E) as (N * heads, T, E / heads)."""
        return x.reshape(x.shape[0], x.shape[1] * self.count, x.shape[2] // self.count).transpose(0, 1)

    def merged_mask(self) -> Any:
        """Both masks as one, that broadcasts to (N * heads, T, S)."""
        if self.padding is None:
            return self.mask
        n, width = self.padding.shape
        padding = self.padding.reshape(n, 1, 1, width).expand(n, self.count, 1, width)
        padding = padding.reshape(n * self.count, 1, width)
        return padding if self.mask is None else self.mask + padding


def _one_column_more(mask: Any) -> Any:
    if mask is None:
        return None
    return cat([mask, creation.zeros(*mask.shape[:-1], 1, dtype=mask.dtype)], -1)


def multi_head_attention_forward(
    query: Tensor, key: Tensor, value: Tensor, embed_dim_to_check: int, num_heads: int,
    in_proj_weight: Tensor | None, in_proj_bias: Tensor | None, bias_k: Tensor | None, bias_v: Tensor | None,
    add_zero_attn: bool, dropout_p: float, out_proj_weight: Tensor, out_proj_bias: Tensor | None,
    training: bool = True, key_padding_mask: Tensor | None = None, need_weights: bool = True,
    attn_mask: Tensor | None = None, use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None, k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None, static_k: Tensor | None = None, static_v: Tensor | None = None,
    average_attn_weights: bool = True, is_causal: bool = False,
) -> tuple[Any, Any]:  # fmt: skip
    """What `nn.MultiheadAttention` computes, from weights that are arguments: the result, and the shares.

    `query` (L, N, E), `key` and `value` (S, N, E), or without N.  `attn_mask` is (L, S) or (N * heads, L, S),
    `key_padding_mask` (N, S): bool, True where nobody may look, or numbers to be added.  The second result is
    None without `need_weights`; it is averaged over the heads if `average_attn_weights`.  `is_causal` is a
    hint that `attn_mask` is the causal one.

    Raises ``AssertionError`` for shapes that do not fit, ``RuntimeError`` for `is_causal` without a mask.

    >>> x, w = mt.ones(3, 1, 2), mt.eye(2)
    >>> out, weights = mt.nn.functional.multi_head_attention_forward(
    ...     x, x, x, 2, 1, mt.cat([w, w, w]), None, None, None, False, 0.0, w, None)
    >>> out.shape, weights.shape
    (torch.Size([3, 1, 2]), torch.Size([1, 3, 3]))
    """
    batched_ = _check_shapes(query, key, value, key_padding_mask, attn_mask, num_heads)
    if is_causal and attn_mask is None:
        raise RuntimeError("Need attn_mask if specifying the is_causal hint.")
    padding = canonical_mask(key_padding_mask, "key_padding_mask", query.dtype, attn_mask)
    causal = is_causal and padding is None and not need_weights
    mask = None if causal else canonical_mask(attn_mask, "attn_mask", query.dtype)
    if not batched_:
        query, key, value = _with_batch(query, key, value)
        padding = None if padding is None else padding.unsqueeze(0)
    _check_sizes(query, key, value, embed_dim_to_check, num_heads, use_separate_proj_weight)
    weights = (q_proj_weight, k_proj_weight, v_proj_weight) if use_separate_proj_weight else in_proj_weight
    mask = _square_mask(mask, query, key, num_heads)
    heads = _Heads(_projected(query, key, value, weights, in_proj_bias), mask, padding, num_heads)
    n, width = query.shape[1], embed_dim_to_check
    if bias_k is not None and bias_v is not None:
        heads.add_row(bias_k.expand(1, n, width), bias_v.expand(1, n, width))
    q, k, v = map(heads.split, heads.projected)
    k, v = (x if fixed is None else _static(fixed, x) for x, fixed in ((k, static_k), (v, static_v)))
    if add_zero_attn:
        k, v = (cat([x, creation.zeros(x.shape[0], 1, x.shape[2], dtype=x.dtype)], 1) for x in (k, v))
        heads.mask, heads.padding = _one_column_more(heads.mask), _one_column_more(heads.padding)
    _check_padding(heads.padding, (n, k.shape[1]))
    p = dropout_p if training else 0.0
    attend = _attend_and_tell if need_weights else _attend
    mixed, told = attend(q, k, v, heads.merged_mask(), p, causal, n)
    out = mixed.transpose(0, 1).reshape(query.shape[0], n, width)
    out = linear(out, out_proj_weight, out_proj_bias)
    if told is not None:
        told = told.reshape(n, num_heads, *told.shape[1:])
        told = told.mean(dim=1) if average_attn_weights else told
        told = told if batched_ else told.squeeze(0)
    return (out if batched_ else out.squeeze(1)), told


def _attend(q: Any, k: Any, v: Any, mask: Any, p: float, causal: bool, n: int) -> tuple[Any, None]:
    """Attention in each head, of which only the result is wanted."""
    q4, k4, v4 = (x.reshape(n, x.shape[0] // n, *x.shape[1:]) for x in (q, k, v))
    if mask is not None and mask.ndim == 3 and mask.shape[0] != 1:
        mask = mask.reshape(n, mask.shape[0] // n, *mask.shape[1:])
    mixed = scaled_dot_product_attention(q4, k4, v4, mask, p, causal)
    return mixed.reshape(*q.shape[:2], v.shape[-1]), None


def _attend_and_tell(q: Any, k: Any, v: Any, mask: Any, p: float, causal: bool, n: int) -> tuple[Any, Any]:
    """Attention in each head, and the weights; a query that may look nowhere gives NaN, as in PyTorch."""
    scores = batched(q * math.sqrt(1 / q.shape[-1]), k.transpose(-2, -1))
    if mask is None:
        weights = softmax(scores, -1)
    else:
        nowhere = (mask == -math.inf).all(dim=-1, keepdim=True)
        weights = softmax(where(nowhere, 0.0, scores + mask), -1)
        weights = where(nowhere, math.nan, weights) if _some(nowhere) else weights
    weights = dropout(weights, p) if p else weights
    return bmm(weights, v), weights


def _some(x: Any) -> bool:
    """Whether one is True, as far as that can be known: of an example in a batch it cannot."""
    array = array_of(x)
    return array is None or bool(array.any())


# ------------------------------------------------------------------------ projections


def _projected(query: Any, key: Any, value: Any, weight: Any, bias: Any) -> list[Any]:
    """Query, key and value times their matrices; in as few products as there are different operands."""
    if isinstance(weight, tuple):
        biases = [None] * 3 if bias is None else bias.chunk(3)
        return [linear(x, w, b) for x, w, b in zip((query, key, value), weight, biases, strict=True)]
    if query is key and key is value:
        return list(linear(query, weight, bias).chunk(3, -1))
    weights, biases = weight.chunk(3), [None] * 3 if bias is None else bias.chunk(3)
    return [linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases, strict=True)]


def _with_batch(query: Tensor, key: Tensor, value: Tensor) -> tuple[Any, Any, Any]:
    """Operands with a batch of one; what was one operand stays one."""
    wide = query.unsqueeze(1)
    wide_key = wide if key is query else key.unsqueeze(1)
    return wide, wide_key, wide_key if value is key else value.unsqueeze(1)


# ------------------------------------------------------------------------------ checks


def _check_shapes(query: Any, key: Any, value: Any, padding: Any, mask: Any, heads: int) -> bool:
    """Whether there is a batch; ``AssertionError`` for operands that do not go together."""
    if query.ndim not in (2, 3):
        raise AssertionError(
            f"query should be unbatched 2D or batched 3D tensor but received {query.ndim}-D query tensor"
        )
    kind = "batched" if query.ndim == 3 else "unbatched"
    if key.ndim != query.ndim or value.ndim != query.ndim:
        raise AssertionError(
            f"For {kind} ({query.ndim}-D) `query`, expected `key` and `value` to be {query.ndim}-D but found "
            f"{key.ndim}-D and {value.ndim}-D tensors respectively"
        )
    if padding is not None and padding.ndim != query.ndim - 1:
        raise AssertionError(
            f"For {kind} ({query.ndim}-D) `query`, expected `key_padding_mask` to be `None` or "
            f"{query.ndim - 1}-D but found {padding.ndim}-D tensor instead"
        )
    _check_mask(query, key, mask, heads, kind)
    return bool(query.ndim == 3)


def _check_mask(query: Any, key: Any, mask: Any, heads: int, kind: str) -> None:
    if mask is None:
        return
    if mask.ndim not in (2, 3):
        raise AssertionError(
            f"For {kind} ({query.ndim}-D) `query`, expected `attn_mask` to be `None`, 2-D or 3-D but found "
            f"{mask.ndim}-D tensor instead"
        )
    expected = (heads, query.shape[0], key.shape[0])
    if query.ndim == 2 and mask.ndim == 3 and tuple(mask.shape) != expected:
        raise AssertionError(f"Expected `attn_mask` shape to be {expected} but got {tuple(mask.shape)}")


def _check_sizes(query: Any, key: Any, value: Any, width: int, heads: int, separate: bool) -> None:
    if query.shape[2] != width:
        raise AssertionError(f"was expecting embedding dimension of {width}, but got {query.shape[2]}")
    if width % heads:
        raise AssertionError(f"embed_dim {width} not divisible by num_heads {heads}")
    alike = key.shape[:2] == value.shape[:2] if separate else key.shape == value.shape
    if not alike:
        raise AssertionError(
            f"key's shape {tuple(key.shape)} does not match value's {tuple(value.shape)}: expected one "
            "length and one batch" + ("" if separate else ", and one width")
        )


def _check_padding(padding: Any, expected: tuple[int, int]) -> None:
    if padding is not None and tuple(padding.shape) != expected:
        raise AssertionError(
            f"expecting key_padding_mask of shape {expected}, a row for each sequence, but got "
            f"{tuple(padding.shape)}"
        )


def _square_mask(mask: Any, query: Any, key: Any, heads: int) -> Any:
    """The mask with a dimension for the heads; ``RuntimeError`` for a shape that is neither of the two."""
    if mask is None:
        return None
    length, n, width = query.shape[0], query.shape[1], key.shape[0]
    expected = (length, width) if mask.ndim == 2 else (n * heads, length, width)
    if tuple(mask.shape) != expected:
        raise RuntimeError(
            f"The shape of the {mask.ndim}D attn_mask is {tuple(mask.shape)}, but should be {expected}."
        )
    return mask.unsqueeze(0) if mask.ndim == 2 else mask


def _static(fixed: Any, x: Any) -> Any:
    """A key or value that is given as it is to be used, (N * heads, S, E / heads)."""
    if fixed.shape[0] != x.shape[0] or fixed.shape[2] != x.shape[2]:
        raise AssertionError(
            f"expecting a static key or value of shape ({x.shape[0]}, S, {x.shape[2]}), got "
            f"{tuple(fixed.shape)}"
        )
    return fixed
