"""PyTorch's old classes of sparse tensors by dtype: ``torch.sparse.FloatTensor(indices, values)``."""

from __future__ import annotations

import warnings
from typing import Any

from ..engine import dtypes
from ..engine.attributes.dtype_objects import dtype, of
from ..engine.tensor import Tensor
from .creation import sparse_coo_tensor
from .tensor import sparse


class SparseByDtype(type):
    """The class of the old types: a sparse tensor is an instance of the one of its dtype.

    >>> x = mt.sparse_coo_tensor([[0]], [1.0], (2,))
    >>> isinstance(x, mt.sparse.FloatTensor), isinstance(x, mt.sparse.LongTensor)
    (True, False)
    """

    dtype: dtype

    def __instancecheck__(cls, instance: object) -> bool:
        return sparse(instance) and isinstance(instance, Tensor) and instance.dtype == cls.dtype

    def __call__(cls, *args: Any) -> Any:
        """`sparse_coo_tensor` of these, with PyTorch's warning that it is old."""
        warnings.warn(
            "torch.sparse.SparseTensor(indices, values, shape, *, device=) is deprecated.  Please use "
            "torch.sparse_coo_tensor(indices, values, shape, dtype=, device=).",
            UserWarning,
            stacklevel=2,
        )
        if len(args) > 1 and isinstance(args[0], Tensor):
            return sparse_coo_tensor(*args)
        size = args[0] if args and not isinstance(args[0], int) else args or (0,)
        return sparse_coo_tensor(size=size, dtype=cls.dtype)

    def __repr__(cls) -> str:
        return f"<class 'torch.sparse.{cls.__name__}'>"


def _of(name: str, kind: dtypes.DType) -> SparseByDtype:
    about = f"Sparse {of(kind)} tensors: of indices and values, or of a size."
    return SparseByDtype(name, (), {"dtype": of(kind), "__doc__": about, "__module__": __name__})


FloatTensor, DoubleTensor = _of("FloatTensor", dtypes.float32), _of("DoubleTensor", dtypes.float64)
HalfTensor, LongTensor = _of("HalfTensor", dtypes.float16), _of("LongTensor", dtypes.int64)
IntTensor, ShortTensor = _of("IntTensor", dtypes.int32), _of("ShortTensor", dtypes.int16)
CharTensor, ByteTensor = _of("CharTensor", dtypes.int8), _of("ByteTensor", dtypes.uint8)

__all__ = [
    "ByteTensor", "CharTensor", "DoubleTensor", "FloatTensor", "HalfTensor", "IntTensor", "LongTensor",
    "ShortTensor",
]  # fmt: skip
