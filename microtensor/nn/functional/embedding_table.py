"""Embedding: rows of a table by number; and one-hot vectors."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from ...engine.arrays.sparse_array import SparseArray
from ...engine.composite import composite
from ...engine.grad_mode import no_grad
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.tensor import Tensor
from ...engine.writes import count_write
from ...errors import describe
from ...ops.indexing.getitem import put


@composite("F.embedding")
def embedding(
    input: Tensor, weight: Tensor, padding_idx: int | None = None, max_norm: float | None = None,
    norm_type: float = 2.0, scale_grad_by_freq: bool = False, sparse: bool = False,
) -> Tensor:  # fmt: skip
    """The rows of `weight` (n, d) that the integers `input` name: (...) to (..., d).

    The row `padding_idx` gets no gradient.  With `max_norm`, rows that are read are first scaled down, in
    place, where their norm exceeds it; with `scale_grad_by_freq` gradients are divided by how often a row is
    read.  With `sparse` the gradient of a `weight` that is a leaf is one of rows (see `SparseAdam`).

    Raises ``IndexError`` for an index out of range, ``RuntimeError`` for indices that are not int64 or int32
    and for another `weight`.

    >>> mt.nn.functional.embedding(mt.tensor([1, 1]), mt.tensor([[1.0], [2.0]])).flatten()
    tensor([2., 2.])
    """
    if weight.ndim != 2:
        raise RuntimeError(f"embedding: 'weight' must be 2-D, a row for each index, not {describe(weight)}")
    rows, n = row_numbers("embedding", input.array), weight.shape[0]
    if rows.size and not (rows.min() >= 0 and rows.max() < n):
        raise IndexError(
            f"index out of range in self: embedding got indices {rows.min()} to {rows.max()}, and "
            f"weight has {n} rows"
        )
    if padding_idx is not None and not -n <= padding_idx < n:
        raise AssertionError(f"Padding_idx must be within num_embeddings: {padding_idx} of {n}")
    if max_norm is not None:
        _limit_rows(weight, rows, max_norm, norm_type)
    share = None if padding_idx is None else (rows != padding_idx % n).astype(weight.dtype)
    if scale_grad_by_freq:
        share = (1.0 if share is None else share) / np.bincount(rows.reshape(-1), minlength=1)[rows]
    return _embedding(weight, rows, share, sparse and _leaf_of_rows(weight))


def _leaf_of_rows(weight: Tensor) -> bool:
    """Whether the gradient of a table may be rows: it ends there, in a leaf, which is told so."""
    if not isinstance(weight, Tensor) or not weight.is_leaf or weight._is_view():
        return False
    import_module("...sparse.gradients", __package__)  # it tells the engine how to keep rows
    weight._extras = weight._extras if weight._extras is not None else {}
    return True


def row_numbers(op: str, rows: Any) -> Any:
    """`rows` itself; ``RuntimeError`` if it is not int64 or int32."""
    if rows.dtype.kind != "i" or rows.dtype.itemsize < 4:
        raise RuntimeError(f"{op}: expected integer indices (Long or Int), got {describe(rows)}")
    return rows


def _limit_rows(weight: Tensor, rows: Any, max_norm: float, norm_type: float) -> None:
    """Scale down, in place and past autograd, the rows whose norm exceeds `max_norm`."""
    used = np.unique(rows)
    with no_grad(), np.errstate(all="ignore"):
        table = weight.detach().array
        norms = np.linalg.norm(table[used], norm_type, axis=1)
        long = norms > max_norm
        table[used[long]] *= (max_norm / (norms[long] + 1e-7))[:, None]
    count_write(weight, "embedding_renorm_")


@op(x=lambda g, x_shape, rows, share, sparse: _rows_back(g, x_shape, rows, share, sparse), name="embedding",
    complex=True, samples=[case((4, 3), rows=np.array([[0, 2], [2, 1]]), share=None)],
    reference=lambda x, rows, share, sparse=False: np.take(x, rows, axis=0))  # fmt: skip
def _embedding(x: Any, /, rows: Any, share: Any, sparse: bool = False) -> Any:
    """Rows of a table by number; `share` (None: 1) is what is passed on of each one's gradient.

    >>> mt.nn.functional.embedding(mt.tensor([0]), mt.tensor([[1.0], [2.0]]))
    tensor([[1.]])
    """
    return x[rows]


def _rows_back(g: Any, shape: Any, rows: Any, share: Any, sparse: bool) -> Any:
    if share is not None:
        g = g * share.reshape((*rows.shape, 1)).astype(g.dtype)
    if sparse and isinstance(g, np.ndarray):
        kept = slice(None) if share is None else share.reshape(-1) != 0  # not the padding
        return SparseArray(rows.reshape(-1)[kept][None], g.reshape(-1, shape[-1])[kept], tuple(shape))
    return put(g, shape, (rows,))


@composite("F.one_hot")
def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Integers as rows of zeros with a single 1: (...) to (..., num_classes), int64.

    >>> mt.nn.functional.one_hot(mt.tensor([0, 2]))
    tensor([[1, 0, 0],
            [0, 0, 1]])
    """
    labels = tensor.array
    if labels.dtype != np.int64:
        raise RuntimeError(f"one_hot is only applicable to int64 labels, got {labels.dtype}: use x.long()")
    if num_classes == -1 and not labels.size:
        raise RuntimeError("Can not infer total number of classes from empty tensor: give num_classes")
    if labels.size and labels.min() < 0:
        raise RuntimeError("Class values must be non-negative.")
    n = int(labels.max()) + 1 if num_classes == -1 else num_classes
    if labels.size and labels.max() >= n:
        raise RuntimeError(f"Class values must be smaller than num_classes: {labels.max()} is not below {n}.")
    return Tensor._of((labels[..., None] == np.arange(n)).astype(np.int64))
