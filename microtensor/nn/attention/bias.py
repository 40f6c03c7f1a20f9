"""Masks of attention that are known by their form: a query sees the keys up to its own place.

Where there are more keys than queries, "upper left" counts places from the first query and key, and "lower
right" from the last ones, as a cache of keys wants it.
"""

from __future__ import annotations

import enum
import warnings
from collections.abc import Callable
from typing import Any

from ...creation.factories import ones
from ...engine.tensor import Tensor
from .. import functional as F

__all__ = ["CausalBias", "CausalVariant", "causal_lower_right", "causal_upper_left"]


class CausalVariant(enum.IntEnum):
    """From which end places are counted."""

    UPPER_LEFT = 1
    LOWER_RIGHT = 2


class CausalBias(Tensor):
    """A mask for `scaled_dot_product_attention`, which is not written out until it must be.

    >>> from microtensor.nn.attention.bias import causal_lower_right
    >>> causal_lower_right(2, 3)
    tensor([[ True,  True, False],
            [ True,  True,  True]])
    """

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """A tensor without elements: the mask is in what it knows."""
        return super().__new__(cls)

    def __init__(self, variant: CausalVariant, seq_len_q: int, seq_len_kv: int) -> None:
        if not isinstance(variant, CausalVariant):
            raise AssertionError(f"variant must be a CausalVariant, got {type(variant).__name__}")
        self.variant, self.seq_len_q, self.seq_len_kv = variant, seq_len_q, seq_len_kv
        if seq_len_q > seq_len_kv and variant is CausalVariant.LOWER_RIGHT:
            warnings.warn(
                "Lower right causal bias will produce NaNs in the output when seq_len_q > seq_len_kv!",
                stacklevel=3,
            )

    def _materialize(self, device: Any = None) -> Tensor:
        """The mask as a tensor of truth values."""
        last = self.variant is CausalVariant.LOWER_RIGHT
        shape = (self.seq_len_q, self.seq_len_kv)
        return ones(shape).tril(self.seq_len_kv - self.seq_len_q if last else 0).bool()

    @classmethod
    def __torch_function__(
        cls, func: Callable[..., Any], types: Any, args: tuple[Any, ...] = (), kwargs: Any = None
    ) -> Any:
        if func is F.scaled_dot_product_attention:
            return _attention(*args, **(kwargs or {}))
        return super().__torch_function__(func, types, args, kwargs)

    def __repr__(self) -> str:
        return repr(self._materialize())


def _attention(
    query: Tensor, key: Tensor, value: Tensor, attn_mask: CausalBias, dropout_p: float = 0.0,
    is_causal: bool = False, scale: float | None = None, enable_gqa: bool = False,
) -> Any:  # fmt: skip
    if is_causal:
        raise ValueError("CausalBias should not be used with causal=True")
    mask = attn_mask._materialize()
    return F.scaled_dot_product_attention(
        query, key, value, mask, dropout_p, False, scale=scale, enable_gqa=enable_gqa
    )


def causal_upper_left(*size: int) -> CausalBias:
    """The mask of (queries, keys) whose places are counted from the first ones."""
    if len(size) != 2:
        raise AssertionError("causal_upper_left only supports 2D tensors")
    return CausalBias(CausalVariant.UPPER_LEFT, *size)


def causal_lower_right(*size: int) -> CausalBias:
    """The mask of (queries, keys) whose places are counted from the last ones."""
    if len(size) != 2:
        raise AssertionError("causal_lower_right only supports 2D tensors")
    return CausalBias(CausalVariant.LOWER_RIGHT, *size)
