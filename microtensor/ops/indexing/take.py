"""Reading by position in the flattened tensor, or along a dimension."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.out_argument import offered
from ...engine.tensor import Tensor
from ..elementwise.select import where
from ..views.expand import broadcast_to, common_shape
from ..views.reshape import _reshape, positive
from .gather_scatter import _gather
from .getitem import index


@offered
def take(input: Tensor, index: Tensor) -> Any:
    """The elements of the flattened `input` at these places, in the shape of `index`.

    >>> mt.take(mt.tensor([[1, 2], [3, 4]]), mt.tensor([0, -1]))
    tensor([1, 4])
    """
    if index.dtype != np.int64:
        raise RuntimeError(f"take(): Expected a long tensor for index, but got {index.dtype}")
    return _read(_reshape(input, (-1,)), in_range("take", index.array, input.numel()))


def _read(flat: Any, places: Any) -> Any:
    return index(flat, (places,))


def in_range(name: str, places: Any, n: int) -> Any:
    """`places` if all of them lie in -n to n - 1; else ``IndexError``."""
    if places.size and not (places.min() >= -n and places.max() < n):
        raise IndexError(
            f"{name}: out of range: an index of {int(places.min())} to {int(places.max())} where there are "
            f"{n} elements"
        )
    return places


@offered
def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None) -> Any:
    """`gather` whose operands broadcast in the other dimensions; without `dim`, of the flattened input.

    >>> x = mt.tensor([[3, 1], [2, 4]])
    >>> mt.take_along_dim(x, mt.argsort(x, dim=1), dim=1)
    tensor([[1, 3],
            [2, 4]])
    """
    if indices.dtype.kind not in "iu":
        raise RuntimeError(f"take_along_dim(): dtype of indices should be Long but got {indices.dtype}")
    if dim is None:
        flat = _reshape(indices, (-1,))
        return _gather(_reshape(input, (-1,)), _from_the_front(flat, input.numel()), 0)
    if input.ndim != indices.ndim:
        raise RuntimeError(
            "torch.take_along_dim(): input and indices should have the same number of dimensions, but got "
            f"{input.ndim} dimensions for input, and {indices.ndim} dimensions for indices"
        )
    dim = positive(dim, input.ndim)
    indices = _from_the_front(indices, input.shape[dim] if input.ndim else 1)
    shapes = [_without(x, dim) for x in (input, indices)]
    shape = common_shape("take_along_dim", shapes)
    wide = [(*shape[:dim], x.shape[dim], *shape[dim + 1 :]) for x in (input, indices)]
    return _gather(broadcast_to(input, wide[0]), broadcast_to(indices, wide[1]), dim)


def _from_the_front(indices: Tensor, n: int) -> Tensor:
    """The same places without negative numbers, which count from the end."""
    return where(indices < 0, indices + n, indices)


def _without(x: Tensor, dim: int) -> Any:
    """Something of the shape of `x` but for length 1 at `dim`."""
    return np.empty([1 if d == dim else n for d, n in enumerate(x.shape)], bool)
