"""A running combination along one dimension, by any associative function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from microtensor import stack
from microtensor.utils._pytree import tree_flatten, tree_map, tree_unflatten

__all__ = ["associative_scan"]


def associative_scan(
    combine_fn: Callable[[Any, Any], Any],
    xs: Any,
    dim: int,
    reverse: bool = False,
    combine_mode: str = "pointwise",
) -> Any:
    """``y[i] = combine_fn(y[i - 1], x[i])`` along `dim` of every tensor of a tree, from ``y[0] = x[0]`` on.

    With `reverse` the last comes first.  One step follows another, so that sums may be rounded otherwise
    than by PyTorch, which combines pairs of pairs.  Raises ``ValueError`` without a tensor.

    >>> from microtensor._higher_order_ops import associative_scan
    >>> associative_scan(lambda a, b: a * b, mt.tensor([1.0, 2.0, 3.0, 4.0]), 0)
    tensor([ 1.,  2.,  6., 24.])
    """
    leaves, spec = tree_flatten(xs)
    if not leaves:
        raise ValueError("associative_scan: expected at least one tensor in xs")
    places = range(leaves[0].shape[dim])
    steps: list[Any] = []
    for place in reversed(places) if reverse else places:
        now = tree_unflatten([leaf.select(dim, place) for leaf in leaves], spec)
        steps.append(combine_fn(steps[-1], now) if steps else now)
    if reverse:
        steps.reverse()
    return tree_map(lambda *parts: stack(parts, dim), *steps) if steps else xs
