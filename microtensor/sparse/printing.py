"""What a sparse tensor prints: its indices, its values, and what it is, as PyTorch lays them out."""

from __future__ import annotations

from typing import Any

from ..engine import dtypes
from ..engine.printing import format_parts


def text(x: Any) -> str:
    """The text of ``repr``.

    >>> mt.sparse_coo_tensor([[1]], [2.0], (3,))
    tensor(indices=tensor([[1]]),
           values=tensor([2.]),
           size=(3,), nnz=1, layout=torch.sparse_coo)
    """
    size, nnz = f"size={tuple(x.shape)}", f"nnz={x._nnz()}"
    notes = [size, nnz, *_dtype(x.dtype), f"layout={x.layout}", *x._notes()]
    values = x._values().array
    if x.is_sparse:
        return format_parts({"indices": x._indices().array, "values": values}, notes)
    names = ("crow_indices", "col_indices") if x.axis == 0 else ("ccol_indices", "row_indices")
    starts, others = x.compressed_indices().array, x.plain_indices().array
    return format_parts({names[0]: starts, names[1]: others, "values": values}, notes, on_next_line=False)


def _dtype(dtype: Any) -> list[str]:
    default = dtypes.default_dtype()
    evident = {default.name, dtypes.to_complex(default).name, "int64", "bool"}
    return [] if dtype.name in evident else [f"dtype={dtype}"]


__all__ = ["text"]
