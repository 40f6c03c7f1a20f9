"""Which elements there are, and where in an order they would stand; no gradient."""

from __future__ import annotations

from typing import Any

import numpy as np

from ...engine.arrays.kernels import BOOL, COMPLEX, unsupported, without
from ...engine.out_argument import offered, with_out
from ...engine.tensor import Tensor
from ...errors import describe
from ..elementwise.nonzero import nonzero
from ..views.reshape import positive


def _results(values: Any, inverse: Any, counts: Any, wanted: tuple[bool, bool]) -> Any:
    """What was asked for, alone or as a tuple."""
    found = [values, *(a.astype(np.int64) for a, want in zip((inverse, counts), wanted, strict=True) if want)]
    return Tensor._of(found[0]) if len(found) == 1 else tuple(Tensor._of(a) for a in found)


def unique(
    input: Tensor, sorted: bool = True, return_inverse: bool = False, return_counts: bool = False,
    dim: int | None = None,
) -> Any:  # fmt: skip
    """The different elements (or slices of `dim`), always in order.

    With ``return_inverse`` also where each element stands among them, and with ``return_counts`` how often
    each occurs.

    >>> mt.unique(mt.tensor([3, 1, 3]), return_counts=True)
    (tensor([1, 3]), tensor([1, 2]))
    """
    without("unique", COMPLEX)(input)
    x = input.array
    axis = None if dim is None else _axis(x, dim)
    values, inverse, counts = np.unique(
        x, return_inverse=True, return_counts=True, axis=axis, equal_nan=False
    )
    inverse = inverse.reshape(x.shape if axis is None else -1)
    return _results(values, inverse, counts, (return_inverse, return_counts))


