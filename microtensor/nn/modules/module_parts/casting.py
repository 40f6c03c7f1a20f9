"""Changing the dtype of a whole model, and refusing the devices that are not there.

A conversion gives each parameter new memory through ``.data`` and leaves the Parameter object in
place, so an optimizer that was made before it still holds the right ones.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Self

from ....creation import factories as creation
from ....engine import dtypes
from ....engine.arrays.memory_format import name_of
from ....engine.attributes.dtype_objects import DtypeLike, bfloat16
from ....engine.grad_mode import no_grad
from ....engine.size_device import DeviceLike, as_device, names_meta
from ....engine.size_device import device as Device
from ....engine.tensor import Tensor
from ....errors import dtype_name
from ...parameter import Parameter
from ...swap_tensors import swap_tensors
from .conversion_switches import (
    get_overwrite_module_params_on_conversion,
    get_swap_module_params_on_conversion,
)
from .traversal import Tree


class Casting(Tree):
    """The part of `Module` that converts its tensors."""

    def _apply(self, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> Self:
        """Replace the memory of every parameter, gradient and buffer by what `fn` makes of it."""
        for child in self.children() if recurse else ():
            child._apply(fn)
        with no_grad():
            for name, parameter in self._parameters.items():
                if parameter is not None:
                    self._parameters[name] = _convert(parameter, fn)
        for name, buffer in self._buffers.items():
            if buffer is not None:
                self._buffers[name] = fn(buffer)
        return self

    def to(self, *args: Any, **kwargs: Any) -> Self:
        """Convert floating-point and complex parameters and buffers, in place, and return the module.

        Called as ``to(dtype)``, ``to(device)``, ``to(device, dtype)`` or ``to(tensor)``, whose
        dtype is then taken.  Integer tensors stay as they are.  With ``memory_format=`` those of four and
        five dimensions are laid out so.

        Raises ``TypeError`` for a dtype that is not floating point or complex, and ``RuntimeError`` for a
        device other than the CPU.

        >>> mt.nn.Linear(2, 1).to(mt.float64).weight.dtype
        torch.float64
        """
        format = kwargs.pop("memory_format", None)
        dtype, where = _target(*args, **kwargs)
        if dtype is not None:
            self._to_dtype(dtype)
        if where is not None:
            self._apply(lambda t: t.to(where) if t.is_meta or names_meta(where) else t)
        if format is not None:
            name_of(format, "to")
            self._apply(lambda t: t.to(memory_format=format) if t.ndim in (4, 5) else t)
        return self

    def _to_dtype(self, dtype: dtypes.DType) -> Self:
        if not dtypes.is_differentiable(dtype):
            raise TypeError(
                "nn.Module.to only accepts floating point or complex dtypes, "
                f"but got desired dtype={dtype_name(dtype)}: convert integer tensors one by one"
            )
        return self._apply(lambda t: t.to(dtype) if dtypes.is_differentiable(t.dtype) else t)

    def type(self, dst_type: Any) -> Self:
        """Convert all parameters and buffers, integers among them, to a dtype.

        >>> mt.nn.Linear(1, 1).type(mt.float64).bias.dtype
        torch.float64
        """
        dtype = dtypes.as_dtype(dst_type)
        return self._apply(lambda t: t.to(dtype))

    def to_empty(self, *, device: DeviceLike, recurse: bool = True) -> Self:
        """Give all parameters and buffers new memory, whose content is whatever lies there.

        >>> mt.nn.Linear(1, 1).to_empty(device="cpu").bias.shape
        torch.Size([1])
        """
        return self._apply(lambda t: creation.empty_like(t, device=device), recurse)

    def share_memory(self) -> Self:
        """The module as it is: there is one process.

        >>> mt.nn.Identity().share_memory()
        Identity()
        """
        return self

    def cpu(self) -> Self:
        """The module as it is; ``NotImplementedError`` if it is on "meta" and has no numbers.

        >>> mt.nn.Identity().cpu()
        Identity()
        """
        return self.to("cpu")

    def cuda(self, device: DeviceLike = None) -> Self:
        """Raises ``RuntimeError``: there is no GPU.

        >>> mt.nn.Identity().cuda()  # doctest: +ELLIPSIS
        Traceback (most recent call last):
        RuntimeError: device 'cuda' is not here: ...
        """
        as_device("cuda")
        return self

    def double(self) -> Self:
        """Convert floating-point tensors to float64; complex ones stay.

        >>> mt.nn.Linear(1, 1).double().bias.dtype
        torch.float64
        """
        return self._apply(_floats_to(dtypes.float64))

    def half(self) -> Self:
        """Convert floating-point tensors to float16, which NumPy computes slowly.

        >>> mt.nn.Linear(1, 1).half().bias.dtype
        torch.float16
        """
        return self._apply(_floats_to(dtypes.float16))

    def bfloat16(self) -> Self:
        """Convert floating-point tensors to bfloat16, which ml_dtypes has; ``ImportError`` without it."""
        return self.to(bfloat16)

    def float(self) -> Self:
        """Convert floating-point tensors to float32.

        >>> mt.nn.Linear(1, 1, dtype=mt.float64).float().bias.dtype
        torch.float32
        """
        return self._apply(_floats_to(dtypes.float32))


def _floats_to(dtype: dtypes.DType) -> Callable[[Tensor], Tensor]:
    return lambda t: t.to(dtype) if t.is_floating_point() else t


def _convert(parameter: Any, fn: Callable[[Tensor], Tensor]) -> Any:
    """The parameter with what `fn` makes of its memory: the same object unless a switch says otherwise."""
    if get_overwrite_module_params_on_conversion() or get_swap_module_params_on_conversion():
        return _exchanged(parameter, fn)
    made = fn(parameter)
    if made.is_meta != parameter.is_meta:
        return Parameter(made, parameter.requires_grad)
    gradient = parameter.grad
    parameter.grad = None
    parameter.data = made
    if gradient is not None:
        gradient.data = fn(gradient)
        parameter.grad = gradient
    return parameter


def _exchanged(parameter: Any, fn: Callable[[Tensor], Tensor]) -> Any:
    made = type(parameter)(fn(parameter.detach()).detach(), parameter.requires_grad)
    if parameter.grad is not None:
        made.grad = fn(parameter.grad).detach()
    if not get_swap_module_params_on_conversion():
        return made
    swap_tensors(parameter, made)
    return parameter


def _target(
    device: DeviceLike = None,
    dtype: DtypeLike = None,
    non_blocking: bool = False,
    tensor: Tensor | None = None,
) -> tuple[dtypes.DType | None, Any]:
    """The dtype and the device that a call of ``to`` asks for."""
    if isinstance(device, Tensor):
        device, tensor = None, device
    if tensor is not None:
        return tensor.dtype, tensor.device
    if device is not None and not isinstance(device, (str, int, Device)):
        # Strings name devices, as in PyTorch, though NumPy would read "float32" as a dtype.
        device, dtype = None, device
    if not names_meta(device):
        as_device(device)
    return dtypes.as_dtype(dtype), device
