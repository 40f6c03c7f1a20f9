"""CSR and CSC matrices from where their rows, or columns, begin."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..creation.from_data import as_tensor
from ..engine.attributes.layout_format import sparse_csc, sparse_csr
from .compressed import CompressedColumns, CompressedRows
from .index_conversion import lines_of
from .shown import shown


def sparse_csr_tensor(
    crow_indices: Any, col_indices: Any, values: Any, size: Any = None, *, dtype: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:  # fmt: skip
    """A CSR matrix: where each row begins among the entries, and the column and value of each entry.

    Raises ``RuntimeError`` for numbers that do not fit each other, which PyTorch takes unless asked to check.

    >>> mt.sparse_csr_tensor([0, 1, 3], [2, 0, 2], [3.0, 4.0, 5.0], (2, 3)).to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 5.]])
    """
    return _made(CompressedRows, crow_indices, col_indices, values, size, dtype, requires_grad)


def sparse_csc_tensor(
    ccol_indices: Any, row_indices: Any, values: Any, size: Any = None, *, dtype: Any = None,
    device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:  # fmt: skip
    """A CSC matrix: where each column begins among the entries, and the row and value of each entry.

    >>> mt.sparse_csc_tensor([0, 1, 1, 3], [1, 0, 1], [4.0, 3.0, 5.0], (2, 3)).to_dense()
    tensor([[0., 0., 3.],
            [4., 0., 5.]])
    """
    return _made(CompressedColumns, ccol_indices, row_indices, values, size, dtype, requires_grad)


def sparse_compressed_tensor(
    compressed_indices: Any, plain_indices: Any, values: Any, size: Any = None, *, dtype: Any = None,
    layout: Any = None, device: Any = None, pin_memory: bool = False, requires_grad: bool = False,
    check_invariants: bool | None = None,
) -> Any:  # fmt: skip
    """A CSR or CSC matrix, as `layout` says; ``NotImplementedError`` for layouts of blocks.

    >>> mt.sparse_compressed_tensor([0, 1], [0], [3.0], (1, 1), layout=mt.sparse_csr).to_dense()
    tensor([[3.]])
    """
    kinds = {sparse_csr: CompressedRows, sparse_csc: CompressedColumns}
    if layout not in kinds:
        raise NotImplementedError(
            f"sparse_compressed_tensor: layout takes sparse_csr or sparse_csc, not {layout}"
        )
    return _made(kinds[layout], compressed_indices, plain_indices, values, size, dtype, requires_grad)


def _made(
    kind: Any, starts: Any, others: Any, values: Any, size: Any, dtype: Any, requires_grad: bool
) -> Any:
    starts, others = (as_tensor(x).detach().array.astype(np.int64) for x in (starts, others))
    held = shown(as_tensor(values, dtype=dtype), "SparseCompressedTensorBackward0")
    _check_starts(starts, others, held)
    most = int(others.max(initial=-1)) + 1
    inferred = (len(starts) - 1, most) if kind.axis == 0 else (most, len(starts) - 1)
    size = inferred if size is None else tuple(size)
    lines = lines_of(starts)
    places = np.stack([lines, others] if kind.axis == 0 else [others, lines])
    _check_size(places, starts, size, kind.axis)
    made = kind.of(places, held, size)
    made.requires_grad = requires_grad or made.requires_grad
    return made


def _check_starts(starts: Any, others: Any, values: Any) -> None:
    if starts.ndim != 1 or others.ndim != 1 or values.ndim != 1 or not len(starts):
        raise RuntimeError(
            "compressed matrices take vectors, and no batches or blocks: compressed_indices, plain_indices "
            f"and values have {starts.ndim}, {others.ndim} and {values.ndim} dimensions"
        )
    if (
        len(others) != len(values)
        or starts[0] != 0
        or starts[-1] != len(others)
        or (np.diff(starts) < 0).any()
    ):
        raise RuntimeError(
            f"compressed_indices must rise from 0 to nnz: they are {starts.tolist()[:9]}, for {len(others)} "
            f"plain indices and {len(values)} values"
        )


def _check_size(places: Any, starts: Any, size: tuple[int, ...], axis: int) -> None:
    fits = len(size) == 2 and len(starts) == size[axis] + 1
    if not fits or (places < 0).any() or (places >= np.array(size)[:, None]).any():
        raise RuntimeError(
            f"size {list(size)} is inconsistent with indices: {len(starts)} compressed ones, and plain ones "
            f"up to {int(places[1 - axis].max(initial=-1))}"
        )


__all__ = ["sparse_compressed_tensor", "sparse_csc_tensor", "sparse_csr_tensor"]
