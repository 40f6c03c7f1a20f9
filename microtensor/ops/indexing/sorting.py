"""Sorting: the values, where they were, and a gradient that goes back there."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from ...engine.arrays.kernels import BOOL, unsupported
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.out_argument import with_out
from ...engine.printing import return_type
from ...engine.tensor import Tensor
from ..views.reshape import positive
from .gather_scatter import scatter_add_into
from .tie_order import gather, settle_sort, settle_topk, stable_order


@return_type("sort")
class Sorted(NamedTuple):
    """The values in order, and where they were."""

    values: Tensor
    indices: Tensor


@return_type("topk")
class TopK(Sorted):
    """What `topk` gives."""


_BACK = {
    "x": lambda g, x_shape, out_indices, dim: (
        scatter_add_into(g[0], out_indices, x_shape, dim) if x_shape else g[0]
    )
}


@op(x=_BACK["x"], name="sort",
    samples=[case((3, 4), dim=1), case((3, 4), dim=0, descending=True), case((), dim=0),
             case((2, 20), dim=1, stable=True)],
    reference=lambda x, dim, descending=False, stable=False: _by_numpy(x, dim, descending, None))  # fmt: skip
def _sort(x: Any, /, dim: int, descending: bool = False, stable: bool = False) -> Any:
    """All elements along `dim` in order, equals in the order that they had if `stable`.

    >>> mt.sort(mt.tensor([3, 1, 2])).values
    tensor([1, 2, 3])
    """
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    order = stable_order(x, dim, descending)
    values = gather(x, order, dim)
    settled = order if stable else settle_sort(values, order, dim, descending)
    return (values if settled is order else gather(x, settled, dim)), settled


@op(x=_BACK["x"], name="topk",
    samples=[case((3, 4), dim=0, largest=True, k=2), case((), dim=0, largest=False, k=1)],
    reference=lambda x, dim, largest, k: _by_numpy(x, dim, largest, k))  # fmt: skip
def _topk(x: Any, /, dim: int, largest: bool, k: int) -> Any:
    """The first `k` along `dim` in order.

    >>> mt.topk(mt.tensor([3, 1, 2]), 1).values
    tensor([3])
    """
    if not x.ndim:
        return x.copy(), np.zeros((), np.int64)
    here, order = (slice(None),) * dim, stable_order(x, dim, largest)
    values = gather(x, order[(*here, slice(k + 1))], dim)
    settled = settle_topk(x, values, order, dim, largest, k)
    found = np.ascontiguousarray(settled[(*here, slice(k))])
    if settled is not order:
        return gather(x, found, dim), found
    return np.ascontiguousarray(values[(*here, slice(k))]), found


def _by_numpy(x: Any, dim: int, descending: bool, k: int | None) -> Any:
    ordered = np.sort(x, dim) if x.ndim else x
    return (np.flip(ordered, dim) if descending else ordered)[
        (slice(None),) * dim + (slice(k),) if x.ndim else ()
    ]


@with_out
def sort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Sorted:
    """The elements along `dim` in order, as ``(values, indices)``.

    Equal elements stay in their order if `stable`; otherwise they come as PyTorch puts them, in tensors of up
    to 4,096 elements, and stay in their order in larger ones.

    >>> mt.sort(mt.tensor([3.0, 1.0, 2.0]), descending=True).indices
    tensor([0, 2, 1])
    """
    return Sorted(*_sort(input, positive(dim, input.ndim), bool(descending), bool(stable)))


@with_out
def argsort(input: Tensor, dim: int = -1, descending: bool = False, stable: bool = False) -> Tensor:
    """Where the elements along `dim` are, in order; equals as `sort` puts them.

    >>> mt.argsort(mt.tensor([3.0, 1.0, 2.0]))
    tensor([1, 2, 0])
    """
    order: Tensor = sort(input.detach(), dim, descending, stable).indices
    return order


_TOPK_KERNEL = unsupported("topk does not support {} dtypes on CPU", BOOL)


@with_out
def topk(input: Tensor, k: int, dim: int = -1, largest: bool = True, sorted: bool = True) -> TopK:
    """The `k` largest (or smallest) elements along `dim`, in order, as ``(values, indices)``.

    Of equal elements PyTorch's are taken, in tensors of up to 4,096 elements, and the first in larger ones.
    They are in order whether `sorted` or not.  Raises ``RuntimeError`` if there are fewer than `k`.

    >>> mt.topk(mt.tensor([3.0, 1.0, 2.0]), 2).values
    tensor([3., 2.])
    """
    dim = positive(dim, input.ndim)
    n = input.shape[dim] if input.ndim else 1
    if not 0 <= k <= n:
        raise RuntimeError(f"topk: selected index k out of range: k is {k}, and dimension {dim} has size {n}")
    _TOPK_KERNEL(input)
    return TopK(*_topk(input, dim, largest, k))


for _function in (sort, argsort, topk):
    setattr(Tensor, _function.__name__, _function)
