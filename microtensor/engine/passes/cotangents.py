"""Cotangents as hooks see them: tensors, None where nothing arrived, a tuple for several outputs."""

from __future__ import annotations

from typing import Any

import numpy as np

from .. import dtypes
from ..tensor import Tensor


class _Undefined:
    """The cotangent of a node that is pulled back though nothing arrived: adds nothing to any other."""

    dtype = dtypes.float32
    __array_ufunc__ = None

    def __add__(self, other: Any) -> Any:
        return other if isinstance(other, Tensor) else np.array(other)

    __radd__ = __add__


UNDEFINED = _Undefined()


def as_seen(g: Any) -> Any:
    """A cotangent as a tensor; None for what nothing arrived at."""
    if g is None or g is UNDEFINED:
        return None
    return g if isinstance(g, Tensor) else Tensor._of(g)


def carried(g: Any, graph: bool) -> Any:
    """A tensor in the form that the pass carries: as it is under `graph`, else its array."""
    return g if graph or g is None else g._data


def tuple_of(node: Any, g: Any) -> tuple[Any, ...]:
    """The cotangents of all of a node's outputs, None for those that nothing used."""
    return tuple(map(g.get, _outputs_of(node))) if isinstance(g, dict) else (g,)


def _outputs_of(node: Any) -> list[int]:
    """The outputs whose cotangents hooks see: all of a custom Function's, else those that can have one."""
    return [
        i
        for i, (_, dtype) in enumerate(node.outputs)
        if node.hears_of_nothing or dtypes.is_differentiable(dtype)
    ]


def as_arrived(answer: tuple[Any, ...], node: Any, g: Any, graph: bool) -> Any:
    """What a prehook returned, in the form in which `g` had arrived."""
    if isinstance(g, dict):
        pairs = zip(_outputs_of(node), answer, strict=True)
        return {i: carried(part, graph) for i, part in pairs if part is not None}
    return UNDEFINED if answer[0] is None else carried(answer[0], graph)
