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
    return format_parts({"indices": x._indices().array, "values": x._values().array}, notes)


def _dtype(dtype: Any) -> list[str]:
    default = dtypes.default_dtype()
    evident = {default.name, dtypes.to_complex(default).name, "int64", "bool"}
    return [] if dtype.name in evident else [f"dtype={dtype}"]


__all__ = ["text"]
