"""Writing to a tensor's memory: what may be written to, who is told, and the version that is left.

`into` is all that ``out=`` does, for every op and every function that has one.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any

import numpy as np

from ..errors import InPlaceError, scalar_type
from . import dtypes, versions
from .calls.quiet import copyto
from .calls.users_line import users_level
from .grad_mode import recording
from .guarded_views import guarded
from .promotion import writable
from .tensor import Diverted, Tensor

journal: ContextVar[Any] = ContextVar("microtensor.journal", default=None)
"""What is told of a tensor before it is written to: `func.vmap` can take back a run that it gives up."""


def check_target(x: Tensor, by: str) -> bool:
    """Whether the operation `by` on `x` would be recorded; raise if autograd cannot follow it."""
    if recording() is False or not x.requires_grad:
        return False
    refuse_guarded(x)
    root = x if x._view is None else x._view[0]
    if root._node is None and root._rg:
        kind = "a leaf Variable" if root is x else "a view of a leaf Variable"
        raise InPlaceError(
            f"{kind} that requires grad is being used in an in-place operation: {by} on a "
            f"{x.dtype} tensor of shape {tuple(x.shape)}. Update parameters inside no_grad(), or "
            f"use the out-of-place form of {by}."
        )
    return True


def refuse_guarded(x: Tensor) -> None:
    """Raise for a view that must not be written while it is recorded."""
    if x._extras is not None and "guarded" in x._extras:
        raise InPlaceError(guarded(x, "is being modified inplace"))


def write(x: Tensor, values: Any, by: str) -> None:
    """Put raw values into the memory of `x` and count the write."""
    check_writeable(x, by)
    copyto(x.array, values)
    count_write(x, by)


def check_writeable(x: Tensor, by: str) -> None:
    """Raise for memory that several elements share."""
    if not x.array.flags.writeable:
        strides = zip(x.array.shape, x.array.strides, strict=True)
        why = "more than one element of the written-to tensor refers to a single memory location"
        if not any(n > 1 and not step for n, step in strides):
            why = "the memory of the written-to tensor is read-only"
        raise InPlaceError(
            f"{by}: unsupported operation: {why}. Please clone() the tensor of shape {tuple(x.shape)} before "
            "performing the operation."
        )
    if x._extras is not None and x._is_guarded_inference():
        raise InPlaceError(
            "Inplace update to inference tensor outside InferenceMode is not allowed. You can make a clone "
            f"to get a normal tensor before doing inplace update: {by} on a {x.dtype} tensor of shape "
            f"{tuple(x.shape)}."
        )
    if (held := journal.get()) is not None:
        held.before(x)


def check_apart(x: Tensor, operands: Iterable[Any], by: str) -> None:
    """Raise if an operand lies in the memory of `x`, and not just where `x` does.

    As PyTorch, which looks at memory without gaps alone: what is written would be read again.
    """
    for other in operands:
        if isinstance(other, Tensor) and other is not x and _entangled(x, other):
            raise RuntimeError(
                f"{by}: unsupported operation: some elements of the input tensor and the written-to tensor "
                "refer to a single memory location. Please clone() the tensor before performing the "
                "operation."
            )


def _entangled(x: Tensor, y: Tensor) -> bool:
    try:
        a, b = x._data, y._data
    except Diverted:
        return False
    if a is b or (a.base is None and b.base is None):
        return False
    if not (a.flags.forc and b.flags.forc and np.may_share_memory(a, b)):
        return False
    same = a.ctypes.data == b.ctypes.data and a.shape == b.shape
    return not (same and a.strides == b.strides)


def count_write(x: Tensor, by: str) -> None:
    """Stamp the memory of `x` as written by `by`, unless `x` came from ``.data``."""
    if x._extras is None or "untracked" not in x._extras:
        versions.wrote(x.array, by)


# ---------------------------------------------------------------- out=

EXACT = {
    "abs", "addbmm", "addmm", "addmv", "amax", "amin", "aminmax", "argmax", "argmin", "argsort",
    "baddbmm", "bitwise_not", "bmm", "bucketize", "ceil", "chain_matmul", "cross", "cummax", "cummin",
    "det", "diag", "dot", "eigh", "eigvalsh", "float_power", "floor", "frac", "frexp", "gather",
    "gelu", "hardshrink", "heaviside", "histc", "histogram", "index_add", "index_copy", "index_reduce",
    "index_select", "inv", "inv_ex", "isin", "isneginf", "isposinf", "kthvalue", "ldl_factor",
    "ldl_factor_ex", "ldl_solve", "linalg_cross", "linear", "log_softmax", "logcumsumexp", "lu",
    "lu_factor", "lu_factor_ex", "lu_solve", "lu_unpack", "masked_select", "matmul", "matrix_norm",
    "median",  "mm", "mode", "msort", "multi_dot", "multinomial", "mv", "nan_to_num", "nanmedian",
    "nanquantile", "narrow_copy", "neg", "nonzero", "norm", "ormqr", "qr", "quantile", "renorm", "round",
    "scatter", "scatter_add", "scatter_reduce", "searchsorted", "sgn", "sign", "signbit", "slice_scatter",
    "slogdet", "softmax", "softplus", "softshrink", "solve", "solve_ex", "solve_triangular", "sort",
    "svd", "svdvals", "take", "take_along_dim", "tensordot", "topk", "triangular_solve", "tril", "triu",
    "trunc", "vdot", "vecdot", "vector_norm", "where",
}  # fmt: skip
"""Whose ``out=`` has to be of the result's own dtype, as in PyTorch; the others' may be of any to which the
result can be cast."""

ANY = {"bernoulli", "lu"}
"""Whose ``out=`` may be of any dtype (`torch.lu`'s; that of `linalg.lu` is exact)."""


def into(out: Any, result: Any, by: str, exact: bool | None = None) -> Any:
    """What ``out=`` does: write a result (or several) into a tensor (or several), and return that.

    A tensor of another shape is resized, with a warning if it has elements.  Raises ``RuntimeError`` for a
    tensor that the result can't be cast to, and where a gradient would be lost; ``TypeError`` for no tensor.

    >>> x = mt.empty(0)
    >>> mt.add(mt.tensor([1.0]), 1, out=x) is x
    True
    """
    if isinstance(result, Tensor):
        exact = by in EXACT if exact is None else exact
        check_out(out, result, by, exact)
        return _put(out, result, by)
    exact = by in EXACT or by in ("max", "min") if exact is None else exact
    if not isinstance(out, (tuple, list)):
        raise TypeError(f"{by}(): argument 'out' must be tuple of Tensors, not {type(out).__name__}")
    if len(out) != len(result):
        raise TypeError(f"{by}(): expected tuple of {len(result)} elements but got {len(out)}: out=")
    for target, part in zip(out, result, strict=True):
        check_out(target, part, by, exact)
    parts = [_put(target, part, by) for target, part in zip(out, result, strict=True)]
    return type(result)(*parts) if hasattr(result, "_fields") else tuple(parts)


JOINED = {"cat", "column_stack", "concat", "concatenate", "dstack", "hstack", "stack", "vstack"}
"""Whose ``out=`` of too low a dtype PyTorch refuses by the class and in the words of ``cat``."""

REAL = {"hfft", "hfft2", "hfftn", "irfft", "irfft2", "irfftn"}
"""Whose ``out=`` is of real numbers."""

TRUTHS = {"all", "any"}
"""Whose ``out=`` is of bools, or of bytes, which were PyTorch's bools once."""


def check_out(out: Any, result: Tensor, by: str, exact: bool = False) -> None:
    """Raise if `result` may not be written into `out`."""
    if not isinstance(out, Tensor):
        raise TypeError(f"{by}(): argument 'out' must be Tensor, not {type(out).__name__}")
    if any(x._extras is not None and "tangent" in x._extras for x in (result, out)):
        raise NotImplementedError(
            f"{by}(): functions with out=... arguments don't support forward mode differentiation, but one "
            "of the arguments carries a tangent. Call it without out=."
        )
    if recording() is not False and (result.requires_grad or (out.requires_grad and _smooth(result))):
        raise RuntimeError(
            f"{by}(): functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad. Call it without out=, or inside no_grad()."
        )
    if exact and out.dtype != result.dtype:
        raise RuntimeError(
            f"{by}(): Expected out tensor to have dtype {scalar_type(result.dtype)}, but got "
            f"{scalar_type(out.dtype)} instead"
        )
    if by in REAL and out.is_complex():
        raise RuntimeError(f"{by} expects a floating point output tensor, but got {scalar_type(out.dtype)}")
    if by in TRUTHS and out.dtype not in (dtypes.bool, dtypes.uint8):
        raise RuntimeError(f"{by} only supports bool tensor for result, got: {scalar_type(out.dtype)}")
    if not writable(result.dtype, out.dtype) and by not in ANY:
        if by in JOINED:
            raise TypeError(
                "torch.cat(): input types can't be cast to the desired output type "
                f"{scalar_type(out.dtype)}: {by} gives {scalar_type(result.dtype)}"
            )
        raise RuntimeError(
            f"{by}(): result type {scalar_type(result.dtype)} can't be cast to the desired output type "
            f"{scalar_type(out.dtype)}"
        )


def _smooth(result: Tensor) -> bool:
    return result.dtype.kind in "fc"


def _put(out: Tensor, result: Tensor, by: str) -> Tensor:
    if out._data.shape != result._data.shape:
        if out._data.size:
            _warn_of_resizing(out, tuple(result.shape), by)
        resize(out, tuple(result.shape))
    check_writeable(out, by)
    values = result.array
    if out.array is not values:
        copyto(out.array, values)
    count_write(out, by)
    return out


def resize(out: Tensor, shape: tuple[int, ...]) -> None:
    """Give the target of ``out=`` the shape of its result; what it shares memory with stays as it is."""
    flat, n = out.array, math.prod(shape)
    if flat.flags.c_contiguous and flat.size >= n:
        out._data = flat.reshape(-1)[:n].reshape(shape)
    else:
        out._data = np.empty(shape, out.dtype)


def _warn_of_resizing(out: Tensor, shape: tuple[int, ...], by: str) -> None:
    warnings.warn(
        f"An output with one or more elements was resized since it had shape {list(out.shape)}, which does "
        f"not match the required output shape {list(shape)}. This behavior is deprecated, and in a future "
        "PyTorch release outputs will not be resized unless they have zero elements. "
        f"({by}: give out=x.resize_(0), or a tensor of that shape.)",
        UserWarning, stacklevel=users_level(),
    )  # fmt: skip
