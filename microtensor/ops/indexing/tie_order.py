"""Which of equal elements come first: as in PyTorch, for arrays of up to 4,096 elements.

NumPy's stable sort finds the order.  Where equal elements are among those that count, the line is sorted
again as PyTorch sorts it (`cpp_sorting`); in larger arrays equals stay in the order of their indices.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import cpp_sorting as cpp

__all__ = ["LIMIT", "gather", "kth_order", "settle_sort", "settle_topk", "stable_order"]

LIMIT = 4096
"""Elements of an array whose equals are put in PyTorch's order: it takes Python a few milliseconds."""


def stable_order(x: Any, dim: int, descending: bool) -> Any:
    """Where the elements along `dim` are, in order, equals by their indices; a NaN is larger than all."""
    if not descending:
        return np.argsort(x, axis=dim, kind="stable").astype(np.int64, copy=False)
    order = np.argsort(np.flip(x, dim), axis=dim, kind="stable").astype(np.int64, copy=False)
    return x.shape[dim] - 1 - np.flip(order, dim)


def gather(x: Any, order: Any, dim: int) -> Any:
    """The elements along `dim` in an order."""
    return x[order] if x.ndim == 1 else np.take_along_axis(x, order, dim)


def settle_sort(ordered: Any, order: Any, dim: int, descending: bool) -> Any:
    """The order of ``std::sort`` from a stable one and the elements in it; itself if no two are equal."""
    if ordered.size > LIMIT or ordered.shape[dim] <= 16:  # so few are sorted by insertion, which is stable
        return order
    if _are_distinct(ordered, dim, descending):
        return order
    return _rearranged(ordered, order, dim, slice(None), cpp.sort)


def settle_topk(x: Any, first: Any, order: Any, dim: int, largest: bool, k: int) -> Any:
    """The order of the first `k` in PyTorch's `topk`, from a stable one, and the first ``k + 1`` in that."""
    if x.size > LIMIT or not k or _are_distinct(first, dim, largest):
        return order
    return _rearranged(gather(x, order, dim), order, dim, slice(k), lambda line: _first(line, k))


def kth_order(x: Any, dim: int, k: int) -> Any:
    """Where the element is along `dim` that is the `k`-th in order, counted from 0."""
    order, here = stable_order(x, dim, False), (slice(None),) * dim
    near = gather(x, order[(*here, slice(max(k - 1, 0), k + 2))], dim)
    if x.size <= LIMIT and not _are_distinct(near, dim, False):
        pairs = slice(max(k - 1, 0), k + 1)
        ordered = gather(x, order, dim)
        order = _rearranged(ordered, order, dim, pairs, lambda line: cpp.quickselect(line, k))
    return order[(*here, slice(k, k + 1))]


def _first(line: cpp.Line, k: int) -> None:
    if k * 64 <= len(line.keys):
        cpp.partial_sort(line, k)
    else:
        cpp.nth_element(line, k - 1)
        cpp.sort(line, k - 1)


def _are_distinct(ordered: Any, dim: int, descending: bool) -> Any:
    """Whether each is truly smaller (or larger) than the next, which a NaN is not."""
    here = (slice(None),) * dim
    before, after = ordered[(*here, slice(-1))], ordered[(*here, slice(1, None))]
    return (before > after if descending else before < after).all()


def _rearranged(ordered: Any, order: Any, dim: int, pairs: slice, arrange: Callable[[cpp.Line], None]) -> Any:
    """The order after `arrange` has sorted each line that has equals among these pairs of neighbours."""
    same = _same(np.moveaxis(ordered, dim, -1))
    ranks = np.concatenate([np.zeros((*same.shape[:-1], 1), np.int64), np.cumsum(~same, -1)], -1)
    settled = order.copy()
    lines = np.moveaxis(settled, dim, -1)
    for at in map(tuple, np.argwhere(same[..., pairs].any(-1))):
        _arrange(lines[at], ranks[at], arrange)
    return settled


def _arrange(order: Any, ranks: Any, arrange: Callable[[cpp.Line], None]) -> None:
    keys = np.empty_like(ranks)
    keys[order] = ranks
    line = cpp.Line(keys.tolist())
    arrange(line)
    order[:] = line.places


def _same(ordered: Any) -> Any:
    """Whether neighbours are equal; two NaN are."""
    before, after = ordered[..., :-1], ordered[..., 1:]
    return (before == after) | ((before != before) & (after != after))
