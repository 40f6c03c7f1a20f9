"""Parameters and buffers whose shape is not known yet: what lazy modules start from.

They have a dtype and can be converted; everything else raises, so that a network that has not seen
an input cannot be trained or saved by mistake as if it had.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..creation import factories as creation
from ..engine.attributes.dtype_objects import dtype, of
from ..engine.tensor import Tensor
from .parameter import Buffer, Parameter

__all__ = ["UninitializedBuffer", "UninitializedParameter", "UninitializedTensorMixin", "is_lazy"]

_memory: Any = Tensor.__dict__["_data"]


class UninitializedTensorMixin:
    """What the two have in common."""

    __slots__ = ()
    becomes: type

    def materialize(self, shape: Any, device: Any = None, dtype: Any = None) -> None:
        """Become an ordinary parameter or buffer of this shape, with arbitrary content.

        >>> w = mt.nn.parameter.UninitializedParameter()
        >>> w.materialize((2, 3))
        >>> type(w).__name__, w.shape
        ('Parameter', torch.Size([2, 3]))
        """
        dtype = self.dtype if dtype is None else dtype
        _memory.__set__(self, creation.empty(tuple(shape), device=device, dtype=dtype).array)
        self.__class__ = self.becomes

    @property
    def shape(self) -> Any:
        """Raises ``RuntimeError``: it is not known."""
        raise RuntimeError(
            "Can't access the shape of an uninitialized parameter or buffer. This error usually happens in "
            "`load_state_dict` when trying to load an uninitialized parameter into an initialized one. Call "
            "`forward` to initialize the parameters before accessing their attributes."
        )

    @property
    def _data(self) -> Any:
        raise ValueError(
            f"Attempted to use an uninitialized parameter ({type(self).__name__}, {self.dtype}). This error "
            "happens when you are using a lazy module: call `forward` with a dummy batch to initialize the "
            "parameters before computing with them"
        )

    @_data.setter
    def _data(self, value: Any) -> None:
        _memory.__set__(self, value)

    @property
    def array(self) -> np.ndarray[Any, Any]:
        """Nothing, of the right dtype."""
        return _memory.__get__(self)  # type: ignore[no-any-return]

    @property
    def dtype(self) -> dtype:
        """The dtype that it will have."""
        return of(self.array.dtype)

    def detach(self) -> Any:
        """The same, so that a state dict shows what is not known yet."""
        return self

    def to(self, dtype: Any) -> Any:
        """The same with another dtype."""
        kind: Any = type(self)
        return kind(self.requires_grad, None, dtype)  # type: ignore[attr-defined]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad, None, self.dtype)  # type: ignore[attr-defined]

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        twin = memo[id(self)] = self.to(self.dtype)
        return twin


class UninitializedParameter(UninitializedTensorMixin, Parameter):  # type: ignore[misc]  # `to` takes a dtype alone
    """A parameter whose shape the first input decides; `materialize` makes it an ordinary one.

    Until then it has a dtype and no elements: reading its shape raises ``RuntimeError``, and computing
    with it ``ValueError``.

    >>> mt.nn.UninitializedParameter() * 2
    Traceback (most recent call last):
    ValueError: Attempted to use an uninitialized parameter (UninitializedParameter, torch.float32). ...
    """

    becomes = Parameter

    def __new__(cls, requires_grad: bool = True, device: Any = None, dtype: Any = None) -> Any:
        """Nothing but a dtype."""
        return cls._alias(creation.empty(0, device=device, dtype=dtype), requires_grad)


class UninitializedBuffer(UninitializedTensorMixin, Buffer):  # type: ignore[misc]
    """A buffer whose shape the first input decides; `materialize` makes it an ordinary tensor.

    >>> mean = mt.nn.UninitializedBuffer()
    >>> mean.materialize((3,))
    >>> type(mean).__name__, mean.shape
    ('Tensor', torch.Size([3]))
    """

    becomes = Tensor

    def __new__(
        cls, requires_grad: bool = False, device: Any = None, dtype: Any = None, persistent: bool = True
    ) -> Any:
        """Nothing but a dtype."""
        buffer = cls._alias(creation.empty(0, device=device, dtype=dtype), requires_grad)
        buffer.persistent = persistent
        return buffer


def is_lazy(param: Any) -> bool:
    """Whether this is a parameter or a buffer that has no shape yet.

    >>> is_lazy(UninitializedParameter())
    True
    """
    return isinstance(param, UninitializedTensorMixin)
