"""Programs from the time before ``dtype=``: ``x.type("torch.FloatTensor")``, `Variable`, formats of memory.

The old tensor types themselves are in `legacy_types`.
"""

from __future__ import annotations

import warnings
from typing import Any

from . import dtypes, legacy_types
from .tensor import Tensor


def dtype_of(kind: Any) -> Any:
    """The dtype that an old type, or its name, stands for; anything else is given back.

    >>> from microtensor.legacy import dtype_of
    >>> dtype_of("torch.LongTensor")
    dtype('int64')
    """
    if isinstance(kind, str):
        name = kind.rpartition(".")[2]
        known = getattr(legacy_types, name) if name in legacy_types.__all__ else None
        if known is None or kind.startswith("torch.cuda"):
            raise ValueError(
                f"invalid type: {kind!r}: expected torch.{', torch.'.join(legacy_types.__all__)}"
            )
        return known.dtype
    return kind.dtype if isinstance(kind, legacy_types.ByDtype) else kind


def set_default_tensor_type(t: Any) -> None:
    """Make the dtype of an old type the default one: FloatTensor or DoubleTensor, or its name.

    >>> mt.set_default_tensor_type(mt.FloatTensor)
    """
    dtypes.set_default_dtype(dtype_of(t))


class Format:
    """A layout of memory by its name: accepted where PyTorch takes one, and without effect.

    >>> mt.zeros(2).contiguous(memory_format=mt.channels_last)
    tensor([0., 0.])
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __repr__(self) -> str:
        return f"torch.{self._name}"


contiguous_format, preserve_format = Format("contiguous_format"), Format("preserve_format")
channels_last, channels_last_3d = Format("channels_last"), Format("channels_last_3d")
strided = Format("strided")


class _VariableType(type):
    def __instancecheck__(cls, instance: Any) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_VariableType):
    """A tensor, as since PyTorch 0.4: ``Variable(x)`` is ``x.detach()``, and every tensor is a Variable.

    >>> x = mt.autograd.Variable(mt.ones(2), requires_grad=True)
    >>> isinstance(x, mt.autograd.Variable), x.requires_grad
    (True, True)
    """

    def __new__(cls, data: Any = None, requires_grad: bool = False, volatile: bool = False) -> Any:
        """`data` as a leaf; the old option `volatile` warns that it does nothing."""
        if volatile:
            warnings.warn(
                "volatile was removed (Variable.volatile is always False): use no_grad()",
                UserWarning,
                stacklevel=2,
            )
        if data is None:
            data = Tensor()
        if not isinstance(data, Tensor):
            raise TypeError(f"Variable data has to be a tensor, but got {type(data).__name__}")
        return data.detach().requires_grad_(requires_grad)
