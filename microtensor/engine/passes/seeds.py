"""Where a backward pass starts, and with which cotangents: what is wrong is found before anything runs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ...errors import GraphError
from ..arrays.complex_numbers import conjugated, of_complex_scalar
from ..graph import edge_of
from ..tensor import Tensor


def seeds_of(tensors: Sequence[Tensor], gradients: Sequence[Any], graph: bool) -> list[tuple[Any, Any]]:
    """Where a pass starts and with what: every argument is checked before anything runs."""
    pairs = enumerate(zip(tensors, gradients, strict=True))
    return [(_root(t, i), _seed(t, g, graph)) for i, (t, g) in pairs]


def _root(tensor: Tensor, place: int) -> Any:
    edge = edge_of(tensor)
    if edge is None:
        raise GraphError(
            f"element {place} of tensors does not require grad and does not have a grad_fn: backward on "
            f"a {tensor.dtype} tensor of shape {tuple(tensor.shape)} that no recorded operation "
            "made. Check that a leaf has requires_grad=True, and that no no_grad() or detach() "
            "lies in between."
        )
    return edge


def _seed(tensor: Tensor, g: Any, graph: bool) -> Any:
    data = tensor._data
    if g is None and data.dtype.kind == "c":
        raise RuntimeError(of_complex_scalar(data.dtype))
    if g is None:
        if data.size != 1:
            raise RuntimeError(
                "grad can be implicitly created only for scalar outputs: this tensor has shape "
                f"{tuple(tensor.shape)}. Reduce it first (sum, mean), or pass the gradient argument."
            )
        one = np.ones(data.shape, data.dtype) if data.shape else data.dtype.type(1)
        return Tensor._of(one) if graph else one
    if not isinstance(g, Tensor):
        raise TypeError(f"the gradient argument takes a Tensor or None, not {type(g).__name__}")
    if tuple(g.shape) != data.shape:
        raise RuntimeError(
            f"Mismatch in shape: grad_output[0] has a shape of {tuple(g.shape)} and output[0] has "
            f"a shape of {tuple(tensor.shape)}."
        )
    if g.dtype is not tensor.dtype:
        _check_kinds(tensor, g)
        g = g.to(data.dtype)
    g = g if graph else g._data
    return conjugated(g) if data.dtype.kind == "c" else g


def _check_kinds(tensor: Tensor, g: Tensor) -> None:
    if g.is_complex() or tensor.is_complex():
        raise RuntimeError(
            "For complex Tensors, both grad_output and output are required to have the same dtype. Mismatch "
            f"in dtype: grad_output[0] has a dtype of {g.dtype} and output[0] has a dtype of {tensor.dtype}."
        )
