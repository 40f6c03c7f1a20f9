"""Between the row of each entry, as in COO, and where each row begins, as in CSR."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..engine.tensor import Tensor


def starts_of(lines: Any, count: int) -> Any:
    """Where each of `count` lines begins among sorted entries, and after them all.

    >>> from microtensor.sparse.index_conversion import starts_of
    >>> starts_of(np.array([0, 1, 1]), 3).tolist()
    [0, 1, 3, 3]
    """
    return np.concatenate([[0], np.cumsum(np.bincount(lines, minlength=count))])


def lines_of(starts: Any) -> Any:
    """The line of each entry, from where each line begins.

    >>> from microtensor.sparse.index_conversion import lines_of
    >>> lines_of(np.array([0, 1, 3, 3])).tolist()
    [0, 1, 1]
    """
    return np.repeat(np.arange(len(starts) - 1), np.diff(starts))


def _convert_indices_from_coo_to_csr(input: Tensor, size: int, *, out_int32: bool = False) -> Any:
    """Where each of `size` rows begins, from the sorted rows of the entries.

    >>> mt._convert_indices_from_coo_to_csr(mt.tensor([0, 1, 1]), 3)
    tensor([0, 1, 3, 3])
    """
    return Tensor._of(starts_of(input.array, size).astype(np.int32 if out_int32 else np.int64))


def _convert_indices_from_csr_to_coo(
    crow_indices: Tensor, col_indices: Tensor, *, out_int32: bool = False, transpose: bool = False
) -> Any:
    """The rows and columns of the entries, (2, nnz), from where each row begins and the columns.

    >>> mt._convert_indices_from_csr_to_coo(mt.tensor([0, 1, 3]), mt.tensor([2, 0, 2]))
    tensor([[0, 1, 1],
            [2, 0, 2]])
    """
    pair = lines_of(crow_indices.array), col_indices.array
    return Tensor._of(np.stack(pair[::-1] if transpose else pair).astype(np.int32 if out_int32 else np.int64))


__all__ = ["_convert_indices_from_coo_to_csr", "_convert_indices_from_csr_to_coo", "lines_of", "starts_of"]
