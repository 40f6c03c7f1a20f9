"""NumPy's functions on tensors: `np.exp(x)` is our exp, so that no gradient is lost silently.

A ufunc or function of NumPy that has an op or function of the same meaning here is answered by it
and keeps the gradient.  Any other works on a tensor that requires none, by way of its array, and
raises otherwise.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np

from ..engine.fastpath import operator_of
from ..engine.grad_mode import recording
from ..engine.op_definition import registry
from ..engine.tensor import Tensor, install
from ..ops.elementwise.clamp import clamp
from ..ops.elementwise.select import where
from ..ops.joining import cat_split as joining
from ..ops.matmul import matmul as product
from ..ops.reductions import cumsum_flip as scan
from ..ops.reductions import max_min as extremes
from ..ops.reductions import prod
from ..ops.reductions import sum_mean as reduce
from ..ops.views import expand, permute, reshape, squeeze, triangles
from ..ops.views.flip import flip

_RENAMED = {
    "multiply": "mul", "subtract": "sub", "true_divide": "div", "divide": "div", "power": "pow",
    "negative": "neg", "absolute": "abs", "equal": "eq", "not_equal": "ne", "less": "lt",
    "less_equal": "le", "greater": "gt", "greater_equal": "ge", "rint": "round", "invert": "bitwise_not",
}  # fmt: skip


def _joined(ours: Any) -> Any:
    """A function of a list in which arrays may stand beside tensors, as NumPy calls it."""
    return lambda arrays, dim=0, **kwargs: ours([*map(_as_tensor, arrays)], dim, **kwargs)


def _summed(x: Tensor, dim: int | None = None, dtype: Any = None) -> Any:
    """`np.cumsum`, which without an axis runs over all elements."""
    return scan.cumsum(x.reshape(-1), 0, dtype=dtype) if dim is None else scan.cumsum(x, dim, dtype=dtype)


_FUNCTIONS: dict[Any, Any] = {
    np.sum: reduce.sum, np.mean: reduce.mean, np.prod: prod.prod,
    np.amax: extremes.amax, np.max: extremes.amax,
    np.amin: extremes.amin, np.min: extremes.amin, np.argmax: extremes.argmax, np.argmin: extremes.argmin,
    np.all: reduce.all, np.any: reduce.any, np.cumsum: _summed, np.reshape: reshape.reshape,
    np.squeeze: squeeze.squeeze, np.expand_dims: squeeze.unsqueeze, np.swapaxes: permute.transpose,
    np.moveaxis: permute.movedim, np.broadcast_to: expand.broadcast_to,
    np.tril: triangles.tril, np.triu: triangles.triu,
    np.concatenate: _joined(joining.cat), np.stack: _joined(joining.stack),
    np.where: where, np.clip: clamp,
    np.dot: product.matmul, np.flip: flip,
}  # fmt: skip


def _permuted(x: Tensor, axes: Any = None) -> Any:
    return x.permute(tuple(range(x.ndim))[::-1] if axes is None else axes)


_FUNCTIONS[np.transpose] = _permuted
_FUNCTIONS |= {np.real: lambda x: x.real, np.imag: lambda x: x.imag, np.angle: lambda x: x.angle()}


def _spell(kwargs: dict[str, Any]) -> dict[str, Any]:
    """NumPy's keywords under PyTorch's names."""
    names = {"axis": "dim", "keepdims": "keepdim", "a_min": "min", "a_max": "max"}
    return {names.get(key, key): value for key, value in kwargs.items()}


@cache
def _with_numbers(name: str) -> Any:
    """The op as Python's operators have it: NumPy takes a number wherever it takes an array."""
    this = registry[name]
    return operator_of(this, name) if this.tensors else this.call


def _array_ufunc(self: Tensor, ufunc: Any, method: str, *inputs: Any, **kwargs: Any) -> Any:
    name = _RENAMED.get(ufunc.__name__, ufunc.__name__)
    if method == "__call__" and not kwargs:
        if ufunc is np.matmul:
            return product.matmul(*map(_as_tensor, inputs))
        if ufunc is np.conjugate:
            return inputs[0].conj()
        if name in registry:
            return _with_numbers(name)(*inputs)
    if method == "reduce" and ufunc is np.add:
        return reduce.sum(inputs[0], kwargs.get("axis", 0), bool(kwargs.get("keepdims")))
    return _fallback(getattr(ufunc, method), f"np.{ufunc.__name__}", inputs, kwargs)


def _array_function(self: Tensor, function: Any, types: Any, args: Any, kwargs: Any) -> Any:
    ours = _FUNCTIONS.get(function)
    if ours is not None:
        return ours(*args, **_spell(kwargs))
    return _fallback(function, f"np.{function.__name__}", args, kwargs)


def _fallback(function: Any, name: str, args: Any, kwargs: Any) -> Any:
    """Compute on the arrays, and refuse if that would lose a gradient."""
    tensors = [x for x in _flat(args) if isinstance(x, Tensor)]
    if recording() is not False and any(t.requires_grad for t in tensors):
        raise TypeError(
            f"{name} has no derivative here, and an operand requires a gradient, which would be "
            "lost silently. Use the function of microtensor, or x.detach() to mean it."
        )
    out = function(*map(_as_array, args), **{key: _as_array(value) for key, value in kwargs.items()})
    given = kwargs.get("out")
    if given is not None and not any(isinstance(o, Tensor) for o in _flat([given])):
        return out  # array += tensor: the array itself
    return Tensor._of(out) if isinstance(out, (np.ndarray, np.generic)) else out


def _flat(values: Any) -> list[Any]:
    nested = [_flat(v) if isinstance(v, (list, tuple)) else [v] for v in values]
    return [v for group in nested for v in group]


def _as_array(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(map(_as_array, value))
    return value.array if isinstance(value, Tensor) else value


def _as_tensor(value: Any) -> Any:
    return value if isinstance(value, Tensor) else Tensor._of(np.asarray(value))


install(__array_ufunc__=_array_ufunc, __array_function__=_array_function)