def _axis(x: Any, dim: int) -> int:
    if not x.ndim:
        raise IndexError(f"unique: Dimension specified as {dim} but tensor has no dimensions")
    return positive(dim, x.ndim)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """The first of each run of equal elements (or slices of `dim`).

    >>> mt.unique_consecutive(mt.tensor([1, 1, 2, 1]))
    tensor([1, 2, 1])
    """
    without("unique", COMPLEX)(input)
    axis = 0 if dim is None else _axis(input, dim)
    x = np.moveaxis(input.array.reshape(-1) if dim is None else input.array, axis, 0)
    rows = x.reshape(len(x), x.size // max(len(x), 1))
    starts = np.flatnonzero(np.concatenate([[True], (rows[1:] != rows[:-1]).any(1)])[: len(x)])
    counts = np.diff([*starts, len(x)])
    inverse = np.repeat(np.arange(len(starts)), counts)
    inverse = inverse.reshape(input.shape) if dim is None else inverse
    return _results(np.moveaxis(x[starts], 0, axis), inverse, counts, (return_inverse, return_counts))


@with_out(also={"element": "elements", "test_element": "test_elements"})
def isin(elements: Any, test_elements: Any, *, assume_unique: bool = False, invert: bool = False) -> Tensor:
    """Which of `elements` are among `test_elements`; one of them may be a number.

    >>> mt.isin(mt.tensor([1, 2, 3]), mt.tensor([1, 3]))
    tensor([ True, False,  True])
    """
    if not isinstance(elements, Tensor) and not isinstance(test_elements, Tensor):
        raise TypeError("isin: expected a Tensor as one of its arguments")
    x, known = (np.asarray(getattr(a, "array", a)) for a in (elements, test_elements))
    unsupported("Unsupported input type encountered for isin(): {}", BOOL | COMPLEX)(x, known)
    found = np.isin(x, known, invert=invert)
    return Tensor._of(found)


@with_out(also={"self": "input"})
def searchsorted(
    sorted_sequence: Tensor, input: Any, *, out_int32: bool = False, right: bool = False,
    side: str | None = None, sorter: Tensor | None = None,
) -> Tensor:  # fmt: skip
    """Where each number would have to be put into a sorted sequence, along its last dimension.

    Before its equals, or after them with ``right=True`` (or ``side="right"``).

    >>> mt.searchsorted(mt.tensor([1, 3, 5]), mt.tensor([3, 6]))
    tensor([1, 3])
    """
    if side not in (None, "left", "right") or (side == "left" and right):
        raise RuntimeError(
            f"torch.searchsorted(): side can only be 'left' or 'right', got {side} and {right=}"
        )
    where = side or ("right" if right else "left")
    line, x = sorted_sequence.array, np.asarray(getattr(input, "array", input))
    without("searchsorted_out_cpu", COMPLEX)(line, x)
    if sorter is not None:
        line = np.take_along_axis(line, sorter.array, -1)
    return Tensor._of(_insertions(line, x, where).astype(np.int32 if out_int32 else np.int64))


def _insertions(line: Any, x: Any, side: Any) -> Any:
    if line.ndim == 1:
        return np.asarray(np.searchsorted(line, x, side))
    if not line.ndim or line.shape[:-1] != x.shape[:-1] or line.ndim != x.ndim:
        raise RuntimeError(
            "torch.searchsorted(): boundaries tensor should be 1 dimension or the first N-1 dimensions of "
            f"boundaries tensor and input value tensor must match, but we got {describe(line)} and "
            f"{describe(x)}"
        )
    if not x.size:
        return np.zeros(x.shape, np.int64)
    rows = zip(line.reshape(-1, line.shape[-1]), x.reshape(-1, x.shape[-1]), strict=True)
    return np.array([np.searchsorted(a, b, side) for a, b in rows], np.int64).reshape(x.shape)


@with_out(also={"self": "input"})
def bucketize(input: Any, boundaries: Tensor, *, out_int32: bool = False, right: bool = False) -> Tensor:
    """In which bucket between sorted boundaries each number lies; on a boundary, in the one below it.

    With ``right=True`` in the one above.

    >>> mt.bucketize(mt.tensor([3, 6]), mt.tensor([1, 3, 5]))
    tensor([1, 3])
    """
    if boundaries.ndim != 1:
        raise RuntimeError(f"bucketize(): boundaries tensor must be 1 dimension, but got {boundaries.ndim}")
    line, x = boundaries.array, np.asarray(getattr(input, "array", input))
    without("searchsorted_out_cpu", BOOL)(line)
    without("searchsorted_out_cpu", COMPLEX)(line, x)
    found = _insertions(line, x, "right" if right else "left")
    return Tensor._of(found.astype(np.int32 if out_int32 else np.int64))


@offered
def argwhere(input: Tensor) -> Any:
    """The indices of the elements that are not zero, a row each.

    >>> mt.argwhere(mt.tensor([0, 3]))
    tensor([[1]])
    """
    return nonzero(input.detach())


@offered
def nonzero_static(input: Tensor, *, size: int, fill_value: int = -1) -> Any:
    """`nonzero`, cut or filled to `size` rows.

    >>> mt.nonzero_static(mt.tensor([0, 3]), size=2)
    tensor([[ 1],
            [-1]])
    """
    if size < 0:
        raise RuntimeError(f"nonzero_static: 'size' must be an non-negative integer, got {size}")
    rows = np.full((size, input.ndim), fill_value, np.int64)
    found = nonzero(input.detach()).array[:size]
    rows[: len(found)] = found
    return Tensor._of(rows)


def unravel_index(indices: Tensor, shape: Any) -> tuple[Tensor, ...]:
    """The coordinates, in a tensor of this shape, of places in the flattened one.

    >>> mt.unravel_index(mt.tensor([3]), (2, 2))
    (tensor([1]), tensor([1]))
    """
    if indices.dtype.kind not in "iu":
        raise TypeError(f"expected 'indices' to be integer dtype, but got {indices.dtype}")
    shape = (shape,) if isinstance(shape, int) else tuple(shape)
    if any(n < 0 for n in shape):
        raise ValueError(f"'shape' cannot have negative values, but got {shape}")
    steps = np.cumprod([1, *shape[:0:-1]], dtype=np.int64)[::-1][: len(shape)]
    parts = (indices.array.astype(np.int64) // int(step) % n for step, n in zip(steps, shape, strict=True))
    return tuple(Tensor._of(np.asarray(p, np.int64)) for p in parts)


for _function in (unique, unique_consecutive):
    setattr(Tensor, _function.__name__, _function)
