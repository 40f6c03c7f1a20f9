"""`MetaTensor`: a tensor on the device "meta".

It holds an ordinary tensor, `value`, over memory that is reserved and not there, with its history.  It is a
subclass of Tensor that overrides functions (`functions_on_meta`), so ordinary tensors pay nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.printing import format_without_numbers
from ...engine.size_device import device as Device
from ...engine.tensor import Diverted, Tensor
from .reserved_memory import is_reserved, reserved

META = Device("meta")
NO_DATA = "Cannot copy out of meta tensor; no data!"


class NoDataError(Diverted, NotImplementedError):
    """The numbers of a tensor on "meta" were asked for."""


class MetaTensor(Tensor):
    """A tensor without numbers.

    >>> x = mt.empty(10**9, 10**9, device="meta")
    >>> (x @ x).T
    tensor(..., device='meta', size=(1000000000, 1000000000))
    """

    __slots__ = ("value",)
    value: Tensor
    is_cpu = False
    is_meta = True
    _prefix = "tensor("

    def __new__(cls, value: Tensor) -> Any:
        """Stand for a tensor, whose memory is let go of; its history stays."""
        self = object.__new__(cls)
        data = value._data
        self.value = value if isinstance(data, np.ndarray) and is_reserved(data) else without_data(value)
        self._view = self._extras = None
        return self

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """The same function of the values."""
        return import_module(f"{__package__}.functions_on_meta").answer(func, args, kwargs or {})

    # ------------------------------------------------------- what the engine reads

    @property
    def _data(self) -> Any:
        raise NoDataError(NO_DATA)

    @_data.setter
    def _data(self, value: Any) -> None:
        raise NoDataError(NO_DATA)

    @property
    def array(self) -> Any:
        """``NotImplementedError``: there is none."""
        raise NoDataError(NO_DATA)

    @property
    def _rg(self) -> bool:  # type: ignore[override]
        return self.value._rg

    @property
    def _node(self) -> Any:
        return self.value._node

    @property
    def _grad(self) -> Any:
        return None if self.value._grad is None else MetaTensor(self.value._grad)

    @_grad.setter
    def _grad(self, value: Any) -> None:
        self.value._grad = getattr(value, "value", value)

    # ------------------------------------------------------- what it says of itself

    @property
    def device(self) -> Any:
        """``device(type='meta')``."""
        return META

    @property
    def data(self) -> Any:
        """The same without history.  A tensor of another device can't be put in its place."""
        return MetaTensor(self.value.detach())

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, MetaTensor):
            raise RuntimeError(
                "Attempted to call `variable.set_data(tensor)`, but `variable` and `tensor` have "
                "incompatible tensor type: the first is on meta, and the second is not"
            )
        self.value = value.value.detach().requires_grad_(self.value._rg)

    @property
    def shape(self) -> Any:
        """The sizes."""
        return self.value.shape

    @property
    def ndim(self) -> int:
        """How many dimensions there are."""
        return self.value.ndim

    @property
    def dtype(self) -> Any:
        """The type of the elements that are not there."""
        return self.value.dtype

    @property
    def _is_param(self) -> bool:
        """Whether it was made a parameter; from then on it is a `MetaParameter`."""
        return False

    @_is_param.setter
    def _is_param(self, value: bool) -> None:
        self.__class__ = MetaParameter

    def __hash__(self) -> int:
        return id(self)

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        x = self.value
        words = ["device='meta'", f"size={tuple(x.shape)}"]
        if x.dtype != dtypes.default_dtype():
            words.append(f"dtype={x.dtype}")
        if x._node is not None:
            words.append(f"grad_fn=<{x.grad_fn.name()}>")
        elif x._rg:
            words.append("requires_grad=True")
        text = format_without_numbers(words)
        return f"Parameter containing:\n{text}" if self._is_param else text

    __str__ = __repr__

    def __format__(self, spec: str) -> str:
        return format(repr(self), spec)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        made = MetaTensor(self.value.detach()).requires_grad_(self.value._rg)
        made.__class__ = type(self)
        vars(made).update(vars(self))
        return made

    def __reduce_ex__(self, protocol: Any) -> Any:
        x = self.value
        return _rebuilt, (type(self), tuple(x.shape), x.dtype, x._data.strides, x._rg, dict(vars(self)))


class MetaParameter(MetaTensor):
    """A parameter without numbers.  Its class makes an ordinary Parameter of data that has some."""

    __slots__ = ()
    _is_param = True
    _prefix = "tensor("

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Any:
        """``nn.Parameter(data, requires_grad)``."""
        return import_module("..nn.parameter", __package__.rpartition(".")[0]).Parameter(data, requires_grad)


def to_meta(x: Tensor, dtype: Any = None) -> Any:
    """A tensor on "meta" like `x`; itself if it is there and nothing changes."""
    if isinstance(x, MetaTensor):
        return x if dtype is None else x.to(dtype)
    made = MetaTensor(without_data(x))
    return made if dtype is None else made.to(dtype)


def without_data(x: Tensor) -> Tensor:
    """A tensor of the same shape, strides and history over memory that is not there."""
    data = np.asarray(x._data)
    made: Tensor = Tensor._of(reserved(data.shape, data.dtype, tuple(map(abs, data.strides))))
    made._rg, made._node = x._rg, x._node
    return made


def _rebuilt(
    kind: type[MetaTensor], shape: Any, dtype: Any, strides: Any, rg: bool, names: dict[str, Any]
) -> MetaTensor:
    made: MetaTensor = MetaTensor(Tensor._of(reserved(shape, dtype, strides))).requires_grad_(rg)
    made.__class__ = kind
    vars(made).update(names)
    return made
