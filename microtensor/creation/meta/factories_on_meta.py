"""What makes tensors, when it is to make them on "meta": a shape is enough."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from ...engine import dtypes
from ...engine.arrays import memory_format as formats
from ...engine.promotion import number_dtype
from ...engine.tensor import Tensor
from .. import factories
from .meta_tensor import MetaTensor, to_meta
from .reserved_memory import reserved

_SIZED = frozenset({"zeros", "ones", "empty", "rand", "randn", "full", "randint", "randperm", "normal"})


def make(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """The tensor that a factory would make, without its numbers; random streams do not move."""
    kwargs = {k: v for k, v in kwargs.items() if k != "device"}
    rg = bool(kwargs.pop("requires_grad", False))
    name = function.__name__
    if name in _SIZED:
        made = _of_size(name, _given(function, args, kwargs))
    elif name.endswith("_like"):
        made = _like(args[0], kwargs.get("dtype"))
    elif name == "empty_strided":
        made = _strided(**_given(function, args, kwargs))
    else:
        made = to_meta(function(*args, **kwargs))
    return made.requires_grad_() if rg else made


def _given(function: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
    return inspect.signature(function).bind(*args, **kwargs).arguments


def _of_size(name: str, given: dict[str, Any]) -> MetaTensor:
    size, sizes = given.get("size"), given.get("sizes", ())
    if size is None and name in ("randint", "randperm"):
        size = given["high"] if name == "randint" else given["n"]  # randint(high, size)
    shape = factories._sizes(sizes if size is None else (size,))
    usual = dtypes.int64 if name in ("randint", "randperm") else dtypes.default_dtype()
    if name == "full":
        value = given["fill_value"]
        usual = value.dtype if isinstance(value, Tensor) else number_dtype(value)
    dtype = given.get("dtype")
    kind = np.dtype(dtypes.as_dtype(dtype) if dtype else usual)
    steps = _steps(shape, kind, given.get("memory_format"))
    made: MetaTensor = MetaTensor(Tensor._of(reserved(shape, kind, steps)))
    return made


def _steps(shape: tuple[int, ...], dtype: np.dtype[Any], memory_format: Any) -> list[int] | None:
    """The strides of a memory format, in bytes; None for C order."""
    if memory_format is None:
        return None
    steps, step = [0] * len(shape), dtype.itemsize
    for dim in reversed(formats.order_for(formats.name_of(memory_format, "empty"), len(shape))):
        steps[dim], step = step, step * max(shape[dim], 1)
    return steps


def _like(x: Tensor, dtype: Any) -> MetaTensor:
    made: MetaTensor = to_meta(x.detach(), dtype)
    return made if made is not x else MetaTensor(made.value.detach())


def _strided(size: Any, stride: Any, *, dtype: Any = None, **options: Any) -> MetaTensor:
    kind = np.dtype(dtypes.as_dtype(dtype) if dtype else dtypes.default_dtype())
    made: MetaTensor = MetaTensor(Tensor._of(reserved(size, kind, [n * kind.itemsize for n in stride])))
    return made
