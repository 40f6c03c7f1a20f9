"""Sorting: the values, where they were, and a gradient that goes back there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...engine.numpy_keywords import numpy_names
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ..views.reshape_permute import positive
from .gather_scatter import scatter_add_into


@return_type("sort")
class Sorted(NamedTuple):
    """The values in order, and where they were."""

    values: Tensor
    indices: Tensor


@return_type("topk")
class TopK(Sorted):
    """What `topk` gives."""


_BACK = {"x": lambda g, x_shape, out, dim: scatter_add_into(g[0], out[1], x_shape, dim) if x_shape else g[0]}


@op(x=_BACK["x"], name="sort",
    samples=[case((3, 4), dim=1), case((3, 4), dim=0, descending=True), case((), dim=0)],
    reference=lambda x, dim, descending=False: _by_numpy(x, dim, descending, None))  # fmt: skip
def _sort(x: Any, /, dim: int, descending: bool = False) -> Any:
    """All elements along `dim` in order, equals in the order that they had.

    >>> mt.sort(mt.tensor([3, 1, 2])).values
    tensor([1, 2, 3])
    """
    return _first(x, dim, descending, None)


@op(x=_BACK["x"], name="topk",
    samples=[case((3, 4), dim=0, largest=True, k=2), case((), dim=0, largest=False, k=1)],
    reference=lambda x, dim, largest, k: _by_numpy(x, dim, largest, k))  # fmt: skip
def _topk(x: Any, /, dim: int, largest: bool, k: int) -> Any:
    """The first `k` along `dim` in order.

    >>> mt.topk(mt.tensor([3, 1, 2]), 1).values
    tensor([3])
    """
    return _first(x, dim, largest, k)


def _first(x: Any, dim: int, descending: bool, k: int | None) -> Any:
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    turned = np.flip(x, dim) if descending else x
    order = np.argsort(turned, axis=dim, kind="stable")
    if descending:
        order = x.shape[dim] - 1 - np.flip(order, dim)
    first = order[(slice(None),) * dim + (slice(k),)].astype(np.int64, copy=False)
    return np.take_along_axis(x, first, dim), first


def _by_numpy(x: Any, dim: int, descending: bool, k: int | None) -> Any:
    ordered = np.sort(x, dim) if x.ndim else x
    return (np.flip(ordered, dim) if descending else ordered)[
        (slice(None),) * dim + (slice(k),) if x.ndim else ()
    ]


@numpy_names
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Sorted:
    """The elements along `dim` in order, as ``(values, indices)``; always stable.

    >>> mt.sort(mt.tensor([3.0, 1.0, 2.0]), descending=True).indices
    tensor([0, 2, 1])
    """
    return Sorted(*_sort(input, positive(dim, input.ndim), descending))


@numpy_names
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = True) -> Tensor:
    """Where the elements along `dim` are, in order.

    >>> mt.argsort(mt.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    order: Tensor = sort(input.detach(), dim, descending).indices
    return order


@numpy_names
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> TopK:
    """The `k` largest (or smallest) elements along `dim`, in order, as ``(values, indices)``.

    Raises ``RuntimeError`` if there are fewer than `k`.

    >>> mt.topk(mt.tensor([3.0, 1.0, 2.0]), 2).values
    tensor([3., 2.])
    """
    dim = positive(dim, input.ndim)
    n = input.shape[dim] if input.ndim else 1
    if not 0 <= k <= n:
        raise RuntimeError(f"topk: selected index k out of range: k is {k}, and dimension {dim} has size {n}")
    return TopK(*_topk(input, dim, largest, k))


for _function in (sort, argsort, topk):
    setattr(Tensor, _function.__name__, _function)
