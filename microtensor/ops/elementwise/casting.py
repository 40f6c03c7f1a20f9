"""Changing the dtype, and copying: linear maps whose adjoint is the way back."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays import memory_format as formats
from ...engine.attributes import dtype_objects
from ...engine.attributes.low_precision import converted
from ...engine.calls.users_line import users_level
from ...engine.op import op
from ...engine.op_definition import case
from ...engine.size_device import as_device, meta, names_meta
from ...engine.size_device import device as Device
from ...engine.tensor import Tensor
from ...errors import scalar_type


@op(x=lambda g, x_dtype: cast(g, x_dtype), node="ToCopyBackward0", complex=True, samples=[
    case((2, 3), dtype=np.dtype(np.float64)), case((), dtype=np.dtype(np.float64)),
], reference=lambda x, dtype: np.array(x))  # fmt: skip
def cast(x: Any, /, dtype: Any) -> Any:
    """A copy of `x` in another dtype; the gradient comes back in `x`'s.

    Of a complex number a real dtype takes the real part: so does the gradient of a real operand that met a
    complex one, and was made complex by this.

    >>> cast(mt.tensor([1.5, 2.5]), mt.int64)
    tensor([1, 2])
    """
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        x = x.real
    return converted(x, dtype)


@op(x=lambda g: g, method=True, complex=True, samples=[case((2, 3)), case(())], reference=np.array)
def clone(x: Any, /, *, memory_format: Any = None) -> Any:
    """A copy of `x` in memory of its own, connected to it in the graph.

    Its elements lie in the order of `x`, unless a `memory_format` says otherwise.

    >>> x = mt.ones(2, requires_grad=True)
    >>> x.clone().sum().backward()
    >>> x.grad
    tensor([1., 1.])
    """
    if memory_format is None and x.flags.c_contiguous:
        return x.copy()
    name = "preserve_format" if memory_format is None else formats.name_of(memory_format, "clone")
    return formats.converted(np.asarray(x), name)


@op(x=lambda g: conj_gradient(g), elementwise=True, complex=True, dtype=np.complex128, node="ConjBackward0",
    reference=np.conj)  # fmt: skip
def conj_gradient(x: Any, /) -> Any:
    """The conjugate without minus zeros: what turns a cotangent of a pass into a gradient.

    >>> from microtensor.ops.elementwise.casting import conj_gradient
    >>> conj_gradient(mt.tensor([1 + 2j, 3 + 0j]))
    tensor([1.-2.j, 3.+0.j])
    """
    return np.conjugate(x) + 0


def to(
    x: Tensor, *args: Any, dtype: Any = None, device: Any = None, non_blocking: bool = False,
    copy: bool = False, memory_format: Any = None,
) -> Tensor:  # fmt: skip
    """`x` in another dtype (or like another tensor) or memory format, itself if nothing changes.

    Takes PyTorch's forms: ``to(dtype)``, ``to("cpu")``, ``to("cpu", dtype)``, ``to(other)``, each with
    ``non_blocking`` and ``copy`` after it.  Raises ``RuntimeError`` for a device other than the CPU.

    >>> mt.tensor([1, 2]).to(mt.float32)
    tensor([1., 2.])
    """
    if any(isinstance(where, (str, Device)) and names_meta(where) for where in (device, *args)):
        rest = [a for a in args if not isinstance(a, (str, Device))]
        return meta("meta_tensor").to_meta(x, _wanted(rest, dtype, None, copy)[0])
    dtype, copy = _wanted(args, dtype, device, copy)
    if memory_format is not None:
        return _formatted(x, dtype, copy, memory_format)
    if dtype is None or dtype_objects.OF.get(dtype) is x.dtype:
        return clone(x) if copy else x
    if x.dtype.kind == "c" and dtype.kind not in "cb":
        of_real_parts(x)
    both = dtypes.is_differentiable(x.dtype) and dtypes.is_differentiable(dtype)
    return cast(x if both else x.detach(), dtype)


def of_real_parts(x: Any) -> Any:
    """The real parts of an array or Tensor, with a warning, once in a program, as in PyTorch."""
    _warn_of_lost_parts()
    return x.real


@cache
def _warn_of_lost_parts() -> None:
    warnings.warn(
        "Casting complex values to real discards the imaginary part", UserWarning, stacklevel=users_level()
    )


def floating(x: Tensor) -> Tensor:
    """`x`, or integers and bools in the default dtype."""
    return x if dtypes.is_differentiable(x.dtype) else to(x, dtypes.default_dtype())


def _formatted(x: Tensor, dtype: Any, copy: bool, memory_format: Any) -> Tensor:
    """`to` with a memory format."""
    name = formats.name_of(memory_format, "to")
    stays = name in ("preserve_format", formats.suggested(x.array))
    if not stays:
        formats.order_for(name, x.ndim)
    if dtype is None or dtype == x.dtype:
        return x if stays and not copy else clone(x, memory_format=memory_format)
    result = to(x, dtype)
    done = name == "preserve_format" or formats.is_in(result.array, name)
    return result if done else clone(result, memory_format=memory_format)


def _wanted(args: Sequence[Any], dtype: Any, device: Any, copy: bool) -> tuple[Any, bool]:
    """The dtype that `to` is asked for, and whether it has to copy."""
    if device is not None:
        as_device(device)
    flags = []
    for arg in args:
        if isinstance(arg, Tensor):
            dtype = arg.dtype
        elif isinstance(arg, bool):
            flags.append(arg)  # non_blocking, then copy
        elif isinstance(arg, (str, int)) or (not hasattr(arg, "itemsize") and hasattr(arg, "type")):
            as_device(arg)
        elif arg is not None:
            dtype = arg
    return dtypes.as_dtype(dtype), copy or flags[1:2] == [True]


def _conversion(name: str, dtype: Any) -> Any:
    def convert(x: Tensor, memory_format: Any = None) -> Tensor:
        return to(x, dtype, memory_format=memory_format)

    convert.__name__ = convert.__qualname__ = name
    convert.__doc__ = f"``x.to({dtype_objects.of(dtype)})``."
    return convert


for _name, _dtype in {
    "float": dtypes.float32, "double": dtypes.float64, "half": dtypes.float16,
    "int": dtypes.int32, "long": dtypes.int64, "short": dtypes.int16, "char": dtypes.int8,
    "byte": dtypes.uint8, "bool": dtypes.bool, "cfloat": dtypes.complex64, "cdouble": dtypes.complex128,
    "bfloat16": dtype_objects.bfloat16, "chalf": dtype_objects.complex32,
}.items():  # fmt: skip
    setattr(Tensor, _name, _conversion(_name, _dtype))


def cpu(x: Tensor, memory_format: Any = None) -> Tensor:
    """`x` itself, or in a memory format: everything is on the CPU."""
    return to(x, memory_format=memory_format)


def cuda(x: Tensor, device: Any = "cuda", non_blocking: bool = False, memory_format: Any = None) -> Any:
    """Always raises ``RuntimeError``: there is no GPU here."""
    return as_device("cuda")


def type_as(x: Tensor, other: Tensor) -> Tensor:
    """`x` in the dtype of `other`."""
    return to(x, other.dtype)


def type_(x: Tensor, dtype: Any = None, non_blocking: bool = False, *, memory_format: Any = None) -> Any:
    """`x` in another dtype, or of an old type (or its name); without one, the old name of its own.

    >>> mt.tensor([1.0]).type(mt.int64)
    tensor([1])
    >>> mt.tensor([1.0]).type()
    'torch.FloatTensor'
    """
    if dtype is None:
        return f"torch.{scalar_type(x.dtype)}Tensor"
    if not isinstance(dtype, (np.dtype, dtype_objects.dtype)):
        from ...legacy.tensor_types import dtype_of

        dtype = dtype_of(dtype)
    return to(x, dtype, memory_format=memory_format)


def contiguous(x: Tensor, *, memory_format: Any = None) -> Tensor:
    """`x` if its elements lie in C order, or in that of a memory format, else a copy whose elements do.

    Raises ``RuntimeError`` for a format of another number of dimensions.

    >>> mt.ones(2, 3).T.contiguous().stride()
    (2, 1)
    >>> mt.ones(1, 2, 3, 4).contiguous(memory_format=mt.channels_last).stride()
    (24, 1, 8, 2)
    """
    if memory_format is None:
        return x if x.array.flags.c_contiguous else _contiguous(x)
    name = formats.name_of(memory_format, "contiguous")
    if name == "preserve_format":
        raise RuntimeError("preserve memory format is unsupported by the contiguous operator")
    return x if formats.is_in(x.array, name) else clone(x, memory_format=memory_format)


@op(x=lambda g: g, name="contiguous", node="CloneBackward0", complex=True, samples=[case((2, 3))],
    reference=np.array)  # fmt: skip
def _contiguous(x: Any, /) -> Any:
    """A copy in C order.

    >>> mt.ones(2, 3).T.contiguous().is_contiguous()
    True
    """
    return np.ascontiguousarray(x) if np.ndim(x) else x.copy()


for _name, _function in {"type": type_, "ndimension": Tensor.dim}.items():
    setattr(Tensor, _name, _function)
for _function in (to, cpu, cuda, type_as, contiguous):
    setattr(Tensor, _function.__name__, _function)
