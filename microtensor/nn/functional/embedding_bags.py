"""Sums, means and maxima of rows of a table: embeddings of bags of words."""

# Functions follow their arguments, Tensor in and Tensor out, which mypy cannot see.
# mypy: disable-error-code="no-any-return"

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import COMPLEX, WHOLE, unsupported
from ...engine.tensor import Tensor
from ...ops.indexing.gather_scatter import gather, scatter_add_into
from .embedding_table import embedding, row_numbers


def embedding_bag(
    input: Tensor, weight: Tensor, offsets: Tensor | None = None, max_norm: float | None = None,
    norm_type: float = 2, scale_grad_by_freq: bool = False, mode: str = "mean", sparse: bool = False,
    per_sample_weights: Tensor | None = None, include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:  # fmt: skip
    """The sum, mean or maximum of the rows of `weight` (n, d) that each bag of integers names: (B, d).

    `input` is (B, N), a bag in each row, or (N) with the places where the bags begin in `offsets` (B), whose
    last element is the end of the last bag with `include_last_offset`.  `per_sample_weights` multiply the
    rows, for ``mode="sum"``.  The row `padding_idx` counts nothing; an empty bag gives zeros.

    Raises ``ValueError`` for a wrong mode, offsets or shapes, ``NotImplementedError`` for weights in another
    mode, ``RuntimeError`` for an index or a padding row out of range.

    >>> table = mt.tensor([[1.0], [2.0], [4.0]])
    >>> mt.nn.functional.embedding_bag(mt.tensor([[0, 2], [1, 1]]), table).flatten()
    tensor([2.5000, 2.0000])
    """
    unsupported(
        "Expected tensor for argument #1 'weight' to have one of the following scalar types: Half, BFloat16, "
        "Float, Double; but got {} instead", WHOLE | COMPLEX,
    )(weight)  # fmt: skip
    rows, starts, factors = _flat(input, weight, offsets, per_sample_weights)
    _check(mode, scale_grad_by_freq, sparse, factors)
    if include_last_offset and offsets is not None:
        starts = starts[:-1]
    rows, bags, kept = _bag_of_each(rows, starts, weight.shape[0], padding_idx)
    words = Tensor._of(rows)
    found = embedding(words, weight, None, max_norm, norm_type, scale_grad_by_freq, sparse)
    if factors is not None:
        found = found * (factors if kept is None else factors[Tensor._of(kept)]).unsqueeze(1)
    if mode == "max":
        return _maxima(found, bags, len(starts))
    index = np.broadcast_to(bags[:, None], tuple(found.shape))
    total = scatter_add_into(found, index, (len(starts), weight.shape[1]), 0)
    return total if mode == "sum" else total * _one_over_sizes(bags, len(starts), weight.dtype)


def _flat(input: Tensor, weight: Tensor, offsets: Any, factors: Any) -> tuple[Any, Any, Any]:
    """The integers, the places where bags begin, and the factors, in one dimension each."""
    if factors is not None and input.shape != factors.shape:
        raise ValueError(
            f"embedding_bag: If per_sample_weights ({tuple(factors.shape)}) is not None, then it must have "
            f"the same shape as the input ({tuple(input.shape)})"
        )
    if weight.ndim != 2:
        raise ValueError(f"weight has to be a 2D Tensor, but got Tensor of dimension {weight.ndim}")
    if input.ndim == 2:
        if offsets is not None:
            raise ValueError("if input is 2D, then offsets has to be None: each row is a bag")
        starts = np.arange(input.shape[0]) * input.shape[1]
        return input.array.reshape(-1), starts, None if factors is None else factors.reshape(-1)
    if input.ndim != 1:
        raise ValueError(f"input has to be 1D or 2D Tensor, but got Tensor of dimension {input.ndim}")
    if offsets is None or offsets.ndim != 1:
        raise ValueError("offsets has to be a 1D Tensor" + (" but got None" if offsets is None else ""))
    return input.array, _checked_offsets(offsets, input), factors


def _checked_offsets(offsets: Tensor, input: Tensor) -> Any:
    starts = offsets.array
    if starts.size and starts[0] != 0:
        raise RuntimeError(
            f"offsets[0] has to be 0, i.e., the first sequence in the mini-batch has to start from position "
            f"0. However, got {starts[0]}"
        )
    if starts.size and starts[-1] > input.shape[0]:
        raise RuntimeError(
            f"offsets[-1] can not be greater than input's length {input.shape[0]} "
            f"but got offsets[-1] of {starts[-1]}"
        )
    return starts


def _check(mode: str, scale_grad_by_freq: bool, sparse: bool, factors: Any) -> None:
    if mode not in ("sum", "mean", "max"):
        raise ValueError(f"mode has to be one of sum, mean or max, not {mode!r}")
    if mode == "max" and scale_grad_by_freq:
        raise ValueError("max mode does not support scaling the gradient by the frequency")
    if mode == "max" and sparse:
        raise ValueError("max mode does not support sparse weights")
    if factors is not None and mode != "sum":
        raise NotImplementedError(
            f"embedding_bag: per_sample_weights is only supported for mode='sum' (got mode={mode!r})"
        )


def _bag_of_each(rows: Any, starts: Any, count: int, padding: int | None) -> tuple[Any, Any, Any]:
    """The integers that count, the bag of each, and which those were (None: all)."""
    row_numbers("embedding_bag", rows)
    if padding is not None and not -count <= padding < count:
        raise RuntimeError(
            f"embedding_bag: padding_idx must be within the number of embeddings, {-count} through "
            f"{count - 1}, but got {padding}"
        )
    if rows.size and not (rows.min() >= 0 and rows.max() < count):
        raise RuntimeError(
            f"embedding_bag: Expected idx >= 0 && idx < num_embeddings, got {rows.min()} to "
            f"{rows.max()} for {count}"
        )
    bags = np.searchsorted(starts, np.arange(rows.size), "right") - 1
    if padding is None:
        return rows, bags, None
    kept = np.flatnonzero(rows != padding % count)
    return rows[kept], bags[kept], kept


def _one_over_sizes(bags: Any, count: int, dtype: Any) -> Any:
    sizes = np.bincount(bags, minlength=count)
    return Tensor._of((1 / np.maximum(sizes, 1)).astype(dtype)[:, None])


def _maxima(found: Any, bags: Any, count: int) -> Any:
    """The largest of each bag and column; where equal, the first gets the gradient."""
    values = found.detach().array
    order = np.lexsort((-values, np.broadcast_to(bags[:, None], values.shape)), axis=0)
    used, first = np.unique(bags, return_index=True)
    best = gather(found, 0, Tensor._of(order[first]))
    index = np.broadcast_to(used[:, None], tuple(best.shape))
    return scatter_add_into(best, index, (count, values.shape[1]), 0)
