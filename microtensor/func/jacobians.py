"""Jacobians and Hessians: all rows, or all columns, in one pass under `vmap`."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from ..engine.tensor import Tensor
from ..ops.views.permute import movedim
from ..ops.views.reshape import _reshape
from .pullback import Linear, Record, outputs_of
from .pytree import flatten
from .vmap import vmap

Function = Callable[..., Any]
_mapped = functools.partial(vmap, randomness="same")
"""The formulas run once: what one of them draws at random is the same for all rows."""


def jacrev(
    func: Function, argnums: Any = 0, *, has_aux: bool = False, chunk_size: int | None = None
) -> Function:
    """A function that returns the Jacobian of `func`, all rows at a time, in reverse mode.

    Its shape is the output's and then the input's; nested outputs and inputs nest likewise.
    `chunk_size` limits how many rows are computed at a time.

    >>> mt.func.jacrev(lambda x: x**2)(mt.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """
    if chunk_size is not None and chunk_size <= 0:
        raise ValueError("jacrev: `chunk_size` should be greater than 0.")

    def transformed(*args: Any, **kwargs: Any) -> Any:
        record = Record(func, args, argnums, "jacrev", kwargs)
        _refuse_complex("jacrev", "inputs", record.inputs)
        aux = record.split_aux(has_aux, "jacrev")
        outputs, rebuild = outputs_of(record.output, "jacrev"), flatten(record.output)[1]
        _refuse_complex("jacrev", "outputs", outputs)
        blocks = [record.shaped(_rows(record, out, chunk_size), argnums) for out in outputs]
        jacobian = rebuild(blocks)
        return (jacobian, aux) if has_aux else jacobian

    return transformed


def jacfwd(func: Function, argnums: Any = 0, has_aux: bool = False, *, randomness: str = "error") -> Function:
    """A function that returns the Jacobian of `func`, all columns at a time, in forward mode.

    `func` runs once, so that `randomness` makes no difference; it is accepted as PyTorch's.

    >>> mt.func.jacfwd(lambda x: x**2)(mt.tensor([1.0, 2.0]))
    tensor([[2., 0.],
            [0., 4.]])
    """

    def transformed(*args: Any, **kwargs: Any) -> Any:
        record = Record(func, args, argnums, "jacfwd", kwargs)
        _refuse_complex("jacfwd", "inputs", record.inputs)
        aux = record.split_aux(has_aux, "jacfwd")
        _refuse_complex("jacfwd", "outputs", outputs_of(record.output, "jacfwd"))
        linear = Linear(record)
        table = [_columns(linear, x, i) for i, x in enumerate(record.inputs)]
        blocks = [record.shaped([column[k] for column in table], argnums) for k in range(len(linear.outputs))]
        jacobian = linear.rebuild(blocks)
        return (jacobian, aux) if has_aux else jacobian

    return transformed


def _refuse_complex(what: str, kind: str, tensors: Any) -> None:
    """A table of numbers cannot say how a complex result moves with both parts of a complex input."""
    for index, tensor in enumerate(tensors):
        if tensor.is_complex():
            raise RuntimeError(
                f"{what}: Expected all {kind} to be real but received complex tensor at flattened "
                f"{kind[:-1]} idx: {index}. Take the parts with view_as_real, or use vjp and jvp"
            )


def hessian(func: Function, argnums: Any = 0) -> Function:
    """A function that returns the second derivatives of `func`: forward mode over reverse mode.

    >>> mt.func.hessian(lambda x: (x**3).sum())(mt.tensor([1.0, 2.0]))
    tensor([[ 6.,  0.],
            [ 0., 12.]])
    """
    return jacfwd(jacrev(func, argnums), argnums)


def _basis(x: Tensor) -> Any:
    """The unit tensors of `x`'s shape, in C order, along a new first dimension."""
    n = x.numel()
    return Tensor._of(np.eye(n, dtype=x.dtype).reshape(n, *x.shape))


def _rows(record: Record, out: Tensor, chunk_size: int | None) -> list[Any]:
    """The derivatives of one output by all inputs, each of the output's shape and then the input's."""
    shape = tuple(out.shape)
    if not out.numel():
        return [Tensor._of(np.zeros((*shape, *x.shape), x.dtype)) for x in record.inputs]
    rows = _mapped(lambda unit: tuple(record.pull([out], [unit])), chunk_size=chunk_size)(_basis(out))
    return [_reshape(row, (*shape, *x.shape)) for row, x in zip(rows, record.inputs, strict=True)]


def _columns(linear: Linear, x: Tensor, i: int) -> list[Any]:
    """The derivatives of all outputs by input `i`, each of the output's shape and then the input's."""
    if not x.numel():
        return [Tensor._of(np.zeros((*out.shape, *x.shape), out.dtype)) for out in linear.outputs]
    moves = _mapped(lambda unit: tuple(linear([unit], [i])))(_basis(x))
    return [_last(move, x, out) for move, out in zip(moves, linear.outputs, strict=True)]


def _last(move: Tensor, x: Tensor, out: Tensor) -> Any:
    """The dimension that counts the elements of `x` moved to the end, and opened into its shape."""
    return _reshape(movedim(move, 0, -1), (*out.shape, *x.shape))
