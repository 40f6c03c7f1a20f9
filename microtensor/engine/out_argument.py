"""What a composite function gets beside its text: ``out=``, NumPy's ``axis=``, and a place among the methods.

An op has ``out=`` from `fastpath`; a plain function of ops says ``@with_out`` or ``@offered`` above its name,
and one that makes tensors ``@created``.  All of them end in `writes.into`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar, overload

import numpy as np

from ..errors import scalar_type
from . import dtypes
from .arrays.kernels import WHOLE, without
from .numpy_keywords import front
from .tensor import Tensor
from .writes import check_out, into, resize

R = TypeVar("R")


@overload
def offered(function: Callable[..., R], /) -> Callable[..., R]: ...
@overload
def offered(
    *, also: Mapping[str, str] = {}, scalar_first: bool = False
) -> Callable[[Callable[..., R]], Callable[..., R]]: ...
def offered(
    function: Callable[..., Any] | None = None, /, *, also: Mapping[str, str] = {}, scalar_first: bool = False
) -> Any:
    """`function` as `with_out` has it, and as a method of Tensor under its own name."""

    def installed(function: Callable[..., R]) -> Callable[..., R]:
        call = with_out(also=also, scalar_first=scalar_first)(function)
        setattr(Tensor, function.__name__, call)
        return call

    return installed if function is None else installed(function)


@overload
def with_out(function: Callable[..., R], /) -> Callable[..., R]: ...
@overload
def with_out(
    *, exact: bool | None = None, also: Mapping[str, str] = {}, scalar_first: bool = False
) -> Callable[[Callable[..., R]], Callable[..., R]]: ...
def with_out(
    function: Callable[..., Any] | None = None, /, *, exact: bool | None = None,
    also: Mapping[str, str] = {}, scalar_first: bool = False,
) -> Any:  # fmt: skip
    """`function`, whose result goes into the tensor (or tensors) named by ``out=`` if there is one.

    `exact` says whether that has to have the result's dtype (as `writes.EXACT` has it if it is not given),
    `also` other names of arguments, and `scalar_first` that it has old overloads with a number before a
    tensor.

    >>> x = mt.empty(2)
    >>> _ = mt.deg2rad(mt.tensor([0.0, 180.0]), out=x)
    >>> x
    tensor([0.0000, 3.1416])
    """

    def fronted(function: Callable[..., R]) -> Callable[..., R]:
        return front(function, also, lambda *call: _result_into(exact, *call), scalar_first)

    return fronted if function is None else fronted(function)


def created(function: Callable[..., R]) -> Callable[..., R]:
    """`function`, which makes tensors, with ``out=``, whose dtype is taken if none is given.

    The target is resized without a warning.

    >>> mt.zeros(2, out=mt.empty(0, dtype=mt.int64))
    tensor([0, 0])
    """
    return front(function, {}, lambda *call: _made_in(True, *call))


def followed(function: Callable[..., R]) -> Callable[..., R]:
    """`function`, which computes in a `dtype`, with ``out=``, in whose dtype it does so by default.

    It is a method of Tensor under its own name.

    >>> mt.cumsum(mt.tensor([1.5, 2.5]), 0, out=mt.empty(2, dtype=mt.int64))
    tensor([1, 3])
    """
    call = front(function, {}, lambda *call: _made_in(False, *call))
    setattr(Tensor, function.__name__, call)
    return call


def _result_into(
    exact: bool | None, out: Any, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    if function.__name__ in _WITHOUT_OVERLAP:
        _check_overlap(out, args, function.__name__)
    return into(out, function(*args, **named), function.__name__, exact)


_WITHOUT_OVERLAP = {"cat", "gather", "index_select", "kthvalue", "masked_select", "take"}
"""Functions that read other places than they write, which PyTorch does not let write where they read."""


def _check_overlap(out: Any, args: tuple[Any, ...], name: str) -> None:
    """``RuntimeError`` for a target that shares memory with an operand."""
    read = [x for a in args for x in (a if isinstance(a, (tuple, list)) else (a,)) if isinstance(x, Tensor)]
    targets = out if isinstance(out, (tuple, list)) else (out,)
    for target in (t for t in targets if isinstance(t, Tensor)):
        if any(target is x or np.may_share_memory(target.array, x.array) for x in read):
            raise RuntimeError(
                f"{name}: unsupported operation: some elements of the input tensor and the written-to tensor "
                "refer to a single memory location. Please clone() the tensor before performing the "
                "operation."
            )


_SUMS_OF_FLOATS = {"nanmean", "nansum"}
"""Functions of floats that an integer `out` cannot hold, though ``dtype`` may be one."""


def _made_in(
    new: bool, out: Any, function: Callable[..., Any], args: tuple[Any, ...], named: dict[str, Any]
) -> Any:
    """A new tensor (or a result that is computed in a dtype) in that of `out`."""
    name, dtype = function.__name__, named.get("dtype")
    if isinstance(out, Tensor) and dtype is not None and dtypes.as_dtype(dtype) != out.dtype:
        raise RuntimeError(
            f"{name}: dtype {scalar_type(dtypes.as_dtype(dtype))} does not match dtype of out parameter "
            f"({scalar_type(out.dtype)})"
        )
    if name in _SUMS_OF_FLOATS and isinstance(out, Tensor) and args[0].is_floating_point():
        without("nansum_cpu", WHOLE)(out)
    wanted = named.pop("requires_grad", False)
    result = function(*args, **(named | {"dtype": getattr(out, "dtype", None)}))
    if new and isinstance(out, Tensor) and out.shape != result.shape:
        check_out(out, result, name)
        resize(out, tuple(result.shape))
    made = into(out, result, name, False)
    return made.requires_grad_() if wanted else made


__all__ = ["created", "followed", "offered", "with_out"]
