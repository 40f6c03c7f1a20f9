# ruff: noqa: N803 - arguments in capitals are PyTorch's
"""Attention whose scores a function changes and whose pairs a function chooses: ``flex_attention``.

PyTorch compiles both functions into one kernel.  Here they are called once, on tensors that broadcast: the
scores have the shape (batch, head, query, key), and the four indices have that shape with all other
dimensions 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any, NamedTuple

from ...creation.ranges import arange
from ...engine.tensor import Tensor
from ...ops.activations.softmax import softmax
from ...ops.elementwise.select import where
from ...ops.reductions.sum_mean import logsumexp

__all__ = [
    "AuxOutput", "AuxRequest", "BlockMask", "and_masks", "create_block_mask", "create_mask", "flex_attention",
    "noop_mask", "or_masks",
]  # fmt: skip

_DEFAULT_SPARSE_BLOCK_SIZE = 128
_mask_mod_signature = _score_mod_signature = Callable[..., Any]
Mask = Callable[[Any, Any, Any, Any], Any]


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """All pairs of a query and a key."""
    return (batch + head + token_q + token_kv) >= 0


class AuxRequest(NamedTuple):
    """What else `flex_attention` is to return."""

    lse: bool = False
    max_scores: bool = False


class AuxOutput(NamedTuple):
    """What else `flex_attention` returns, None for what was not asked for."""

    lse: Tensor | None = None
    max_scores: Tensor | None = None


class BlockMask:
    """Which keys a query sees: a function of the four indices, and the lengths that it is for.

    It is kept as the function, and not by blocks, since all scores are computed.
    """

    def __init__(self, mask_mod: Mask, shape: tuple[int, int, int, int], block_size: Any) -> None:
        self.mask_mod, self.shape, self.BLOCK_SIZE = mask_mod, shape, block_size

    @property
    def seq_lengths(self) -> tuple[int, int]:
        """The numbers of queries and of keys."""
        return self.shape[2:]

    def to(self, device: Any) -> BlockMask:
        """The same: there is one device."""
        return self


def _indices(shape: tuple[int, ...]) -> list[Tensor]:
    """For each dimension its indices, along that dimension."""
    return [arange(n).reshape([-1 if i == d else 1 for i in range(4)]) for d, n in enumerate(shape)]


def create_mask(
    mod_fn: Mask, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None
) -> Tensor:  # fmt: skip
    """The mask as a tensor of truth values, (batch, head, query, key).

    >>> from microtensor.nn.attention.flex_attention import create_mask
    >>> create_mask(lambda b, h, q, k: q >= k, 1, 1, 2, 2)[0, 0]
    tensor([[ True, False],
            [ True,  True]])
    """
    shape = (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN)
    return mod_fn(*_indices(shape)).expand(shape)  # type: ignore[no-any-return]


def create_block_mask(
    mask_mod: Mask, B: int | None, H: int | None, Q_LEN: int, KV_LEN: int, device: Any = None,
    BLOCK_SIZE: Any = _DEFAULT_SPARSE_BLOCK_SIZE, _compile: bool = False,
) -> BlockMask:  # fmt: skip
    """What `flex_attention` takes as `block_mask`, of a function that says which pairs count.

    ``B=None`` and ``H=None`` stand for a mask that is the same for all batches and heads.
    """
    return BlockMask(mask_mod, (1 if B is None else B, 1 if H is None else H, Q_LEN, KV_LEN), BLOCK_SIZE)


def and_masks(*mask_mods: Mask) -> Mask:
    """The pairs that all of these masks have."""

    def all_of(b: Any, h: Any, q: Any, k: Any) -> Any:
        found = noop_mask(b, h, q, k)
        for mask in mask_mods:
            found = found & mask(b, h, q, k)
        return found

    return all_of


def or_masks(*mask_mods: Mask) -> Mask:
    """The pairs that one of these masks has."""

    def one_of(b: Any, h: Any, q: Any, k: Any) -> Any:
        found = ~noop_mask(b, h, q, k)
        for mask in mask_mods:
            found = found | mask(b, h, q, k)
        return found

    return one_of


def flex_attention(
    query: Tensor, key: Tensor, value: Tensor, score_mod: Callable[..., Any] | None = None,
    block_mask: BlockMask | None = None, scale: float | None = None, enable_gqa: bool = False,
    return_lse: bool = False, kernel_options: Any = None, *, return_aux: AuxRequest | None = None,
) -> Any:  # fmt: skip
    """Attention with ``score_mod(score, b, h, q, k)`` of each score, over the pairs of `block_mask`.

    A query that sees no key gives zeros.  With `enable_gqa` several heads of queries share one of keys.  With
    `return_lse` the logarithm of each softmax's sum comes along; so does what `return_aux` asks for.

    >>> from microtensor.nn.attention.flex_attention import create_block_mask, flex_attention
    >>> x = mt.arange(4.0).reshape(1, 1, 2, 2)
    >>> causal = create_block_mask(lambda b, h, q, k: q >= k, None, None, 2, 2)
    >>> flex_attention(x, x, x, block_mask=causal)[0, 0, 0]
    tensor([0., 1.])
    """
    if enable_gqa:
        times = query.shape[-3] // key.shape[-3]
        key, value = key.repeat_interleave(times, dim=-3), value.repeat_interleave(times, dim=-3)
    scores = (query @ key.mT) * (1 / math.sqrt(query.shape[-1]) if scale is None else scale)
    indices = _indices(tuple(scores.shape))
    if score_mod is not None:
        scores = score_mod(scores, *indices)
    if block_mask is not None:
        scores = where(block_mask.mask_mod(*indices), scores, -math.inf)
    seen = (scores > -math.inf).any(-1, keepdim=True)
    out = (softmax(where(seen, scores, 0.0), dim=-1) * seen).to(value.dtype) @ value
    if return_aux is not None:
        lse = logsumexp(scores, -1) if return_aux.lse else None
        return out, AuxOutput(lse, scores.amax(-1) if return_aux.max_scores else None)
    return (out, logsumexp(scores, -1)) if return_lse else out
